package io.lookalike.train;

import io.lookalike.encoder.Messages;
import io.lookalike.learning.Labels;
import io.lookalike.task.Sampling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The vectors of a sample that a head learns from, with their labels: each label has two vectors at least.
 *
 * @param vectors {@code [n][dims]}
 * @param texts the labels of each
 * @param labels the same, numbered
 * @param rare labels that were left out because they have too few vectors
 * @param leftOut vectors that have no other labels
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
record HeadSample(float[][] vectors, List<List<String>> texts, Labels labels, int rare, int leftOut) {
    /** Two vectors of each of two labels. */
    static final int LEAST = 4;

    /**
     * Leaves out rare labels, and vectors with no others.
     *
     * @throws IllegalArgumentException with the counts, if a label has only one vector and none shall be left out, or
     *     fewer than two labels are left
     */
    static HeadSample of(HeadConfig config, Sampling.Sample sample) {
        Map<String, Integer> counts = new HashMap<>();
        sample.labels().forEach(own -> own.forEach(label -> counts.merge(label, 1, Integer::sum)));
        int least = Math.max(2, config.minDocuments());
        Set<String> rare = counts.keySet().stream()
                .filter(label -> counts.get(label) < least)
                .collect(Collectors.toCollection(TreeSet::new));
        String field = "label field [" + Messages.cut(config.labelField()) + "] has ";
        if (config.minDocuments() == 0 && !rare.isEmpty()) {
            throw new IllegalArgumentException(
                    field + "[" + rare.size() + "] labels with only one vector in a sample of ["
                            + sample.vectors().length + "], of [" + counts.size() + "] labels: " + Messages.cut(rare)
                            + "; each needs two: index more documents of them, raise [sample], or leave these "
                            + "labels out by [learn." + config.key() + ".min_documents] [2]");
        }
        if (counts.size() - rare.size() < 2) {
            throw new IllegalArgumentException(field + "[" + (counts.size() - rare.size()) + "] labels with at least ["
                    + least + "] vectors in a sample of [" + sample.vectors().length
                    + "], and a head learns to tell two or more apart; vectors by label: "
                    + Messages.cut(new TreeMap<>(counts).toString()));
        }
        if (rare.isEmpty()) {
            return new HeadSample(sample.vectors(), sample.labels(), Labels.of(sample.labels()), 0, 0);
        }
        List<float[]> vectors = new ArrayList<>();
        List<List<String>> texts = new ArrayList<>();
        for (int i = 0; i < sample.vectors().length; i++) {
            List<String> kept = sample.labels().get(i).stream()
                    .filter(label -> !rare.contains(label))
                    .toList();
            if (!kept.isEmpty()) {
                vectors.add(sample.vectors()[i]);
                texts.add(kept);
            }
        }
        return new HeadSample(
                vectors.toArray(float[][]::new),
                texts,
                Labels.of(texts),
                rare.size(),
                sample.vectors().length - texts.size());
    }

    /** The same with other vectors, one for each. */
    HeadSample with(float[][] images) {
        return new HeadSample(images, texts, labels, rare, leftOut);
    }

    float[][] some(int[] numbers) {
        float[][] some = new float[numbers.length][];
        for (int i = 0; i < some.length; i++) {
            some[i] = vectors[numbers[i]];
        }
        return some;
    }

    /** The labels that only vectors outside of {@code learned} have. */
    Set<String> labelsOnlyOutside(int[] learned) {
        Set<String> left = new TreeSet<>();
        texts.forEach(left::addAll);
        for (int row : learned) {
            left.removeAll(texts.get(row));
        }
        return left;
    }
}
