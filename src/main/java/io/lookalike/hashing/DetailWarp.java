package io.lookalike.hashing;

/**
 * How one picture is shifted, stretched and turned to lie on another: an affine map, about the middle.
 *
 * <p>{@link #improve} is the iterative registration of Lucas and Kanade ("An Iterative Image Registration Technique
 * with an Application to Stereo Vision", IJCAI 1981), with a gain and an offset of brightness, and less weight for
 * pixels that differ much. Not thread-safe.
 */
final class DetailWarp {
    private static final int PARAMETERS = 6;
    /** Pixels; a smaller step ends it. */
    private static final double CONVERGED = .02;
    /** Grey values; a pixel that differs by so much has half the weight. */
    private static final float MUCH = 20;

    private static final float LEAST_GAIN = .2f;
    private static final double DAMPING = 1e-3;
    private static final double LEAST_SHARED = .4;

    /** {@code x + p0 + p1 u + p2 v} and {@code y + p3 + p4 u + p5 v}, with {@code u, v} from the middle. */
    private final double[] parameters = new double[PARAMETERS];

    /** A map that enlarges what is taken by this part of the size. */
    static DetailWarp scaled(double by) {
        DetailWarp warp = new DetailWarp();
        warp.parameters[1] = by;
        warp.parameters[5] = by;
        return warp;
    }

    /** For pictures so many times as large. */
    void enlarge(int times) {
        parameters[0] *= times;
        parameters[3] *= times;
    }

    /**
     * The picture as it lies on the other.
     *
     * @param edge width of what is not counted along the edges of both, in pixels
     * @param warped receives it
     * @return which pixels lie within both
     */
    boolean[] apply(float[] picture, int side, float edge, float[] warped) {
        boolean[] inside = new boolean[picture.length];
        float middle = (side - 1) / 2f;
        for (int row = 0, i = 0; row < side; row++) {
            for (int col = 0; col < side; col++, i++) {
                float x = x(col, row, middle);
                float y = y(col, row, middle);
                inside[i] = isInside(x, y, side, edge) && isInside(col, row, side, edge);
                warped[i] = sample(picture, side, x, y);
            }
        }
        return inside;
    }

    private float x(int col, int row, float middle) {
        return (float) (col + parameters[0] + parameters[1] * (col - middle) + parameters[2] * (row - middle));
    }

    private float y(int col, int row, float middle) {
        return (float) (row + parameters[3] + parameters[4] * (col - middle) + parameters[5] * (row - middle));
    }

    private static boolean isInside(float x, float y, int side, float edge) {
        float first = edge - .5f;
        float last = side - edge - .5f;
        return x >= first && y >= first && x <= last && y <= last;
    }

    private static float sample(float[] values, int side, float x, float y) {
        float inX = Math.max(0, Math.min(side - 1f, x));
        float inY = Math.max(0, Math.min(side - 1f, y));
        int left = Math.min((int) inX, side - 2);
        int top = Math.min((int) inY, side - 2);
        float right = inX - left;
        int at = top * side + left;
        float upper = values[at] + right * (values[at + 1] - values[at]);
        float lower = values[at + side] + right * (values[at + side + 1] - values[at + side]);
        return upper + (inY - top) * (lower - upper);
    }

    /**
     * Improves this map of {@code a} onto {@code b} step by step.
     *
     * @param edge as in {@link #apply}
     * @return false if less than {@value #LEAST_SHARED} of the pixels is shared
     */
    boolean improve(float[] a, float[] b, int side, float edge, int iterations) {
        float[] across = new float[a.length];
        float[] down = new float[a.length];
        slopes(a, side, across, down);
        float[] warped = new float[a.length];
        float middle = (side - 1) / 2f;
        for (int iteration = 0; iteration < iterations; iteration++) {
            boolean[] inside = apply(a, side, edge, warped);
            double sumA = 0;
            double sumB = 0;
            double squares = 0;
            double products = 0;
            int shared = 0;
            for (int i = 0; i < a.length; i++) {
                if (inside[i]) {
                    sumA += warped[i];
                    sumB += b[i];
                    squares += warped[i] * warped[i];
                    products += warped[i] * b[i];
                    shared++;
                }
            }
            if (shared < a.length * LEAST_SHARED) {
                return false;
            }
            double variance = squares - sumA * sumA / shared;
            float gain =
                    variance <= 0 ? 1 : Math.max(LEAST_GAIN, (float) ((products - sumA * sumB / shared) / variance));
            float offset = (float) ((sumB - gain * sumA) / shared);
            Equations equations = new Equations();
            for (int row = 0, i = 0; row < side; row++) {
                for (int col = 0; col < side; col++, i++) {
                    if (inside[i]) {
                        float x = x(col, row, middle);
                        float y = y(col, row, middle);
                        equations.add(
                                gain * sample(across, side, x, y),
                                gain * sample(down, side, x, y),
                                (col - middle) / middle,
                                (row - middle) / middle,
                                b[i] - gain * warped[i] - offset);
                    }
                }
            }
            double[] step = equations.solve();
            double most = 0;
            for (int p = 0; p < PARAMETERS; p++) {
                parameters[p] += p % 3 == 0 ? step[p] : step[p] / middle;
                most = Math.max(most, Math.abs(step[p]));
            }
            if (most < CONVERGED) {
                return true;
            }
        }
        return true;
    }

    private static void slopes(float[] values, int side, float[] across, float[] down) {
        for (int row = 0, i = 0; row < side; row++) {
            for (int col = 0; col < side; col++, i++) {
                int left = col > 0 ? 1 : 0;
                int right = col < side - 1 ? 1 : 0;
                int up = row > 0 ? 1 : 0;
                int below = row < side - 1 ? 1 : 0;
                across[i] = (values[i + right] - values[i - left]) / (left + right);
                down[i] = (values[i + below * side] - values[i - up * side]) / (up + below);
            }
        }
    }

    /** The normal equations of one step, with sums of products of {@code (1, u, v)} for each pair of slopes. */
    private static final class Equations {
        private final double[] acrossAcross = new double[PARAMETERS];
        private final double[] acrossDown = new double[PARAMETERS];
        private final double[] downDown = new double[PARAMETERS];
        private final double[] right = new double[PARAMETERS];

        void add(float across, float down, float u, float v, float rest) {
            float weight = MUCH / (MUCH + Math.abs(rest));
            addAll(acrossAcross, weight * across * across, u, v);
            addAll(acrossDown, weight * across * down, u, v);
            addAll(downDown, weight * down * down, u, v);
            float x = weight * across * rest;
            float y = weight * down * rest;
            right[0] += x;
            right[1] += x * u;
            right[2] += x * v;
            right[3] += y;
            right[4] += y * u;
            right[5] += y * v;
        }

        private static void addAll(double[] sums, float product, float u, float v) {
            float ofU = product * u;
            float ofV = product * v;
            sums[0] += product;
            sums[1] += ofU;
            sums[2] += ofV;
            sums[3] += ofU * u;
            sums[4] += ofU * v;
            sums[5] += ofV * v;
        }

        private static final int[][] PLACES = {{0, 1, 2}, {1, 3, 4}, {2, 4, 5}};

        /** By elimination; a little damped, so that there always is a solution. */
        double[] solve() {
            double[][] rows = new double[PARAMETERS][PARAMETERS + 1];
            double trace = 0;
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    rows[i][j] = acrossAcross[PLACES[i][j]];
                    rows[i][j + 3] = acrossDown[PLACES[i][j]];
                    rows[i + 3][j] = acrossDown[PLACES[i][j]];
                    rows[i + 3][j + 3] = downDown[PLACES[i][j]];
                }
                trace += rows[i][i] + rows[i + 3][i + 3];
            }
            for (int i = 0; i < PARAMETERS; i++) {
                rows[i][i] += DAMPING * trace / PARAMETERS + 1e-9;
                rows[i][PARAMETERS] = right[i];
            }
            for (int i = 0; i < PARAMETERS; i++) {
                for (int row = i + 1; row < PARAMETERS; row++) {
                    double factor = rows[row][i] / rows[i][i];
                    for (int col = i; col <= PARAMETERS; col++) {
                        rows[row][col] -= factor * rows[i][col];
                    }
                }
            }
            double[] solution = new double[PARAMETERS];
            for (int i = PARAMETERS - 1; i >= 0; i--) {
                double rest = rows[i][PARAMETERS];
                for (int col = i + 1; col < PARAMETERS; col++) {
                    rest -= rows[i][col] * solution[col];
                }
                solution[i] = rest / rows[i][i];
            }
            return solution;
        }
    }
}
