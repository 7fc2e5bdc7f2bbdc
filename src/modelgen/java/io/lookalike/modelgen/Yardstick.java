package io.lookalike.modelgen;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A learned linear map from statistics to a space in which variation inside of a class counts less.
 *
 * <p>{@code out[c] = bias[c] + scale[c] * sum of in[r] * weights[r][c]}, with a byte for each weight. {@link Learn}
 * makes it; the file that it writes is part of the sources.
 */
final class Yardstick {

    static final String FILE = "builtin-2.weights";

    private final byte[][] weights;
    private final float[] scale;
    private final float[] bias;

    private Yardstick(byte[][] weights, float[] scale, float[] bias) {
        this.weights = weights;
        this.scale = scale;
        this.bias = bias;
    }

    /** The number of values that it makes. */
    int dims() {
        return scale.length;
    }

    /** The weight of value {@code row} of the statistics for value {@code column} of the result. */
    double weight(int row, int column) {
        return (double) weights[row][column] * scale[column];
    }

    /** Maps a flat tensor of as many values as there are weights' rows. */
    Tensor measure(GraphBuilder g, Tensor statistics) {
        return g.project(statistics, weights, scale, bias);
    }

    /** Those that are part of the sources. */
    static List<Yardstick> load() {
        try (InputStream file = Yardstick.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new IllegalStateException(
                        "resource [" + FILE + "] is missing; write it with bin/learn --overwrite");
            }
            return read(new DataInputStream(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Yardstick> read(DataInputStream in) throws IOException {
        List<Yardstick> all = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            byte[][] weights = new byte[in.readInt()][];
            int columns = in.readInt();
            float[] scale = floats(in, columns);
            float[] bias = floats(in, columns);
            for (int r = 0; r < weights.length; r++) {
                weights[r] = in.readNBytes(columns);
            }
            all.add(new Yardstick(weights, scale, bias));
        }
        return all;
    }

    static void write(DataOutputStream out, List<Yardstick> all) throws IOException {
        out.writeInt(all.size());
        for (Yardstick each : all) {
            out.writeInt(each.weights.length);
            out.writeInt(each.scale.length);
            for (float[] values : List.of(each.scale, each.bias)) {
                for (float value : values) {
                    out.writeFloat(value);
                }
            }
            for (byte[] row : each.weights) {
                out.write(row);
            }
        }
    }

    /** Rounds a map {@code out = matrix * (in - mean)}, given with a row for each value of {@code in}. */
    static Yardstick of(double[][] matrix, double[] mean) {
        int columns = matrix[0].length;
        float[] scale = new float[columns];
        float[] bias = new float[columns];
        byte[][] weights = new byte[matrix.length][columns];
        for (int c = 0; c < columns; c++) {
            double most = 0;
            for (double[] row : matrix) {
                most = Math.max(most, Math.abs(row[c]));
            }
            scale[c] = (float) (most / Byte.MAX_VALUE);
            double shift = 0;
            for (int r = 0; r < matrix.length; r++) {
                weights[r][c] = (byte) Math.round(matrix[r][c] / scale[c]);
                shift -= mean[r] * weights[r][c] * scale[c];
            }
            bias[c] = (float) shift;
        }
        return new Yardstick(weights, scale, bias);
    }

    private static float[] floats(DataInputStream in, int count) throws IOException {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = in.readFloat();
        }
        return values;
    }
}
