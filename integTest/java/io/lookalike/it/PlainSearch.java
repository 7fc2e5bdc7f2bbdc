package io.lookalike.it;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The answers that searches should give, computed the plain way: every document, in doubles, by the formulas of the
 * documentation. Stateless.
 */
final class PlainSearch {
    private PlainSearch() {}

    /** A document as the test remembers it. */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    record Doc(String id, float[] vector, byte[] code, String group) {}

    /** The score of a document, NaN where the metric has none. */
    static double score(String metric, float[] a, byte[] codeA, Doc doc) {
        float[] b = doc.vector;
        return switch (metric) {
            case "l2_norm" -> 1 / (1 + sum(a, b, (x, y) -> (x - y) * (x - y)));
            case "l1" -> 1 / (1 + sum(a, b, (x, y) -> Math.abs(x - y)));
            case "cosine" -> (1 + cosine(a, b, 0, 0)) / 2;
            case "dot_product" -> Math.max(0, (1 + sum(a, b, (x, y) -> x * y)) / 2);
            case "correlation" -> (1 + cosine(a, b, mean(a), mean(b))) / 2;
            case "chi_squared" -> 1 / (1 + chiSquared(a, b));
            case "hamming" -> 1 - hamming(codeA, doc.code) / (8.0 * codeA.length);
            case "signs" -> 1 - sum(a, b, (x, y) -> x > 0 == y > 0 ? 0 : 1) / a.length;
            case "max_inner_product" -> maxInnerProduct(sum(a, b, (x, y) -> x * y));
            case "dot_product of bytes" -> 0.5 + sum(a, b, (x, y) -> x * y) / (a.length * 32768.0);
            default -> throw new IllegalArgumentException(metric);
        };
    }

    private interface Term {
        double of(double x, double y);
    }

    private static double sum(float[] a, float[] b, Term term) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += term.of(a[i], b[i]);
        }
        return sum;
    }

    private static double maxInnerProduct(double product) {
        return product < 0 ? 1 / (1 - product) : product + 1;
    }

    private static double mean(float[] a) {
        return sum(a, a, (x, y) -> x) / a.length;
    }

    private static double cosine(float[] a, float[] b, double meanA, double meanB) {
        // the rounded mean of a constant vector may differ from its components
        if ((meanA != 0 && isConstant(a)) || (meanB != 0 && isConstant(b))) {
            return 0;
        }
        double products = sum(a, b, (x, y) -> (x - meanA) * (y - meanB));
        double squaresA = sum(a, a, (x, y) -> (x - meanA) * (y - meanA));
        double squaresB = sum(b, b, (x, y) -> (x - meanB) * (y - meanB));
        return squaresA == 0 || squaresB == 0 ? 0 : products / Math.sqrt(squaresA * squaresB);
    }

    private static boolean isConstant(float[] a) {
        for (float x : a) {
            if (x != a[0]) {
                return false;
            }
        }
        return true;
    }

    private static double chiSquared(float[] a, float[] b) {
        for (int i = 0; i < a.length; i++) {
            if (a[i] < 0 || b[i] < 0) {
                return Double.NaN;
            }
        }
        return sum(a, b, (x, y) -> x + y == 0 ? 0 : (x - y) * (x - y) / (x + y));
    }

    static int hamming(byte[] a, byte[] b) {
        int bits = 0;
        for (int i = 0; i < a.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                bits += (a[i] >> bit & 1) == (b[i] >> bit & 1) ? 0 : 1;
            }
        }
        return bits;
    }

    /** The documents of one shard that are candidates by their codes: the nearest {@code wanted}, and all ties. */
    static List<Doc> candidates(Collection<Doc> shard, byte[] code, int wanted) {
        int[] distances =
                shard.stream().mapToInt(doc -> hamming(code, doc.code)).sorted().toArray();
        int cut = distances.length <= wanted ? 8 * code.length : distances[wanted - 1];
        List<Doc> candidates =
                shard.stream().filter(doc -> hamming(code, doc.code) <= cut).toList();
        if (candidates.size() > 4 * wanted) {
            throw new IllegalArgumentException(candidates.size() + " candidates where " + wanted
                    + " are wanted: which of those at the cut are taken cannot be told from here");
        }
        return candidates;
    }

    /** Scores by id, greatest first, of the best {@code k} of each shard. */
    static Map<String, Double> best(List<List<Doc>> shards, String metric, float[] vector, byte[] code, int k) {
        Map<String, Double> best = new LinkedHashMap<>();
        Comparator<Map.Entry<String, Double>> byScore = Map.Entry.comparingByValue(Comparator.reverseOrder());
        shards.stream()
                .flatMap(shard -> shard.stream()
                        .map(doc -> Map.entry(doc.id, score(metric, vector, code, doc)))
                        .filter(entry -> !entry.getValue().isNaN())
                        .sorted(byScore)
                        .limit(k))
                .sorted(byScore)
                .forEach(entry -> best.put(entry.getKey(), entry.getValue()));
        return best;
    }

    static float[] unit(float[] vector) {
        return divided(vector, length(vector));
    }

    static double length(float[] vector) {
        return Math.sqrt(sum(vector, vector, (x, y) -> x * y));
    }

    /** The vector as {@code normalize_vectors} has it; zero stays zero. */
    static float[] normalized(String how, float[] vector) {
        return switch (how) {
            case "none" -> vector;
            case "l2" -> divided(vector, length(vector));
            case "sum" -> divided(vector, sum(vector, vector, (x, y) -> Math.abs(x)));
            default -> throw new IllegalArgumentException(how);
        };
    }

    private static float[] divided(float[] vector, double by) {
        float[] divided = Arrays.copyOf(vector, vector.length);
        for (int i = 0; i < divided.length && by != 0; i++) {
            divided[i] = (float) (vector[i] / by);
        }
        return divided;
    }
}
