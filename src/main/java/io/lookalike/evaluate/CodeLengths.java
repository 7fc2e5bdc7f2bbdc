package io.lookalike.evaluate;

import io.lookalike.evaluate.EvaluateConfig.CodesConfig;
import io.lookalike.evaluate.EvaluateReport.CodeTable;
import io.lookalike.evaluate.EvaluateReport.Rankings;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.learning.Itq;
import io.lookalike.learning.LearnedCode;
import io.lookalike.learning.Planes;
import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.NearestCodes;
import io.lookalike.vectors.Normalization;
import io.lookalike.vectors.TiedRanking;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Measures codes of several lengths and kinds: each is learned from vectors, and chooses candidates among the same
 * vectors for other queries, as {@code hash_knn} would on one shard. With labels, vectors are also ranked by code
 * alone.
 *
 * <p>Kinds are random hyperplanes through the medians, signs of principal components, ITQ, and heads that are learned
 * from labels. Costs the learning, {@code vectors x bits x dims} products for each code, and {@code vectors x queries}
 * distances. For one use, on a thread that computes.
 */
final class CodeLengths {
    /** A smaller relative difference of nearness counts as a tie. */
    private static final double SAME = 1e-6;

    private final CodesConfig config;
    private final int k;
    private final long seed;
    private final Metric metric;
    private final Normalization normalization;
    private final Workers workers;
    private final Progress progress;
    private final Map<String, String> reasons = new TreeMap<>();

    CodeLengths(
            CodesConfig config,
            int k,
            long seed,
            Metric metric,
            Normalization normalization,
            Workers workers,
            Progress progress) {
        this.config = config;
        this.k = k;
        this.seed = seed;
        this.metric = metric;
        this.normalization = normalization;
        this.workers = workers;
        this.progress = progress;
    }

    /** One cell of the table, with sums over queries. */
    private static final class Cell {
        final int bits;
        final String method;
        final byte[][] documents;
        final byte[][] queries;
        double recalls;
        double averagePrecisions;
        double precisions;

        Cell(int bits, String method, byte[][] documents, byte[][] queries) {
            this.bits = bits;
            this.method = method;
            this.documents = documents;
            this.queries = queries;
        }
    }

    /** About the memory that {@link #compare} takes beside the vectors. */
    static long bytes(CodesConfig config, int documents, int dims, int threads) {
        int longest = 0;
        long codes = 0;
        for (int bits : config.bits()) {
            codes += (long) config.methods().size() * documents * (bits / Byte.SIZE + 32);
            longest = Math.max(longest, Math.min(bits, dims));
        }
        long head = config.methods().contains(EvaluateConfig.HASH_HEAD)
                ? HeadCodes.bytes(dims, config.bits().getLast(), threads)
                : 0;
        return codes + Math.max(head, Itq.bytes(documents, dims, longest, threads));
    }

    /**
     * @param sample of documents that are no queries, at least one to learn from
     * @param queries at least one
     * @param queryLabels of each query; read only where the sample has labels
     */
    CodeTable compare(String field, CodeSample sample, float[][] queries, List<Set<String>> queryLabels) {
        float[][] documents = sample.vectors();
        List<Cell> cells = new ArrayList<>();
        for (String method : config.methods()) {
            cells.addAll(
                    method.equals(EvaluateConfig.HASH_HEAD)
                            ? headCells(sample, queries)
                            : cells(method, sample, queries));
        }
        Map<String, List<Integer>> labelled = documentsByLabel(sample);
        int judged = 0;
        int ranked = 0;
        float[][] scaled = scaled(documents);
        float[][] scaledQueries = scaled(queries);
        int[] distances = new int[documents.length];
        for (int q = 0; q < queries.length; q++) {
            progress.at("codes: recall", q, queries.length);
            double[] nearness = nearness(scaledQueries[q], scaled);
            double[] sorted = nearness.clone();
            Arrays.sort(sorted);
            int wanted = Math.min(k, sorted.length);
            double least = sorted[sorted.length - wanted];
            if (least == Double.NEGATIVE_INFINITY) {
                continue;
            }
            judged++;
            double atLeast = least - SAME * Math.abs(least);
            BitSet relevant = new BitSet();
            if (sample.labels() != null) {
                queryLabels
                        .get(q)
                        .forEach(
                                label -> labelled.getOrDefault(label, List.of()).forEach(relevant::set));
            }
            ranked += relevant.isEmpty() ? 0 : 1;
            for (Cell cell : cells) {
                for (int i = 0; i < distances.length; i++) {
                    distances[i] = Hamming.distance(cell.queries[q], cell.documents[i]);
                }
                cell.recalls += (double) right(cell.bits, distances, nearness, atLeast, wanted) / wanted;
                if (!relevant.isEmpty()) {
                    rank(cell, distances, relevant);
                }
            }
        }
        int answered = judged;
        int rankings = ranked;
        return new CodeTable(
                field,
                documents[0].length,
                documents.length,
                sample.learned(),
                judged,
                config.numCandidates(),
                config.methods(),
                table(cells, cell -> cell.recalls / answered),
                reasons,
                sample.labels() == null
                        ? null
                        : new Rankings(
                                ranked,
                                table(cells, cell -> cell.averagePrecisions / rankings),
                                table(cells, cell -> cell.precisions / rankings)));
    }

    /** Which documents have a label, by label. */
    private static Map<String, List<Integer>> documentsByLabel(CodeSample sample) {
        Map<String, List<Integer>> documents = new HashMap<>();
        for (int i = 0; sample.labels() != null && i < sample.labels().size(); i++) {
            for (String label : sample.labels().get(i)) {
                documents.computeIfAbsent(label, l -> new ArrayList<>()).add(i);
            }
        }
        return documents;
    }

    /** Ranks all documents by the distances of their codes. */
    private void rank(Cell cell, int[] distances, BitSet relevant) {
        int[] all = new int[cell.bits + 1];
        int[] found = new int[cell.bits + 1];
        for (int i = 0; i < distances.length; i++) {
            all[distances[i]]++;
            found[distances[i]] += relevant.get(i) ? 1 : 0;
        }
        cell.averagePrecisions += TiedRanking.averagePrecision(all, found);
        cell.precisions += TiedRanking.precision(all, found, k);
    }

    /** By number of bits, then by method; NaN where there is no cell. */
    private Map<Integer, Map<String, Double>> table(List<Cell> cells, ToDoubleFunction<Cell> figure) {
        Map<Integer, Map<String, Double>> table = new LinkedHashMap<>();
        for (int bits : config.bits()) {
            table.put(bits, new LinkedHashMap<>());
            config.methods().forEach(method -> table.get(bits).put(method, Double.NaN));
        }
        cells.forEach(cell -> table.get(cell.bits).put(cell.method, figure.applyAsDouble(cell)));
        return table;
    }

    private List<Cell> cells(String method, CodeSample sample, float[][] queries) {
        float[][] learned = sample.toLearnFrom();
        List<Cell> cells = new ArrayList<>();
        BinaryCode longest = null;
        for (int bits : config.bits().reversed()) {
            // the signs of fewer components, and fewer planes of a seed, are a prefix of the signs of more
            BinaryCode code = longest != null ? longest : learn(method, bits, learned);
            if (code == null) {
                continue;
            }
            longest = method.equals("itq") ? null : code;
            String phase = "codes: " + method + " " + bits;
            cells.add(new Cell(
                    bits, method, codes(code, bits, sample.vectors(), phase), codes(code, bits, queries, phase)));
        }
        return cells;
    }

    /** Each length is learned anew. */
    private List<Cell> headCells(CodeSample sample, float[][] queries) {
        List<Cell> cells = new ArrayList<>();
        for (int bits : config.bits()) {
            Progress named = named(EvaluateConfig.HASH_HEAD, bits);
            try {
                HeadCodes codes = HeadCodes.learn(sample, bits, seed, workers, named);
                cells.add(new Cell(
                        bits, EvaluateConfig.HASH_HEAD, codes.of(sample.vectors(), named), codes.of(queries, named)));
            } catch (IllegalArgumentException e) {
                reasons.put(EvaluateConfig.HASH_HEAD, e.getMessage());
            }
        }
        return cells;
    }

    private Progress named(String method, int bits) {
        return (phase, done, of) -> progress.at("codes: " + method + " " + bits + ", " + phase, done, of);
    }

    /** Null if there is no such code; the reason is noted. */
    private BinaryCode learn(String method, int bits, float[][] vectors) {
        int dims = vectors[0].length;
        Progress named = named(method, bits);
        if (method.equals("hyperplane")) {
            return BinaryCode.random(dims, bits, seed, medians(vectors, named));
        }
        if (bits > dims) {
            reasons.put(
                    method,
                    "as many bits as the vectors have dims, [" + dims + "], are the most that [" + method + "] makes");
            return null;
        }
        try {
            LearnedCode code = method.equals("itq")
                    ? Itq.learn(vectors, bits, config.iterations(), seed, workers, named)
                    : Planes.pcaSign(vectors, bits, workers, named);
            return BinaryCode.learned(dims, bits, code.weights(), code.thresholds(), code.center(), code.scale());
        } catch (IllegalArgumentException e) {
            // fewer directions than bits
            reasons.put(method, e.getMessage());
            return null;
        }
    }

    private byte[][] codes(BinaryCode code, int bits, float[][] vectors, String phase) {
        byte[][] codes = new byte[vectors.length][];
        for (int i = 0; i < codes.length; i++) {
            if (i % 100 == 0) {
                progress.at(phase, i, codes.length);
            }
            codes[i] = Arrays.copyOf(code.hash(vectors[i]), bits / Byte.SIZE);
        }
        return codes;
    }

    private static float[] medians(float[][] vectors, Progress progress) {
        float[] medians = new float[vectors[0].length];
        float[] column = new float[vectors.length];
        for (int d = 0; d < medians.length; d++) {
            progress.at("medians", d, medians.length);
            for (int i = 0; i < column.length; i++) {
                column[i] = vectors[i][d];
            }
            Arrays.sort(column);
            medians[d] = column[column.length / 2];
        }
        return medians;
    }

    private float[][] scaled(float[][] vectors) {
        if (normalization == Normalization.NONE) {
            return vectors;
        }
        float[][] scaled = new float[vectors.length][];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = new float[vectors[i].length];
            normalization.scale(vectors[i], scaled[i]);
        }
        return scaled;
    }

    /**
     * The nearness of each document; a greater one is nearer. A vector without a distance by the metric is infinitely
     * far.
     */
    private double[] nearness(float[] query, float[][] documents) {
        double sign = metric.isSimilarity() ? 1 : -1;
        double[] nearness = new double[documents.length];
        for (int i = 0; i < nearness.length; i++) {
            double distance = metric.distance(query, documents[i]);
            nearness[i] = Double.isNaN(distance) ? Double.NEGATIVE_INFINITY : sign * distance;
        }
        return nearness;
    }

    /** Number of the nearest documents that are among the candidates by code. */
    private int right(int bits, int[] distances, double[] nearness, double atLeast, int wanted) {
        NearestCodes nearest = new NearestCodes(bits, Math.min(config.numCandidates(), distances.length), bits);
        for (int i = 0; i < distances.length; i++) {
            if (distances[i] <= nearest.cut()) {
                nearest.offer(i, distances[i]);
            }
        }
        int right = 0;
        for (long id : nearest.ids()) {
            if (nearness[(int) id] >= atLeast) {
                right++;
            }
        }
        return Math.min(right, wanted);
    }
}
