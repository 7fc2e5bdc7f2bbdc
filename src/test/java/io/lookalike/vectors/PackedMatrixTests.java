package io.lookalike.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PackedMatrixTests {
    private static final int[] SIZES = {1, 3, 4, 7, 16, 47, 48, 49, 97, 128, 129, 207};

    /** Bit for bit, also after the compiler replaced the loops. */
    @Test
    void componentsAreSumsInTheOrderOfTheirTerms() {
        Random random = new Random(1);
        for (int depth : SIZES) {
            for (int columns : SIZES) {
                for (int rows : new int[] {1, 4, 11}) {
                    float[] left = gaussian(random, rows * depth);
                    float[] right = gaussian(random, depth * columns);
                    float[] expected = plain(left, rows, depth, right, columns);
                    PackedMatrix byRows = new PackedMatrix(depth, columns);
                    for (int k = 0; k < depth; k++) {
                        byRows.setRow(k, right, k * columns);
                    }
                    float[] out = new float[rows * byRows.stride()];
                    byRows.multiply(left, 0, rows, depth, 1, 0, out);
                    String shape = rows + " x " + depth + " x " + columns;
                    assertArrayEquals(expected, cut(out, rows, byRows.stride(), columns), shape);
                    assertArrayEquals(
                            expected,
                            cut(transposed(left, rows, right, depth, columns), rows, byRows.stride(), columns));
                }
            }
        }
    }

    /** The left one with its rows as columns and an offset, the right one filled by columns. */
    private static float[] transposed(float[] left, int rows, float[] right, int depth, int columns) {
        float[] turned = new float[5 + rows * depth];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < depth; k++) {
                turned[5 + k * rows + i] = left[i * depth + k];
            }
        }
        PackedMatrix byColumns = new PackedMatrix(depth, columns);
        for (int j = 0; j < columns; j++) {
            float[] column = new float[2 + depth];
            for (int k = 0; k < depth; k++) {
                column[2 + k] = right[k * columns + j];
            }
            byColumns.setColumn(j, column, 2);
        }
        float[] out = new float[rows * byColumns.stride()];
        byColumns.multiply(turned, 5, rows, 1, rows, 0, out);
        return out;
    }

    @Test
    void registersAndPlainLoopsGiveTheSameBits() {
        Random random = new Random(2);
        int depth = 70;
        int panel = PackedMatrix.PANEL;
        float[] left = gaussian(random, 9 * depth);
        float[] panels = gaussian(random, depth * panel);
        float[] before = gaussian(random, 9 * panel);
        float[] plain = before.clone();
        PackedMatrix.add(left, 0, 9, depth, 1, panels, 0, depth, plain, 0, panel);
        for (int round = 0; round < 2000; round++) {
            float[] registers = before.clone();
            PanamaProducts.add(left, 0, 9, depth, 1, panels, 0, depth, registers, 0, panel);
            assertArrayEquals(plain, registers);
        }
    }

    @Test
    void columnsBeforeTheFirstPanelAreLeftAlone() {
        int panel = PackedMatrix.PANEL;
        PackedMatrix matrix = new PackedMatrix(1, panel + 3);
        float[] row = new float[panel + 3];
        row[2] = 5;
        row[panel + 2] = 7;
        matrix.setRow(0, row, 0);
        float[] out = new float[matrix.stride()];
        out[2] = -1;
        assertEquals(panel, PackedMatrix.panelOf(panel + 2));
        matrix.multiply(new float[] {2}, 0, 1, 1, 1, panel, out);
        assertEquals(-1, out[2]);
        assertEquals(14, out[panel + 2]);
    }

    @Test
    void refusesWhatDoesNotFit() {
        Exception e = assertThrows(IllegalArgumentException.class, () -> new PackedMatrix(1 << 16, 1 << 16));
        assertEquals("a matrix of [65536] rows and [65536] columns does not fit in an array", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new PackedMatrix(0, 1));
        PackedMatrix matrix = new PackedMatrix(3, 2);
        float[] out = new float[2 * matrix.stride()];
        assertThrows(IndexOutOfBoundsException.class, () -> matrix.multiply(new float[5], 0, 2, 3, 1, 0, out));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> matrix.multiply(new float[6], 0, 2, 3, 1, 0, new float[2 * matrix.stride() - 1]));
        e = assertThrows(IllegalArgumentException.class, () -> matrix.multiply(new float[6], 0, 2, 3, 1, 1, out));
        assertEquals("column [1] is not the first of a panel", e.getMessage());
    }

    private static float[] plain(float[] left, int rows, int depth, float[] right, int columns) {
        float[] out = new float[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                float sum = 0;
                for (int k = 0; k < depth; k++) {
                    sum += left[i * depth + k] * right[k * columns + j];
                }
                out[i * columns + j] = sum;
            }
        }
        return out;
    }

    private static float[] cut(float[] padded, int rows, int stride, int columns) {
        float[] cut = new float[rows * columns];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(padded, i * stride, cut, i * columns, columns);
        }
        return cut;
    }

    private static float[] gaussian(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
