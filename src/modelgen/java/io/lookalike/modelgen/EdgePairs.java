package io.lookalike.modelgen;

import java.util.ArrayList;
import java.util.List;

/**
 * Statistics of how edges continue, bend, end and run in parallel, independent of position and rotation.
 *
 * <p>From every edge the graph looks along the edge, across it and aslant, some distance away, and counts by how much
 * the edges found there are turned against it (co-occurrence of oriented gradients, Watanabe et al., 2009, in the frame
 * of the edge in place of the picture's). A straight line, a curve, a corner, a dot and two parallel lines each leave
 * another count. Moving or mirroring the picture, or turning it by a multiple of the angle between two orientations,
 * changes no count, except for parts that leave the picture.
 *
 * <p>Edges count relative to the edges around them, so that faint and strong contrasts count alike.
 */
final class EdgePairs {

    /** Where to look from an edge, against the direction of its change. */
    private static final double[] DIRECTIONS = {StrictMath.PI / 2, 0, StrictMath.PI / 4, -StrictMath.PI / 4};

    private static final int ALONG = 0;
    private static final int ACROSS = 1;
    private static final int ASLANT_LEFT = 2;
    private static final int ASLANT_RIGHT = 3;
    private static final double SURROUNDINGS = 4;
    private static final double FAINT = 0.02;

    private EdgePairs() {}

    /**
     * Counts pairs of edges at distances from 0 to {@code reach} pixels.
     *
     * @param edges maps of an even number of orientations
     * @return for {@code n} orientations {@code n / 2 + 1} values at distance 0 and {@code 2 n + 2} at each other
     */
    static Tensor of(GraphBuilder g, Tensor edges, int reach) {
        float[][][] blur = Kernels.depthwise(1, Kernels.gaussian(SURROUNDINGS));
        Tensor around = g.conv(g.channelSum(edges), blur, 1);
        Tensor relative = g.divide(edges, g.shift(around, FAINT));
        int n = edges.channels();
        List<Tensor> counts = new ArrayList<>();
        counts.add(g.mix(g.gram(relative, relative), eitherWay(n, 1, 0), null));
        float[][] folded = foldAll(n);
        for (int distance = 1; distance <= reach; distance++) {
            Tensor seen = g.conv(relative, looks(n, distance), n);
            counts.add(g.mix(g.gram(seen, relative), folded, null));
        }
        return g.concat(counts);
    }

    /**
     * What an ordinary picture shows: edges go on as they are, the less so the farther, and turn rather than cross.
     *
     * @return square roots of counts, up to a factor, in the order of {@link #of}
     */
    static List<Double> ordinary(int n, int reach) {
        List<Double> roots = new ArrayList<>();
        for (int turn = 0; turn <= n / 2; turn++) {
            roots.add(1.6 * StrictMath.exp(-0.7 * 8 * turn / n));
        }
        for (int distance = 1; distance <= reach; distance++) {
            double fading = 1 / StrictMath.sqrt(distance);
            for (double weight : new double[] {1, 0.8}) {
                for (int turn = 0; turn <= n / 2; turn++) {
                    roots.add(weight * fading * StrictMath.exp(-8.0 * turn / n));
                }
            }
            for (int turn = 0; turn < n; turn++) {
                roots.add(0.3 + 1.3 * fading * StrictMath.exp(-8.0 * Math.min(turn, n - turn) / n));
            }
        }
        return roots;
    }

    /**
     * From each map to the two points in each direction, opposite points together: {@code [n * directions][1][area]}.
     */
    private static float[][][] looks(int n, int distance) {
        float[][][] kernels = new float[n * DIRECTIONS.length][1][];
        for (int k = 0; k < kernels.length; k++) {
            int map = k / DIRECTIONS.length;
            kernels[k][0] = Kernels.twoPoints(distance, StrictMath.PI * map / n + DIRECTIONS[k % DIRECTIONS.length]);
        }
        return kernels;
    }

    /** The counts at one distance, from the pairs of what is seen in all directions: mirror images count together. */
    private static float[][] foldAll(int n) {
        List<float[]> rows = new ArrayList<>();
        rows.addAll(List.of(eitherWay(n, DIRECTIONS.length, ALONG)));
        rows.addAll(List.of(eitherWay(n, DIRECTIONS.length, ACROSS)));
        float[][] aslant = new float[n][n * DIRECTIONS.length * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                aslant[Math.floorMod(j - i, n)][(i * DIRECTIONS.length + ASLANT_LEFT) * n + j] = 1;
                aslant[Math.floorMod(i - j, n)][(i * DIRECTIONS.length + ASLANT_RIGHT) * n + j] = 1;
            }
        }
        rows.addAll(List.of(aslant));
        return rows.toArray(float[][]::new);
    }

    /** Sums pairs by the angle between both edges, 0 to half the orientations, whichever way it opens. */
    private static float[][] eitherWay(int n, int directions, int direction) {
        float[][] rows = new float[n / 2 + 1][n * directions * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                int turn = Math.floorMod(j - i, n);
                boolean single = turn == 0 || 2 * turn == n;
                rows[Math.min(turn, n - turn)][(i * directions + direction) * n + j] = single ? 1 : 0.5f;
            }
        }
        return rows;
    }
}
