package io.lookalike.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lookalike.image.GoldenPictures;
import io.lookalike.image.Picture;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Preprocessing.Channels;
import io.lookalike.image.Preprocessing.Layout;
import io.lookalike.image.Preprocessing.Mode;
import io.lookalike.image.Preprocessing.Resize;
import io.lookalike.image.Resample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Networks of the field, read from the directory that {@code LOOKALIKE_DATA} or {@code -Dlookalike.data} names. */
class RealModelsTests {
    @TempDir
    static Path temporary;

    private static Models models;

    @BeforeAll
    static void open() {
        String data = System.getProperty("lookalike.data", System.getenv("LOOKALIKE_DATA"));
        assumeTrue(data != null, "neither LOOKALIKE_DATA nor -Dlookalike.data names a directory with models/");
        Path directory = Path.of(data, "models");
        assumeTrue(Files.isDirectory(directory), "no models in " + directory);
        models = TestModels.open(directory, 1, temporary);
    }

    @AfterAll
    static void close() {
        if (models != null) {
            models.close();
        }
    }

    @Test
    void mobilenetEmbedsABatchAsItEmbedsEachPicture() {
        OnnxModel model = models.get("mobilenet_v1_025");
        assertEquals(
                List.of(new TensorInfo("input", "float32", new long[] {-1, 3, 128, 128})),
                model.info().inputs());
        assertEquals(
                List.of("embedding", "logits"),
                model.info().outputs().stream().map(TensorInfo::name).toList());
        int picture = 3 * 128 * 128;
        float[] batch = Graphs.random(5, 3 * picture);
        Tensor together = model.run("embedding", batch, new long[] {3, 3, 128, 128});
        assertArrayEquals(new long[] {3, 256}, together.shape());
        for (int i = 0; i < 3; i++) {
            float[] one = Arrays.copyOfRange(batch, i * picture, (i + 1) * picture);
            Tensor alone = model.run("embedding", one, new long[] {1, 3, 128, 128});
            assertArrayEquals(Arrays.copyOfRange(together.data(), i * 256, (i + 1) * 256), alone.data(), 1e-4f);
            float largest = 0;
            for (float value : alone.data()) {
                largest = Math.max(largest, Math.abs(value));
            }
            assertTrue(largest > 0.01f, "an embedding of zeros says nothing");
        }
    }

    /** Whoever embeds a picture with Pillow and this network elsewhere has the same vector. */
    @ParameterizedTest
    @EnumSource
    void mobilenetEmbedsOurPixelsAsItEmbedsPillows(Resample filter) {
        float[] ours = embedding(GoldenPictures.photo(), new Resize(224, 224, Mode.STRETCH, filter));
        float[] pillows = embedding(GoldenPictures.photoByPillow(filter), null);
        double dot = 0;
        double squares = 0;
        double others = 0;
        for (int d = 0; d < ours.length; d++) {
            dot += ours[d] * pillows[d];
            squares += ours[d] * ours[d];
            others += pillows[d] * pillows[d];
        }
        double cosine = dot / Math.sqrt(squares * others);
        assertTrue(cosine >= 0.999, filter + ": cosine " + cosine);
    }

    private static float[] embedding(Picture picture, Resize resize) {
        float[] centre = {128};
        Preprocessing image = new Preprocessing(resize, null, null, Channels.RGB, Layout.NCHW, 1, centre, centre);
        Tensor made = models.get("mobilenet_v2").run("embedding", image.tensor(picture), new long[] {1, 3, 224, 224});
        return made.data();
    }

    @Test
    void ultrafaceShowsItsTwoOutputs() {
        ModelInfo info = models.info("ultraface");
        assertEquals(2, info.outputs().size());
        assertEquals(
                List.of("scores", "boxes"),
                info.outputs().stream().map(TensorInfo::name).toList());
    }
}
