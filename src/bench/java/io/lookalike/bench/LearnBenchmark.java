package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.learning.Clusters;
import io.lookalike.learning.Itq;
import io.lookalike.learning.KMeans;
import io.lookalike.learning.LearnedCode;
import io.lookalike.learning.Pca;
import io.lookalike.learning.Planes;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Measures the gain of learning from vectors: codes of each kind and length, clusters, principal components,
 * near-duplicates; each with a baseline.
 *
 * <p>Two threads learn. Recall is the share of the ten nearest by exact L2 distance that are among 500 candidates, of
 * 1,000 queries.
 */
final class LearnBenchmark implements Benchmark {
    private static final int QUERIES = 1000;
    private static final int SEEDED = 20_000;
    private static final int SEEDED_DIMS = 128;
    private static final long SEED = 20260301;
    private static final int K = 10;
    private static final int CANDIDATES = 500;
    private static final int SAMPLE = 50_000;
    private static final int ITERATIONS = 50;
    private static final int PLANE_DIMS = 64;
    private static final String FORK_HEAP = "400m";
    private static final int CLUSTERS = 1024;
    private static final int CLUSTER_ITERATIONS = 20;
    private static final double WANTED_RECALL = .95;
    private static final double MOST_TOUCHED = .1;
    private static final int PCA_DIMS = 128;
    private static final int ITQ_BITS = 256;

    static final List<Integer> BITS = List.of(32, 64, 128, 256, 512);
    private static final List<Integer> COMPARED = List.of(64, 128, ITQ_BITS);
    private static final List<Integer> PROBES = List.of(4, 8, 16, 24, 32, 48, 64, 96);

    @Override
    public String name() {
        return "learn";
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException {
        SearchData vectors = data.isPresent()
                ? SearchFormats.fashionMnist(data.get(), QUERIES)
                : SearchData.seeded(SEED, SEEDED, SEEDED_DIMS, QUERIES);
        float[][] sample = Arrays.copyOf(vectors.base, Math.min(SAMPLE, vectors.base.length));
        say.accept(String.format(
                Locale.ROOT,
                "data           %s: %,d vectors of %d dims, learned from %,d of them, %,d queries",
                data.isPresent() ? "Fashion-MNIST" : "a seeded mixture of Gaussians",
                vectors.base.length,
                vectors.dims(),
                sample.length,
                vectors.queries.length));
        List<ObjectNode> rows = new ArrayList<>();
        // in addition to this thread, one for the workers and one for the duplicates
        try (ExecutorService executor = Executors.newFixedThreadPool(2 * (LearnFork.THREADS - 1));
                Workers workers = new Workers(LearnFork.THREADS, executor)) {
            List<ObjectNode> table = tell(codes(vectors, sample, workers), say);
            rows.addAll(tell(itq(vectors, sample.length, table, say), say));
            rows.addAll(tell(clusters(vectors, sample, workers), say));
            rows.addAll(tell(List.of(pca(LearnEmbeddings.of(data), workers)), say));
            float[][] pictures = data.isPresent() ? vectors.base : null;
            rows.addAll(tell(List.of(LearnDuplicates.measure(pictures, LearnDuplicates.MILLION, executor)), say));
            rows.addAll(table);
        }
        return rows;
    }

    private static List<ObjectNode> tell(List<ObjectNode> rows, Consumer<String> say) {
        rows.forEach(row -> say.accept(line(row)));
        return rows;
    }

    /** Name, value, baseline and whatever else a row has. */
    static String line(ObjectNode row) {
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT,
                "%-26s %9.4f   baseline %8.4f",
                row.path("name").asText(),
                row.path("value").asDouble(),
                row.path("baseline").asDouble()));
        row.properties().stream()
                .filter(e -> !List.of("name", "value", "baseline").contains(e.getKey()))
                .forEach(e -> line.append("   ").append(e.getKey()).append(' ').append(text(e.getValue())));
        return line.toString();
    }

    private static String text(JsonNode value) {
        return value.isFloatingPointNumber() ? String.format(Locale.ROOT, "%.4f", value.asDouble()) : value.asText();
    }

    static ObjectNode row(String name, double value, double baseline) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", name)
                .put("value", value)
                .put("baseline", baseline);
    }

    /** The table of kinds and lengths of codes; the baseline is the recall of random planes through the mean. */
    static List<ObjectNode> codes(SearchData data, float[][] sample, Workers workers) {
        float[] center = mean(data.base);
        List<ObjectNode> rows = new ArrayList<>();
        int planeDims = Math.min(PLANE_DIMS, data.dims());
        for (int bits : BITS) {
            double random = recall(data, BinaryCode.random(data.dims(), bits, SEED, center));
            rows.add(row("codes_hyperplane_" + bits, random, random));
            List<LearnedCode> learned = new ArrayList<>();
            if (bits <= data.dims()) {
                learned.add(Planes.pcaSign(sample, bits, workers, Progress.NONE));
            }
            learned.add(Itq.learn(sample, bits, ITERATIONS, 1, workers, Progress.NONE));
            learned.add(Planes.pcaPlanes(sample, bits, planeDims, 1, workers, Progress.NONE));
            for (LearnedCode code : learned) {
                rows.add(row("codes_" + code.method() + "_" + bits, recall(data, planes(code)), random));
            }
        }
        return rows;
    }

    /** As the centre of random planes: with 64 bits recall is .801 on Fashion-MNIST, where medians give .786. */
    private static float[] mean(float[][] vectors) {
        float[] mean = new float[vectors[0].length];
        for (int d = 0; d < mean.length; d++) {
            double sum = 0;
            for (float[] vector : vectors) {
                sum += vector[d];
            }
            mean[d] = (float) (sum / vectors.length);
        }
        return mean;
    }

    private static double recall(SearchData data, BinaryCode code) {
        return LearnCodes.of(code, data).recall(data, K, CANDIDATES);
    }

    static BinaryCode planes(LearnedCode code) {
        return BinaryCode.learned(
                code.weights().length / code.bits(),
                code.bits(),
                code.weights(),
                code.thresholds(),
                code.center(),
                code.scale());
    }

    private static List<ObjectNode> itq(SearchData data, int learned, List<ObjectNode> table, Consumer<String> say)
            throws IOException, InterruptedException {
        Faiss.Found faiss = Faiss.find();
        say.accept(faiss.version()
                .map(version -> "faiss          " + version + " (Debian builds it for SSE2)")
                .orElse("faiss          left out: " + faiss.reason()));
        List<ObjectNode> rows = new ArrayList<>();
        try (Scratch scratch = new Scratch(2L * data.base.length * data.dims() * Float.BYTES)) {
            data.write(scratch.folder());
            JsonNode trained = Fork.run(
                    scratch.folder(),
                    FORK_HEAP,
                    LearnFork.class,
                    scratch.folder().resolve(SearchData.BASE).toString(),
                    Integer.toString(data.dims()),
                    Integer.toString(learned),
                    Integer.toString(ITQ_BITS),
                    Integer.toString(ITERATIONS));
            List<Integer> possible =
                    COMPARED.stream().filter(bits -> bits <= data.dims()).toList();
            Map<Integer, Double> rivals = faiss.version().isPresent()
                    ? LearnFaiss.recalls(scratch.folder(), data.dims(), learned, K, CANDIDATES, possible)
                    : Map.of();
            for (int bits : COMPARED) {
                ObjectNode code = table.stream()
                        .filter(row -> row.path("name").asText().equals("codes_itq_" + bits))
                        .findFirst()
                        .orElseThrow();
                ObjectNode row = row(
                        "itq_recall_" + bits,
                        code.path("value").asDouble(),
                        code.path("baseline").asDouble());
                rows.add(rivals.containsKey(bits) ? row.put("faiss", rivals.get(bits)) : row);
            }
            rows.add(row("itq_256_train_seconds", trained.path("seconds").asDouble(), 60)
                    .put("megabytes", trained.path("megabytes").asDouble())
                    .put(
                            "predicted_megabytes",
                            trained.path("predicted_megabytes").asDouble())
                    .put("rows", learned)
                    .put("dims", data.dims()));
        }
        return rows;
    }

    /** The smallest number of probed clusters that reaches the wanted recall, or the largest tried. */
    private static List<ObjectNode> clusters(SearchData data, float[][] sample, Workers workers) {
        long start = System.nanoTime();
        Clusters clusters = KMeans.learn(sample, CLUSTERS, CLUSTER_ITERATIONS, 1, workers, Progress.NONE);
        double seconds = (System.nanoTime() - start) / 1e9;
        LearnClusters file = new LearnClusters(clusters, data.base);
        LearnCodes codes =
                LearnCodes.of(planes(Itq.learn(sample, ITQ_BITS, ITERATIONS, 1, workers, Progress.NONE)), data);
        LearnClusters.Found found = null;
        for (int i = 0; i < PROBES.size() && (found == null || found.recall() < WANTED_RECALL); i++) {
            found = file.search(data, codes, K, CANDIDATES, PROBES.get(i));
        }
        return List.of(
                row("clusters_recall", found.recall(), WANTED_RECALL)
                        .put("clusters_codes_touched", found.touched())
                        .put("probes", found.probes())
                        .put("clusters", clusters.count())
                        .put("all_codes_recall", codes.recall(data, K, CANDIDATES)),
                row("clusters_codes_touched", found.touched(), MOST_TOUCHED),
                row("clusters_train_seconds", seconds, 60));
    }

    static ObjectNode pca(LearnEmbeddings embeddings, Workers workers) {
        Pca pca = Pca.learn(embeddings.vectors(), workers, Progress.NONE);
        int dims = Math.min(PCA_DIMS, pca.rank());
        float[][] projected = pca.stage(dims, false).apply(embeddings.vectors(), workers, Progress.NONE);
        return row(
                        "pca_128_precision",
                        Precision.atTen(List.of(projected), embeddings.labels()),
                        Precision.atTen(List.of(embeddings.vectors()), embeddings.labels()))
                .put("model", embeddings.what())
                .put("explained", pca.explained(dims));
    }
}
