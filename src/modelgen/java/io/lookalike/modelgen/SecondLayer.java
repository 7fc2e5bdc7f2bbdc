package io.lookalike.modelgen;

/**
 * The arrangement of edges on a scale of sixteen pixels: the modulus of Gabor filters over the edge maps.
 *
 * <p>The second layer of a scattering network (Bruna and Mallat, 2013): edge maps of one orientation vary along some
 * direction at corners, parallel lines, textures and grids. Pairs of an even and an odd filter are taken together, so
 * that a shift by a few pixels changes little.
 */
final class SecondLayer {

    private static final double SIGMA = 1.36;
    private static final double WAVE = 4;
    private static final int RADIUS = 3;

    private SecondLayer() {}

    /**
     * Filters every map in {@code directions} directions.
     *
     * @return {@code edges.channels() * directions} maps of the same size, at least 0
     */
    static Tensor of(GraphBuilder g, Tensor edges, int directions) {
        int maps = edges.channels();
        float[][] even = new float[directions][];
        float[][] odd = new float[directions][];
        for (int d = 0; d < directions; d++) {
            even[d] = Kernels.gabor(SIGMA, WAVE, StrictMath.PI * d / directions, 0, RADIUS);
            odd[d] = Kernels.gabor(SIGMA, WAVE, StrictMath.PI * d / directions, StrictMath.PI / 2, RADIUS);
        }
        Tensor evens = g.conv(edges, Kernels.depthwise(maps, even), maps);
        Tensor odds = g.conv(edges, Kernels.depthwise(maps, odd), maps);
        return g.sqrt(g.add(g.square(evens), g.square(odds)));
    }
}
