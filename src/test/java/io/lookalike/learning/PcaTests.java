package io.lookalike.learning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.work.Progress;
import io.lookalike.work.TestWorkers;
import io.lookalike.work.Workers;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class PcaTests {

    private static Pca learn(float[][] rows) {
        return Pca.learn(rows, Workers.alone(), Progress.NONE);
    }

    /** Covariance ((5, 4), (4, 5)) has the values 9 and 1 along (1, 1) and (1, -1). */
    @Test
    void findsWhatIsComputedByHand() {
        float[][] rows = {{10 + 3, 20 + 3}, {10 - 3, 20 - 3}, {10 + 1, 20 - 1}, {10 - 1, 20 + 1}};
        Pca pca = learn(rows);
        assertArrayEquals(new double[] {9, 1}, pca.variances(), 1e-5);
        assertEquals(2, pca.rank());
        assertEquals(.9, pca.explained(1), 1e-6);
        Linear one = pca.stage(1, false);
        float half = (float) Math.sqrt(.5);
        assertArrayEquals(new float[] {half, half}, one.weights(), 1e-6f);
        assertArrayEquals(new float[] {-30 * half}, one.bias(), 1e-5f);
        Linear white = pca.stage(2, true);
        float[][] images = white.apply(rows, Workers.alone(), Progress.NONE);
        assertEquals(Math.sqrt(2), images[0][0], 1e-5);
        assertEquals(0, images[0][1], 1e-5);
        assertEquals(Math.sqrt(2), Math.abs(images[2][1]), 1e-5);
    }

    @Test
    void componentsAreOrthonormalAndGiveTheVectorsBack() {
        for (int dims : new int[] {1, 2, 7, 64, 65, 207}) {
            float[][] rows = turned(Samples.gaussian(dims, 700, Samples.falling(dims)));
            Pca pca = learn(rows);
            assertEquals(dims, pca.rank());
            assertEquals(1, pca.explained(dims), 1e-9);
            Linear stage = pca.stage(dims, false);
            for (int i = 0; i < dims; i++) {
                for (int j = 0; j <= i; j++) {
                    double product = Samples.dot(stage.weights(), i * dims, stage.weights(), j * dims, dims);
                    assertEquals(i == j ? 1 : 0, product, 1e-5);
                }
            }
            float[][] images = stage.apply(rows, Workers.alone(), Progress.NONE);
            double[] variances = new double[dims];
            for (int r = 0; r < rows.length; r++) {
                for (int d = 0; d < dims; d++) {
                    variances[d] += (double) images[r][d] * images[r][d] / rows.length;
                    double back = pca.centering().mean()[d];
                    for (int i = 0; i < dims; i++) {
                        back += stage.weights()[i * dims + d] * images[r][i];
                    }
                    assertEquals(rows[r][d], back, 1e-3);
                }
            }
            assertArrayEquals(variances, pca.variances(), 1e-4);
        }
    }

    /** Applies a reflection, so that no component is parallel to an axis. */
    private static float[][] turned(float[][] rows) {
        int dims = rows[0].length;
        double[] axis = new double[dims];
        double square = 0;
        Random random = new Random(5);
        for (int d = 0; d < dims; d++) {
            axis[d] = random.nextGaussian();
            square += axis[d] * axis[d];
        }
        for (float[] row : rows) {
            double along = 0;
            for (int d = 0; d < dims; d++) {
                along += axis[d] * row[d];
            }
            for (int d = 0; d < dims; d++) {
                row[d] -= (float) (2 * along * axis[d] / square);
            }
        }
        return rows;
    }

    @Test
    void whitenedComponentsHaveVarianceOne() {
        float[][] rows = turned(Samples.gaussian(1, 3000, Samples.falling(20)));
        float[][] images = learn(rows).stage(12, true).apply(rows, Workers.alone(), Progress.NONE);
        for (int i = 0; i < 12; i++) {
            double mean = 0;
            double square = 0;
            for (float[] image : images) {
                mean += image[i] / rows.length;
                square += (double) image[i] * image[i] / rows.length;
            }
            assertEquals(0, mean, 1e-4);
            assertEquals(1, square, 1e-3);
        }
    }

    @Test
    void sizesNearTheEndsOfFloatsAreAsGoodAsOthers() {
        float[][] rows = Samples.gaussian(2, 500, 2, 1, .5);
        for (float size : new float[] {1e-25f, 1e25f, 0x1p-100f}) {
            float[][] sized = new float[rows.length][3];
            for (int i = 0; i < rows.length; i++) {
                for (int d = 0; d < 3; d++) {
                    sized[i][d] = rows[i][d] * size;
                }
            }
            Pca pca = learn(sized);
            assertEquals(3, pca.rank());
            assertEquals(learn(rows).explained(1), pca.explained(1), 1e-5);
        }
    }

    @Test
    void refusesMoreDirectionsThanThereAre() {
        float[][] few = Samples.gaussian(3, 5, Samples.falling(16));
        assertEquals(4, learn(few).rank());
        refuse(
                "[pca.dims] is [5] but the vectors of the sample vary in [4] directions only; ask for at most [4] "
                        + "dims, "
                        + "or learn from more vectors",
                few,
                5);
        refuse("[pca.dims] is [17] but vectors have [16] dims; ask for at most [4] dims", few, 17);
        refuse("[pca.dims] must be at least [1]; got [0]", few, 0);
        float[][] alike = {{1, 2}, {1, 2}, {1, 2}};
        assertEquals(0, learn(alike).rank());
        assertEquals(1, learn(alike).explained(1));
        refuse(
                "[pca.dims] is [1] but the vectors of the sample vary in [0] directions only; learn from vectors "
                        + "that differ",
                alike,
                1);
        refuse("[pca.dims] is [3] but vectors have [2] dims; learn from vectors that differ", alike, 3);
        // the third dim is the sum of the others, the fourth constant
        float[][] flat = Samples.gaussian(4, 600, 1, 1, 1, 1);
        for (float[] row : flat) {
            row[2] = row[0] + row[1];
            row[3] = 7;
        }
        assertEquals(2, learn(flat).rank());
        assertEquals(2, learn(flat).stage(2, true).apply(flat, Workers.alone(), Progress.NONE)[0].length);
    }

    private static void refuse(String message, float[][] rows, int dims) {
        Pca pca = learn(rows);
        Exception e = assertThrows(IllegalArgumentException.class, () -> pca.stage(dims, false));
        assertEquals(message, e.getMessage());
    }

    @Test
    void refusesSamplesThatAreNone() {
        refuse("the sample is empty; there must be at least one vector to learn from", new float[0][]);
        refuse("the sample has vectors of [2] and of [3] dims", new float[][] {{1, 2}, {1, 2, 3}});
        refuse("the sample has a vector whose component [1] is not finite", new float[][] {{1, 2}, {1, Float.NaN}});
        refuse("the sample has a vector whose component [0] is not finite", new float[][] {
            {1, 2}, {Float.NEGATIVE_INFINITY, 2}
        });
    }

    private static void refuse(String message, float[][] rows) {
        Exception e = assertThrows(IllegalArgumentException.class, () -> learn(rows));
        assertEquals(message, e.getMessage());
    }

    @Test
    void isTheSameForAnyNumberOfThreads() {
        float[][] rows = Samples.gaussian(6, 1300, Samples.falling(100));
        Linear expected = learn(rows).stage(100, false);
        Linear found = TestWorkers.with(
                5, workers -> Pca.learn(rows, workers, Progress.NONE).stage(100, false));
        assertArrayEquals(expected.weights(), found.weights());
        assertArrayEquals(expected.bias(), found.bias());
    }

    /** The work stops at the next call of the progress, in every phase. */
    @Test
    void isCancelledInEveryPhase() {
        float[][] rows = Samples.gaussian(7, 1300, Samples.falling(150));
        for (String phase : new String[] {"mean", "covariance", "eigenvectors"}) {
            Progress cancelled = (now, done, of) -> {
                assertTrue(done <= of && done >= 0);
                if (now.equals(phase) && done >= of / 2) {
                    throw new CancellationException(phase);
                }
            };
            Exception e = assertThrows(
                    CancellationException.class,
                    () -> TestWorkers.with(3, workers -> Pca.learn(rows, workers, cancelled)));
            assertEquals(phase, e.getMessage());
        }
    }
}
