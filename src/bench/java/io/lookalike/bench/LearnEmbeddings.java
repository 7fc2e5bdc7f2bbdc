package io.lookalike.bench;

import io.lookalike.image.Picture;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Resample;
import io.lookalike.model.Models;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.SessionSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Embeddings of labelled pictures, of length one: from MobileNetV2 if it and Caltech's pictures are present, otherwise
 * from a built-in model and drawn pictures. Immutable.
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
record LearnEmbeddings(String what, float[][] vectors, int[] labels) {
    private static final String PICTURES = "caltech20x50";
    private static final String MODEL = "mobilenet_v2";

    static LearnEmbeddings of(Optional<Path> data) throws IOException {
        if (data.isPresent()) {
            Path pictures = data.get().resolve(PICTURES);
            Path models = data.get().resolve("models");
            if (!Files.isDirectory(pictures) || !Files.isDirectory(models.resolve(MODEL))) {
                throw new IllegalArgumentException("option [--data]: no directories [" + pictures + "] and ["
                        + models.resolve(MODEL) + "]; [learn] needs them there, or no [--data] for drawn pictures");
            }
            return of(MODEL, models, 224, 128, 1, LabelledPictures.read(pictures));
        }
        return of("builtin-2", Path.of("models"), 128, 255, 0, LabelledPictures.drawn());
    }

    private static LearnEmbeddings of(
            String id, Path models, int side, float scale, float mean, LabelledPictures pictures) throws IOException {
        Preprocessing preprocessing = new Preprocessing(
                new Preprocessing.Resize(side, side, Preprocessing.Mode.STRETCH, Resample.BILINEAR),
                null,
                null,
                Preprocessing.Channels.RGB,
                Preprocessing.Layout.NCHW,
                1 / scale,
                new float[] {mean},
                new float[] {1});
        try (Scratch scratch = new Scratch(0);
                Models all = new Models(
                        models, new SessionSettings(1, false, true), scratch.folder(), Models.DEFAULT_MAX_MEMORY)) {
            OnnxModel model = all.get(id);
            String output = model.info().outputs().getFirst().name();
            List<Picture> shown = pictures.pictures();
            float[][] vectors = IntStream.range(0, shown.size())
                    .parallel()
                    .mapToObj(i -> model.run(output, preprocessing.tensor(shown.get(i)), new long[] {1, 3, side, side})
                            .data())
                    .map(LearnEmbeddings::normalized)
                    .toArray(float[][]::new);
            return new LearnEmbeddings(id, vectors, pictures.labels());
        }
    }

    private static float[] normalized(float[] vector) {
        double square = 0;
        for (float x : vector) {
            square += (double) x * x;
        }
        float length = (float) Math.sqrt(square);
        float[] normalized = new float[vector.length];
        for (int d = 0; d < vector.length && length > 0; d++) {
            normalized[d] = vector[d] / length;
        }
        return normalized;
    }
}
