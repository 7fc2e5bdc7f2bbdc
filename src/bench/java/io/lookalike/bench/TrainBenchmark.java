package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.image.Picture;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Resample;
import io.lookalike.model.Models;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.SessionSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What {@code bin/train} gains from scratch: precision among ten neighbours by L2, of pictures of known classes and of
 * classes that it never saw, and the time that it takes.
 */
final class TrainBenchmark implements Benchmark {
    private static final int K = 10;
    private static final int FASHION = 6000;
    private static final int FASHION_QUERIES = 1000;
    private static final int FASHION_SIDE = 28;
    private static final List<String> FASHION_RECIPE =
            List.of("--loss", "classification=1,triplet=0.05", "--triplets", "200", "--epochs", "24");
    private static final int PHOTO_SIDE = 128;
    private static final List<String> PHOTO_RECIPE = List.of(
            "--loss",
            "classification=1,triplet=0.05",
            "--augment",
            "crop,colour,flip",
            "--triplets",
            "16",
            "--epochs",
            "40");
    private static final List<String> DRAWN_RECIPE =
            List.of("--loss", "classification=1,triplet=0.05", "--epochs", "3");
    private static final int DRAWN_SIDE = 32;

    @Override
    public String name() {
        return "train";
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException {
        List<ObjectNode> rows = new ArrayList<>();
        try (Scratch scratch = new Scratch(1L << 30)) {
            Path folder = scratch.folder();
            if (data.isPresent()) {
                TrainFolders fashion =
                        TrainFolders.fashion(data.get(), folder.resolve("fashion"), FASHION, FASHION_QUERIES);
                double raw = precision(pixels(fashion.train()), pixels(fashion.seen()));
                double seconds = train(fashion, folder.resolve("models/fashion"), FASHION_SIDE, FASHION_RECIPE, say);
                double trained = seen(fashion, folder.resolve("models"), "fashion", FASHION_SIDE);
                rows.add(row("train_fashion_p10", trained, raw, Math.max(.85, raw + .05), "higher"));
                rows.add(row("train_fashion_seconds", seconds, null, 720, "lower"));
                TrainFolders photos = TrainFolders.split(data.get().resolve("caltech20x50"), folder.resolve("caltech"));
                rows.addAll(photographs("caltech", photos, folder, PHOTO_SIDE, PHOTO_RECIPE, say));
            } else {
                TrainFolders drawn =
                        TrainFolders.split(TrainFolders.drawn(folder.resolve("all")), folder.resolve("drawn"));
                rows.addAll(photographs("drawn", drawn, folder, DRAWN_SIDE, DRAWN_RECIPE, say));
            }
        }
        say.accept(String.format(Locale.ROOT, "%-24s %10s %10s %10s", "name", "value", "baseline", "reach"));
        rows.forEach(row -> say.accept(String.format(
                Locale.ROOT,
                "%-24s %10.4f %10s %10.4f",
                row.path("name").asText(),
                row.path("value").asDouble(),
                row.path("baseline").isNull()
                        ? ""
                        : String.format(
                                Locale.ROOT, "%.4f", row.path("baseline").asDouble()),
                row.path("reach").asDouble())));
        return rows;
    }

    private static List<ObjectNode> photographs(
            String name, TrainFolders photos, Path folder, int side, List<String> recipe, Consumer<String> say)
            throws IOException, InterruptedException {
        Path models = folder.resolve("models");
        String untrained = name + "-untrained";
        train(photos, models.resolve(untrained), side, List.of("--epochs", "0"), say);
        double seconds = train(photos, models.resolve(name), side, recipe, say);
        double before = seen(photos, models, untrained, side);
        double after = seen(photos, models, name, side);
        LabelledPictures unseen = LabelledPictures.read(photos.unseen());
        double unseenBefore = own(embed(models, untrained, side, unseen));
        double unseenAfter = own(embed(models, name, side, unseen));
        return List.of(
                row("train_" + name + "_seen_p10", after, before, before + .15, "higher"),
                row("train_" + name + "_seconds", seconds, null, 1800, "lower"),
                row("train_" + name + "_unseen_p10", unseenAfter, unseenBefore, unseenBefore, "higher"));
    }

    private static ObjectNode row(String name, double value, Double baseline, double reach, String better) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", name)
                .put("value", value)
                .put("baseline", baseline)
                .put("reach", reach)
                .put("better", better);
    }

    /** Runs {@code bin/train} with the small network. Returns seconds. */
    private static double train(TrainFolders folders, Path out, int side, List<String> recipe, Consumer<String> say)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("lookalike.root", "."), "bin/train").toString(),
                "--images",
                folders.train().toString(),
                "--out",
                out.toString(),
                "--network",
                "small",
                "--size",
                Integer.toString(side)));
        command.addAll(recipe);
        say.accept("running        " + String.join(" ", command));
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IOException("bin/train ended with status [" + process.exitValue() + "]");
        }
        return (System.nanoTime() - start) / 1e9;
    }

    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Vectors(float[][] vectors, int[] labels) {}

    private static double seen(TrainFolders folders, Path models, String model, int side) throws IOException {
        return precision(
                embed(models, model, side, LabelledPictures.read(folders.train())),
                embed(models, model, side, LabelledPictures.read(folders.seen())));
    }

    private static Vectors pixels(Path folder) throws IOException {
        LabelledPictures pictures = LabelledPictures.read(folder);
        Preprocessing raw = preprocessing(FASHION_SIDE, new float[1], new float[] {1});
        return new Vectors(pictures.pictures().stream().map(raw::tensor).toArray(float[][]::new), pictures.labels());
    }

    /** As {@code model.json} says it. */
    private static Vectors embed(Path models, String model, int side, LabelledPictures pictures) throws IOException {
        Preprocessing input =
                preprocessing(side, new float[] {.4914f, .4822f, .4465f}, new float[] {.2023f, .1994f, .2010f});
        try (Scratch scratch = new Scratch(0);
                Models all = new Models(
                        models, new SessionSettings(1, false, true), scratch.folder(), Models.DEFAULT_MAX_MEMORY)) {
            OnnxModel network = all.get(model);
            List<Picture> shown = pictures.pictures();
            return new Vectors(
                    IntStream.range(0, shown.size())
                            .parallel()
                            .mapToObj(i -> network.run(
                                            "embedding", input.tensor(shown.get(i)), new long[] {1, 3, side, side})
                                    .data())
                            .toArray(float[][]::new),
                    pictures.labels());
        }
    }

    private static Preprocessing preprocessing(int side, float[] mean, float[] std) {
        return new Preprocessing(
                new Preprocessing.Resize(side, side, Preprocessing.Mode.STRETCH, Resample.BILINEAR),
                null,
                null,
                Preprocessing.Channels.RGB,
                Preprocessing.Layout.NCHW,
                1 / 255f,
                mean,
                std);
    }

    private static double precision(Vectors base, Vectors queries) {
        int[][] nearest = SearchTruth.nearest(base.vectors, queries.vectors, K);
        return IntStream.range(0, nearest.length)
                .mapToDouble(q -> share(nearest[q], base.labels, queries.labels[q]))
                .average()
                .orElseThrow();
    }

    /** Each is searched among the others. */
    private static double own(Vectors vectors) {
        int[][] nearest = SearchTruth.nearest(vectors.vectors, vectors.vectors, K + 1);
        return IntStream.range(0, nearest.length)
                .mapToDouble(q -> share(
                        IntStream.of(nearest[q]).filter(i -> i != q).limit(K).toArray(),
                        vectors.labels,
                        vectors.labels[q]))
                .average()
                .orElseThrow();
    }

    private static double share(int[] found, int[] labels, int label) {
        return IntStream.of(found).filter(i -> labels[i] == label).count() / (double) K;
    }
}
