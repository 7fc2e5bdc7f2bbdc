package io.lookalike.bench;

import io.lookalike.learning.Pca;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;

/** Draws vectors of twelve kinds, for which different codes are the best. The same seed draws the same vectors. */
final class VectorKinds {
    static final List<String> NAMES = List.of(
            "white",
            "uniform",
            "sparse",
            "clustered",
            "low",
            "high",
            "heavy",
            "whitened",
            "constant",
            "falling",
            "histogram",
            "manifold");

    private final Random random;
    private final int count;

    private VectorKinds(long seed, int count) {
        this.random = new Random(seed);
        this.count = count;
    }

    /**
     * Draws.
     *
     * @param kind one of {@link #NAMES}
     * @return {@code [count][dims]}
     * @throws IllegalArgumentException if there is no such kind
     */
    static float[][] draw(String kind, long seed, int count) {
        VectorKinds kinds = new VectorKinds(seed, count);
        return switch (kind) {
            case "white" -> kinds.gaussian(64, d -> 1);
            case "uniform" -> kinds.uniform(64);
            case "sparse" -> kinds.sparse(256, 10);
            case "clustered" -> kinds.clustered(128, 60);
            case "low" -> kinds.gaussian(12, d -> 1 / Math.sqrt(1 + d));
            case "high" -> kinds.mixed(kinds.gaussian(200, d -> 1 / Math.sqrt(1 + d)), 384, .05);
            case "heavy" -> kinds.heavy(96);
            case "whitened" -> whitened(positive(kinds.mixed(kinds.gaussian(24, d -> 1), 160, .3)), 64);
            case "constant" -> kinds.gaussian(128, d -> d % 2 == 0 ? 0 : 1 / Math.sqrt(1 + d / 4.));
            case "falling" -> kinds.gaussian(128, d -> 1. / (1 + d));
            case "histogram" ->
                clipped(positive(kinds.mixed(kinds.gaussian(20, d -> 1 / Math.sqrt(1 + d / 4.)), 128, .5)), .2f);
            case "manifold" -> cosine(kinds.mixed(kinds.gaussian(6, d -> 1), 200, 0));
            default -> throw new IllegalArgumentException("kind [" + kind + "] must be one of " + NAMES);
        };
    }

    private float[][] gaussian(int dims, IntToDoubleFunction deviation) {
        float[][] rows = new float[count][dims];
        for (float[] row : rows) {
            for (int d = 0; d < dims; d++) {
                row[d] = (float) (1 + deviation.applyAsDouble(d) * random.nextGaussian());
            }
        }
        return rows;
    }

    private float[][] uniform(int dims) {
        float[][] rows = new float[count][dims];
        for (float[] row : rows) {
            for (int d = 0; d < dims; d++) {
                row[d] = random.nextFloat();
            }
        }
        return rows;
    }

    /** One component in so many is not zero, and exponential. */
    private float[][] sparse(int dims, int oneIn) {
        float[][] rows = new float[count][dims];
        for (float[] row : rows) {
            for (int d = 0; d < dims; d++) {
                row[d] = random.nextInt(oneIn) == 0 ? (float) -Math.log(1 - random.nextDouble()) : 0;
            }
        }
        return rows;
    }

    private float[][] clustered(int dims, int clusters) {
        float[][] centres = new float[clusters][dims];
        for (float[] centre : centres) {
            for (int d = 0; d < dims; d++) {
                centre[d] = (float) random.nextGaussian();
            }
        }
        float[][] rows = gaussian(dims, d -> .5 / Math.sqrt(1 + d / 8.));
        for (float[] row : rows) {
            float[] centre = centres[random.nextInt(clusters)];
            for (int d = 0; d < dims; d++) {
                row[d] += centre[d];
            }
        }
        return rows;
    }

    /** Student's t distribution with three degrees of freedom. */
    private float[][] heavy(int dims) {
        float[][] rows = gaussian(dims, d -> 1);
        for (float[] row : rows) {
            double squares = 0;
            for (int i = 0; i < 3; i++) {
                squares += Math.pow(random.nextGaussian(), 2);
            }
            for (int d = 0; d < dims; d++) {
                row[d] *= (float) Math.sqrt(3 / squares);
            }
        }
        return rows;
    }

    /** A random linear map to more dims, with noise. */
    private float[][] mixed(float[][] hidden, int dims, double noise) {
        int from = hidden[0].length;
        double[] map = new double[dims * from];
        for (int i = 0; i < map.length; i++) {
            map[i] = random.nextGaussian() / Math.sqrt(from);
        }
        float[][] rows = new float[count][dims];
        for (int i = 0; i < count; i++) {
            for (int d = 0; d < dims; d++) {
                double sum = noise * random.nextGaussian();
                for (int k = 0; k < from; k++) {
                    sum += map[d * from + k] * hidden[i][k];
                }
                rows[i][d] = (float) sum;
            }
        }
        return rows;
    }

    private static float[][] positive(float[][] rows) {
        for (float[] row : rows) {
            for (int d = 0; d < row.length; d++) {
                row[d] = Math.max(0, row[d]);
            }
        }
        return rows;
    }

    /** Unit vectors with no component above a limit, as SIFT has. */
    private static float[][] clipped(float[][] rows, float limit) {
        for (float[] row : rows) {
            double squares = 0;
            for (float x : row) {
                squares += x * x;
            }
            for (int d = 0; d < row.length; d++) {
                row[d] = Math.min(limit, (float) (row[d] / Math.sqrt(squares)));
            }
        }
        return rows;
    }

    private static float[][] whitened(float[][] rows, int dims) {
        Workers alone = Workers.alone();
        return Pca.learn(rows, alone, Progress.NONE).stage(dims, true).apply(rows, alone, Progress.NONE);
    }

    private static float[][] cosine(float[][] rows) {
        for (float[] row : rows) {
            for (int d = 0; d < row.length; d++) {
                row[d] = (float) Math.cos(row[d] + d);
            }
        }
        return rows;
    }
}
