package io.lookalike.image;

import java.util.List;
import java.util.Locale;

/** The eight ways to turn and mirror a picture (the dihedral group of the square). */
public enum Symmetry {
    /** Unchanged. */
    IDENTITY(false, false, false),
    /** Left and right swapped. */
    MIRRORED(false, true, false),
    /** Top and bottom swapped. */
    FLIPPED(false, false, true),
    /** Upside down. */
    ROTATED_180(false, true, true),
    /** Swapped over the diagonal from the upper left. */
    TRANSPOSED(true, false, false),
    /** A quarter turn, clockwise. */
    ROTATED_90(true, true, false),
    /** A quarter turn, counter-clockwise. */
    ROTATED_270(true, false, true),
    /** Swapped over the diagonal from the upper right. */
    TRANSVERSED(true, true, true);

    /** All, in the order of the hashes of a picture. */
    public static final List<Symmetry> ALL = List.of(values());

    /** Whether columns become rows, before the sides are swapped. */
    final boolean transposes;

    private final boolean fromRight;
    private final boolean fromBottom;

    Symmetry(boolean transposes, boolean fromRight, boolean fromBottom) {
        this.transposes = transposes;
        this.fromRight = fromRight;
        this.fromBottom = fromBottom;
    }

    /** Swaps the sides of values that are already transposed if need be. */
    int[] swapSides(int[] values, int width) {
        int height = values.length / width;
        int[] swapped = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            int x = i % width;
            int y = i / width;
            swapped[(fromBottom ? height - 1 - y : y) * width + (fromRight ? width - 1 - x : x)] = values[i];
        }
        return swapped;
    }

    /** The name as users read it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
