package io.lookalike.learning;

import io.lookalike.learning.HeadSettings.Loss;
import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;

/**
 * The part of a loss that trains codes, whose bits are the signs of projections of the learned vectors.
 *
 * <p>Where each vector has one label: a softmax over the cosines of the projections to one fixed random target of ±1 a
 * label, with a margin (Hoe et al.: OrthoHash, NeurIPS 2021). Where some have several: for each pair of the batch the
 * cross entropy of whether they share a label, by the cosine of their projections (Li et al.: DPSH, IJCAI 2016), in
 * which pairs that do and pairs that do not weigh the same (Cao et al.: HashNet, ICCV 2017). In both, the projections
 * are drawn to their own signs. For one thread.
 */
final class CodeLoss {
    private static final double SCALE = 8;
    private static final double MARGIN = .2;

    /** Labels whose targets are near get codes that are near, so the best of some draws is taken. */
    private static final int DRAWS = 200;

    /** With more labels one draw must do: comparing all of them takes too long. */
    private static final int MOST_COMPARED = 256;

    private final Loss weights;
    private final int bits;
    private final double decay;
    private final Labels labels;
    private final Layer planes;
    private final float[] projections;
    private final double[] lengths;
    private final float[] slopes;
    private final float[] back;
    /** Null where vectors have several labels, like what follows. */
    private final Competitors competitors;

    private final float[] targets;
    private final Layer competing;
    private final float[] cosines;
    private boolean prepared;

    /**
     * @param planes {@code bits} rows, trained with the batches
     * @param check called between pieces of work; what it throws ends the work
     */
    CodeLoss(
            HeadSettings settings,
            Labels labels,
            int batch,
            Layer planes,
            Random random,
            Workers workers,
            Runnable check) {
        weights = settings.loss();
        bits = settings.bits();
        decay = settings.decay();
        this.labels = labels;
        this.planes = planes;
        projections = new float[batch * bits];
        lengths = new double[batch];
        slopes = new float[projections.length];
        back = new float[batch * settings.dims()];
        if (labels.areSeveral()) {
            competitors = null;
            targets = null;
            competing = null;
            cosines = null;
        } else {
            competitors = new Competitors(labels, random);
            targets = targets(labels.count(), bits, random, check);
            competing = new Layer(competitors.count(), bits, batch, workers, check);
            cosines = new float[batch * competitors.count()];
        }
    }

    /**
     * One target a label, {@code [labels][bits]}, of length one: of some random draws that whose nearest two differ
     * most.
     */
    private static float[] targets(int labels, int bits, Random random, Runnable check) {
        BitSet[] best = null;
        int most = -1;
        for (int draw = 0; draw < (labels > MOST_COMPARED ? 1 : DRAWS); draw++) {
            BitSet[] drawn = new BitSet[labels];
            for (int label = 0; label < labels; label++) {
                check.run();
                drawn[label] = new BitSet(bits);
                for (int j = 0; j < bits; j++) {
                    drawn[label].set(j, random.nextBoolean());
                }
            }
            int least = labels > MOST_COMPARED ? 0 : leastDistance(drawn, bits, most);
            if (least > most) {
                most = least;
                best = drawn;
            }
        }
        float[] targets = new float[labels * bits];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = (float) ((best[i / bits].get(i % bits) ? 1 : -1) / Math.sqrt(bits));
        }
        return targets;
    }

    /** The distance of the nearest two; not exact where it is at most {@code enough}. */
    private static int leastDistance(BitSet[] codes, int bits, int enough) {
        int least = bits + 1;
        for (int a = 0; a < codes.length && least > enough; a++) {
            for (int b = 0; b < a; b++) {
                BitSet differ = (BitSet) codes[a].clone();
                differ.xor(codes[b]);
                least = Math.min(least, differ.cardinality());
            }
        }
        return least;
    }

    /**
     * Trains the planes by a batch.
     *
     * @param units {@code [batch][dims]}
     * @param gradients receives those by the units, in addition to what it holds
     */
    double of(int[] batch, float[] units, float[] gradients, double rate) {
        planes.prepare();
        planes.forward(units, batch.length, projections);
        for (int i = 0; i < batch.length; i++) {
            lengths[i] = UnitVectors.normalize(projections, i * bits, bits);
        }
        double loss = competitors == null ? pairs(batch) : toTargets(batch);
        loss += quantization(batch.length);
        for (int i = 0; i < batch.length; i++) {
            UnitVectors.backward(projections, i * bits, slopes, i * bits, bits, lengths[i]);
        }
        planes.backward(units, slopes, back);
        planes.step(rate, decay);
        UnitVectors.add(gradients, 0, 1, back, 0, back.length);
        return loss;
    }

    private double toTargets(int[] batch) {
        competitors.choose(batch);
        if (!prepared || !competitors.areAll()) {
            for (int c = 0; c < competitors.count(); c++) {
                System.arraycopy(targets, competitors.label(c) * bits, competing.weights, c * bits, bits);
            }
            competing.prepare();
            prepared = true;
        }
        competing.forward(projections, batch.length, cosines);
        double loss = competitors.crossEntropy(batch, cosines, SCALE, MARGIN, weights.hash());
        competing.backward(projections, cosines, slopes);
        return loss;
    }

    private double pairs(int[] batch) {
        int sharing = 0;
        for (int i = 0; i < batch.length; i++) {
            for (int j = 0; j < i; j++) {
                sharing += labels.share(batch[i], batch[j]) ? 1 : 0;
            }
        }
        int all = batch.length * (batch.length - 1) / 2;
        Arrays.fill(slopes, 0);
        double loss = 0;
        for (int i = 0; i < batch.length; i++) {
            for (int j = 0; j < i; j++) {
                boolean same = labels.share(batch[i], batch[j]);
                double weight = weights.hash() / 2 / (same ? sharing : all - sharing);
                double cosine = UnitVectors.dot(projections, i * bits, projections, j * bits, bits);
                double wrong = same ? -SCALE * cosine : SCALE * cosine;
                // log(1 + e^x), which does not overflow
                loss += weight * (Math.max(0, wrong) + StrictMath.log1p(StrictMath.exp(-Math.abs(wrong))));
                double slope = weight * (same ? -SCALE : SCALE) / (1 + StrictMath.exp(-wrong));
                UnitVectors.add(slopes, i * bits, slope, projections, j * bits, bits);
                UnitVectors.add(slopes, j * bits, slope, projections, i * bits, bits);
            }
        }
        return loss;
    }

    /** One minus the cosine of the projections to their own code. */
    private double quantization(int count) {
        double each = 1 / Math.sqrt(bits);
        double loss = 0;
        for (int at = 0; at < count * bits; at++) {
            loss -= Math.abs(projections[at]) * each;
            slopes[at] -= (float) (weights.quantization() * Math.signum(projections[at]) * each / count);
        }
        return weights.quantization() * (1 + loss / count);
    }
}
