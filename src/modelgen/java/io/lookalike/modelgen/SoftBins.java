package io.lookalike.modelgen;

/** Triangular bins: a value midway between two centres counts half in each; beyond the outer centres it fades out. */
final class SoftBins {

    private SoftBins() {}

    /**
     * Bins one channel.
     *
     * @param channel the channel of {@code x} that is binned
     * @param first the centre of the first bin
     * @param width the distance between neighbouring centres
     * @return {@code bins} channels in [0, 1]
     */
    static Tensor of(GraphBuilder g, Tensor x, int channel, double first, double width, int bins) {
        float[][] weights = new float[bins][x.channels()];
        float[] bias = new float[bins];
        for (int b = 0; b < bins; b++) {
            weights[b][channel] = (float) (1 / width);
            bias[b] = (float) (-(first + b * width) / width);
        }
        Tensor distance = g.abs(g.mix(x, weights, bias));
        return g.relu(g.shift(g.scale(distance, -1), 1));
    }
}
