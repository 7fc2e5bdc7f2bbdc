package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.encoder.CodeConfig;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.model.Models;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.SessionSettings;
import io.lookalike.query.LocalKnn;
import io.lookalike.search.SearchLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnByteVectorField;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.hnsw.NeighborQueue;

/**
 * What a search recalls where an encoder says nothing but its model, and the search nothing but {@code k}; and its time
 * as a multiple of that of 500 candidates by 256 bits, which were the defaults before.
 *
 * <p>Documents are {@link DrawnViews views} of photographs, encoded by the model, and, above {@link Model#embedded},
 * mixtures of two of their vectors, which are somewhat harder to tell apart than so many views: with {@code builtin-2},
 * 256 bits and 500 candidates, 10,000 views recall .85, and 2,500 with 7,500 mixtures .80. Queries are whole
 * photographs that no document shows. One thread, mapped memory, one segment; the plugin's query without a node, whose
 * own time would make the ratio smaller.
 */
final class DefaultRecallFigures {
    static final int K = 10;
    static final List<Integer> SIZES = List.of(1_000, 10_000, 100_000);

    private static final String PICTURES = "caltech20x50";
    private static final String BEFORE = MixtureIndex.CODE + "_before";
    private static final int BITS_BEFORE = 256;
    private static final int CANDIDATES_BEFORE = 500;
    private static final double RECALL = .97;
    private static final double RATIO = 2;
    private static final int ROUNDS = 5;
    private static final int TIMED = 100;
    private static final long SEED = 20261130;

    /**
     * A model that is measured.
     *
     * @param output that encoders would take
     * @param scale a pixel of value x is fed as {@code (x - mean) / scale}
     * @param embedded how many views are encoded at most
     */
    record Model(String id, String output, int side, float scale, float mean, int embedded) {}

    private static final List<Model> BUILT_IN = List.of(
            new Model("builtin-1", "embedding", 128, 255, 0, 5_000),
            new Model("builtin-2", "embedding", 128, 255, 0, 10_000));
    private static final List<Model> SHARED = List.of(
            new Model("mobilenet_v1_025", "embedding", 128, 128, 128, 5_000),
            new Model("mobilenet_v2", "embedding", 224, 128, 128, 2_000));

    private DefaultRecallFigures() {}

    /** Measures and prints alone: a directory of data, or none. */
    public static void main(String[] args) throws IOException {
        Optional<Path> data = args.length == 0 ? Optional.empty() : Optional.of(Path.of(args[0]));
        of(data, SIZES, System.out::println).forEach(System.out::println);
    }

    /**
     * Measures every built-in model, and those of the data.
     *
     * @param data with photographs and models; empty: drawn pictures, and the built-in models alone
     * @param sizes numbers of documents, ascending
     * @return two rows for each model and number of documents
     */
    static List<ObjectNode> of(Optional<Path> data, List<Integer> sizes, Consumer<String> say) throws IOException {
        DrawnViews views = new DrawnViews(
                data.isPresent() ? LabelledPictures.read(data.get().resolve(PICTURES)) : LabelledPictures.drawn());
        List<Model> models = new ArrayList<>(BUILT_IN);
        data.ifPresent(all -> SHARED.stream()
                .filter(model -> Files.isDirectory(all.resolve("models").resolve(model.id)))
                .forEach(models::add));
        List<ObjectNode> rows = new ArrayList<>();
        for (Model model : models) {
            float[][] queries;
            float[][] seen;
            try (Scratch scratch = new Scratch(0);
                    Models all = new Models(
                            data.orElse(scratch.folder()).resolve("models"),
                            new SessionSettings(1, false, true),
                            scratch.folder(),
                            Models.DEFAULT_MAX_MEMORY)) {
                OnnxModel loaded = all.get(model.id);
                queries = embed(loaded, model, views.queries(), views::query);
                seen = embed(loaded, model, Math.min(model.embedded, sizes.getLast()), views::view);
            }
            CodeConfig code = code(model, seen[0].length);
            for (int size : sizes) {
                rows.addAll(measure(model, code.code(seen[0].length), seen, queries, size, say));
            }
        }
        return rows;
    }

    /** Makes the pixels of a picture. */
    private interface Pictures {
        float[] tensor(int number, int side, float scale, float mean);
    }

    private static float[][] embed(OnnxModel loaded, Model model, int count, Pictures pictures) {
        long[] shape = {1, 3, model.side, model.side};
        return IntStream.range(0, count)
                .parallel()
                .mapToObj(i ->
                        unit(loaded.run(model.output, pictures.tensor(i, model.side, model.scale, model.mean), shape)
                                .data()))
                .toArray(float[][]::new);
    }

    /** The code of an encoder whose body names the model alone. */
    static CodeConfig code(Model model, int dims) throws IOException {
        Map<String, Object> body = new HashMap<>(Map.of("model", EncoderConfig.NO_MODEL, "dims", dims));
        try (var json = EncoderConfig.class.getResourceAsStream("/io/lookalike/model/" + model.id + "/model.json")) {
            JsonNode hash =
                    json == null ? null : new JsonMapper().readTree(json).get("hash");
            if (hash != null) {
                body.put("hash", new JsonMapper().convertValue(hash, Map.class));
            }
        }
        return EncoderConfig.parse(body, null).hash();
    }

    private static float[] unit(float[] vector) {
        double squares = 0;
        for (float v : vector) {
            squares += (double) v * v;
        }
        float length = (float) Math.sqrt(squares);
        float[] unit = new float[vector.length];
        for (int d = 0; d < vector.length && length > 0; d++) {
            unit[d] = vector[d] / length;
        }
        return unit;
    }

    /** A view's vector, or behind them a mixture of two, one of which has at least half of the weight. */
    private static float[] vector(float[][] seen, int number) {
        if (number < seen.length) {
            return seen[number];
        }
        SplittableRandom random = new SplittableRandom(SEED + number);
        float[] one = seen[random.nextInt(seen.length)];
        float[] other = seen[random.nextInt(seen.length)];
        float weight = .5f + random.nextFloat() / 2;
        float[] mixture = new float[one.length];
        for (int d = 0; d < mixture.length; d++) {
            mixture[d] = weight * one[d] + (1 - weight) * other[d];
        }
        return unit(mixture);
    }

    /** Measures with vectors of views, of unit length. */
    static List<ObjectNode> measure(
            Model model, BinaryCode code, float[][] seen, float[][] queries, int size, Consumer<String> say)
            throws IOException {
        int dims = seen[0].length;
        BinaryCode before = BinaryCode.random(dims, BITS_BEFORE, 42, null);
        try (Scratch scratch = new Scratch(3L * size * (dims * Float.BYTES + 200))) {
            write(scratch.folder(), seen, size, code, before);
            int[][] truth = truth(seen, queries, size);
            try (DirectoryReader reader = DirectoryReader.open(new MMapDirectory(scratch.folder()))) {
                IndexSearcher searcher = new IndexSearcher(reader);
                searcher.setQueryCache(null);
                double found = 0;
                double foundBefore = 0;
                for (int q = 0; q < queries.length; q++) {
                    found += recall(searcher, now(queries[q], code), truth[q]) / queries.length;
                    foundBefore += recall(searcher, before(queries[q], before), truth[q]) / queries.length;
                }
                double[] ratios = new double[ROUNDS];
                double[] millis = new double[ROUNDS];
                for (int round = 0; round < ROUNDS; round++) {
                    double[][] times = new double[2][TIMED];
                    for (int t = 0; t < TIMED; t++) {
                        float[] query = queries[(round * TIMED + t) % queries.length];
                        times[0][t] = time(searcher, now(query, code));
                        times[1][t] = time(searcher, before(query, before));
                    }
                    millis[round] = Spread.median(times[0]);
                    ratios[round] = millis[round] / Spread.median(times[1]);
                }
                String name = model.id + "_" + size;
                say.accept(String.format(
                        Locale.ROOT,
                        "%-24s %4d bits: recall@%d %.4f (before %.4f), p50 %.3f ms, %.2f times that before",
                        name,
                        code.bits(),
                        K,
                        found,
                        foundBefore,
                        Spread.median(millis),
                        Spread.median(ratios)));
                int embedded = Math.min(size, seen.length);
                return List.of(
                        ReachRows.row("default_recall_" + name, found, foundBefore, RECALL, "higher")
                                .put("embedded", embedded),
                        ReachRows.row("default_p50_ratio_" + name, Spread.median(ratios), null, RATIO, "lower")
                                .put("embedded", embedded));
            }
        }
    }

    private static void write(Path folder, float[][] seen, int size, BinaryCode code, BinaryCode before)
            throws IOException {
        try (MMapDirectory directory = new MMapDirectory(folder);
                IndexWriter writer = new IndexWriter(directory, MixtureIndex.config())) {
            int block = 1_000;
            for (int from = 0; from < size; from += block) {
                writer.addDocuments(IntStream.range(from, Math.min(size, from + block))
                        .parallel()
                        .mapToObj(i -> document(vector(seen, i), code, before))
                        .toList());
            }
            writer.forceMerge(1);
        }
    }

    private static Document document(float[] vector, BinaryCode code, BinaryCode before) {
        Document document = new Document();
        document.add(new KnnFloatVectorField(MixtureIndex.VECTOR, vector, VectorSimilarityFunction.EUCLIDEAN));
        document.add(new KnnByteVectorField(MixtureIndex.CODE, code.hash(vector), VectorSimilarityFunction.EUCLIDEAN));
        document.add(new KnnByteVectorField(BEFORE, before.hash(vector), VectorSimilarityFunction.EUCLIDEAN));
        return document;
    }

    /** For each query the documents that are nearest, by comparing it with all. */
    private static int[][] truth(float[][] seen, float[][] queries, int size) {
        NeighborQueue[] nearest = new NeighborQueue[queries.length];
        for (int q = 0; q < queries.length; q++) {
            nearest[q] = new NeighborQueue(K, false);
        }
        int block = 1_000;
        for (int from = 0; from < size; from += block) {
            int start = from;
            float[][] vectors = IntStream.range(from, Math.min(size, from + block))
                    .parallel()
                    .mapToObj(i -> vector(seen, i))
                    .toArray(float[][]::new);
            IntStream.range(0, queries.length).parallel().forEach(q -> {
                for (int i = 0; i < vectors.length; i++) {
                    nearest[q].insertWithOverflow(start + i, product(queries[q], vectors[i]));
                }
            });
        }
        return Arrays.stream(nearest).map(NeighborQueue::nodes).toArray(int[][]::new);
    }

    private static float product(float[] a, float[] b) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int d = 0;
        for (; d + 3 < a.length; d += 4) {
            s0 += a[d] * b[d];
            s1 += a[d + 1] * b[d + 1];
            s2 += a[d + 2] * b[d + 2];
            s3 += a[d + 3] * b[d + 3];
        }
        for (; d < a.length; d++) {
            s0 += a[d] * b[d];
        }
        return s0 + s1 + s2 + s3;
    }

    private static Query now(float[] query, BinaryCode code) {
        return LocalKnn.ALONE.hamming(
                MixtureIndex.VECTOR, query, MixtureIndex.CODE, code.hash(query), K, SearchLimits.BY_DOCUMENTS, null);
    }

    private static Query before(float[] query, BinaryCode code) {
        return LocalKnn.ALONE.hamming(MixtureIndex.VECTOR, query, BEFORE, code.hash(query), K, CANDIDATES_BEFORE, null);
    }

    private static double recall(IndexSearcher searcher, Query query, int[] truth) throws IOException {
        double found = 0;
        for (ScoreDoc hit : searcher.search(query, K).scoreDocs) {
            found += IntStream.of(truth).anyMatch(doc -> doc == hit.doc) ? 1. / K : 0;
        }
        return found;
    }

    private static double time(IndexSearcher searcher, Query query) throws IOException {
        long start = System.nanoTime();
        searcher.search(query, K);
        return (System.nanoTime() - start) / 1e6;
    }
}
