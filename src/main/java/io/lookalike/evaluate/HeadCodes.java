package io.lookalike.evaluate;

import io.lookalike.hashing.BinaryCode;
import io.lookalike.learning.Head;
import io.lookalike.learning.HeadLearner;
import io.lookalike.learning.HeadSettings;
import io.lookalike.learning.HoldOut;
import io.lookalike.learning.Labels;
import io.lookalike.learning.Linear;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Codes of a {@link Head} that is learned from the labelled vectors of a sample. A tenth of these, spread evenly, is
 * held out to choose the best epoch. For one thread, which shares the work with its workers.
 */
final class HeadCodes {
    private static final int LEAST_BITS = 16;
    private static final int MOST_BITS = 512;
    private static final HoldOut HELD_OUT = new HoldOut(.1, HoldOut.By.DOCUMENT);
    /** Labels that memory is reserved for. */
    private static final int MOST_LABELS = 10_000;

    /** Vectors that are encoded at once. */
    private static final int BLOCK = 1_024;

    private final Head head;
    private final BinaryCode code;
    private final Workers workers;

    private HeadCodes(Head head, Workers workers) {
        this.head = head;
        Linear planes = head.planes();
        code = BinaryCode.learned(planes.cols(), planes.rows(), planes.weights(), planes.thresholds(), null, 1);
        this.workers = workers;
    }

    /** About the memory that learning and encoding take beside the vectors. */
    static long bytes(int dims, int bits, int threads) {
        return HeadLearner.bytes(HeadSettings.forCodes(dims, bits, 0), dims, MOST_LABELS, threads);
    }

    /**
     * Learns a head.
     *
     * @param sample with labels
     * @throws IllegalArgumentException if it has too few or too many labels, or there is no code of so many bits
     */
    static HeadCodes learn(CodeSample sample, int bits, long seed, Workers workers, Progress progress) {
        List<Integer> labelled = new ArrayList<>();
        Set<String> distinct = new HashSet<>();
        for (int i = 0; i < sample.learned(); i++) {
            if (!sample.labels().get(i).isEmpty()) {
                labelled.add(i);
                distinct.addAll(sample.labels().get(i));
            }
        }
        if (distinct.size() < 2 || distinct.size() > MOST_LABELS) {
            throw new IllegalArgumentException("a head learns from [2] to [" + MOST_LABELS + "] labels; ["
                    + labelled.size() + "] of the [" + sample.learned()
                    + "] documents to learn from have a label, and these have [" + distinct.size()
                    + "] different ones");
        }
        if (bits < LEAST_BITS || bits > MOST_BITS) {
            throw new IllegalArgumentException(
                    "a head makes codes of [" + LEAST_BITS + "] to [" + MOST_BITS + "] bits");
        }
        float[][] vectors = some(
                sample.vectors(), labelled.stream().mapToInt(Integer::intValue).toArray());
        Labels labels =
                Labels.of(labelled.stream().map(row -> sample.labels().get(row)).toList());
        HoldOut.Choice choice = HELD_OUT.choose(labels, seed);
        Head head = HeadLearner.learn(
                HeadSettings.forCodes(sample.vectors()[0].length, bits, seed),
                some(vectors, choice.learned()),
                choice.learnedLabels(),
                some(vectors, choice.judging()),
                choice.judgingLabels(),
                workers,
                progress);
        return new HeadCodes(head, workers);
    }

    private static float[][] some(float[][] vectors, int[] rows) {
        return Arrays.stream(rows).mapToObj(row -> vectors[row]).toArray(float[][]::new);
    }

    /**
     * The codes of vectors, whose bits are the signs of the head's planes.
     *
     * @param vectors {@code [n][dims]}
     * @return {@code [n][bits / 8]}
     */
    byte[][] of(float[][] vectors, Progress progress) {
        byte[][] codes = new byte[vectors.length][];
        for (int from = 0; from < codes.length; from += BLOCK) {
            progress.at("codes", from, codes.length);
            float[][] block = Arrays.copyOfRange(vectors, from, Math.min(from + BLOCK, vectors.length));
            float[][] units = head.apply(block, workers, Progress.NONE);
            for (int i = 0; i < units.length; i++) {
                codes[from + i] = code.hash(units[i]);
            }
        }
        return codes;
    }
}
