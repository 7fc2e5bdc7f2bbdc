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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What {@code bin/train} gains from scratch: precision among ten neighbours by L2, of pictures of known classes and of
 * classes that it never saw, and the time that it takes; and what a node makes of its networks, as encoders whose
 * vectors and codes come from one network or from two.
 */
final class TrainBenchmark implements Benchmark {
    private static final int K = 10;
    private static final int FASHION = 6000;
    private static final int FASHION_QUERIES = 1000;
    private static final int FASHION_SIDE = 28;
    private static final List<String> FASHION_RECIPE =
            List.of("--loss", "classification=1,triplet=0.05", "--triplets", "200", "--epochs", "32");
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
            List.of("--loss", "classification=1,triplet=0.05", "--triplets", "50", "--epochs", "8");
    private static final int DRAWN_SIDE = 32;
    private static final int HASH_SIDE = 32;
    private static final int BITS = 64;
    private static final List<String> HASH_RECIPE = List.of(
            "--hash",
            Integer.toString(BITS),
            "--loss",
            "classification=1,triplet=0.05",
            "--augment",
            "flip",
            "--triplets",
            "50",
            "--epochs",
            "14");
    private static final String OUTPUT = "embedding";
    private static final int CANDIDATES = 50;
    private static final int TOP = 5;
    /** As far as the outputs of two runs of one network may lie apart. */
    private static final double TOLERANCE = 1e-4;

    /** Learned from every picture that is searched; and from four of five of each class. */
    private static final String HASH = "hash64";

    private static final String HASH_HELD_OUT = "hash64-held-out";

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
                double seconds =
                        train(fashion.train(), folder.resolve("models/fashion"), FASHION_SIDE, FASHION_RECIPE, say);
                double trained = seen(fashion, folder.resolve("models"), "fashion", FASHION_SIDE);
                rows.add(ReachRows.row("train_fashion_p10", trained, raw, Math.max(.85, raw + .05), "higher"));
                rows.add(ReachRows.row("train_fashion_seconds", seconds, null, 720, "lower"));
                TrainFolders photos = TrainFolders.split(data.get().resolve("caltech20x50"), folder.resolve("caltech"));
                rows.addAll(photographs("caltech", photos, folder, PHOTO_SIDE, PHOTO_RECIPE, say));
                List<IngestModel> others = IngestModel.in(data.map(d -> d.resolve("models")));
                rows.addAll(onANode(
                        data.get().resolve("caltech20x50"), "caltech", others.get(0), folder, HASH_RECIPE, say));
            } else {
                Path all = TrainFolders.drawn(folder.resolve("all"));
                TrainFolders drawn = TrainFolders.split(all, folder.resolve("drawn"));
                rows.addAll(photographs("drawn", drawn, folder, DRAWN_SIDE, DRAWN_RECIPE, say));
                List<String> hash = new ArrayList<>(DRAWN_RECIPE);
                hash.addAll(List.of("--hash", Integer.toString(BITS)));
                rows.addAll(onANode(all, "drawn", IngestModel.builtin(), folder, hash, say));
            }
        }
        ReachRows.print(rows, say);
        return rows;
    }

    private static List<ObjectNode> photographs(
            String name, TrainFolders photos, Path folder, int side, List<String> recipe, Consumer<String> say)
            throws IOException, InterruptedException {
        Path models = folder.resolve("models");
        String untrained = name + "-untrained";
        train(photos.train(), models.resolve(untrained), side, List.of("--epochs", "0"), say);
        double seconds = train(photos.train(), models.resolve(name), side, recipe, say);
        double before = seen(photos, models, untrained, side);
        double after = seen(photos, models, name, side);
        LabelledPictures unseen = LabelledPictures.read(photos.unseen());
        double unseenBefore = own(embed(models, untrained, OUTPUT, side, unseen));
        double unseenAfter = own(embed(models, name, OUTPUT, side, unseen));
        return List.of(
                ReachRows.row("train_" + name + "_seen_p10", after, before, before + .15, "higher"),
                ReachRows.row("train_" + name + "_seconds", seconds, null, 1800, "lower"),
                ReachRows.row("train_" + name + "_unseen_p10", unseenAfter, unseenBefore, unseenBefore, "higher"));
    }

    /**
     * Trains two networks with a hash output, one on all pictures and one that holds out every fifth, and indexes all
     * pictures with each.
     *
     * @param trained another network of {@code models}, without such an output
     * @param other the network of the vectors where codes and vectors come from two
     */
    private static List<ObjectNode> onANode(
            Path pictures, String trained, IngestModel other, Path folder, List<String> recipe, Consumer<String> say)
            throws IOException, InterruptedException {
        Path models = folder.resolve("models");
        List<String> onAll = new ArrayList<>(recipe);
        onAll.addAll(List.of("--validation", pictures.toString()));
        train(pictures, models.resolve(HASH), HASH_SIDE, onAll, say);
        train(pictures, models.resolve(HASH_HELD_OUT), HASH_SIDE, recipe, say);
        if (other.folder().isPresent()) {
            Path copy = Files.createDirectories(models.resolve(other.id()));
            Files.copy(other.folder().get().resolve("model.onnx"), copy.resolve("model.onnx"));
        }
        LabelledPictures shown = LabelledPictures.read(pictures);
        List<ObjectNode> rows = new ArrayList<>();
        try (TrainNode node = new TrainNode(models, pictures)) {
            node.index("trained", encoder(trained));
            rows.add(ReachRows.row("triplet_top5_equal", topEqual(node, "trained"), null, 1, "higher"));
            ObjectNode planes = other.encoder();
            planes.putObject("hash").put("bits", BITS);
            node.index("planes", planes);
            say.accept(
                    String.format(Locale.ROOT, "%-24s %10s %10s %10s", "encoder", "recall@10", "p@10", "exact p@10"));
            Candidates byPlanes = candidates(node, "planes", shown.labels(), say);
            for (String hash : List.of(HASH, HASH_HELD_OUT)) {
                ObjectNode single = encoder(hash);
                single.putObject("hash").put("type", "hyperplane").put("bits", BITS);
                node.index("single-" + hash, single);
                node.index("joint-" + hash, encoder(hash));
                ObjectNode dual = other.encoder();
                dual.putObject("hash")
                        .put("type", "model_output")
                        .put("model", hash)
                        .put("output", "hash");
                node.index("dual-" + hash, dual);
                candidates(node, "single-" + hash, shown.labels(), say);
                candidates(node, "joint-" + hash, shown.labels(), say);
                Candidates byOther = candidates(node, "dual-" + hash, shown.labels(), say);
                if (hash.equals(HASH)) {
                    byte[][] codes = node.stored("joint-" + hash).codes();
                    float[][] values = embed(models, hash, "hash", HASH_SIDE, shown).vectors;
                    rows.add(ReachRows.row("model_output_bits_equal", bitsEqual(codes, values), null, 1, "higher"));
                    rows.add(ReachRows.row("dual_recall", byOther.recall, byPlanes.recall, byPlanes.recall, "higher"));
                    rows.add(ReachRows.row(
                            "dual_p10", byOther.precision, byPlanes.precision, byPlanes.precision + .02, "higher"));
                }
            }
        }
        return rows;
    }

    private static ObjectNode encoder(String model) {
        return JsonNodeFactory.instance.objectNode().put("model", model);
    }

    /** The share of pictures whose five nearest are those of brute force, in its order and at its distances. */
    private static double topEqual(TrainNode node, String index) throws IOException {
        float[][] vectors = node.stored(index).vectors();
        int[][] nearest = SearchTruth.nearest(vectors, vectors, TOP);
        int equal = 0;
        for (int q = 0; q < vectors.length; q++) {
            TrainNode.Found found = node.byVector(index, vectors[q], TOP);
            boolean same = found.ids().length == TOP;
            for (int i = 0; same && i < TOP; i++) {
                double right = SearchTruth.distance(vectors[q], vectors[nearest[q][i]]);
                double own = SearchTruth.distance(vectors[q], vectors[found.ids()[i]]);
                // two at one distance may stand in either order
                same = Math.abs(own - right) <= 1e-6 * right
                        && Math.abs(found.distances()[i] - right) <= TOLERANCE * (1 + right);
            }
            equal += same ? 1 : 0;
        }
        return equal / (double) vectors.length;
    }

    /** The share of bits that are the signs of values, without values near the threshold of 0. */
    private static double bitsEqual(byte[][] codes, float[][] values) {
        long equal = 0;
        long all = 0;
        for (int i = 0; i < values.length; i++) {
            for (int bit = 0; bit < values[i].length; bit++) {
                if (Math.abs(values[i][bit]) > TOLERANCE) {
                    boolean set = (codes[i][bit >> 3] >> (7 - (bit & 7)) & 1) == 1;
                    all++;
                    equal += set == values[i][bit] > 0 ? 1 : 0;
                }
            }
        }
        return equal / (double) all;
    }

    /** Means over all pictures, each searched among the others. */
    private record Candidates(double recall, double precision) {}

    private static Candidates candidates(TrainNode node, String index, int[] labels, Consumer<String> say)
            throws IOException {
        double recall = 0;
        double precision = 0;
        double exactly = 0;
        for (int q = 0; q < labels.length; q++) {
            int[] exact = node.byPicture(index, q, K, 0);
            int[] found = node.byPicture(index, q, K, CANDIDATES);
            recall += IntStream.of(found)
                            .filter(i -> IntStream.of(exact).anyMatch(e -> e == i))
                            .count()
                    / (double) K;
            precision += share(found, labels, labels[q]);
            exactly += share(exact, labels, labels[q]);
        }
        Candidates mean = new Candidates(recall / labels.length, precision / labels.length);
        say.accept(String.format(
                Locale.ROOT,
                "%-24s %10.4f %10.4f %10.4f",
                index,
                mean.recall,
                mean.precision,
                exactly / labels.length));
        return mean;
    }

    /** Runs {@code bin/train} with the small network. Returns seconds. */
    private static double train(Path pictures, Path out, int side, List<String> recipe, Consumer<String> say)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("lookalike.root", "."), "bin/train").toString(),
                "--images",
                pictures.toString(),
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
                embed(models, model, OUTPUT, side, LabelledPictures.read(folders.train())),
                embed(models, model, OUTPUT, side, LabelledPictures.read(folders.seen())));
    }

    private static Vectors pixels(Path folder) throws IOException {
        LabelledPictures pictures = LabelledPictures.read(folder);
        Preprocessing raw = preprocessing(FASHION_SIDE, new float[1], new float[] {1});
        return new Vectors(pictures.pictures().stream().map(raw::tensor).toArray(float[][]::new), pictures.labels());
    }

    /** As {@code model.json} says it. */
    private static Vectors embed(Path models, String model, String output, int side, LabelledPictures pictures)
            throws IOException {
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
                            .mapToObj(
                                    i -> network.run(output, input.tensor(shown.get(i)), new long[] {1, 3, side, side})
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
