package io.lookalike.vectors;

import java.util.Arrays;
import java.util.Objects;

/**
 * The right factor of matrix products of floats, with its columns in panels, in the order in which the loops read them
 * (Goto and van de Geijn: Anatomy of High-Performance Matrix Multiplication, TOMS 2008).
 *
 * <p>A component of a product is the sum of its terms in order, rounded after each multiplication and each addition. So
 * it has the same bits on every machine, with or without vector registers, and whichever other components the same call
 * computes. One thread computes about 40 billion terms a second with registers of 16 floats. The best loop of plain
 * Java that we found computes 17 billion; fused multiply-add would compute 55 billion, but with other bits.
 *
 * <p>For one thread while it is filled; afterwards thread-safe.
 */
public final class PackedMatrix {
    static final int PANEL = WarmUp.REGISTERS ? PanamaProducts.PANEL : 3 * 16;

    /** Short, so that interpreted loops end soon and get compiled; longer loops are not measurably faster. */
    private static final int DEPTH = 128;

    private final int depth;
    private final int columns;
    private final float[] panels;

    /**
     * A matrix of zeros.
     *
     * @param depth rows, at least 1
     * @param columns at least 1
     * @throws IllegalArgumentException if it has more numbers than an array can hold
     */
    public PackedMatrix(int depth, int columns) {
        this.depth = depth;
        this.columns = columns;
        long numbers = (long) depth * stride();
        if (depth < 1 || columns < 1 || numbers > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "a matrix of [" + depth + "] rows and [" + columns + "] columns does not fit in an array");
        }
        this.panels = new float[(int) numbers];
    }

    /** The bytes of memory of such a matrix. */
    public static long bytes(long depth, long columns) {
        return Float.BYTES * depth * ((columns + PANEL - 1) / PANEL * PANEL);
    }

    /** Columns of a written product: those of this matrix, rounded up to whole panels. */
    public int stride() {
        return (columns + PANEL - 1) / PANEL * PANEL;
    }

    /** The first column of the panel with this column. */
    public static int panelOf(int column) {
        return column - column % PANEL;
    }

    /** Writes row {@code k}, from {@code values[from]} on. */
    public void setRow(int k, float[] values, int from) {
        Objects.checkIndex(k, depth);
        for (int column = 0; column < columns; column += PANEL) {
            System.arraycopy(
                    values, from + column, panels, column * depth + k * PANEL, Math.min(PANEL, columns - column));
        }
    }

    /** Writes column {@code j}, from {@code values[from]} on. */
    public void setColumn(int j, float[] values, int from) {
        Objects.checkIndex(j, columns);
        int at = panelOf(j) * depth + j % PANEL;
        for (int k = 0; k < depth; k++) {
            panels[at + k * PANEL] = values[from + k];
        }
    }

    /**
     * Multiplies a matrix with this one.
     *
     * @param left component (i, k) at index {@code from + i * rowStep + k * depthStep}
     * @param rows of the left matrix
     * @param firstColumn the first column of this matrix to multiply with, the first of a panel
     * @param out receives {@code [rows][stride()]}; columns before {@code firstColumn} do not change, those after the
     *     last become zero
     */
    public void multiply(float[] left, int from, int rows, int rowStep, int depthStep, int firstColumn, float[] out) {
        if (rows == 0) {
            return;
        }
        int stride = stride();
        Objects.checkFromIndexSize(0, rows * stride, out.length);
        Objects.checkIndex(from + (rows - 1) * rowStep + (depth - 1) * depthStep, left.length);
        Objects.checkIndex(from, left.length);
        if (firstColumn % PANEL != 0) {
            throw new IllegalArgumentException("column [" + firstColumn + "] is not the first of a panel");
        }
        for (int column = firstColumn; column < stride; column += PANEL) {
            for (int i = 0; i < rows; i++) {
                Arrays.fill(out, i * stride + column, i * stride + column + PANEL, 0);
            }
            for (int k = 0; k < depth; k += DEPTH) {
                int terms = Math.min(DEPTH, depth - k);
                int right = column * depth + k * PANEL;
                int at = from + k * depthStep;
                if (WarmUp.REGISTERS) {
                    PanamaProducts.add(left, at, rows, rowStep, depthStep, panels, right, terms, out, column, stride);
                } else {
                    add(left, at, rows, rowStep, depthStep, panels, right, terms, out, column, stride);
                }
            }
        }
    }

    /** {@link PanamaProducts#add} in plain Java. */
    static void add(
            float[] left,
            int from,
            int rows,
            int rowStep,
            int depthStep,
            float[] panels,
            int right,
            int terms,
            float[] out,
            int to,
            int stride) {
        float[] sums = new float[PANEL];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(out, to + i * stride, sums, 0, PANEL);
            for (int k = 0; k < terms; k++) {
                float x = left[from + i * rowStep + k * depthStep];
                int at = right + k * PANEL;
                for (int j = 0; j < PANEL; j++) {
                    sums[j] += x * panels[at + j];
                }
            }
            System.arraycopy(sums, 0, out, to + i * stride, PANEL);
        }
    }
}
