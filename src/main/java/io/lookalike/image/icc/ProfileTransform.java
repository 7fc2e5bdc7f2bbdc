package io.lookalike.image.icc;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import java.util.Arrays;

/**
 * The transform of an ICC profile: from device values, 0 to 1, to sRGB.
 *
 * <p>Every position is checked when the profile is read. Evaluation takes no more steps than there are tables.
 * Immutable.
 */
final class ProfileTransform {

    private static final int TAG_TABLE = 128;
    /** From the profile connection space, whose white is D50, to linear sRGB. */
    private static final double[] TO_SRGB = {
        3.1338561, -1.6168667, -0.4906146, -0.9787684, 1.9161415, 0.0334540, 0.0719453, -0.2289914, 1.4052427
    };

    private static final double[] WHITE = {0.9642, 1.0, 0.8249};
    /** Of the perceptual intent, from ICC.1. */
    private static final double[] BLACK_OF_VERSION_4 = {0.00336, 0.0034731, 0.00287};

    /** The luminance of half the lightness. */
    private static final double MOST_LUMINANCE_OF_BLACK = 0.1842;

    private static final double MOST_XYZ = 1 + 32767.0 / 32768;

    private enum Encoding {
        XYZ,
        LAB,
        /** The 16-bit encoding before version 4. */
        OLD_LAB
    }

    private final int inputs;
    /** Null for a profile of tables. */
    private final double[][] curves;

    private final float[] matrix;

    /** The stages of a profile of tables: curves, grid, curves, matrix, curves; missing ones are null. */
    private double[][] before;

    private int[] sides;
    private float[] grid;
    private double[][] between;
    private double[] betweenMatrix;
    private double[][] after;
    private Encoding encoding;
    private double[] black;

    private ProfileTransform(int inputs, double[][] curves, float[] matrix) {
        this.inputs = inputs;
        this.curves = curves;
        this.matrix = matrix;
    }

    static ProfileTransform of(byte[] profile, ColourProfile.Space space, int maxTags) throws Unreadable {
        Bytes in = new Bytes(profile, "ICC profile");
        if (!in.has(36, "acsp")) {
            return null;
        }
        boolean lab = in.has(20, "Lab ");
        if (!lab && !in.has(20, "XYZ ")) {
            return null;
        }
        Tags tags = new Tags(in, maxTags);
        boolean rgb = in.has(16, "RGB ");
        boolean grey = in.has(16, "GRAY");
        boolean cmyk = in.has(16, "CMYK");
        boolean fits = space == ColourProfile.Space.CMYK ? cmyk : rgb || (grey && space == ColourProfile.Space.GREY);
        if (!fits) {
            return null;
        }
        int inputs = cmyk ? 4 : rgb ? 3 : 1;
        int table = tags.at("A2B0") >= 0 ? tags.at("A2B0") : tags.at("A2B1");
        if (table >= 0 && inputs > 1) {
            return ofTable(in, table, inputs, lab);
        }
        if (rgb && !lab) {
            return ofMatrix(in, tags);
        }
        if (grey && tags.at("kTRC") >= 0) {
            double[] curve = Curves.read(in, tags.at("kTRC"), null);
            return new ProfileTransform(1, new double[][] {lab ? lightness(curve) : curve}, null);
        }
        return null;
    }

    /** The positions of the tags; -1 for a missing one. */
    private record Tags(Bytes in, int count) {
        Tags(Bytes in, int count) {
            this.in = in;
            this.count = count;
        }

        int at(String signature) throws Unreadable {
            long stated = Math.min(count, in.u32(TAG_TABLE));
            for (int i = 0; i < stated; i++) {
                int entry = TAG_TABLE + 4 + 12 * i;
                if (in.has(entry, signature)) {
                    long at = in.u32(entry + 4);
                    in.require((int) Math.min(Integer.MAX_VALUE, at), 8);
                    return (int) at;
                }
            }
            return -1;
        }
    }

    private static double[] lightness(double[] curve) {
        double[] light = new double[curve.length];
        for (int i = 0; i < light.length; i++) {
            light[i] = cube((100 * curve[i] + 16) / 116);
        }
        return light;
    }

    private static ProfileTransform ofMatrix(Bytes in, Tags tags) throws Unreadable {
        double[][] curves = new double[3][];
        double[] columns = new double[9];
        for (int i = 0; i < 3; i++) {
            int curve = tags.at("rgb".charAt(i) + "TRC");
            int column = tags.at("rgb".charAt(i) + "XYZ");
            if (curve < 0 || column < 0 || !in.has(column, "XYZ ")) {
                return null;
            }
            curves[i] = Curves.read(in, curve, null);
            for (int j = 0; j < 3; j++) {
                columns[3 * j + i] = fixed(in, column + 8 + 4 * j);
            }
        }
        float[] matrix = new float[9];
        for (int i = 0; i < 9; i++) {
            for (int j = 0; j < 3; j++) {
                matrix[i] += (float) (TO_SRGB[i / 3 * 3 + j] * columns[3 * j + i % 3]);
            }
        }
        return new ProfileTransform(3, curves, matrix);
    }

    private static double fixed(Bytes in, int at) throws Unreadable {
        return (int) in.u32(at) / 65536.0;
    }

    private static ProfileTransform ofTable(Bytes in, int at, int inputs, boolean lab) throws Unreadable {
        if (in.u8(at + 8) != inputs || in.u8(at + 9) != 3) {
            return null;
        }
        ProfileTransform transform = new ProfileTransform(inputs, null, null);
        if (in.has(at, "mft1") || in.has(at, "mft2")) {
            transform.readOldTable(in, at, lab, in.has(at, "mft1") ? 1 : 2);
        } else if (in.has(at, "mAB ")) {
            transform.readTable(in, at, lab);
        } else {
            return null;
        }
        transform.findBlack(in.u8(8));
        return transform;
    }

    /**
     * Finds the black of the device, from the darkest value or from version 4, which is mapped to the black of sRGB.
     */
    private void findBlack(int version) {
        if (version >= 4) {
            black = BLACK_OF_VERSION_4;
            return;
        }
        double[] darkest = new double[inputs];
        Arrays.fill(darkest, inputs == 4 ? 1 : 0);
        double luminance = Math.clamp(toXyz(darkest)[1], 0, MOST_LUMINANCE_OF_BLACK);
        black = new double[] {luminance * WHITE[0], luminance, luminance * WHITE[2]};
    }

    private void readOldTable(Bytes in, int at, boolean lab, int bytes) throws Unreadable {
        encoding = !lab ? Encoding.XYZ : bytes == 2 ? Encoding.OLD_LAB : Encoding.LAB;
        int inputEntries = bytes == 1 ? 256 : in.u16(at + 48);
        int outputEntries = bytes == 1 ? 256 : in.u16(at + 50);
        int position = at + (bytes == 1 ? 48 : 52);
        sides = new int[inputs];
        long nodes = 3;
        for (int i = 0; i < inputs; i++) {
            sides[i] = in.u8(at + 10);
            nodes *= sides[i];
        }
        if (sides[0] < 2 || inputEntries < 2 || outputEntries < 2) {
            throw Unreadable.damaged("ICC profile", "tables of less than [2] entries");
        }
        in.require(position, bytes * (inputs * (long) inputEntries + nodes + 3L * outputEntries));
        before = new double[inputs][];
        for (int i = 0; i < inputs; i++, position += bytes * inputEntries) {
            before[i] = values(in, position, inputEntries, bytes);
        }
        grid = grid(in, position, (int) nodes, bytes);
        position += bytes * (int) nodes;
        after = new double[3][];
        for (int i = 0; i < 3; i++, position += bytes * outputEntries) {
            after[i] = values(in, position, outputEntries, bytes);
        }
    }

    private void readTable(Bytes in, int at, boolean lab) throws Unreadable {
        encoding = lab ? Encoding.LAB : Encoding.XYZ;
        int afterAt = offset(in, at, 12);
        int matrixAt = offset(in, at, 16);
        int betweenAt = offset(in, at, 20);
        int gridAt = offset(in, at, 24);
        int beforeAt = offset(in, at, 28);
        if (afterAt < 0 || (gridAt < 0 && inputs != 3)) {
            throw Unreadable.damaged("ICC profile", "a table without its parts");
        }
        after = Curves.readAll(in, afterAt, 3);
        if (betweenAt >= 0) {
            between = Curves.readAll(in, betweenAt, 3);
        }
        if (matrixAt >= 0) {
            betweenMatrix = new double[12];
            for (int i = 0; i < 12; i++) {
                betweenMatrix[i] = fixed(in, matrixAt + 4 * i);
            }
        }
        if (gridAt >= 0) {
            sides = new int[inputs];
            long nodes = 3;
            for (int i = 0; i < inputs; i++) {
                sides[i] = in.u8(gridAt + i);
                nodes *= sides[i];
                if (sides[i] < 2) {
                    throw Unreadable.damaged("ICC profile", "a grid of [" + sides[i] + "] nodes");
                }
            }
            int bytes = in.u8(gridAt + 16) == 1 ? 1 : 2;
            in.require(gridAt + 20, bytes * nodes);
            grid = grid(in, gridAt + 20, (int) nodes, bytes);
            if (beforeAt >= 0) {
                before = Curves.readAll(in, beforeAt, inputs);
            }
        }
    }

    private static int offset(Bytes in, int at, int field) throws Unreadable {
        long offset = in.u32(at + field);
        if (offset == 0) {
            return -1;
        }
        in.require(at, offset);
        return at + (int) offset;
    }

    private static double[] values(Bytes in, int at, int count, int bytes) throws Unreadable {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = bytes == 1 ? in.u8(at + i) / 255.0 : in.u16(at + 2 * i) / 65535.0;
        }
        return values;
    }

    private static float[] grid(Bytes in, int at, int count, int bytes) throws Unreadable {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = bytes == 1 ? in.u8(at + i) / 255f : in.u16(at + 2 * i) / 65535f;
        }
        return values;
    }

    int inputs() {
        return inputs;
    }

    /** Whether it consists of curves, with a matrix if there are three. */
    boolean isMatrix() {
        return curves != null;
    }

    double curve(int channel, double value) {
        return Curves.at(curves[channel], value);
    }

    /** From linear values to linear sRGB. */
    float[] matrix() {
        return matrix;
    }

    /** Writes three values from 0 to 255. */
    void toSrgb(double[] in, int[] out) {
        if (curves != null) {
            matrixToSrgb(in, out);
            return;
        }
        double[] xyz = toXyz(in);
        for (int i = 0; i < 3; i++) {
            xyz[i] = (xyz[i] - black[i]) * WHITE[i] / (WHITE[i] - black[i]);
        }
        for (int i = 0; i < 3; i++) {
            out[i] = Srgb.encode(
                    (float) (TO_SRGB[3 * i] * xyz[0] + TO_SRGB[3 * i + 1] * xyz[1] + TO_SRGB[3 * i + 2] * xyz[2]));
        }
    }

    private double[] toXyz(double[] in) {
        double[] values = in.clone();
        apply(before, values);
        if (grid != null) {
            values = interpolate(values);
        }
        apply(between, values);
        if (betweenMatrix != null) {
            double[] m = betweenMatrix;
            double[] v = values;
            values = new double[] {
                m[0] * v[0] + m[1] * v[1] + m[2] * v[2] + m[9],
                m[3] * v[0] + m[4] * v[1] + m[5] * v[2] + m[10],
                m[6] * v[0] + m[7] * v[1] + m[8] * v[2] + m[11]
            };
        }
        apply(after, values);
        return xyz(values);
    }

    private void matrixToSrgb(double[] in, int[] out) {
        if (inputs == 1) {
            int value = Srgb.encode((float) curve(0, in[0]));
            out[0] = value;
            out[1] = value;
            out[2] = value;
            return;
        }
        float r = (float) curve(0, in[0]);
        float g = (float) curve(1, in[1]);
        float b = (float) curve(2, in[2]);
        for (int i = 0; i < 3; i++) {
            out[i] = Srgb.encode(matrix[3 * i] * r + matrix[3 * i + 1] * g + matrix[3 * i + 2] * b);
        }
    }

    private static void apply(double[][] curves, double[] values) {
        if (curves != null) {
            for (int i = 0; i < values.length; i++) {
                values[i] = Curves.at(curves[i], values[i]);
            }
        }
    }

    /** Multilinear interpolation between the surrounding grid nodes. */
    private double[] interpolate(double[] in) {
        int[] node = new int[inputs];
        double[] weight = new double[inputs];
        for (int i = 0; i < inputs; i++) {
            double position = Math.clamp(in[i], 0.0, 1.0) * (sides[i] - 1);
            node[i] = Math.min(sides[i] - 2, (int) position);
            weight[i] = position - node[i];
        }
        double[] out = new double[3];
        for (int corner = 0; corner < 1 << inputs; corner++) {
            double share = 1;
            int at = 0;
            for (int i = 0; i < inputs; i++) {
                int up = corner >> i & 1;
                share *= up == 1 ? weight[i] : 1 - weight[i];
                at = at * sides[i] + node[i] + up;
            }
            for (int i = 0; i < 3 && share > 0; i++) {
                out[i] += share * grid[3 * at + i];
            }
        }
        return out;
    }

    private double[] xyz(double[] v) {
        if (encoding == Encoding.XYZ) {
            return new double[] {v[0] * MOST_XYZ, v[1] * MOST_XYZ, v[2] * MOST_XYZ};
        }
        double scale = encoding == Encoding.OLD_LAB ? 65535.0 / 65280 : 1;
        double lightness = 100 * v[0] * scale;
        double a = 255 * v[1] * scale - 128;
        double b = 255 * v[2] * scale - 128;
        double y = (lightness + 16) / 116;
        return new double[] {WHITE[0] * cube(y + a / 500), WHITE[1] * cube(y), WHITE[2] * cube(y - b / 200)};
    }

    private static double cube(double t) {
        return t > 6.0 / 29 ? t * t * t : 3 * (6.0 / 29) * (6.0 / 29) * (t - 4.0 / 29);
    }

    /** One-dimensional curves, as tables over 0 to 1. */
    private static final class Curves {

        private static final int SAMPLES = 1024;
        /** All values of 16 bits. Many curves may share one position, so tables are limited. */
        private static final int MOST_SAMPLES = 1 << 16;

        private static final int[] PARAMETERS = {1, 3, 4, 5, 7};

        private Curves() {}

        /** Reads the curve at a position; {@code end}, if not null, receives its end. */
        static double[] read(Bytes in, int at, int[] end) throws Unreadable {
            if (in.has(at, "curv")) {
                long count = in.u32(at + 8);
                in.require(at + 12, 2 * count);
                if (count > MOST_SAMPLES) {
                    throw Unreadable.damaged("ICC profile", "a curve of [" + count + "] values");
                }
                finish(end, at + 12 + 2 * (int) count);
                if (count == 0) {
                    return new double[] {0, 1};
                }
                if (count == 1) {
                    return sampled(0, new double[] {in.u16(at + 12) / 256.0, 1, 0, 0, 0, 0, 0});
                }
                return values(in, at + 12, (int) count, 2);
            }
            if (!in.has(at, "para") || in.u16(at + 8) >= PARAMETERS.length) {
                throw Unreadable.damaged("ICC profile", "a curve of unknown kind");
            }
            int kind = in.u16(at + 8);
            double[] parameters = {1, 1, 0, 0, 0, 0, 0};
            for (int i = 0; i < PARAMETERS[kind]; i++) {
                parameters[i] = fixed(in, at + 12 + 4 * i);
            }
            finish(end, at + 12 + 4 * PARAMETERS[kind]);
            return sampled(kind, parameters);
        }

        private static void finish(int[] end, int at) {
            if (end != null) {
                end[0] = (at + 3) & ~3;
            }
        }

        static double[][] readAll(Bytes in, int at, int count) throws Unreadable {
            double[][] all = new double[count][];
            int[] next = {at};
            for (int i = 0; i < count; i++) {
                all[i] = read(in, next[0], next);
            }
            return all;
        }

        /** A parametric curve (section 10.18, table 68). */
        private static double[] sampled(int kind, double[] p) {
            double[] values = new double[SAMPLES];
            for (int i = 0; i < SAMPLES; i++) {
                double x = i / (SAMPLES - 1.0);
                double threshold = kind == 0 ? 0 : kind < 3 ? -p[2] / p[1] : p[4];
                double power = Math.pow(Math.max(0, p[1] * x + p[2]), p[0]);
                double value = switch (kind) {
                    case 0 -> Math.pow(x, p[0]);
                    case 1 -> x >= threshold ? power : 0;
                    case 2 -> x >= threshold ? power + p[3] : p[3];
                    case 3 -> x >= threshold ? power : p[3] * x;
                    default -> x >= threshold ? power + p[5] : p[3] * x + p[6];
                };
                values[i] = Double.isFinite(value) ? value : 0;
            }
            return values;
        }

        static double at(double[] curve, double x) {
            if (!(x > 0)) {
                return curve[0];
            }
            if (x >= 1) {
                return curve[curve.length - 1];
            }
            double position = x * (curve.length - 1);
            int below = (int) position;
            double part = position - below;
            return curve[below] * (1 - part) + curve[below + 1] * part;
        }
    }
}
