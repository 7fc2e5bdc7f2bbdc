package io.lookalike.learning;

import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Learns a {@link Head} from labelled vectors, by batches in which all labels come equally often.
 *
 * <p>Vectors are centred and scaled to unit variance; both are part of the first layer in the end. A head without a
 * hidden layer begins as the first principal components, so that it is no worse than those where nothing is gained.
 * After each epoch the head is judged by what is held out, and the best one is kept. Triplets and pairs are made within
 * a batch. The same data, settings and seed give the same head. Ten epochs of 50,000 vectors of 784 dims with 256
 * hidden units, 64 dims and 64 bits take 15 s on two threads.
 */
public final class HeadLearner {
    private static final int BATCH = 256;

    /** Batches of an epoch at least: few vectors come several times. */
    private static final int FEWEST_STEPS = 32;

    /** Where hard negatives are mined, what part of a batch they and their partners are. */
    private static final int MINED = BATCH / 4;

    private final HeadSettings settings;
    private final float[][] rows;
    private final Labels labels;
    private final float[][] judging;
    private final PrecisionJudge judge;
    private final Workers workers;
    private final Progress progress;
    private final Random random;
    private final float[] mean;
    private final float factor;
    private final Layer hidden;
    private final Layer last;
    private final Layer planes;
    private final HeadLoss loss;
    private final float[] in;
    private final float[] activations;
    private final boolean[] dropped;
    private final float[] units;
    private final double[] lengths;
    private final float[] byUnits;
    private final float[] byActivations;
    /** Batches of an epoch; 0 before the first one. */
    private int steps;
    /** Batches that are done. */
    private long done;

    private HeadLearner(
            HeadSettings settings,
            float[][] rows,
            Labels labels,
            float[][] judging,
            PrecisionJudge judge,
            Workers workers,
            Progress progress) {
        this.settings = settings;
        this.rows = rows;
        this.labels = labels;
        this.judging = judging;
        this.judge = judge;
        this.workers = workers;
        this.progress = progress;
        int cols = rows[0].length;
        int inner = settings.hidden();
        random = new Random(settings.seed());
        mean = Centering.of(rows, workers, progress).mean();
        factor = scale(rows, mean, progress);
        hidden = inner == 0 ? null : new Layer(inner, cols, BATCH, workers, this::check).random(random);
        last = new Layer(settings.dims(), inner == 0 ? cols : inner, BATCH, workers, this::check).random(random);
        if (inner == 0) {
            principal(progress);
        }
        planes = settings.bits() == 0
                ? null
                : new Layer(settings.bits(), settings.dims(), BATCH, workers, this::check).random(random);
        loss = new HeadLoss(settings, labels, BATCH, planes, random, workers, this::check);
        in = new float[BATCH * cols];
        activations = new float[BATCH * inner];
        dropped = new boolean[activations.length];
        byActivations = new float[activations.length];
        units = new float[BATCH * settings.dims()];
        byUnits = new float[units.length];
        lengths = new double[BATCH];
    }

    /** By which vectors are multiplied so that the mean variance of their components is one. */
    private static float scale(float[][] rows, float[] mean, Progress progress) {
        double squares = 0;
        for (int i = 0; i < rows.length; i++) {
            if (i % BATCH == 0) {
                progress.at("scale", i, rows.length);
            }
            for (int d = 0; d < mean.length; d++) {
                double apart = rows[i][d] - mean[d];
                squares += apart * apart;
            }
        }
        return squares > 0 ? (float) Math.sqrt((double) rows.length * mean.length / squares) : 1;
    }

    private void check() {
        String step = steps == 0 ? "layers" : "epoch " + (done / steps + 1);
        progress.at(step, done, (long) settings.epochs() * steps);
    }

    /** The last layer begins as principal components, as far as there are some. */
    private void principal(Progress progress) {
        Pca pca = Pca.learn(rows, workers, progress);
        int components = Math.min(settings.dims(), pca.rank());
        System.arraycopy(pca.components(components), 0, last.weights, 0, components * last.cols);
        Arrays.fill(last.weights, components * last.cols, last.weights.length, 0);
    }

    /**
     * Learns one.
     *
     * @param rows {@code [n][dims]}, which are not written to
     * @param labels of these
     * @param judging vectors to judge epochs by, none of those; at most {@link HoldOut#MOST}, or none
     * @param judgingLabels of these
     * @throws IllegalArgumentException if a component is not finite, or vectors differ in dims
     */
    public static Head learn(
            HeadSettings settings,
            float[][] rows,
            Labels labels,
            float[][] judging,
            Labels judgingLabels,
            Workers workers,
            Progress progress) {
        PrecisionJudge judge = new PrecisionJudge(judgingLabels, workers);
        return new HeadLearner(settings, rows, labels, judging, judge, workers, progress).learn();
    }

    /** About the most bytes that {@link #learn} takes beside the vectors. */
    public static long bytes(HeadSettings settings, int cols, int labels, int threads) {
        long inner = settings.hidden() == 0 ? cols : settings.hidden();
        long competing = Math.min(labels, Competitors.MOST);
        long layers = settings.hidden() == 0 ? 0 : Layer.bytes(inner, cols, BATCH, threads);
        layers += Layer.bytes(settings.dims(), inner, BATCH, threads);
        if (settings.loss().classification() > 0) {
            layers += Layer.bytes(labels, settings.dims()) + Layer.bytes(competing, settings.dims(), BATCH, threads);
        }
        if (settings.bits() > 0) {
            layers += Layer.bytes(settings.bits(), settings.dims(), BATCH, threads)
                    + Layer.bytes(competing, settings.bits(), BATCH, threads)
                    // targets, as they are drawn too
                    + 2L * Float.BYTES * labels * settings.bits();
        }
        long widest = Math.max(settings.hidden(), settings.dims());
        long batches = Float.BYTES * (long) BATCH * (cols + 4L * widest + 3L * settings.bits() + 2 * competing + BATCH);
        // the chunks of Head.apply, pairs and vectors that judge, once as they are and once packed
        long judged = 3L * Float.BYTES * (HoldOut.MOST + 2L * HardNegatives.MOST) * Math.max(cols, widest);
        return layers + batches + judged + (settings.hidden() == 0 ? Pca.bytes(cols, threads) : 0);
    }

    private Head learn() {
        Labels.Balanced order = labels.new Balanced(random);
        HardNegatives negatives = settings.negatives() == HeadSettings.Negatives.HARD
                ? new HardNegatives(rows, labels, random, workers)
                : null;
        steps = Math.max(FEWEST_STEPS, rows.length / BATCH);
        int[] batch = new int[BATCH];
        List<Head.Epoch> curve = new ArrayList<>();
        double before = judge.precision(judging, progress);
        Head best = snapshot(curve, 0, before);
        curve.add(judge(best, Double.NaN));
        int improved = 0;
        for (int epoch = 1; epoch <= settings.epochs() && epoch <= improved + settings.patience(); epoch++) {
            double sum = 0;
            for (int step = 0; step < steps; step++) {
                done = (epoch - 1L) * steps + step;
                check();
                Arrays.setAll(batch, i -> order.next());
                if (negatives != null) {
                    negatives.write(batch, BATCH - MINED);
                }
                double share = (epoch - 1 + (double) step / steps) / settings.epochs();
                sum += step(batch, settings.rate() * .5 * (1 + StrictMath.cos(Math.PI * share)));
            }
            Head now = snapshot(curve, epoch, before);
            curve.add(judge(now, sum / steps));
            double most = curve.get(best.best()).judged();
            double judged = curve.get(epoch).judged();
            // where nothing is held out, neither is a number, and the last epoch is the best
            improved = judged <= most ? improved : epoch;
            // of equals the later one, whose loss is less
            best = judged < most ? best : now;
            if (negatives != null && epoch < settings.epochs()) {
                negatives.mine(now, progress);
            }
        }
        return new Head(best.layers(), best.planes(), List.copyOf(curve), best.best(), before);
    }

    private Head.Epoch judge(Head head, double loss) {
        float[][] units = head.apply(judging, workers, progress);
        double precision = judge.precision(units, progress);
        if (head.planes() == null || units.length == 0) {
            return new Head.Epoch(loss, precision, Double.NaN);
        }
        float[][] signs = head.planes().apply(units, workers, progress);
        for (float[] row : signs) {
            for (int j = 0; j < row.length; j++) {
                row[j] = row[j] > 0 ? 1 : -1;
            }
        }
        return new Head.Epoch(loss, precision, judge.precision(signs, progress));
    }

    private Head snapshot(List<Head.Epoch> curve, int epoch, double before) {
        List<Linear> layers = new ArrayList<>();
        layers.add(centred((hidden == null ? last : hidden).learned()));
        if (hidden != null) {
            layers.add(last.learned());
        }
        return new Head(layers, planes == null ? null : planes.learned(), curve, epoch, before);
    }

    /** The first layer, of vectors as they come. */
    private Linear centred(Linear of) {
        float[] weights = of.weights();
        float[] bias = of.bias();
        for (int j = 0; j < of.rows(); j++) {
            double shift = 0;
            for (int d = 0; d < of.cols(); d++) {
                weights[j * of.cols() + d] *= factor;
                shift += (double) weights[j * of.cols() + d] * mean[d];
            }
            bias[j] -= (float) shift;
        }
        return of;
    }

    private double step(int[] batch, double rate) {
        int dims = settings.dims();
        for (int i = 0; i < BATCH; i++) {
            float[] row = rows[batch[i]];
            for (int d = 0; d < mean.length; d++) {
                in[i * mean.length + d] = (row[d] - mean[d]) * factor;
            }
        }
        float[] below = hidden == null ? in : activate();
        last.prepare();
        last.forward(below, BATCH, units);
        for (int i = 0; i < BATCH; i++) {
            lengths[i] = UnitVectors.normalize(units, i * dims, dims);
        }
        double sum = loss.of(batch, units, byUnits, rate);
        for (int i = 0; i < BATCH; i++) {
            UnitVectors.backward(units, i * dims, byUnits, i * dims, dims, lengths[i]);
        }
        last.backward(below, byUnits, hidden == null ? null : byActivations);
        last.step(rate, settings.decay());
        if (hidden != null) {
            mask(byActivations);
            hidden.backward(in, byActivations, null);
            hidden.step(rate, settings.decay());
        }
        return sum;
    }

    private float[] activate() {
        hidden.prepare();
        hidden.forward(in, BATCH, activations);
        for (int i = 0; i < dropped.length; i++) {
            dropped[i] = activations[i] <= 0 || (settings.dropout() > 0 && random.nextDouble() < settings.dropout());
        }
        mask(activations);
        return activations;
    }

    /** Those of the units that are on, scaled so that their sum stays what it is without dropout. */
    private void mask(float[] values) {
        float kept = (float) (1 / (1 - settings.dropout()));
        for (int i = 0; i < dropped.length; i++) {
            values[i] = dropped[i] ? 0 : values[i] * kept;
        }
    }
}
