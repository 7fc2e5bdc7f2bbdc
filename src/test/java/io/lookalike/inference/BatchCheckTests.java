package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.model.ModelException;
import io.lookalike.model.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchCheckTests {
    private static final int LENGTH = 300;

    private static List<Tensor> tensors(float[]... rows) {
        return Arrays.stream(rows)
                .map(row -> new Tensor(row, new long[] {1, row.length}))
                .toList();
    }

    private static float[] scaled(float[] row, double scale) {
        float[] result = new float[row.length];
        for (int i = 0; i < row.length; i++) {
            result[i] = (float) (row[i] * scale);
        }
        return result;
    }

    /** Rounds to 8 bits of the range, as dynamic quantisation does. */
    private static float[] rounded(float[] row, double range) {
        float[] result = new float[row.length];
        for (int i = 0; i < row.length; i++) {
            result[i] = (float) (Math.round(row[i] / range * 127) * range / 127);
        }
        return result;
    }

    private static double range(float[]... rows) {
        double range = 0;
        for (float[] row : rows) {
            for (float value : row) {
                range = Math.max(range, Math.abs(value));
            }
        }
        return range;
    }

    @Test
    void testNetworksThatTreatEachRowByItself() {
        assertTrue(BatchCheck.passes(BatchCheckTests::tensors, LENGTH));
        assertTrue(BatchCheck.passes(
                rows -> tensors(Arrays.stream(rows)
                        .map(row -> scaled(row, rows.length == 1 ? 1 : 1 + 1e-7))
                        .toArray(float[][]::new)),
                LENGTH));
        assertTrue(BatchCheck.passes(rows -> tensors(new float[rows.length][LENGTH]), LENGTH), "zeros");
    }

    @Test
    void testAScaleThatABatchShares() {
        assertFalse(BatchCheck.passes(
                rows -> tensors(Arrays.stream(rows)
                        .map(row -> rounded(row, range(rows)))
                        .toArray(float[][]::new)),
                LENGTH));
        assertTrue(
                BatchCheck.passes(
                        rows -> tensors(Arrays.stream(rows)
                                .map(row -> rounded(row, range(row)))
                                .toArray(float[][]::new)),
                        LENGTH),
                "a scale of its own for each row");
    }

    @Test
    void testRowsThatAreMixed() {
        assertFalse(BatchCheck.passes(
                rows -> {
                    List<float[]> turned = new ArrayList<>(List.of(rows));
                    return tensors(turned.reversed().toArray(float[][]::new));
                },
                LENGTH));
    }

    @Test
    void testNotANumber() {
        float[] nan = new float[LENGTH];
        Arrays.fill(nan, Float.NaN);
        assertFalse(BatchCheck.passes(rows -> tensors(rows.length == 1 ? rows : new float[][] {nan, nan}), LENGTH));
    }

    @Test
    void testANetworkThatTakesOneRowOnly() {
        assertFalse(BatchCheck.passes(
                rows -> {
                    if (rows.length > 1) {
                        throw new ModelException("too many");
                    }
                    return tensors(rows);
                },
                LENGTH));
    }

    @Test
    void testANetworkThatTakesNone() {
        ModelException broken = assertThrows(
                ModelException.class,
                () -> BatchCheck.passes(
                        rows -> {
                            if (rows.length == 1) {
                                throw new ModelException("broken");
                            }
                            return tensors(rows);
                        },
                        LENGTH));
        assertEquals("broken", broken.getMessage());
    }
}
