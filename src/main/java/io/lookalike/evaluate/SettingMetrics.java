package io.lookalike.evaluate;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Measures the answers of one setting: recall, precision and mean average precision, and times.
 *
 * <p>Recall compares hits with those of the exact search, whose precision by labels is measured in the same way. For
 * one thread.
 */
final class SettingMetrics {
    /** Scores that differ by less are equal but for the order of summation. */
    private static final double SAME = 1e-6;

    private final boolean byLabels;
    private double recalls;
    private double squares;
    private double precisions;
    private double averagePrecisions;
    private int queries;
    private int labelled;
    private final double[] millis;
    private int timed;

    /** @param queries the most queries */
    SettingMetrics(int queries, boolean byLabels) {
        this.byLabels = byLabels;
        this.millis = new double[queries];
    }

    /** A hit; {@code labels} is empty without any. */
    record Hit(String document, float score, Set<String> labels) {}

    /**
     * The ground truth of a query.
     *
     * @param ids its hits, and those as near as the last hit
     * @param least the score of the last hit
     * @param wanted number of hits, k or fewer
     */
    record Truth(Set<String> ids, float least, int wanted) {
        /** @param hits best first; some more than k, to find those as near as the k-th */
        static Truth of(List<Hit> hits, int k) {
            int wanted = Math.min(k, hits.size());
            float least = wanted == 0 ? Float.POSITIVE_INFINITY : hits.get(wanted - 1).score;
            Set<String> ids = new HashSet<>();
            for (Hit hit : hits) {
                if (ids.size() < wanted || same(hit.score, least)) {
                    ids.add(hit.document);
                }
            }
            return new Truth(ids, least, wanted);
        }

        /** Number of hits that are as near as the k nearest. Scores count only if they are exact. */
        int right(List<Hit> hits, int k, boolean exactScores) {
            int right = 0;
            for (Hit hit : hits.subList(0, Math.min(k, hits.size()))) {
                if (ids.contains(hit.document) || (exactScores && (hit.score >= least || same(hit.score, least)))) {
                    right++;
                }
            }
            return Math.min(right, wanted);
        }

        private static boolean same(float a, float b) {
            return Math.abs(a - b) <= SAME * Math.max(Math.abs(a), Math.abs(b));
        }
    }

    /**
     * Adds the answer to a query.
     *
     * @param labels of the query; without labels it counts for recall only
     * @param others number of other documents that share one of its labels
     */
    void add(Truth truth, List<Hit> hits, int k, boolean exactScores, Set<String> labels, long others) {
        if (truth.wanted == 0) {
            return;
        }
        double recall = (double) truth.right(hits, k, exactScores) / truth.wanted;
        recalls += recall;
        squares += recall * recall;
        queries++;
        if (!byLabels || labels.isEmpty()) {
            return;
        }
        List<Hit> first = hits.subList(0, Math.min(k, hits.size()));
        precisions += (double) relevant(first, labels) / truth.wanted;
        averagePrecisions += averagePrecision(first, labels, truth.wanted, others);
        labelled++;
    }

    private static boolean isRelevant(Hit hit, Set<String> labels) {
        return !Collections.disjoint(hit.labels, labels);
    }

    private static int relevant(Collection<Hit> hits, Set<String> labels) {
        return (int) hits.stream().filter(hit -> isRelevant(hit, labels)).count();
    }

    /**
     * Average precision: the sum of the precisions at the ranks of the relevant hits, over {@code min(k, relevant
     * documents in the index)}. It is 0 for a query without relevant hits.
     */
    static double averagePrecision(List<Hit> hits, Set<String> labels, int k, long others) {
        int found = 0;
        double sum = 0;
        for (int i = 0; i < hits.size(); i++) {
            if (isRelevant(hits.get(i), labels)) {
                found++;
                sum += (double) found / (i + 1);
            }
        }
        return found == 0 ? 0 : sum / Math.min(k, Math.max(others, found));
    }

    void time(double each) {
        millis[timed++] = each;
    }

    int queries() {
        return queries;
    }

    int labelled() {
        return labelled;
    }

    double recall() {
        return recalls / queries;
    }

    /** The standard error of the recall, if the queries are a random sample. */
    double recallError() {
        double mean = recall();
        return queries < 2 ? 0 : Math.sqrt(Math.max(0, squares / queries - mean * mean) / (queries - 1));
    }

    double precision() {
        return precisions / labelled;
    }

    double averagePrecision() {
        return averagePrecisions / labelled;
    }

    /**
     * A percentile of the times, by nearest rank.
     *
     * @param share such as .99
     */
    double percentile(double share) {
        double[] sorted = Arrays.copyOf(millis, timed);
        Arrays.sort(sorted);
        return timed == 0 ? Double.NaN : sorted[Math.max(0, (int) Math.ceil(share * timed) - 1)];
    }
}
