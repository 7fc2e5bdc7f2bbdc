package io.lookalike.learning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.work.Progress;
import io.lookalike.work.TestWorkers;
import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class ItqTests {

    private static LearnedCode learn(float[][] rows, int bits) {
        return Itq.learn(rows, bits, 20, 1, Workers.alone(), Progress.NONE);
    }

    private static float[] vectors(int rows, int bits, long seed) {
        float[] vectors = new float[Itq.Rotation.size(rows, bits)];
        Random random = new Random(seed);
        for (int i = 0; i < rows * bits; i++) {
            vectors[i] = (float) (random.nextGaussian() / (1 + i % bits));
        }
        return vectors;
    }

    @Test
    void everyIterationLowersTheLoss() {
        for (int bits : new int[] {1, 2, 8, 33, 64}) {
            int rows = 1500;
            Itq.Rotation rotation =
                    new Itq.Rotation(vectors(rows, bits, bits), rows, bits, 7, Workers.alone(), Progress.NONE);
            double[] losses = rotation.iterate(25);
            for (int i = 1; i < losses.length; i++) {
                assertTrue(losses[i] <= losses[i - 1] * (1 + 1e-6), bits + " bits, iteration " + i);
            }
            assertTrue(bits == 1 || losses[24] < losses[0] * .999);
            assertOrthogonal(rotation.matrix(), bits);
        }
    }

    /** Computes the loss in plain loops, for vectors that do not fill a block. */
    @Test
    void theLossIsThatOfThePaper() {
        int rows = 37;
        int bits = 3;
        float[] vectors = vectors(rows, bits, 3);
        Itq.Rotation rotation = new Itq.Rotation(vectors, rows, bits, 7, Workers.alone(), Progress.NONE);
        float[] matrix = rotation.matrix().clone();
        double expected = 0;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < bits; j++) {
                double y = 0;
                for (int k = 0; k < bits; k++) {
                    y += vectors[i * bits + k] * matrix[k * bits + j];
                }
                expected += Math.pow((y > 0 ? 1 : -1) - y, 2);
            }
        }
        assertEquals(expected, rotation.iterate(1)[0], 1e-4);
    }

    /** For rotated corners of a cube, the codes must be the corners. */
    @Test
    void findsTheCornersOfACube() {
        int bits = 8;
        int rows = 4000;
        Random random = new Random(2);
        double[] gaussians = new double[bits * bits];
        for (int i = 0; i < gaussians.length; i++) {
            gaussians[i] = random.nextGaussian();
        }
        // so near to the identity that the iteration must return to it
        double[] near = new double[bits * bits];
        for (int i = 0; i < near.length; i++) {
            near[i] = (i % (bits + 1) == 0 ? 1 : 0) + .1 * gaussians[i];
        }
        float[] turn = new Procrustes(bits, Workers.alone(), ItqTests::goOn).nearest(near);
        float[][] sample = new float[rows][bits];
        int[] corners = new int[rows];
        for (int i = 0; i < rows; i++) {
            corners[i] = random.nextInt(1 << bits);
            for (int j = 0; j < bits; j++) {
                double y = (corners[i] >> j & 1) * 2 - 1 + .05 * random.nextGaussian();
                for (int k = 0; k < bits; k++) {
                    sample[i][k] += (float) (y * turn[j * bits + k]);
                }
            }
        }
        LearnedCode code = Itq.learn(sample, bits, 50, 5, Workers.alone(), Progress.NONE);
        // neighbours differ in one corner's bit; a code that keeps corners apart has few pairs of equal codes with
        // other corners
        int mixed = 0;
        for (int i = 0; i + 1 < rows; i++) {
            mixed += (code(code, sample[i]) == code(code, sample[i + 1])) != (corners[i] == corners[i + 1]) ? 1 : 0;
        }
        assertTrue(mixed <= rows / 100, "mixed " + mixed);
    }

    private static int code(LearnedCode code, float[] vector) {
        int bits = 0;
        for (int j = 0; j < code.bits(); j++) {
            double y = 0;
            for (int d = 0; d < vector.length; d++) {
                y += (double) code.weights()[j * vector.length + d] * (vector[d] - code.center()[d]);
            }
            bits |= y > 0 ? 1 << j : 0;
        }
        return bits;
    }

    private static void goOn() {}

    @Test
    void nearestOrthogonalMatrix() {
        int dims = 20;
        Random random = new Random(4);
        Procrustes procrustes = new Procrustes(dims, Workers.alone(), ItqTests::goOn);
        double[] stretched = new double[dims * dims];
        double[] singular = new double[dims * dims];
        for (int i = 0; i < dims; i++) {
            // permutation with signs, stretched
            stretched[i * dims + (i * 7 + 3) % dims] = (i % 2 == 0 ? 1 : -1) * (1 + i * 100.0);
            for (int j = 0; j < dims; j++) {
                // of rank one, which the steps cannot turn
                singular[i * dims + j] = (1 + i) * (2 - j);
            }
        }
        float[] permutation = procrustes.nearest(stretched);
        for (int i = 0; i < stretched.length; i++) {
            assertEquals(Math.signum(stretched[i]), permutation[i], 1e-5);
        }
        assertOrthogonal(procrustes.nearest(singular), dims);
        assertOrthogonal(procrustes.nearest(new double[dims * dims]), dims);
        for (double size : new double[] {1e-30, 1, 1e30}) {
            double[] gaussians = new double[dims * dims];
            for (int i = 0; i < gaussians.length; i++) {
                gaussians[i] = size * random.nextGaussian();
            }
            assertOrthogonal(procrustes.nearest(gaussians), dims);
        }
    }

    private static void assertOrthogonal(float[] matrix, int dims) {
        for (int i = 0; i < dims; i++) {
            for (int j = 0; j <= i; j++) {
                double product = Samples.dot(matrix, i * dims, matrix, j * dims, dims);
                assertEquals(i == j ? 1 : 0, product, 1e-4);
            }
        }
    }

    @Test
    void isTheSameForAnyNumberOfThreadsAndAnotherForAnotherSeed() {
        float[][] rows = Samples.gaussian(6, 2300, Samples.falling(70));
        LearnedCode one = learn(rows, 64);
        LearnedCode four = TestWorkers.with(4, workers -> Itq.learn(rows, 64, 20, 1, workers, Progress.NONE));
        assertArrayEquals(one.weights(), four.weights());
        assertEquals(one.scale(), four.scale());
        LearnedCode other = Itq.learn(rows, 64, 20, 2, Workers.alone(), Progress.NONE);
        assertTrue(Math.abs(one.weights()[0] - other.weights()[0]) > 1e-6);
    }

    @Test
    void samplesOfAnyShapeGiveFiniteCodes() {
        float[][] duplicates = new float[300][];
        float[][] three = Samples.gaussian(1, 3, Samples.falling(16));
        for (int i = 0; i < duplicates.length; i++) {
            duplicates[i] = three[i % 3];
        }
        for (float[][] rows : new float[][][] {
            duplicates, three, Samples.gaussian(2, 20, Samples.falling(4)), Samples.gaussian(3, 200, 1, 0, 0)
        }) {
            for (int bits : new int[] {8, 24, 64}) {
                LearnedCode code = learn(rows, bits);
                assertEquals(bits * rows[0].length, code.weights().length);
                for (float weight : code.weights()) {
                    assertTrue(Float.isFinite(weight));
                }
                assertTrue(code.scale() > 0 && code.scale() < 1e9, "scale " + code.scale());
            }
        }
    }

    @Test
    void refusesWhatGivesNoCode() {
        refuse("[itq.bits] must be a multiple of 8 within [8..4096]; got [12]", 12, 20, Samples.gaussian(1, 9, 1, 1));
        refuse("[itq.bits] must be a multiple of 8 within [8..4096]; got [0]", 0, 20, Samples.gaussian(1, 9, 1, 1));
        refuse("[itq.iterations] must be at least [1]; got [0]", 8, 0, Samples.gaussian(1, 9, 1, 1));
        refuse("the [3] vectors of the sample are all alike; learn from vectors that differ", 8, 20, new float[][] {
            {1, 2}, {1, 2}, {1, 2}
        });
    }

    private static void refuse(String message, int bits, int iterations, float[][] rows) {
        Exception e = assertThrows(
                IllegalArgumentException.class,
                () -> Itq.learn(rows, bits, iterations, 1, Workers.alone(), Progress.NONE));
        assertEquals(message, e.getMessage());
    }

    @Test
    void isCancelledInEveryPhase() {
        float[][] rows = Samples.gaussian(7, 1300, Samples.falling(40));
        for (String phase :
                new String[] {"neighbours", "choice", "planes", "recall", "projection", "rotation", "weights", "scale"
                }) {
            Progress cancelled = (now, done, of) -> {
                assertTrue(done <= of && done >= 0);
                if (now.equals(phase)) {
                    throw new CancellationException(phase);
                }
            };
            Exception e = assertThrows(
                    CancellationException.class,
                    () -> TestWorkers.with(3, workers -> Itq.learn(rows, 64, 6, 1, workers, cancelled)));
            assertEquals(phase, e.getMessage());
        }
    }

    /** For near pairs, the estimated product is near the true one on average. */
    @Test
    void theScaleFitsProducts() {
        float[][] rows = Samples.gaussian(8, 800, Samples.falling(48));
        for (LearnedCode code : new LearnedCode[] {
            learn(rows, 128),
            Planes.pcaSign(rows, 32, Workers.alone(), Progress.NONE),
            Planes.pcaPlanes(rows, 256, 24, 3, Workers.alone(), Progress.NONE)
        }) {
            double over = 0;
            double under = 0;
            for (int q = 0; q < 60; q++) {
                for (int x = 100; x < 300; x++) {
                    double product = 0;
                    double norm = 0;
                    for (int d = 0; d < 48; d++) {
                        double a = rows[q][d] - code.center()[d];
                        double b = rows[x][d] - code.center()[d];
                        product += a * b;
                        norm += b * b;
                    }
                    double estimate = code.scale() * Math.sqrt(norm) * signedSum(code, rows[q], rows[x]);
                    over += estimate * product;
                    under += estimate * estimate;
                }
            }
            assertEquals(1, over / under, .1, code.method());
        }
    }

    /** White noise needs all components; where a few hold nearly all of the variance, others are noise. */
    @Test
    void theChoiceFollowsTheVectors() {
        double[] white = new double[64];
        Arrays.fill(white, 1);
        LearnedCode all = learn(Samples.gaussian(11, 3000, white), 64);
        assertEquals(64, all.choices().getFirst().components());
        double[] steep = new double[64];
        for (int d = 0; d < 64; d++) {
            steep[d] = 1. / (1 + d);
        }
        LearnedCode few = learn(Samples.gaussian(12, 3000, steep), 64);
        int fewest = few.choices().getFirst().components();
        assertTrue(fewest > 0 && fewest < 32, () -> "choices " + few.choices());
        for (LearnedCode code : new LearnedCode[] {all, few}) {
            // the components of the paper and random planes take part
            assertTrue(code.choices().stream().anyMatch(choice -> choice.components() == 64 && !choice.balanced()));
            assertTrue(code.choices().stream().anyMatch(choice -> choice.components() == 0));
            code.choices().forEach(choice -> assertTrue(choice.recall() > 0 && choice.recall() <= 1));
        }
        LearnedCode unjudged = learn(Samples.gaussian(13, 99, white), 64);
        assertEquals(1, unjudged.choices().size());
        assertTrue(Double.isNaN(unjudged.choices().getFirst().recall()));
    }

    @Test
    void oneChoiceIsMadeAsItIsAsked() {
        float[][] rows = Samples.gaussian(14, 500, Samples.falling(40));
        LearnedCode paper = Itq.learn(rows, 32, 20, 1, ItqChoice.paper(32), Workers.alone(), Progress.NONE);
        assertEquals(20, paper.errors().length);
        float[] components = Pca.learn(rows, Workers.alone(), Progress.NONE).components(40);
        for (int bit = 0; bit < 32; bit++) {
            for (int other = 0; other <= bit; other++) {
                double product = Samples.dot(paper.weights(), bit * 40, paper.weights(), other * 40, 40);
                assertEquals(bit == other ? 1 : 0, product, 1e-4);
            }
            for (int component = 32; component < 40; component++) {
                assertEquals(0, Samples.dot(paper.weights(), bit * 40, components, component * 40, 40), 1e-4);
            }
        }
    }

    private static double signedSum(LearnedCode code, float[] q, float[] x) {
        double sum = 0;
        for (int j = 0; j < code.bits(); j++) {
            double ofQ = 0;
            double ofX = code.thresholds() == null ? 0 : -code.thresholds()[j];
            for (int d = 0; d < q.length; d++) {
                double weight = code.weights()[j * q.length + d];
                ofQ += weight * (q[d] - code.center()[d]);
                ofX += weight * (x[d] - code.center()[d]);
            }
            sum += ofX > 0 ? ofQ : -ofQ;
        }
        return sum;
    }
}
