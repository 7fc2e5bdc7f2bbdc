package io.lookalike.encoder;

import io.lookalike.model.Tensor;
import java.util.Arrays;
import java.util.Locale;

/**
 * How a model's output becomes one vector.
 *
 * <p>Outputs are {@code [1, D]} (taken as it is), {@code [1, T, D]} (T tokens) or {@code [1, D, H, W]} (a map). Stateless.
 */
enum Pooling {
    /** The output is the vector. */
    NONE,
    /** The first token. */
    CLS,
    /** The average over tokens, or over the map. */
    MEAN,
    /** Generalised mean with p = 3 over tokens or over the map (Radenović et al., TPAMI 2018, equation 3). */
    GEM;

    private static final double GEM_P = 3;
    private static final float GEM_FLOOR = 1e-6f;
    static final int MAX_LEADING = 16;

    /** Dimensions of the vector that this pooling makes of an output of the given shape. */
    int dims(String output, long[] shape) {
        long[] inner = shape.length > 0 ? Arrays.copyOfRange(shape, 1, shape.length) : shape;
        long dims;
        if (this == NONE) {
            dims = inner.length == 0 ? 0 : inner[0];
            for (int i = 1; i < inner.length; i++) {
                dims = inner[i] == 1 ? dims : -1;
            }
        } else if (this == CLS) {
            dims = inner.length == 2 ? inner[1] : -1;
        } else {
            dims = inner.length == 2 ? inner[1] : inner.length == 3 ? inner[0] : -1;
        }
        if (shape.length == 0 || shape[0] != 1 || dims <= 0) {
            throw new IllegalArgumentException(
                    "cannot pool output [" + output + "] of shape " + Arrays.toString(shape)
                            + " with pooling [" + name().toLowerCase(Locale.ROOT)
                            + "]; [none] takes [1, D], [cls] takes [1, T, D], [mean] and [gem] take [1, T, D] and [1, D, H, W]");
        }
        return Math.toIntExact(dims);
    }

    /** Whether an output of this shape has tokens that this pooling averages. */
    boolean averagesTokens(long[] shape) {
        return (this == MEAN || this == GEM) && shape.length == 3;
    }

    /**
     * How many tokens lead the patches of a transformer's output: the class token and registers, of which an average over patches
     * must not know.
     *
     * <p>The patches of the input form a grid, whose size every patch length that divides both sides gives; the fewest leading
     * tokens that leave such a grid are taken, and none where no grid fits.
     *
     * @param tokens of the output
     * @param height of the input, pixels
     * @param width of the input, pixels
     */
    static int leadingTokens(long tokens, int height, int width) {
        for (int leading = 0; leading <= MAX_LEADING && leading < tokens; leading++) {
            for (int patch = 2; patch <= Math.min(height, width); patch++) {
                if (height % patch == 0
                        && width % patch == 0
                        && (long) (height / patch) * (width / patch) == tokens - leading) {
                    return leading;
                }
            }
        }
        return 0;
    }

    /** @param skip leading tokens that an average leaves out */
    float[] pool(String output, Tensor tensor, int skip) {
        int dims = dims(output, tensor.shape());
        float[] data = tensor.data();
        if (this == NONE || this == CLS) {
            return data.length == dims ? data : Arrays.copyOf(data, dims);
        }
        boolean tokens = tensor.shape().length == 3;
        int from = tokens ? skip * dims : 0;
        int places = (data.length - from) / dims;
        double[] sums = new double[dims];
        for (int i = from; i < data.length; i++) {
            sums[tokens ? i % dims : i / places] +=
                    this == MEAN ? data[i] : Math.pow(Math.max(data[i], GEM_FLOOR), GEM_P);
        }
        float[] vector = new float[dims];
        for (int d = 0; d < dims; d++) {
            double mean = sums[d] / places;
            vector[d] = (float) (this == MEAN ? mean : Math.pow(mean, 1 / GEM_P));
        }
        return vector;
    }
}
