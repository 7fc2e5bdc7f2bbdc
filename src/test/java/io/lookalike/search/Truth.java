package io.lookalike.search;

import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;

/** Computes the expected answer to a search, by plain loops in doubles over documents in lists. */
final class Truth {
    private Truth() {}

    /**
     * One document, or one nested object.
     *
     * @param doc its number in the reader
     * @param parent the number of the document that holds it; {@code doc} itself where it is not nested
     * @param vector as it was sent; null for none
     * @param code null for none
     * @param buckets null for none
     * @param clusters empty for none
     * @param accepted whether it is live, matches the filter, carries the fingerprint and is not excluded
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    record Doc(
            int doc,
            int parent,
            float[] vector,
            byte[] code,
            List<String> buckets,
            Set<Integer> clusters,
            boolean accepted) {}

    record Hit(int doc, double score) {}

    static int hamming(byte[] a, byte[] b) {
        int distance = 0;
        for (int bit = 0; bit < a.length * 8; bit++) {
            if ((a[bit / 8] >> bit % 8 & 1) != (b[bit / 8] >> bit % 8 & 1)) {
                distance++;
            }
        }
        return distance;
    }

    /** The score of a metric; NaN where a vector has none. */
    static double score(Metric metric, float[] a, float[] b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        double squares = 0;
        double absolute = 0;
        double chi = 0;
        double meanA = 0;
        double meanB = 0;
        int signs = 0;
        for (int d = 0; d < a.length; d++) {
            dot += (double) a[d] * b[d];
            aa += (double) a[d] * a[d];
            bb += (double) b[d] * b[d];
            double difference = (double) a[d] - b[d];
            squares += difference * difference;
            absolute += Math.abs(difference);
            double sum = (double) a[d] + b[d];
            chi += sum == 0 ? 0 : difference * difference / sum;
            if (a[d] < 0 || b[d] < 0) {
                chi = Double.NaN;
            }
            meanA += (double) a[d] / a.length;
            meanB += (double) b[d] / a.length;
            signs += a[d] > 0 != b[d] > 0 ? 1 : 0;
        }
        double covariance = 0;
        double varianceA = 0;
        double varianceB = 0;
        for (int d = 0; d < a.length; d++) {
            covariance += (a[d] - meanA) * (b[d] - meanB);
            varianceA += (a[d] - meanA) * (a[d] - meanA);
            varianceB += (b[d] - meanB) * (b[d] - meanB);
        }
        boolean constant = varianceA < 1e-12 * (aa + 1e-30) || varianceB < 1e-12 * (bb + 1e-30);
        return switch (metric) {
            case L2_NORM -> 1 / (1 + squares);
            case L1 -> 1 / (1 + absolute);
            case CHI_SQUARED -> 1 / (1 + chi);
            case COSINE -> (1 + (aa == 0 || bb == 0 ? 0 : dot / Math.sqrt(aa) / Math.sqrt(bb))) / 2;
            case DOT_PRODUCT -> Math.max(0, (1 + dot) / 2);
            case CORRELATION -> (1 + (constant ? 0 : covariance / Math.sqrt(varianceA) / Math.sqrt(varianceB))) / 2;
            case HAMMING -> (a.length - signs) / (double) a.length;
            case TABLES -> throw new AssertionError("not of vectors");
        };
    }

    static float[] scaled(Normalization normalization, float[] vector) {
        double size = 0;
        for (float v : vector) {
            size += normalization == Normalization.L2 ? (double) v * v : Math.abs((double) v);
        }
        size = normalization == Normalization.L2 ? Math.sqrt(size) : size;
        float[] scaled = vector.clone();
        for (int d = 0; d < scaled.length && normalization != Normalization.NONE && size > 0; d++) {
            scaled[d] = (float) (vector[d] / size);
        }
        return scaled;
    }

    static int agreeing(List<String> terms, List<String> buckets) {
        int agreeing = 0;
        for (String term : terms) {
            agreeing += buckets.contains(term) ? 1 : 0;
        }
        return agreeing;
    }

    /**
     * How many clusters are looked into: as many as asked for, doubled until they hold {@code k} documents, or parents.
     */
    static int probed(List<Doc> docs, ToIntFunction<Doc> distance, int[] order, int probes, int k) {
        int probed = probes;
        while (probed < order.length
                && inClusters(docs, order, probed).stream()
                                .filter(d ->
                                        d.accepted && d.vector != null && distance.applyAsInt(d) < Integer.MAX_VALUE)
                                .map(Doc::parent)
                                .distinct()
                                .count()
                        < k) {
            probed = Math.min(2 * probed, order.length);
        }
        return probed;
    }

    static List<Doc> inClusters(List<Doc> docs, int[] order, int probed) {
        return docs.stream()
                .filter(d -> Arrays.stream(order, 0, probed).anyMatch(d.clusters::contains))
                .toList();
    }

    /**
     * The candidates by distance: everything up to the distance at which {@code wanted} documents, or parents, lie; of
     * those at that distance the lowest until there are four times as many.
     *
     * @param distance above {@code maxDistance} of what can be no candidate
     */
    static List<Doc> candidates(List<Doc> docs, ToIntFunction<Doc> distance, int wanted, int maxDistance) {
        Map<Integer, Integer> nearest = new TreeMap<>();
        List<Doc> able = new ArrayList<>();
        for (Doc doc : docs) {
            if (doc.accepted && doc.vector != null && distance.applyAsInt(doc) <= maxDistance) {
                able.add(doc);
                nearest.merge(doc.parent, distance.applyAsInt(doc), Math::min);
            }
        }
        List<Map.Entry<Integer, Integer>> order = new ArrayList<>(nearest.entrySet());
        order.sort(Map.Entry.<Integer, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()));
        int cut = order.size() < wanted ? maxDistance : order.get(wanted - 1).getValue();
        List<Integer> kept = order.stream()
                .filter(e -> e.getValue() <= cut)
                .limit(4L * wanted)
                .map(Map.Entry::getKey)
                .toList();
        return able.stream()
                .filter(d -> kept.contains(d.parent) && distance.applyAsInt(d) <= cut)
                .toList();
    }

    /** The best {@code k}, of the children of one parent the best one, lowest document first among equals. */
    static List<Hit> best(List<Doc> docs, ToDoubleFunction<Doc> score, double similarity, int k) {
        Map<Integer, Hit> byParent = new TreeMap<>();
        for (Doc doc : docs) {
            if (doc.accepted && doc.vector != null) {
                double value = score.applyAsDouble(doc);
                if (value >= similarity) {
                    Hit hit = new Hit(doc.doc, value);
                    byParent.merge(doc.parent, hit, (a, b) -> b.score > a.score ? b : a);
                }
            }
        }
        List<Hit> hits = new ArrayList<>(byParent.values());
        hits.sort(Comparator.comparingDouble(Hit::score).reversed().thenComparingInt(Hit::doc));
        return hits.subList(0, Math.min(k, hits.size()));
    }
}
