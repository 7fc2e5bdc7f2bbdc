package io.lookalike.vectors;

import java.util.Locale;

/**
 * How both vectors are scaled before a {@link Metric} compares them.
 *
 * <p>With a the vector and sums over its components:
 *
 * <table>
 * <caption>{@link #scale}</caption>
 * <tr><th>name</th><th>scaled</th><th>afterwards</th></tr>
 * <tr><td>none</td><td>a</td><td></td></tr>
 * <tr><td>l2</td><td>a / √Σa²</td><td>length 1</td></tr>
 * <tr><td>sum</td><td>a / Σ|a|</td><td>absolute values add up to 1, as the shares of a histogram do</td></tr>
 * </table>
 *
 * <p>A zero vector stays zero. If a component is infinite or NaN, so is the result. Large components do not overflow on
 * the way, and tiny ones do not vanish. l2 adds up floats (see {@link Sums}), with an error near 1e-6; sum adds up
 * doubles. Stateless and thread-safe.
 */
public enum Normalization {
    NONE {
        @Override
        double size(float[] vector) {
            return 1;
        }
    },
    L2 {
        @Override
        double size(float[] vector) {
            return Math.sqrt(Sums.products(vector, vector));
        }
    },
    SUM {
        @Override
        double size(float[] vector) {
            return Sums.absolutes(vector);
        }
    };

    private final String name = name().toLowerCase(Locale.ROOT);

    /** The divisor of a vector. */
    abstract double size(float[] vector);

    /**
     * Scales a vector.
     *
     * @param into receives the result; has the length of the vector, and may be the vector itself
     */
    public final void scale(float[] vector, float[] into) {
        double size = size(vector);
        if (size == 0 || this == NONE) {
            System.arraycopy(vector, 0, into, 0, vector.length);
            return;
        }
        double scale = 1 / size;
        for (int d = 0; d < vector.length; d++) {
            into[d] = (float) (vector[d] * scale);
        }
    }

    /** The name that users write. */
    @Override
    public String toString() {
        return name;
    }
}
