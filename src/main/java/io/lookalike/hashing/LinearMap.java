package io.lookalike.hashing;

/**
 * A learned linear map of vectors, {@code y = W x + b}, such as a projection on principal components.
 *
 * <p>Products are those of {@link Projection}, so y is the same on every machine. Costs a multiplication and 4 bytes of
 * memory for each weight. Immutable and thread-safe.
 */
public final class LinearMap {
    private final Projection projection;
    private final float[] bias;

    /**
     * @param inputDims of x, 1..4096
     * @param dims of y
     * @param weights W, {@code [dims x inputDims]}, row by row
     * @param bias b, {@code [dims]}, or null for zeros
     * @throws IllegalArgumentException if lengths of arrays do not fit
     */
    public LinearMap(int inputDims, int dims, float[] weights, float[] bias) {
        if (bias != null && bias.length != dims) {
            throw new IllegalArgumentException(
                    "[bias] has [" + bias.length + "] dims but the map makes [" + dims + "]");
        }
        this.projection = new Projection(inputDims, dims, weights, null);
        this.bias = bias == null ? null : bias.clone();
    }

    /**
     * W x + b; it is not finite if x is very large.
     *
     * @throws IllegalArgumentException if x has other dims or a component that is not finite
     */
    public float[] apply(float[] x) {
        float[] y = projection.products(x);
        if (bias != null) {
            for (int i = 0; i < y.length; i++) {
                y[i] += bias[i];
            }
        }
        return y;
    }

    /** As in the constructor: {@code [dims x inputDims]}. */
    public float[] weights() {
        return projection.rows();
    }

    /** {@code [dims]}, or null for zeros. */
    public float[] bias() {
        return bias == null ? null : bias.clone();
    }

    /** Components of x. */
    public int inputDims() {
        return projection.dims();
    }
}
