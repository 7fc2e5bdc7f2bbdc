package io.lookalike.encoder;

import io.lookalike.image.Preprocessing.Layout;
import io.lookalike.model.Tensor;
import java.util.Arrays;

/**
 * How a model's output becomes one vector.
 *
 * <p>Outputs are {@code [1, D]} (with further axes of 1 anywhere), {@code [1, T, D]} (T tokens), or a map {@code [1, D,
 * H, W]} or {@code [1, H, W, D]}. Stateless.
 */
public enum Pooling {
    /** The output is the vector. */
    NONE,
    /** The first token. */
    CLS,
    /** The average over tokens or over the map. */
    MEAN,
    /**
     * Generalised mean of positive values with p = 3, over tokens or over the map (Radenović et al., TPAMI 2018,
     * equation 3).
     */
    GEM;

    private static final double GEM_P = 3;
    private static final float GEM_FLOOR = 1e-6f;
    static final int MAX_LEADING = 16;
    /** A class token and eight registers; more leave too many grids to choose from. */
    private static final int MAX_DERIVED = 9;
    /** Least number of patches for each leading token, for the same reason. */
    private static final long LEAST_PATCHES = 4;

    /**
     * Dimensions of the vector that this pooling makes from an output of this shape.
     *
     * @param map order of the axes of a map; ignored for other outputs
     */
    int dims(String output, long[] shape, Layout map) {
        long dims = shape.length > 1 && shape[0] == 1 ? inner(shape, map) : 0;
        if (dims <= 0) {
            throw new IllegalArgumentException("cannot pool output [" + output + "] of shape " + Arrays.toString(shape)
                    + " with pooling [" + EncoderConfig.lower(this) + "]; " + takes(shape));
        }
        return Math.toIntExact(dims);
    }

    /** The values of an output that is a vector, {@code [1, D]} with further axes of 1; -1 for other shapes. */
    static long vectorDims(long[] shape) {
        long dims = shape.length > 1 && shape[0] == 1 ? 1 : -1;
        for (int i = 1; i < shape.length; i++) {
            dims = dims == 1 ? shape[i] : shape[i] == 1 ? dims : -1;
        }
        return dims;
    }

    private long inner(long[] shape, Layout map) {
        if (this == NONE) {
            return vectorDims(shape);
        }
        if (shape.length == 3) {
            return shape[1] < 1 ? 0 : shape[2];
        }
        if (shape.length == 4 && this != CLS && shape[1] * shape[2] * shape[3] > 0) {
            return map == Layout.NHWC ? shape[3] : shape[1];
        }
        return 0;
    }

    private static String takes(long[] shape) {
        if (shape.length == 3 && shape[0] == 1 && shape[1] > 1) {
            return "it holds tokens: name [pooling] [cls], the first token, or [mean] or [gem], over the tokens";
        }
        if (shape.length == 4 && shape[0] == 1 && shape[1] * shape[2] * shape[3] > 0) {
            return "it holds a map: name [pooling] [mean] or [gem], over the map";
        }
        return "[none] takes [1, D], [cls] takes [1, T, D], [mean] and [gem] take [1, T, D], [1, D, H, W] and [1, H, "
                + "W, D]";
    }

    /** Whether an output of this shape has tokens that this pooling averages. */
    boolean averagesTokens(long[] shape) {
        return (this == MEAN || this == GEM) && shape.length == 3;
    }

    /** Whether an output of this shape is a map that this pooling averages. */
    boolean averagesMap(long[] shape) {
        return (this == MEAN || this == GEM) && shape.length == 4;
    }

    /**
     * The number of tokens before the patches in a transformer's output: the class token and registers, which an
     * average over patches must skip.
     *
     * <p>The patches form a grid, whose size follows from the length of a patch. The result is the smallest number of
     * leading tokens that leaves such a grid; patches that divide both sides are tried first, then those that leave a
     * rest at the border.
     *
     * @param tokens of the output
     * @param height of the input, pixels
     * @param width of the input, pixels
     * @return -1 when no grid fits
     */
    public static int leadingTokens(long tokens, int height, int width) {
        for (boolean whole : new boolean[] {true, false}) {
            for (int leading = 0; leading <= MAX_DERIVED && leading * LEAST_PATCHES <= tokens - leading; leading++) {
                for (int patch = 2; patch <= Math.min(height, width); patch++) {
                    boolean divides = height % patch == 0 && width % patch == 0;
                    if ((divides || !whole) && (long) (height / patch) * (width / patch) == tokens - leading) {
                        return leading;
                    }
                }
            }
        }
        return tokens == 1 ? 0 : -1;
    }

    /**
     * The order of the axes of a map {@code [1, …]}: the one in which height and width are those of the input divided
     * by a common stride, rounded up or down. The order of the input if both or none fit.
     */
    static Layout mapLayout(long[] shape, int height, int width, Layout input) {
        boolean first = isMap(shape[2], shape[3], height, width);
        boolean last = isMap(shape[1], shape[2], height, width);
        return first == last ? input : first ? Layout.NCHW : Layout.NHWC;
    }

    private static boolean isMap(long mapHeight, long mapWidth, int height, int width) {
        for (int stride = 1; stride <= Math.max(height, width); stride++) {
            if (isSide(mapHeight, height, stride) && isSide(mapWidth, width, stride)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSide(long mapSide, int side, int stride) {
        return mapSide == side / stride || mapSide == Math.ceilDiv(side, stride);
    }

    /**
     * @param skip leading tokens that an average skips
     * @param map the order of the axes of a map
     */
    public float[] pool(String output, Tensor tensor, int skip, Layout map) {
        int dims = dims(output, tensor.shape(), map);
        float[] data = tensor.data();
        if (this == NONE || this == CLS) {
            return data.length == dims ? data : Arrays.copyOf(data, dims);
        }
        boolean tokens = tensor.shape().length == 3;
        boolean dimsLast = tokens || map == Layout.NHWC;
        int from = tokens ? Math.multiplyExact(skip, dims) : 0;
        int places = (data.length - from) / dims;
        if (places < 1) {
            throw new IllegalArgumentException("cannot pool output [" + output + "] of shape "
                    + Arrays.toString(tensor.shape()) + ": nothing is left without its first [" + skip + "] tokens");
        }
        double[] sums = new double[dims];
        for (int i = from; i < data.length; i++) {
            sums[dimsLast ? i % dims : i / places] +=
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
