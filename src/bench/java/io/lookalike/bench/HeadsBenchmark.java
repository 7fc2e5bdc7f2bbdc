package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.learning.Head;
import io.lookalike.learning.HeadLearner;
import io.lookalike.learning.HeadSettings;
import io.lookalike.learning.Itq;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What heads gain that are learned from labels: precision among ten neighbours and by codes, on labels that are known
 * and on labels that are not; what learning takes.
 *
 * <p>Two threads learn. Some vectors are held out to judge the epochs, and are searched like the others afterwards.
 */
final class HeadsBenchmark implements Benchmark {
    private static final int QUERIES = 2000;
    private static final int SEEDED = 20_000;
    private static final int HELD_OUT = 2000;
    private static final int FORKED = 50_000;
    private static final long SEED = 20261130;
    private static final int K = 10;
    private static final int CANDIDATES = 500;
    private static final int UNSEEN = 5;
    private static final int FEW_BITS = 32;
    private static final int BITS = 64;
    private static final int ITQ_ITERATIONS = 50;
    private static final String FORK_HEAP = "480m";

    @Override
    public String name() {
        return "heads";
    }

    /** Those of {@code _train}, with fewer dims and epochs. */
    static HeadSettings settings(int cols, int bits) {
        return HeadSettings.of(
                cols,
                64,
                256,
                new HeadSettings.Loss(1, 0, 1, bits > 0 ? 1 : 0, bits > 0 ? .1 : 0, .2),
                HeadSettings.Negatives.SEMI_HARD,
                bits,
                10,
                5,
                1);
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException {
        HeadsData vectors = HeadsData.of(data, SEEDED, QUERIES, SEED);
        say.accept(String.format(
                Locale.ROOT,
                "data           %s: %,d vectors of %d dims, %,d queries",
                vectors.what(),
                vectors.base().length,
                vectors.base()[0].length,
                vectors.queries().length));
        List<ObjectNode> rows = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(LearnFork.THREADS - 1);
                Workers workers = new Workers(LearnFork.THREADS, executor)) {
            rows.addAll(known(vectors, say, workers));
            rows.add(unseen(LearnEmbeddings.of(data), workers));
        }
        rows.addAll(cost(vectors));
        try (HeadsSearch search = new HeadsSearch(vectors)) {
            rows.add(ReachRows.row("search_p50_ratio", search.ratio(), null, 1.6, "lower"));
        }
        ReachRows.print(rows, say);
        return rows;
    }

    private static List<ObjectNode> known(HeadsData data, Consumer<String> say, Workers workers) {
        int cols = data.base()[0].length;
        double raw = precision(data, data.base(), data.queries());
        double itqMap = map(data, Vectors.raw(data), few(data.base(), workers));
        Head joint = learn(data, settings(cols, FEW_BITS), workers);
        Vectors ofJoint = Vectors.of(data, joint, workers);
        BinaryCode jointCode = LearnBenchmark.planes(joint.code(ofJoint.base, workers, Progress.NONE));
        double map = map(data, ofJoint, jointCode);
        Vectors alone = Vectors.of(data, learn(data, settings(cols, 0), workers), workers);
        say.accept(String.format(
                Locale.ROOT,
                "%n%d bits                                      p@10, vectors   map, codes   p@10 of %d by code",
                FEW_BITS,
                CANDIDATES));
        compare("raw vectors, itq", data, Vectors.raw(data), few(data.base(), workers), say);
        compare("single: metric, random planes", data, alone, BinaryCode.random(alone.dims(), FEW_BITS, 42, null), say);
        compare("separate: metric, then itq of its vectors", data, alone, few(alone.base, workers), say);
        compare("joint: hash_head", data, ofJoint, jointCode, say);
        say.accept("");
        Head head = learn(data, settings(cols, BITS), workers);
        Vectors vectors = Vectors.of(data, head, workers);
        double metric = precision(data, vectors.base, vectors.queries);
        BinaryCode code = LearnBenchmark.planes(head.code(vectors.base, workers, Progress.NONE));
        return List.of(
                ReachRows.row("metric_p10", metric, raw, raw + .05, "higher"),
                ReachRows.row("hash32_map", map, itqMap, Math.max(.75, itqMap + .25), "higher"),
                ReachRows.row("hash64_rerank_p10", reranked(data, vectors, code), metric, metric - .005, "higher"));
    }

    private static BinaryCode few(float[][] vectors, Workers workers) {
        return LearnBenchmark.planes(Itq.learn(vectors, FEW_BITS, ITQ_ITERATIONS, 1, workers, Progress.NONE));
    }

    private static void compare(String what, HeadsData data, Vectors vectors, BinaryCode code, Consumer<String> say) {
        say.accept(String.format(
                Locale.ROOT,
                "%-44s %12.4f %12.4f %20.4f",
                what,
                precision(data, vectors.base, vectors.queries),
                map(data, vectors, code),
                reranked(data, vectors, code)));
    }

    /** What a head makes of the data. */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Vectors(float[][] base, float[][] queries) {
        static Vectors raw(HeadsData data) {
            return new Vectors(data.base(), data.queries());
        }

        static Vectors of(HeadsData data, Head head, Workers workers) {
            return new Vectors(
                    head.apply(data.base(), workers, Progress.NONE),
                    head.apply(data.queries(), workers, Progress.NONE));
        }

        int dims() {
            return base[0].length;
        }
    }

    private static Head learn(HeadsData data, HeadSettings settings, Workers workers) {
        int all = data.base().length;
        return HeadLearner.learn(
                settings,
                Arrays.copyOfRange(data.base(), HELD_OUT, all),
                HeadsData.labels(Arrays.copyOfRange(data.labels(), HELD_OUT, all)),
                Arrays.copyOf(data.base(), HELD_OUT),
                HeadsData.labels(Arrays.copyOf(data.labels(), HELD_OUT)),
                workers,
                Progress.NONE);
    }

    private static SearchData search(HeadsData data) {
        return new SearchData(data.base(), data.queries(), new int[1][1]);
    }

    /** The mean share of the query's label among its ten nearest by L2. */
    private static double precision(HeadsData data, float[][] base, float[][] queries) {
        int[][] nearest = SearchTruth.nearest(base, queries, K);
        return IntStream.range(0, queries.length)
                .mapToDouble(q -> share(data, q, nearest[q]))
                .average()
                .orElseThrow();
    }

    private static double share(HeadsData data, int query, int[] found) {
        return Arrays.stream(found)
                        .filter(i -> data.labels()[i] == data.queryLabels()[query])
                        .count()
                / (double) K;
    }

    private static double map(HeadsData data, Vectors vectors, BinaryCode code) {
        LearnCodes codes = codes(vectors, code);
        return CodeMap.of(codes.base(), data.labels(), codes.queries(), data.queryLabels());
    }

    private static LearnCodes codes(Vectors vectors, BinaryCode code) {
        return LearnCodes.of(code, new SearchData(vectors.base, vectors.queries, new int[1][1]));
    }

    /** Precision among ten of the candidates nearest by code, the first of equals, by the vectors. */
    private static double reranked(HeadsData data, Vectors vectors, BinaryCode code) {
        LearnCodes made = codes(vectors, code);
        long[][] codes = made.base();
        long[][] asked = made.queries();
        float[][] base = vectors.base;
        float[][] queries = vectors.queries;
        return IntStream.range(0, queries.length)
                .parallel()
                .mapToDouble(q -> {
                    long[] order = IntStream.range(0, base.length)
                            .mapToLong(i -> ((long) CodeMap.distance(codes[i], asked[q]) << Integer.SIZE) + i)
                            .sorted()
                            .limit(CANDIDATES)
                            .map(each -> each & 0xFFFFFFFFL)
                            .toArray();
                    float[][] candidates =
                            Arrays.stream(order).mapToObj(i -> base[(int) i]).toArray(float[][]::new);
                    int[] best = SearchTruth.nearest(candidates, new float[][] {queries[q]}, K)[0];
                    return share(
                            data,
                            q,
                            Arrays.stream(best).map(i -> (int) order[i]).toArray());
                })
                .average()
                .orElseThrow();
    }

    /** The last labels are not learned from: each of their vectors is searched among these. */
    static ObjectNode unseen(LearnEmbeddings embeddings, Workers workers) {
        int labels = Arrays.stream(embeddings.labels()).max().orElseThrow() + 1;
        int first = labels - UNSEEN;
        // whole labels are held out, as those that are searched later are new
        int heldOut = first - Math.max(2, first / 4);
        HeadSettings settings = HeadSettings.of(
                embeddings.vectors()[0].length,
                128,
                0,
                new HeadSettings.Loss(1, 0, 1, 0, 0, .2),
                HeadSettings.Negatives.SEMI_HARD,
                0,
                20,
                5,
                1);
        Head head = HeadLearner.learn(
                settings,
                some(embeddings, 0, heldOut),
                HeadsData.labels(labels(embeddings, 0, heldOut)),
                some(embeddings, heldOut, first),
                HeadsData.labels(Arrays.stream(labels(embeddings, heldOut, first))
                        .map(label -> label - heldOut)
                        .toArray()),
                workers,
                Progress.NONE);
        float[][] fresh = some(embeddings, first, labels);
        int[] own = labels(embeddings, first, labels);
        double raw = Precision.atTen(List.of(fresh), own);
        double learned = Precision.atTen(List.of(head.apply(fresh, workers, Progress.NONE)), own);
        return ReachRows.row("unseen_classes_p10", learned, raw, raw - .01, "higher")
                .put("model", embeddings.what())
                .put("epochs", head.best());
    }

    private static float[][] some(LearnEmbeddings of, int from, int to) {
        return IntStream.range(0, of.labels().length)
                .filter(i -> of.labels()[i] >= from && of.labels()[i] < to)
                .mapToObj(i -> of.vectors()[i])
                .toArray(float[][]::new);
    }

    private static int[] labels(LearnEmbeddings of, int from, int to) {
        return Arrays.stream(of.labels())
                .filter(label -> label >= from && label < to)
                .toArray();
    }

    private static List<ObjectNode> cost(HeadsData data) throws IOException, InterruptedException {
        int count = Math.min(FORKED, data.base().length);
        int dims = data.base()[0].length;
        try (Scratch scratch = new Scratch(2L * count * dims * Float.BYTES)) {
            Path vectors = scratch.folder().resolve(SearchData.BASE);
            search(data).write(scratch.folder());
            Path labels = scratch.folder().resolve("labels.i32");
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * count);
            bytes.asIntBuffer().put(data.labels(), 0, count);
            Files.write(labels, bytes.array());
            JsonNode trained = Fork.run(
                    scratch.folder(),
                    FORK_HEAP,
                    HeadsFork.class,
                    vectors.toString(),
                    labels.toString(),
                    Integer.toString(dims),
                    Integer.toString(count),
                    Integer.toString(HELD_OUT));
            return List.of(
                    ReachRows.row("head_train_seconds", trained.path("seconds").asDouble(), null, 120, "lower"),
                    ReachRows.row(
                            "head_train_megabytes", trained.path("megabytes").asDouble(), null, 800, "lower"));
        }
    }
}
