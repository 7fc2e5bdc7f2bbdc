package io.lookalike.evaluate;

import io.lookalike.encoder.ConfigReader;
import io.lookalike.encoder.Messages;
import io.lookalike.learning.Itq;
import io.lookalike.task.LongRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What to evaluate, as the user asked for it.
 *
 * @param settings at least one
 * @param k hits of each search
 * @param queries the most documents that serve as queries
 * @param query which documents serve as queries, as JSON; null for any
 * @param labelField null to judge without labels
 * @param byCode whether the stored codes are judged by the labels; only with a field of labels
 * @param holdOut labels; only documents with one of them serve as queries, and codes are learned only from documents
 *     without them; empty to hold out none
 * @param recall the recall that the cheapest setting must reach
 * @param codes null for no table of codes
 */
record EvaluateConfig(
        List<EvaluatedRequest> settings,
        int k,
        int queries,
        long seed,
        Map<String, Object> query,
        String labelField,
        boolean byCode,
        List<String> holdOut,
        double recall,
        CodesConfig codes) {
    static final int MAX_QUERIES = 10_000;
    static final int MAX_K = 1_000;
    private static final int MAX_HELD_OUT = 10_000;
    private static final int MAX_SAMPLE = 200_000;
    private static final int MAX_BITS = 4096;
    private static final int MAX_LENGTHS = 32;

    /** The kind of codes that is learned from labels. */
    static final String HASH_HEAD = "hash_head";

    /** The kinds of codes that are compared without labels, by their names. */
    static final List<String> UNLABELLED = List.of("hyperplane", "pca_sign", "itq");

    private static final List<String> METHODS =
            Stream.concat(UNLABELLED.stream(), Stream.of(HASH_HEAD)).toList();

    /**
     * The table of code lengths.
     *
     * @param field the field of the vectors; null for that of the request
     * @param sample the most documents that codes are learned from and searched among
     */
    record CodesConfig(
            String field, List<Integer> bits, List<String> methods, int numCandidates, int sample, int iterations) {}

    /** @throws IllegalArgumentException naming the field, what is allowed and what to do */
    static EvaluateConfig parse(Map<String, Object> body) {
        ConfigReader config = new ConfigReader("_lookalike/evaluate", body);
        EvaluatedRequest request = EvaluatedRequest.of(config.value("request"));
        int named = request.first("k") instanceof Integer k && k >= 1 && k <= MAX_K ? k : 10;
        int k = config.integer("k", named, 1, MAX_K);
        int queries = config.integer("queries", 200, 1, MAX_QUERIES);
        long seed = config.integer64("seed", 42);
        Map<String, Object> query = config.map("query");
        String labelField = LongRequest.name("label_field", config.string("label_field", null));
        boolean byCode = config.flag("by_code", false);
        if (byCode && labelField == null) {
            throw new IllegalArgumentException("[by_code] judges codes by the labels of documents; name the field of "
                    + "the labels in [label_field], or leave [by_code] out");
        }
        List<String> holdOut = holdOut(config.object("hold_out"), labelField);
        double recall = config.number("recall", .95);
        if (!(recall > 0 && recall <= 1)) {
            throw new IllegalArgumentException("[recall] must be above [0] and at most [1]; got [" + recall + "]");
        }
        List<EvaluatedRequest> settings = Sweep.of(request, config.object("sweep"), k);
        CodesConfig codes = codes(config.object("codes"), k, labelField);
        Object metric = request.first("metric");
        if (codes != null && ("hamming".equals(metric) || "tables".equals(metric))) {
            throw new IllegalArgumentException("[codes] compares vectors, but [metric] [" + Messages.show(metric)
                    + "] compares codes or buckets; leave [codes] out, or use another metric");
        }
        config.finish();
        return new EvaluateConfig(settings, k, queries, seed, query, labelField, byCode, holdOut, recall, codes);
    }

    private static List<String> holdOut(ConfigReader holdOut, String labelField) {
        if (holdOut == null) {
            return List.of();
        }
        if (labelField == null) {
            throw new IllegalArgumentException("[hold_out] holds documents out by their labels; name the field of the "
                    + "labels in [label_field], or leave [hold_out] out");
        }
        List<String> labels = new ArrayList<>();
        for (Object label : holdOut.list("labels", MAX_HELD_OUT)) {
            if (!(label instanceof String || label instanceof Number || label instanceof Boolean)) {
                throw new IllegalArgumentException(
                        "[hold_out.labels] must be a list of labels, each a string, a number " + "or a boolean; got ["
                                + Messages.show(label) + "]");
            }
            labels.add(label.toString());
        }
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("[hold_out.labels] is missing; list the labels of the documents that "
                    + "serve as queries and that codes are not learned from, or leave [hold_out] out");
        }
        holdOut.finish();
        return labels.stream().distinct().toList();
    }

    private static CodesConfig codes(ConfigReader codes, int k, String labelField) {
        if (codes == null) {
            return null;
        }
        String field = LongRequest.name("codes.field", codes.string("field", null));
        List<Integer> bits = codes.integers("bits", 8, MAX_BITS, MAX_LENGTHS);
        for (int length : bits) {
            if (length % Byte.SIZE != 0) {
                throw new IllegalArgumentException("[codes.bits] must be multiples of [8]; got [" + length + "]");
            }
        }
        List<String> methods = codes.strings("methods", METHODS.size());
        for (String method : methods) {
            if (!METHODS.contains(method)) {
                throw new IllegalArgumentException(
                        "[codes.methods] must be of " + METHODS + "; got [" + Messages.show(method) + "]");
            }
        }
        if (labelField == null && methods.contains(HASH_HEAD)) {
            throw new IllegalArgumentException("[codes.methods] [" + HASH_HEAD
                    + "] learns from labels; name their field in [label_field], or leave it out");
        }
        int numCandidates = codes.integer("num_candidates", Math.max(500, k), k, 10_000);
        int sample = codes.integer("sample", 20_000, 1_000, MAX_SAMPLE);
        int iterations = codes.integer("iterations", Itq.ITERATIONS, 1, 1_000);
        codes.finish();
        return new CodesConfig(
                field,
                (bits.isEmpty() ? List.of(32, 64, 128, 256, 512) : bits)
                        .stream().distinct().sorted().toList(),
                methods.isEmpty()
                        ? labelField == null ? UNLABELLED : METHODS
                        : METHODS.stream().filter(methods::contains).toList(),
                numCandidates,
                sample,
                iterations);
    }
}
