package io.lookalike.learning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.learning.HeadSettings.Loss;
import io.lookalike.learning.HeadSettings.Negatives;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeadLearnerTests {
    private static final int DIMS = 24;
    private static final int LABELS = 5;
    private static final Loss CLASSES = new Loss(0, 0, 1, 0, 0, .3);
    private static final Loss CODES = new Loss(0, 0, 1, 1, .1, .3);

    private static HeadSettings settings(int hidden, Loss loss, int bits) {
        return new HeadSettings(8, hidden, loss, Negatives.SEMI_HARD, bits, 12, 12, .003, 1e-4, hidden > 0 ? .1 : 0, 7);
    }

    /** Five labels that differ in four directions, and twenty directions of much noise. */
    private static float[][] vectors(int n, long seed) {
        Random random = new Random(seed);
        float[][] rows = new float[n][DIMS];
        for (int i = 0; i < n; i++) {
            for (int d = 0; d < DIMS; d++) {
                rows[i][d] = (float) (random.nextGaussian() * (d < 4 ? .6 : 3) + (d == i % LABELS ? 4 : 0) + 5);
            }
        }
        return rows;
    }

    private static Labels labels(int n) {
        return new Labels(
                IntStream.range(0, n).mapToObj(i -> new int[] {i % LABELS}).toArray(int[][]::new), LABELS);
    }

    private static Head learn(HeadSettings settings, Workers workers, Progress progress) {
        return HeadLearner.learn(
                settings, vectors(2000, 1), labels(2000), vectors(300, 2), labels(300), workers, progress);
    }

    private static double precision(float[][] units, int n) {
        return new PrecisionJudge(labels(n), Workers.alone()).precision(units, Progress.NONE);
    }

    private static float[][] units(float[][] rows) {
        float[][] units = Arrays.stream(rows).map(float[]::clone).toArray(float[][]::new);
        for (float[] unit : units) {
            UnitVectors.normalize(unit, 0, unit.length);
        }
        return units;
    }

    @Test
    void everyLossFindsTheDirectionsThatTellLabelsApart() {
        float[][] fresh = vectors(500, 3);
        double before = precision(units(fresh), 500);
        assertTrue(before < .5, "raw vectors have " + before);
        for (int hidden : new int[] {0, 32}) {
            for (Loss loss : List.of(CLASSES, new Loss(1, 0, 0, 0, 0, .5), new Loss(0, 1, 0, 0, 0, 1))) {
                Head head = learn(settings(hidden, loss, 0), Workers.alone(), Progress.NONE);
                double after = precision(head.apply(fresh, Workers.alone(), Progress.NONE), 500);
                assertTrue(after > before + .3, hidden + " " + loss + ": " + before + " to " + after);
                assertTrue(head.curve().getLast().loss() < head.curve().get(1).loss());
            }
        }
    }

    @Test
    void codesAreLearnedWithTheVectors() {
        Head head = learn(settings(32, CODES, 16), Workers.alone(), Progress.NONE);
        float[][] fresh = vectors(400, 4);
        float[][] signs =
                head.planes().apply(head.apply(fresh, Workers.alone(), Progress.NONE), Workers.alone(), Progress.NONE);
        for (float[] row : signs) {
            for (int j = 0; j < row.length; j++) {
                row[j] = row[j] > 0 ? 1 : -1;
            }
        }
        assertTrue(precision(units(signs), 400) > .8);
    }

    @Test
    void aHeadIsTheSameForTheSameSeedAndAnyNumberOfThreads() {
        try (ExecutorService executor = Executors.newFixedThreadPool(2);
                Workers two = new Workers(2, executor)) {
            Head one = learn(settings(16, CODES, 16), Workers.alone(), Progress.NONE);
            Head other = learn(settings(16, CODES, 16), two, Progress.NONE);
            for (int i = 0; i < 2; i++) {
                assertArrayEquals(
                        one.layers().get(i).weights(), other.layers().get(i).weights());
                assertArrayEquals(
                        one.layers().get(i).bias(), other.layers().get(i).bias());
            }
            assertArrayEquals(one.planes().weights(), other.planes().weights());
            assertEquals(one.curve(), other.curve());
        }
    }

    /** With labels by chance nothing can be gained, so that the principal components stay. */
    @Test
    void theBestOnWhatIsHeldOutIsKept() {
        Random random = new Random(5);
        int[][] drawn = IntStream.range(0, 600)
                .mapToObj(i -> new int[] {random.nextInt(LABELS)})
                .toArray(int[][]::new);
        HeadSettings settings = new HeadSettings(8, 0, CLASSES, Negatives.HARD, 0, 30, 2, .003, 0, 0, 1);
        Head head = HeadLearner.learn(
                settings,
                vectors(600, 1),
                new Labels(drawn, LABELS),
                vectors(300, 2),
                labels(300),
                Workers.alone(),
                Progress.NONE);
        assertTrue(head.curve().size() < 30, head.curve()::toString);
        double best =
                head.curve().stream().mapToDouble(Head.Epoch::precision).max().orElseThrow();
        double kept = precision(head.apply(vectors(300, 2), Workers.alone(), Progress.NONE), 300);
        assertTrue(kept >= best - 1e-9, kept + " of " + best);
    }

    @Test
    void vectorsMayHaveSeveralLabels() {
        int[][] several = IntStream.range(0, 1000)
                .mapToObj(i -> i % 2 == 0 ? new int[] {i % LABELS} : new int[] {i % LABELS, LABELS})
                .toArray(int[][]::new);
        for (Loss loss : List.of(CODES, new Loss(1, 1, 0, 1, 0, .5))) {
            Head head = HeadLearner.learn(
                    settings(0, loss, 16),
                    vectors(1000, 1),
                    new Labels(several, LABELS + 1),
                    new float[0][],
                    new Labels(new int[0][], 0),
                    Workers.alone(),
                    Progress.NONE);
            assertEquals(13, head.curve().size());
            assertEquals(12, head.best());
            assertTrue(Double.isNaN(head.curve().getFirst().precision()));
            for (float weight : head.planes().weights()) {
                assertTrue(Float.isFinite(weight));
            }
        }
    }

    /**
     * Data from which nothing can be learned: equal vectors, one label, fewer vectors than a batch, more dims than
     * vary.
     */
    @Test
    void aHeadIsFiniteWhateverItLearnsFrom() {
        float[][] equal = new float[10][DIMS];
        int[][] one = new int[10][1];
        for (float[][] rows : List.of(equal, vectors(10, 1), new float[][] {{1}, {2}, {2}})) {
            for (int hidden : new int[] {0, 8}) {
                Head head = HeadLearner.learn(
                        settings(hidden, CODES, 16),
                        rows,
                        new Labels(Arrays.copyOf(one, rows.length), 1),
                        rows,
                        new Labels(Arrays.copyOf(one, rows.length), 1),
                        Workers.alone(),
                        Progress.NONE);
                for (float[] unit : head.apply(rows, Workers.alone(), Progress.NONE)) {
                    for (float x : unit) {
                        assertTrue(Float.isFinite(x), hidden + " hidden units");
                    }
                }
            }
        }
    }

    @Test
    void learningCanBeStopped() {
        List<String> phases = new ArrayList<>();
        assertThrows(
                CancellationException.class,
                () -> learn(settings(8, CLASSES, 0), Workers.alone(), (phase, done, of) -> {
                    phases.add(phase);
                    if (phase.equals("epoch 2")) {
                        throw new CancellationException("enough");
                    }
                }));
        assertTrue(phases.contains("epoch 1"), phases::toString);
    }

    /** Large layers and batches take long, so that neither may go on to its end after a cancellation. */
    @Test
    void aBatchAndTheDrawingOfLayersAreStoppedWithin() {
        for (String phase : List.of("layers", "epoch 1")) {
            int[] calls = {0};
            Exception e = assertThrows(
                    CancellationException.class,
                    () -> learn(settings(32, CODES, 16), Workers.alone(), (now, done, of) -> {
                        assertTrue(done >= 0 && done <= of);
                        if (now.equals(phase) && done == 0 && ++calls[0] >= 2) {
                            throw new CancellationException(phase);
                        }
                    }));
            assertEquals(phase, e.getMessage());
            assertEquals(2, calls[0], phase);
        }
    }

    /** Along any direction on the sphere the loss changes as its gradient says. */
    @Test
    void gradientsAreThoseOfTheLoss() {
        gradientsAreThoseOfTheLoss(labels(60));
        gradientsAreThoseOfTheLoss(new Labels(
                IntStream.range(0, 60)
                        .mapToObj(i -> i % 3 == 0 ? new int[] {i % LABELS, LABELS} : new int[] {i % LABELS})
                        .toArray(int[][]::new),
                LABELS + 1));
    }

    private static void gradientsAreThoseOfTheLoss(Labels labels) {
        int batch = 24;
        int dims = 6;
        int[] rows = IntStream.range(0, batch).map(i -> i * 2).toArray();
        Random random = new Random(9);
        float[] units = new float[batch * dims];
        for (int i = 0; i < units.length; i++) {
            units[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < batch; i++) {
            UnitVectors.normalize(units, i * dims, dims);
        }
        for (Loss loss : List.of(
                new Loss(1, 0, 0, 0, 0, .5),
                new Loss(0, 1, 0, 0, 0, 1.5),
                CLASSES,
                new Loss(0, 0, 0, 1, 0, 0),
                new Loss(0, 0, 0, 1, .5, 0),
                new Loss(.3, .2, 1, 1, .1, .7))) {
            float[] gradient = new float[units.length];
            double at = loss(loss, labels, batch, rows, units, gradient);
            assertTrue(at > 0, loss::toString);
            for (int i = 0; i < batch; i++) {
                UnitVectors.backward(units, i * dims, gradient, i * dims, dims, 1);
            }
            for (int trial = 0; trial < 10; trial++) {
                float[] there = units.clone();
                float[] back = units.clone();
                for (int k = 0; k < units.length; k++) {
                    float step = (float) (1e-3 * random.nextGaussian());
                    there[k] += step;
                    back[k] -= step;
                }
                double expected = 0;
                for (int i = 0; i < batch; i++) {
                    UnitVectors.normalize(there, i * dims, dims);
                    UnitVectors.normalize(back, i * dims, dims);
                }
                for (int k = 0; k < units.length; k++) {
                    expected += (double) gradient[k] * (there[k] - back[k]);
                }
                double change = loss(loss, labels, batch, rows, there, new float[units.length])
                        - loss(loss, labels, batch, rows, back, new float[units.length]);
                assertEquals(expected, change, 2e-2 * Math.abs(expected) + 2e-5, loss::toString);
            }
        }
    }

    private static double loss(Loss loss, Labels labels, int batch, int[] rows, float[] units, float[] gradient) {
        Random random = new Random(3);
        Layer planes = loss.hash() > 0 ? new Layer(16, 6, batch, Workers.alone(), () -> {}).random(random) : null;
        HeadSettings settings =
                new HeadSettings(6, 0, loss, Negatives.RANDOM, planes == null ? 0 : 16, 1, 1, .1, 0, 0, 1);
        return new HeadLoss(settings, labels, batch, planes, random, Workers.alone(), () -> {})
                .of(rows, units, gradient, 0);
    }

    /** Half of the vectors have one label, and a tenth of all labels are wrong. */
    @Test
    void unevenAndWrongLabelsDoNotSpoilAHead() {
        Random random = new Random(2);
        int[] shown =
                IntStream.range(0, 2000).map(i -> i < 1000 ? 0 : i % LABELS).toArray();
        float[][] rows = new float[shown.length][];
        float[][] drawn = vectors(5 * shown.length, 11);
        for (int i = 0; i < rows.length; i++) {
            rows[i] = drawn[LABELS * i + shown[i]];
        }
        int[][] said = Arrays.stream(shown)
                .mapToObj(label -> new int[] {random.nextInt(10) == 0 ? random.nextInt(LABELS) : label})
                .toArray(int[][]::new);
        Labels labels = new Labels(said, LABELS);
        HoldOut.Choice choice = new HoldOut(.1, HoldOut.By.DOCUMENT).choose(labels, 1);
        for (int bits : new int[] {0, 16}) {
            Loss loss = new Loss(1, 0, 1, bits > 0 ? 1 : 0, .1, .2);
            Head head = HeadLearner.learn(
                    HeadSettings.of(DIMS, 8, 32, loss, Negatives.SEMI_HARD, bits, 15, 5, 1),
                    some(rows, choice.learned()),
                    choice.learnedLabels(),
                    some(rows, choice.judging()),
                    choice.judgingLabels(),
                    Workers.alone(),
                    Progress.NONE);
            float[][] fresh = vectors(500, 12);
            double before = precision(units(fresh), 500);
            double after = precision(head.apply(fresh, Workers.alone(), Progress.NONE), 500);
            assertTrue(after > before + .3, bits + " bits: " + before + " to " + after);
        }
    }

    /** More labels than compete in a batch, two vectors each: whoever is not of the batch competes at random. */
    @Test
    void manyLabelsOfFewVectors() {
        int count = 3000;
        Random random = new Random(6);
        float[][] rows = new float[count][DIMS];
        for (int i = 0; i < count; i += 2) {
            for (int d = 0; d < DIMS; d++) {
                float shared = (float) random.nextGaussian();
                for (int j = i; j < i + 2; j++) {
                    rows[j][d] =
                            d < 8 ? shared + .3f * (float) random.nextGaussian() : 2 * (float) random.nextGaussian();
                }
            }
        }
        Labels labels = new Labels(
                IntStream.range(0, count).mapToObj(i -> new int[] {i / 2}).toArray(int[][]::new), count / 2);
        HoldOut.Choice choice = new HoldOut(.2, HoldOut.By.LABEL).choose(labels, 1);
        Loss loss = new Loss(1, 0, 0, 1, .1, .3);
        HeadSettings settings = new HeadSettings(8, 0, loss, Negatives.HARD, 32, 12, 12, .01, 1e-4, 0, 7);
        Head head = HeadLearner.learn(
                settings,
                some(rows, choice.learned()),
                choice.learnedLabels(),
                some(rows, choice.judging()),
                choice.judgingLabels(),
                Workers.alone(),
                Progress.NONE);
        double after = head.kept().precision();
        assertTrue(after > head.before() + .5, head.before() + " to " + after);
    }

    private static float[][] some(float[][] rows, int[] numbers) {
        return Arrays.stream(numbers).mapToObj(i -> rows[i]).toArray(float[][]::new);
    }

    /** The nearest of another label, each with a partner of its own, as soon as there is a head. */
    @Test
    void hardNegativesAreThoseThatAHeadTakesForAlike() {
        float[][] rows = vectors(400, 8);
        Labels labels = labels(400);
        HardNegatives negatives = new HardNegatives(rows, labels, new Random(1), Workers.alone());
        int[] batch = new int[64];
        Arrays.fill(batch, -1);
        negatives.write(batch, 32);
        assertTrue(Arrays.stream(batch).allMatch(row -> row == -1));
        Head head = learn(settings(0, CLASSES, 0), Workers.alone(), Progress.NONE);
        negatives.mine(head, Progress.NONE);
        negatives.write(batch, 32);
        float[][] units = head.apply(rows, Workers.alone(), Progress.NONE);
        double near = 0;
        double all = 0;
        assertTrue(Arrays.stream(batch, 0, 32).allMatch(row -> row == -1));
        for (int i = 32; i < batch.length; i += 4) {
            assertTrue(labels.share(batch[i], batch[i + 1]));
            assertTrue(labels.share(batch[i + 2], batch[i + 3]));
            assertFalse(labels.share(batch[i], batch[i + 2]));
            near += UnitVectors.dot(units[batch[i]], 0, units[batch[i + 2]], 0, 8) / 8;
            all += UnitVectors.dot(units[batch[i]], 0, units[(batch[i] + 1) % 400], 0, 8) / 8;
        }
        assertTrue(near > all + .3, near + " of " + all);
    }

    @Test
    void layersLearnALinearMap() {
        Random random = new Random(2);
        Layer layer = new Layer(3, 5, 64, Workers.alone(), () -> {}).random(random);
        float[] in = new float[64 * 5];
        float[] out = new float[64 * 3];
        float[] gradients = new float[out.length];
        double error = 0;
        for (int step = 0; step < 1500; step++) {
            for (int i = 0; i < in.length; i++) {
                in[i] = (float) random.nextGaussian();
            }
            layer.prepare();
            layer.forward(in, 64, out);
            error = 0;
            for (int i = 0; i < 64; i++) {
                for (int j = 0; j < 3; j++) {
                    float apart = out[i * 3 + j] - (in[i * 5 + j] * 2 - in[i * 5 + 4] + j);
                    gradients[i * 3 + j] = apart / 64;
                    error += apart * apart / out.length;
                }
            }
            layer.backward(in, gradients, null);
            layer.step(.01, 0);
        }
        assertEquals(0, error, 1e-4);
        assertArrayEquals(new float[] {0, 1, 2}, layer.learned().bias(), .02f);
    }

    @Test
    void labelsTakeTurnsAndRowsToo() {
        Labels labels = new Labels(new int[][] {{0}, {0}, {0}, {1}, {1, 2}}, 3);
        Labels.Balanced order = labels.new Balanced(new Random(1));
        int[] batch = new int[18];
        Arrays.setAll(batch, i -> order.next());
        int[] seen = new int[5];
        for (int row : batch) {
            seen[row]++;
        }
        for (int i = 0; i < batch.length; i += 2) {
            assertTrue(labels.share(batch[i], batch[i + 1]));
        }
        // label 0 six times over three rows, label 1 six times over two, label 2 six times its only one
        assertArrayEquals(new int[] {2, 2, 2, 3, 9}, seen);
    }
}
