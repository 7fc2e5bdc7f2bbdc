package io.lookalike.learning;

import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.Random;

/**
 * The loss of one batch of unit vectors, and its gradient by them. The parts are those of {@link HeadSettings.Loss};
 * each is a mean over the batch. For one thread.
 *
 * <p>Sources: classification is the normalised softmax over learned proxies (Zhai and Wu, BMVC 2019); the code's part
 * is the cosine softmax to fixed targets of ±1 with a margin (Hoe et al.: OrthoHash, NeurIPS 2021). A document with
 * several labels shares its target among them.
 */
final class HeadLoss {
    private static final double CLASS_SCALE = 16;
    private static final double CLASS_MARGIN = .1;
    private static final double HASH_SCALE = 8;
    private static final double HASH_MARGIN = .2;

    /** The proxies' learning rate in times that of the layers: there are few, and they begin anywhere. */
    private static final double PROXY_RATE = 5;

    /** Pairs of labels that are near make codes that are near, so the best of some draws is taken. */
    private static final int DRAWS = 200;

    /** Pairs that a document is compared with for the contrastive part, as a share of the batch. */
    private static final double PAIRS = 1. / 25;

    private final HeadSettings settings;
    private final Labels labels;
    private final int batch;
    private final Random random;
    private final Layer proxies;
    private final float[] targets;
    private final Layer planes;
    private final float[] projections;
    private final float[] back;
    private final float[][] distances;

    /** @param planes null without codes */
    HeadLoss(HeadSettings settings, Labels labels, int batch, Layer planes, Random random, Workers workers) {
        this.settings = settings;
        this.labels = labels;
        this.batch = batch;
        this.random = random;
        this.planes = planes;
        proxies = new Layer(labels.count(), settings.dims(), batch, workers).random(random);
        targets = planes == null ? null : targets(labels.count(), settings.bits(), random);
        projections = new float[batch * settings.bits()];
        back = new float[batch * settings.dims()];
        distances = new float[batch][batch];
    }

    /** One code a label, {@code [labels][bits]} of ±1: of some random draws that whose nearest two differ most. */
    private static float[] targets(int labels, int bits, Random random) {
        float[] best = null;
        int most = -1;
        for (int draw = 0; draw < DRAWS; draw++) {
            float[] drawn = new float[labels * bits];
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = random.nextBoolean() ? 1 : -1;
            }
            int least = leastDistance(drawn, labels, bits, most);
            if (least > most) {
                most = least;
                best = drawn;
            }
        }
        return best;
    }

    /** The distance of the nearest two; not exact where it is at most {@code enough}. */
    private static int leastDistance(float[] codes, int labels, int bits, int enough) {
        int least = bits + 1;
        for (int a = 0; a < labels && least > enough; a++) {
            for (int b = 0; b < a; b++) {
                double product = UnitVectors.dot(codes, a * bits, codes, b * bits, bits);
                least = Math.min(least, (int) (bits - product) / 2);
            }
        }
        return least;
    }

    /**
     * The loss of a batch; trains proxies and planes by it.
     *
     * @param rows which vectors the batch holds
     * @param units {@code [batch][dims]}
     * @param gradients receives those by the units, {@code [batch][dims]}
     * @param rate learning rate
     */
    double of(int[] rows, float[] units, float[] gradients, double rate) {
        Arrays.fill(gradients, 0);
        HeadSettings.Loss loss = settings.loss();
        double sum = 0;
        if (loss.classification() > 0) {
            sum += classification(rows, units, gradients, rate);
        }
        if (loss.triplet() > 0 || loss.contrastive() > 0) {
            measure(units);
            sum += loss.triplet() > 0 ? triplets(rows, units, gradients) : 0;
            sum += loss.contrastive() > 0 ? pairs(rows, units, gradients) : 0;
        }
        if (planes != null) {
            sum += codes(rows, units, gradients, rate);
        }
        return sum;
    }

    private double classification(int[] rows, float[] units, float[] gradients, double rate) {
        int dims = settings.dims();
        int count = labels.count();
        float[] directions = proxies.weights.clone();
        double[] lengths = new double[count];
        for (int c = 0; c < count; c++) {
            lengths[c] = UnitVectors.normalize(directions, c * dims, dims);
        }
        float[] byProxy = new float[directions.length];
        double[] cosines = new double[count];
        double[] slopes = new double[count];
        double loss = 0;
        for (int i = 0; i < batch; i++) {
            for (int c = 0; c < count; c++) {
                cosines[c] = UnitVectors.dot(units, i * dims, directions, c * dims, dims);
            }
            loss += softmax(cosines, labels.of(rows[i]), CLASS_SCALE, CLASS_MARGIN, slopes);
            for (int c = 0; c < count; c++) {
                double slope = settings.loss().classification() * slopes[c] / batch;
                UnitVectors.add(gradients, i * dims, slope, directions, c * dims, dims);
                UnitVectors.add(byProxy, c * dims, slope, units, i * dims, dims);
            }
        }
        for (int c = 0; c < count; c++) {
            UnitVectors.backward(directions, byProxy, c * dims, dims, lengths[c]);
        }
        proxies.setGradients(byProxy);
        proxies.step(PROXY_RATE * rate, 0);
        return settings.loss().classification() * loss / batch;
    }

    /**
     * Cross entropy of the softmax of scaled cosines, of which those of the right labels must win by a margin.
     *
     * @param slopes receives the gradient by the cosines
     */
    private static double softmax(double[] cosines, int[] right, double scale, double margin, double[] slopes) {
        double share = 1. / right.length;
        double greatest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < cosines.length; c++) {
            slopes[c] = scale * cosines[c];
        }
        for (int label : right) {
            slopes[label] -= scale * margin;
        }
        for (double each : slopes) {
            greatest = Math.max(greatest, each);
        }
        double sum = 0;
        for (double each : slopes) {
            sum += Math.exp(each - greatest);
        }
        double loss = greatest + Math.log(sum);
        for (int label : right) {
            loss -= share * slopes[label];
        }
        for (int c = 0; c < slopes.length; c++) {
            slopes[c] = scale * Math.exp(slopes[c] - greatest) / sum;
        }
        for (int label : right) {
            slopes[label] -= scale * share;
        }
        return loss;
    }

    /** Squared distances of all pairs of a batch. */
    private void measure(float[] units) {
        int dims = settings.dims();
        for (int i = 0; i < batch; i++) {
            for (int j = 0; j < i; j++) {
                double product = UnitVectors.dot(units, i * dims, units, j * dims, dims);
                distances[i][j] = (float) Math.max(0, 2 - 2 * product);
                distances[j][i] = distances[i][j];
            }
        }
    }

    private double triplets(int[] rows, float[] units, float[] gradients) {
        int dims = settings.dims();
        double slope = 2 * settings.loss().triplet() / batch;
        double loss = 0;
        for (int a = 0; a < batch; a++) {
            int p = other(rows, a, true);
            int n = p < 0 ? -1 : negative(rows, a, p);
            if (n < 0) {
                continue;
            }
            double over = distances[a][p] - distances[a][n] + settings.loss().margin();
            if (over <= 0) {
                continue;
            }
            loss += over;
            UnitVectors.add(gradients, a * dims, slope, units, n * dims, dims);
            UnitVectors.add(gradients, a * dims, -slope, units, p * dims, dims);
            UnitVectors.add(gradients, p * dims, slope, units, p * dims, dims);
            UnitVectors.add(gradients, p * dims, -slope, units, a * dims, dims);
            UnitVectors.add(gradients, n * dims, slope, units, a * dims, dims);
            UnitVectors.add(gradients, n * dims, -slope, units, n * dims, dims);
        }
        return settings.loss().triplet() * loss / batch;
    }

    /** A random one of the batch that shares a label, or shares none; below 0: there is none. */
    private int other(int[] rows, int of, boolean same) {
        int start = random.nextInt(batch);
        for (int i = 0; i < batch; i++) {
            int at = (start + i) % batch;
            if (at != of && rows[at] != rows[of] && labels.same(rows[at], rows[of]) == same) {
                return at;
            }
        }
        return -1;
    }

    private int negative(int[] rows, int a, int p) {
        HeadSettings.Negatives kind = settings.negatives();
        int nearest = -1;
        if (kind != HeadSettings.Negatives.RANDOM) {
            for (int j = 0; j < batch; j++) {
                if ((nearest < 0 || distances[a][j] < distances[a][nearest])
                        && (kind == HeadSettings.Negatives.HARD || distances[a][j] > distances[a][p])
                        && !labels.same(rows[a], rows[j])) {
                    nearest = j;
                }
            }
        }
        return nearest < 0 ? other(rows, a, false) : nearest;
    }

    private double pairs(int[] rows, float[] units, float[] gradients) {
        int dims = settings.dims();
        double weight = settings.loss().contrastive() * PAIRS / batch;
        double loss = 0;
        for (int a = 0; a < batch; a++) {
            for (int b = 0; b < a; b++) {
                double distance = Math.sqrt(distances[a][b] + 1e-9);
                double over = settings.loss().margin() - distance;
                boolean same = labels.same(rows[a], rows[b]);
                if (!same && over <= 0) {
                    continue;
                }
                loss += weight * (same ? distances[a][b] : over * over);
                double slope = same ? 2 * weight : -2 * weight * over / distance;
                UnitVectors.add(gradients, a * dims, slope, units, a * dims, dims);
                UnitVectors.add(gradients, a * dims, -slope, units, b * dims, dims);
                UnitVectors.add(gradients, b * dims, slope, units, b * dims, dims);
                UnitVectors.add(gradients, b * dims, -slope, units, a * dims, dims);
            }
        }
        return loss;
    }

    private double codes(int[] rows, float[] units, float[] gradients, double rate) {
        int bits = settings.bits();
        planes.prepare();
        planes.forward(units, batch, projections);
        double loss = 0;
        for (int i = 0; i < batch; i++) {
            loss += code(labels.of(rows[i]), i * bits);
        }
        planes.backward(units, projections, back);
        planes.step(rate, settings.decay());
        UnitVectors.add(gradients, 0, 1, back, 0, back.length);
        return loss / batch;
    }

    /** The loss of the projections from {@code at} on, which are replaced by its gradient by them. */
    private double code(int[] right, int at) {
        int bits = settings.bits();
        HeadSettings.Loss weights = settings.loss();
        double root = Math.sqrt(bits);
        double length = UnitVectors.normalize(projections, at, bits);
        double[] cosines = new double[labels.count()];
        for (int c = 0; c < cosines.length; c++) {
            cosines[c] = UnitVectors.dot(projections, at, targets, c * bits, bits) / root;
        }
        double[] slopes = new double[cosines.length];
        double loss = weights.hash() * softmax(cosines, right, HASH_SCALE, HASH_MARGIN, slopes);
        float[] gradient = new float[bits];
        for (int c = 0; c < cosines.length; c++) {
            UnitVectors.add(gradient, 0, weights.hash() * slopes[c] / root / batch, targets, c * bits, bits);
        }
        double own = 0;
        for (int j = 0; j < bits; j++) {
            own += Math.abs(projections[at + j]) / root;
            gradient[j] -= (float) (weights.quantization() * Math.signum(projections[at + j]) / root / batch);
        }
        loss += weights.quantization() * (1 - own);
        double along = UnitVectors.dot(projections, at, gradient, 0, bits);
        for (int j = 0; j < bits; j++) {
            projections[at + j] = (float) ((gradient[j] - along * projections[at + j]) / length);
        }
        return loss;
    }
}
