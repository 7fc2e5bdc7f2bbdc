package io.lookalike.modelgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class YardstickTests {

    private static final int CLASSES = 200;
    private static final int PICTURES = 6;

    /** Two values that differ between classes; the second is drowned by what varies within a class. */
    private static float[][] rows() {
        Random random = new Random(4);
        float[][] rows = new float[CLASSES * PICTURES][];
        for (int c = 0; c < CLASSES; c++) {
            double first = random.nextGaussian();
            double second = random.nextGaussian();
            for (int i = 0; i < PICTURES; i++) {
                rows[c * PICTURES + i] = new float[] {
                    (float) (first + 0.1 * random.nextGaussian()) + 7, (float) (second + 10 * random.nextGaussian()) - 3
                };
            }
        }
        return rows;
    }

    private static double column(Yardstick yardstick, int row) {
        double squares = 0;
        for (int c = 0; c < yardstick.dims(); c++) {
            double weight = yardstick.weight(row, c);
            squares += weight * weight;
        }
        return Math.sqrt(squares);
    }

    @Test
    void whatVariesWithinAClassCountsLess() {
        Yardstick sharp = Learn.learn(rows(), 2, 1e-6);
        double ratio = column(sharp, 0) / column(sharp, 1);
        assertEquals(100, ratio, 10);
        Yardstick smooth = Learn.learn(rows(), 2, 1e6);
        assertEquals(1, column(smooth, 0) / column(smooth, 1), 0.01);
    }

    @Test
    void fewerDimsKeepTheGreatestVariance() {
        Yardstick yardstick = Learn.learn(rows(), 1, 1e6);
        assertEquals(1, yardstick.dims());
        assertTrue(column(yardstick, 1) > 50 * column(yardstick, 0));
    }

    @Test
    void theMeanMapsToNothingAndRowsToLengthOneInTheMean() throws OrtException {
        Yardstick yardstick = Learn.learn(rows(), 2, 1);
        GraphBuilder g = new GraphBuilder("test");
        g.output("output", yardstick.measure(g, g.input("input", 2, 1)));
        double[] mean = new double[2];
        double squares = 0;
        try (Model model = new Model(g.build("test"), "output")) {
            float[][] rows = rows();
            for (float[] row : rows) {
                mean[0] += row[0] / rows.length;
                mean[1] += row[1] / rows.length;
                for (float value : model.run(2, 1, row)[0]) {
                    squares += value * value / rows.length;
                }
            }
            assertArrayEquals(new float[2], model.run(2, 1, new float[] {(float) mean[0], (float) mean[1]})[0], 1e-4f);
        }
        assertEquals(1, squares, 0.03);
    }

    @Test
    void roundingChangesLittle() {
        Random random = new Random(5);
        double[][] matrix = new double[50][3];
        for (double[] row : matrix) {
            for (int c = 0; c < 3; c++) {
                row[c] = random.nextGaussian() * (c + 1);
            }
        }
        Yardstick yardstick = Yardstick.of(matrix, new double[50]);
        for (int r = 0; r < 50; r++) {
            for (int c = 0; c < 3; c++) {
                assertEquals(matrix[r][c], yardstick.weight(r, c), 0.02 * (c + 1));
            }
        }
    }

    @Test
    void readsWhatItWrote() throws IOException {
        Yardstick written = Yardstick.of(new double[][] {{1, -2}, {0.5, 4}, {3, 0}}, new double[] {1, 2, 3});
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Yardstick.write(new DataOutputStream(bytes), List.of(written, written));
        List<Yardstick> read = Yardstick.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        assertEquals(2, read.size());
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        Yardstick.write(new DataOutputStream(again), read);
        assertArrayEquals(bytes.toByteArray(), again.toByteArray());
        assertEquals(2, read.get(1).dims());
        assertEquals(0.5, read.get(1).weight(1, 0), 0.02);
        assertEquals(4, read.get(1).weight(1, 1), 0.02);
    }
}
