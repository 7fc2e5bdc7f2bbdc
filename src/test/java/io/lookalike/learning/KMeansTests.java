package io.lookalike.learning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.work.Progress;
import io.lookalike.work.TestWorkers;
import io.lookalike.work.Workers;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class KMeansTests {

    private static Clusters learn(float[][] rows, int clusters, int iterations) {
        return KMeans.learn(rows, clusters, iterations, 1, Workers.alone(), Progress.NONE);
    }

    private static double inertia(float[][] rows, Clusters clusters) {
        double sum = 0;
        for (float[] row : rows) {
            double nearest = Double.MAX_VALUE;
            for (int c = 0; c < clusters.count(); c++) {
                double square = 0;
                for (int d = 0; d < row.length; d++) {
                    double difference = (double) row[d] - clusters.centroids()[c * row.length + d];
                    square += difference * difference;
                }
                nearest = Math.min(nearest, square);
            }
            sum += nearest;
        }
        return sum / rows.length;
    }

    @Test
    void findsSeparatedClusters() {
        float[][] rows = Samples.separated(1, 3000, 5, 16);
        Clusters clusters = learn(rows, 16, 20);
        assertEquals(16, clusters.count());
        assertEquals(5, clusters.dims());
        Set<Integer> found = new HashSet<>();
        for (int c = 0; c < 16; c++) {
            int digits = 0;
            for (int d = 0; d < 5; d++) {
                float x = clusters.centroids()[c * 5 + d];
                digits |= x > 5 ? 1 << d : 0;
                assertEquals(x > 5 ? 10 : 0, x, .1);
            }
            found.add(digits);
        }
        assertEquals(16, found.size());
        assertEquals(5 * .01, clusters.inertia(), .005);
    }

    @Test
    void iterationsLowerTheInertiaWhichIsThatOfTheResult() {
        float[][] rows = Samples.gaussian(2, 2000, Samples.falling(24));
        double before = Double.MAX_VALUE;
        for (int iterations : new int[] {1, 2, 4, 8, 16}) {
            Clusters clusters = learn(rows, 40, iterations);
            assertEquals(inertia(rows, clusters), clusters.inertia(), 1e-4 * clusters.inertia());
            assertTrue(clusters.inertia() < before);
            before = clusters.inertia();
        }
        assertTrue(before < inertia(rows, learn(rows, 20, 16)));
    }

    @Test
    void oneClusterIsTheMeanAndAsManyAsVectorsAreTheVectors() {
        float[][] rows = Samples.gaussian(3, 30, 1, 2, 3);
        assertEquals(0, learn(rows, 30, 5).inertia(), 1e-5);
        Clusters one = learn(rows, 1, 5);
        for (int d = 0; d < 3; d++) {
            double mean = 0;
            for (float[] row : rows) {
                mean += row[d] / 30;
            }
            assertEquals(mean, one.centroids()[d], 1e-5);
        }
    }

    @Test
    void duplicatesGiveAsManyClustersAsThereAreDifferentVectors() {
        float[][] rows = new float[500][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = new float[] {i % 3, 7};
        }
        Clusters clusters = learn(rows, 10, 5);
        assertEquals(3, clusters.count());
        assertEquals(6, clusters.centroids().length);
        assertEquals(0, clusters.inertia(), 1e-6);
        Clusters alike = learn(new float[][] {{4, 4}, {4, 4}}, 2, 3);
        assertArrayEquals(new float[] {4, 4}, alike.centroids());
    }

    /** Clusters that lost their vectors restart: most vectors are equal, so some seeds lose theirs to others. */
    @Test
    void noClusterIsLeftEmpty() {
        float[][] rows = Samples.gaussian(4, 3000, 1, 1);
        for (int seed = 0; seed < 5; seed++) {
            Clusters clusters = KMeans.learn(rows, 200, 10, seed, Workers.alone(), Progress.NONE);
            Set<Integer> used = new HashSet<>();
            for (float[] row : rows) {
                int best = 0;
                double nearest = Double.MAX_VALUE;
                for (int c = 0; c < 200; c++) {
                    double x = row[0] - clusters.centroids()[2 * c];
                    double y = row[1] - clusters.centroids()[2 * c + 1];
                    if (x * x + y * y < nearest) {
                        nearest = x * x + y * y;
                        best = c;
                    }
                }
                used.add(best);
            }
            assertEquals(200, used.size());
        }
    }

    @Test
    void isTheSameForAnyNumberOfThreadsAndAnotherForAnotherSeed() {
        float[][] rows = Samples.gaussian(5, 2500, Samples.falling(33));
        Clusters one = learn(rows, 50, 8);
        Clusters four = TestWorkers.with(4, workers -> KMeans.learn(rows, 50, 8, 1, workers, Progress.NONE));
        assertArrayEquals(one.centroids(), four.centroids());
        assertEquals(one.inertia(), four.inertia());
        Clusters other = KMeans.learn(rows, 50, 8, 2, Workers.alone(), Progress.NONE);
        assertTrue(other.centroids()[0] != one.centroids()[0]);
    }

    @Test
    void refusesWhatGivesNoClusters() {
        float[][] rows = Samples.gaussian(6, 5, 1, 1);
        refuse(
                "[kmeans.clusters] is [6] but the sample has [5] vectors; ask for at most [5] clusters, or learn "
                        + "from more vectors",
                rows,
                6,
                3);
        refuse(
                "[kmeans.clusters] is [6] but the sample has [0] vectors; learn from more vectors",
                new float[0][],
                6,
                3);
        refuse("[kmeans.clusters] must be at least [1]; got [0]", rows, 0, 3);
        refuse("[kmeans.iterations] must be at least [1]; got [0]", rows, 2, 0);
        refuse("the sample has a vector whose component [1] is not finite", new float[][] {{0, Float.NaN}}, 1, 3);
        assertTrue(KMeans.bytes(50_000, 784, 1024, 2) < 100_000_000);
    }

    private static void refuse(String message, float[][] rows, int clusters, int iterations) {
        Exception e = assertThrows(IllegalArgumentException.class, () -> learn(rows, clusters, iterations));
        assertEquals(message, e.getMessage());
    }

    @Test
    void isCancelledInEveryPhase() {
        float[][] rows = Samples.gaussian(7, 1300, Samples.falling(40));
        for (String phase : new String[] {"seeds", "clusters"}) {
            Progress cancelled = (now, done, of) -> {
                assertTrue(done <= of && done >= 0);
                if (now.equals(phase) && done >= of / 2) {
                    throw new CancellationException(phase);
                }
            };
            Exception e = assertThrows(
                    CancellationException.class,
                    () -> TestWorkers.with(3, workers -> KMeans.learn(rows, 64, 6, 1, workers, cancelled)));
            assertEquals(phase, e.getMessage());
        }
    }
}
