package io.lookalike.image.webp;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import java.util.Arrays;

/**
 * Decodes a key frame of VP8 (RFC 6386), the content of a lossy WebP, to three planes, and these to rows of red, green
 * and blue, bit for bit like libwebp.
 *
 * <p>Complete planes are reconstructed first, and filtered afterwards. Costs one and a half bytes of memory a pixel.
 *
 * <p>Why not TwelveMonkeys' {@code imageio-webp}: 3.15.0 was measured on 229 files made by {@code cwebp},
 * {@code gif2webp} and {@code webpmux} or taken from test suites, against {@code dwebp -nodither -pam} 1.2.4. Each
 * figure is a difference out of 255 over a white background: the average of all files, the average of the worst file,
 * and the largest. {@link WebpReader} had no difference and read every file.
 *
 * <ul>
 *   <li>lossy: 1.8, 25.7, 167; it does not interpolate chroma, and against {@code dwebp -nofancy} it is still 0.5, 2.3,
 *       52
 *   <li>lossy with transparency: 17.6, 77.1, 255, as it misreads transparency that is not compressed; 1.0 on average
 *       without
 *   <li>lossless: exact, but two of 64 files, of two colours, are refused as bombs, and one fails
 *   <li>first frames of animations: 1.0, 13.7, 48, but four of 29, of one colour, are refused as bombs
 *   <li>processor time: 1.8 to 2.1 times ours for lossy, 2.4 to 2.9 times for the others
 *   <li>allocated a pixel: 110 bytes for lossy, ours 5 to 11; 3 to 4 for lossless, ours 9. The least heap that will do
 *       is about the same for lossy, half of ours for lossless
 *   <li>files cut off: most are decoded as if whole, ours are all refused; one of 2,000 altered files, given whole,
 *       took 14 s
 * </ul>
 *
 * <p>For one thread.
 */
public final class Vp8 {

    private static final int KEY_FRAME_HEADER = 10;
    private static final int BLOCK_PREDICTION = 4;
    private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
    private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
    private static final int[][] LARGE = {
        {173, 148, 140},
        {176, 155, 140, 135},
        {180, 157, 141, 134, 130},
        {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
    };
    /** Section 8.2: pairs of positions of child nodes; leaves are negative, {@code -10} is the leaf of mode 0. */
    private static final int[] MODE_TREE = {-10, 2, -1, 4, -2, 6, 8, 12, -3, 10, -5, -6, -4, 14, -7, 16, -8, -9};

    private static final int Y_AFTER_Y2 = 0;
    private static final int Y2 = 1;
    private static final int CHROMA = 2;
    private static final int Y_WITH_DC = 3;

    private final byte[] array;
    private final Vp8Bits header;
    private Vp8Bits[] partitions;
    final int width;
    final int height;
    private final int across;
    private final int down;

    final byte[] luma;
    final int lumaStride;
    final byte[] blue;
    final byte[] red;
    final int chromaStride;

    private boolean segmented;
    private boolean segmentMap;
    private boolean absolute;
    private final int[] segmentQuantizer = new int[4];
    private final int[] segmentLevel = new int[4];
    private final int[] segmentProbabilities = {255, 255, 255};

    private boolean simpleFilter;
    private int filterLevel;
    private int sharpness;
    private boolean adjusted;
    private int intraAdjustment;
    private int blockAdjustment;

    /** Quantizer steps by segment: DC and AC of luma, of second-order luma (Y2), of chroma. */
    private final int[][] steps = new int[4][6];

    private final int[] probabilities = Vp8Tables.COEFFICIENTS.clone();
    private boolean skips;
    private int skipProbability;

    /** Modes of the blocks above, four a macroblock; next, of those to the left. */
    private final byte[] modesAbove;

    private final byte[] modesLeft = new byte[4];
    private final byte[] modes = new byte[16];
    /** Whether the blocks above had coefficients: four of luma, two and two of chroma, one of Y2. */
    private final byte[] someAbove;

    private final byte[] someLeft = new byte[9];
    /** By macroblock: the filter level, and whether inner edges are filtered. */
    private final byte[] levels;

    private final boolean[] innerEdges;

    private final int[] coefficients = new int[384];
    private final int[] secondOrder = new int[16];
    private final int[] edge = new int[13];
    private final int[] scratch = new int[16];

    private Vp8(byte[] array, int from, int to) throws Unreadable {
        this.array = array;
        Bytes in = new Bytes(array, "WEBP");
        width = in.u16le(from + 6) & 0x3fff;
        height = in.u16le(from + 8) & 0x3fff;
        across = (width + 15) / 16;
        down = (height + 15) / 16;
        int first = (in.u8(from) | in.u16le(from + 1) << 8) >> 5;
        int start = from + KEY_FRAME_HEADER;
        if (first > to - start) {
            throw Unreadable.truncated("WEBP");
        }
        header = new Vp8Bits(array, start, start + first);
        lumaStride = 16 * across + 5;
        luma = plane(lumaStride, 16 * down + 1);
        chromaStride = 8 * across + 1;
        blue = plane(chromaStride, 8 * down + 1);
        red = plane(chromaStride, 8 * down + 1);
        modesAbove = new byte[4 * across];
        someAbove = new byte[9 * across];
        levels = new byte[across * down];
        innerEdges = new boolean[across * down];
        readHeader(start + first, to);
    }

    /** Checks the header of a key frame; returns its sides. */
    public static int[] sides(Bytes in, int from, int length) throws Unreadable {
        in.require(from, KEY_FRAME_HEADER);
        if (length < KEY_FRAME_HEADER
                || (in.u8(from) & 1) != 0
                || in.u8(from + 3) != 0x9d
                || in.u16le(from + 4) != 0x2a01) {
            throw Unreadable.damaged("WEBP", "its lossy part does not start with a key frame");
        }
        return new int[] {in.u16le(from + 6) & 0x3fff, in.u16le(from + 8) & 0x3fff};
    }

    /** Bytes that decoding takes. */
    public static long memory(int width, int height) {
        return (width + 21L) * (height + 17L) * 3 / 2;
    }

    /** Decodes the frame whose header {@link #sides} has checked. */
    static Vp8 decode(byte[] array, int from, int to, Runnable check) throws Unreadable {
        Vp8 frame = new Vp8(array, from, to);
        for (int y = 0; y < frame.down; y++) {
            check.run();
            frame.row(y);
        }
        check.run();
        frame.smooth();
        return frame;
    }

    /** A plane with the values of section 12.2 above and to the left of its pixels. */
    private static byte[] plane(int stride, int rows) {
        byte[] plane = new byte[stride * rows];
        Arrays.fill(plane, 0, stride, (byte) 127);
        for (int y = 1; y < rows; y++) {
            plane[y * stride] = (byte) 129;
        }
        return plane;
    }

    private void readHeader(int partitionsAt, int to) throws Unreadable {
        header.number(2);
        segmented = header.flag();
        if (segmented) {
            readSegments();
        }
        simpleFilter = header.flag();
        filterLevel = header.number(6);
        sharpness = header.number(3);
        adjusted = header.flag();
        if (adjusted && header.flag()) {
            intraAdjustment = header.optionalSigned(6);
            for (int i = 1; i < 4; i++) {
                header.optionalSigned(6);
            }
            blockAdjustment = header.optionalSigned(6);
            for (int i = 1; i < 4; i++) {
                header.optionalSigned(6);
            }
        }
        partitions = partitions(1 << header.number(2), partitionsAt, to);
        readSteps();
        header.flag();
        for (int i = 0; i < probabilities.length; i++) {
            if (header.bit(Vp8Tables.UPDATES[i]) == 1) {
                probabilities[i] = header.number(8);
            }
        }
        skips = header.flag();
        skipProbability = skips ? header.number(8) : 0;
    }

    private void readSegments() {
        segmentMap = header.flag();
        if (header.flag()) {
            absolute = header.flag();
            for (int i = 0; i < 4; i++) {
                segmentQuantizer[i] = header.optionalSigned(7);
            }
            for (int i = 0; i < 4; i++) {
                segmentLevel[i] = header.optionalSigned(6);
            }
        }
        if (segmentMap) {
            for (int i = 0; i < 3; i++) {
                segmentProbabilities[i] = header.flag() ? header.number(8) : 255;
            }
        }
    }

    private Vp8Bits[] partitions(int count, int from, int to) throws Unreadable {
        Bytes in = new Bytes(array, "WEBP");
        int at = from + 3 * (count - 1);
        if (at > to) {
            throw Unreadable.truncated("WEBP");
        }
        Vp8Bits[] all = new Vp8Bits[count];
        for (int i = 0; i < count; i++) {
            int sizeAt = from + 3 * i;
            int size = i == count - 1 ? to - at : in.u16le(sizeAt) | in.u8(sizeAt + 2) << 16;
            if (size > to - at) {
                throw Unreadable.truncated("WEBP");
            }
            all[i] = new Vp8Bits(array, at, at + size);
            at += size;
        }
        return all;
    }

    private void readSteps() {
        int base = header.number(7);
        int lumaDc = header.optionalSigned(4);
        int secondDc = header.optionalSigned(4);
        int secondAc = header.optionalSigned(4);
        int chromaDc = header.optionalSigned(4);
        int chromaAc = header.optionalSigned(4);
        for (int i = 0; i < 4; i++) {
            int index = !segmented ? base : absolute ? segmentQuantizer[i] : base + segmentQuantizer[i];
            steps[i][0] = Vp8Tables.DC_STEPS[Math.clamp(index + lumaDc, 0, 127)];
            steps[i][1] = Vp8Tables.AC_STEPS[Math.clamp(index, 0, 127)];
            steps[i][2] = 2 * Vp8Tables.DC_STEPS[Math.clamp(index + secondDc, 0, 127)];
            steps[i][3] = Math.max(8, Vp8Tables.AC_STEPS[Math.clamp(index + secondAc, 0, 127)] * 155 / 100);
            steps[i][4] = Vp8Tables.DC_STEPS[Math.clamp(index + chromaDc, 0, 117)];
            steps[i][5] = Vp8Tables.AC_STEPS[Math.clamp(index + chromaAc, 0, 127)];
        }
    }

    private void row(int y) throws Unreadable {
        Arrays.fill(modesLeft, (byte) 0);
        Arrays.fill(someLeft, (byte) 0);
        Vp8Bits tokens = partitions[y & (partitions.length - 1)];
        for (int x = 0; x < across; x++) {
            macroblock(x, y, tokens);
        }
        if (tokens.overrun() || header.overrun()) {
            throw Unreadable.truncated("WEBP");
        }
    }

    private void macroblock(int x, int y, Vp8Bits tokens) {
        int segment = 0;
        if (segmentMap) {
            segment = header.bit(segmentProbabilities[0]) == 0
                    ? header.bit(segmentProbabilities[1])
                    : 2 + header.bit(segmentProbabilities[2]);
        }
        boolean empty = skips && header.bit(skipProbability) == 1;
        int mode = lumaMode(x);
        int chromaMode = chromaMode();
        boolean blocks = mode == BLOCK_PREDICTION;
        Arrays.fill(coefficients, 0);
        if (empty) {
            int kept = blocks ? 8 : 9;
            Arrays.fill(someAbove, 9 * x, 9 * x + kept, (byte) 0);
            Arrays.fill(someLeft, 0, kept, (byte) 0);
        } else {
            empty = !residuals(x, tokens, blocks, steps[segment]);
        }
        int index = y * across + x;
        levels[index] = (byte) level(segment, blocks);
        innerEdges[index] = blocks || !empty;
        reconstruct(x, y, mode, chromaMode);
    }

    private int lumaMode(int x) {
        if (header.bit(145) == 0) {
            for (int i = 0; i < 16; i++) {
                int above = i < 4 ? modesAbove[4 * x + i] : modes[i - 4];
                int left = (i & 3) == 0 ? modesLeft[i >> 2] : modes[i - 1];
                modes[i] = (byte) blockMode(90 * above + 9 * left);
            }
            for (int i = 0; i < 4; i++) {
                modesAbove[4 * x + i] = modes[12 + i];
                modesLeft[i] = modes[4 * i + 3];
            }
            return BLOCK_PREDICTION;
        }
        int mode;
        if (header.bit(156) == 0) {
            mode = header.bit(163) == 0 ? Vp8Prediction.DC : Vp8Prediction.VERTICAL;
        } else {
            mode = header.bit(128) == 0 ? Vp8Prediction.HORIZONTAL : Vp8Prediction.TRUE_MOTION;
        }
        // modes of blocks and of macroblocks have the same numbers
        Arrays.fill(modesAbove, 4 * x, 4 * x + 4, (byte) mode);
        Arrays.fill(modesLeft, (byte) mode);
        return mode;
    }

    private int blockMode(int row) {
        int node = 0;
        do {
            node = MODE_TREE[node + header.bit(Vp8Tables.BLOCK_MODES[row + (node >> 1)])];
        } while (node > 0);
        return node == -10 ? 0 : -node;
    }

    private int chromaMode() {
        if (header.bit(142) == 0) {
            return Vp8Prediction.DC;
        }
        if (header.bit(114) == 0) {
            return Vp8Prediction.VERTICAL;
        }
        return header.bit(183) == 0 ? Vp8Prediction.HORIZONTAL : Vp8Prediction.TRUE_MOTION;
    }

    private int level(int segment, boolean blocks) {
        if (filterLevel == 0) {
            return 0;
        }
        int level = !segmented ? filterLevel : absolute ? segmentLevel[segment] : filterLevel + segmentLevel[segment];
        if (adjusted) {
            level += intraAdjustment + (blocks ? blockAdjustment : 0);
        }
        return Math.clamp(level, 0, 63);
    }

    /** Reads the coefficients of a macroblock; returns whether there are any. */
    private boolean residuals(int x, Vp8Bits tokens, boolean blocks, int[] step) {
        boolean any = false;
        int type = Y_WITH_DC;
        int first = 0;
        int above = 9 * x;
        if (!blocks) {
            Arrays.fill(secondOrder, 0);
            int context = someAbove[above + 8] + someLeft[8];
            int last = tokens(tokens, Y2, context, 0, secondOrder, 0, step[2], step[3]);
            byte some = (byte) (last > 0 ? 1 : 0);
            someAbove[above + 8] = some;
            someLeft[8] = some;
            any = last > 0;
            if (any) {
                walshHadamard();
            }
            type = Y_AFTER_Y2;
            first = 1;
        }
        for (int i = 0; i < 16; i++) {
            int column = above + (i & 3);
            int row = i >> 2;
            int context = someAbove[column] + someLeft[row];
            int last = tokens(tokens, type, context, first, coefficients, 16 * i, step[0], step[1]);
            byte some = (byte) (last > first ? 1 : 0);
            someAbove[column] = some;
            someLeft[row] = some;
            any |= some == 1;
        }
        for (int i = 0; i < 8; i++) {
            int column = above + 4 + (i >> 2) * 2 + (i & 1);
            int row = 4 + (i >> 2) * 2 + (i >> 1 & 1);
            int context = someAbove[column] + someLeft[row];
            int last = tokens(tokens, CHROMA, context, 0, coefficients, 256 + 16 * i, step[4], step[5]);
            byte some = (byte) (last > 0 ? 1 : 0);
            someAbove[column] = some;
            someLeft[row] = some;
            any |= some == 1;
        }
        return any;
    }

    /** Reads the coefficients of a block (section 13.2); returns the position behind the last one. */
    private int tokens(Vp8Bits in, int type, int context, int first, int[] to, int at, int firstStep, int otherStep) {
        int[] all = probabilities;
        int types = type * 8 * 33;
        int n = first;
        int p = types + BANDS[n] * 33 + context * 11;
        while (n < 16) {
            if (in.bit(all[p]) == 0) {
                return n;
            }
            while (in.bit(all[p + 1]) == 0) {
                n++;
                if (n == 16) {
                    return 16;
                }
                p = types + BANDS[n] * 33;
            }
            int value;
            int next = types + BANDS[n + 1] * 33;
            if (in.bit(all[p + 2]) == 0) {
                value = 1;
                p = next + 11;
            } else {
                value = large(in, all, p);
                p = next + 22;
            }
            int step = n == 0 ? firstStep : otherStep;
            to[at + ZIGZAG[n]] = (in.bit(128) == 1 ? -value : value) * step;
            n++;
        }
        return 16;
    }

    private static int large(Vp8Bits in, int[] all, int p) {
        if (in.bit(all[p + 3]) == 0) {
            if (in.bit(all[p + 4]) == 0) {
                return 2;
            }
            return 3 + in.bit(all[p + 5]);
        }
        if (in.bit(all[p + 6]) == 0) {
            if (in.bit(all[p + 7]) == 0) {
                return 5 + in.bit(159);
            }
            int value = 7 + 2 * in.bit(165);
            return value + in.bit(145);
        }
        int high = in.bit(all[p + 8]);
        int category = 2 * high + in.bit(all[p + 9 + high]);
        int value = 0;
        for (int probability : LARGE[category]) {
            value = 2 * value + in.bit(probability);
        }
        return value + 3 + (8 << category);
    }

    /** Section 14.3: computes the DC coefficients of luma from Y2. */
    private void walshHadamard() {
        int[] in = secondOrder;
        for (int i = 0; i < 4; i++) {
            int a = in[i] + in[12 + i];
            int b = in[4 + i] + in[8 + i];
            int c = in[4 + i] - in[8 + i];
            int d = in[i] - in[12 + i];
            scratch[i] = a + b;
            scratch[4 + i] = d + c;
            scratch[8 + i] = a - b;
            scratch[12 + i] = d - c;
        }
        for (int i = 0; i < 16; i += 4) {
            int first = scratch[i] + 3;
            int a = first + scratch[i + 3];
            int b = scratch[i + 1] + scratch[i + 2];
            int c = scratch[i + 1] - scratch[i + 2];
            int d = first - scratch[i + 3];
            coefficients[16 * i] = (a + b) >> 3;
            coefficients[16 * i + 16] = (d + c) >> 3;
            coefficients[16 * i + 32] = (a - b) >> 3;
            coefficients[16 * i + 48] = (d - c) >> 3;
        }
    }

    private void reconstruct(int x, int y, int mode, int chromaMode) {
        int at = (16 * y + 1) * lumaStride + 16 * x + 1;
        if (mode == BLOCK_PREDICTION) {
            for (int i = 0; i < 16; i++) {
                int block = at + (i >> 2) * 4 * lumaStride + (i & 3) * 4;
                gatherEdge(block, at, i, x, y);
                Vp8Prediction.block(luma, lumaStride, block, modes[i], edge);
                add(luma, lumaStride, block, 16 * i);
            }
        } else {
            Vp8Prediction.square(luma, lumaStride, at, 16, mode, y > 0, x > 0);
            for (int i = 0; i < 16; i++) {
                add(luma, lumaStride, at + (i >> 2) * 4 * lumaStride + (i & 3) * 4, 16 * i);
            }
        }
        int chromaAt = (8 * y + 1) * chromaStride + 8 * x + 1;
        for (int plane = 0; plane < 2; plane++) {
            byte[] chroma = plane == 0 ? blue : red;
            Vp8Prediction.square(chroma, chromaStride, chromaAt, 8, chromaMode, y > 0, x > 0);
            for (int i = 0; i < 4; i++) {
                int block = chromaAt + (i >> 1) * 4 * chromaStride + (i & 1) * 4;
                add(chroma, chromaStride, block, 256 + 64 * plane + 16 * i);
            }
        }
    }

    private void gatherEdge(int block, int macroblock, int index, int x, int y) {
        for (int i = 0; i < 4; i++) {
            edge[i] = luma[block + (3 - i) * lumaStride - 1] & 0xff;
        }
        int above = block - lumaStride;
        for (int i = -1; i < 4; i++) {
            edge[5 + i] = luma[above + i] & 0xff;
        }
        // to the right of a macroblock only the row above is known; to the right of the last one nothing is
        boolean rightmost = (index & 3) == 3;
        int from = rightmost ? macroblock - lumaStride + 16 : above + 4;
        boolean beyond = rightmost && y > 0 && x == across - 1;
        for (int i = 0; i < 4; i++) {
            edge[9 + i] = luma[beyond ? from - 1 : from + i] & 0xff;
        }
    }

    /** Section 14.4: adds the inverse transform of a block. */
    private void add(byte[] plane, int stride, int at, int from) {
        int[] in = coefficients;
        boolean some = false;
        for (int i = from + 1; i < from + 16; i++) {
            some |= in[i] != 0;
        }
        if (!some) {
            if (in[from] != 0) {
                addConstant(plane, stride, at, (in[from] + 4) >> 3);
            }
            return;
        }
        for (int i = 0; i < 4; i++) {
            int a = in[from + i] + in[from + 8 + i];
            int b = in[from + i] - in[from + 8 + i];
            int c = sine(in[from + 4 + i]) - cosine(in[from + 12 + i]);
            int d = cosine(in[from + 4 + i]) + sine(in[from + 12 + i]);
            scratch[4 * i] = a + d;
            scratch[4 * i + 1] = b + c;
            scratch[4 * i + 2] = b - c;
            scratch[4 * i + 3] = a - d;
        }
        for (int i = 0; i < 4; i++) {
            int first = scratch[i] + 4;
            int a = first + scratch[8 + i];
            int b = first - scratch[8 + i];
            int c = sine(scratch[4 + i]) - cosine(scratch[12 + i]);
            int d = cosine(scratch[4 + i]) + sine(scratch[12 + i]);
            int row = at + i * stride;
            plane[row] = (byte) Vp8Prediction.clamp((plane[row] & 0xff) + ((a + d) >> 3));
            plane[row + 1] = (byte) Vp8Prediction.clamp((plane[row + 1] & 0xff) + ((b + c) >> 3));
            plane[row + 2] = (byte) Vp8Prediction.clamp((plane[row + 2] & 0xff) + ((b - c) >> 3));
            plane[row + 3] = (byte) Vp8Prediction.clamp((plane[row + 3] & 0xff) + ((a - d) >> 3));
        }
    }

    private static void addConstant(byte[] plane, int stride, int at, int value) {
        for (int y = 0; y < 4; y++) {
            for (int i = at + y * stride; i < at + y * stride + 4; i++) {
                plane[i] = (byte) Vp8Prediction.clamp((plane[i] & 0xff) + value);
            }
        }
    }

    /** Times the square root of two and the cosine of 22.5 degrees. */
    private static int cosine(int value) {
        return ((value * 20091) >> 16) + value;
    }

    /** Times the square root of two and the sine of 22.5 degrees. */
    private static int sine(int value) {
        return (value * 35468) >> 16;
    }

    private void smooth() {
        if (filterLevel == 0) {
            return;
        }
        for (int y = 0; y < down; y++) {
            for (int x = 0; x < across; x++) {
                int level = levels[y * across + x];
                if (level > 0) {
                    smooth(x, y, level, innerEdges[y * across + x]);
                }
            }
        }
    }

    private void smooth(int x, int y, int level, boolean inner) {
        int within = sharpness > 4 ? level >> 2 : sharpness > 0 ? level >> 1 : level;
        if (sharpness > 0) {
            within = Math.min(within, 9 - sharpness);
        }
        within = Math.max(1, within);
        int limit = 2 * level + within;
        int variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
        int at = (16 * y + 1) * lumaStride + 16 * x + 1;
        int chromaAt = (8 * y + 1) * chromaStride + 8 * x + 1;
        edges(at, chromaAt, true, x > 0, inner, limit, within, variance);
        edges(at, chromaAt, false, y > 0, inner, limit, within, variance);
    }

    private void edges(
            int at, int chromaAt, boolean upright, boolean outer, boolean inner, int limit, int within, int variance) {
        int across = upright ? 1 : lumaStride;
        int step = upright ? lumaStride : 1;
        int chromaAcross = upright ? 1 : chromaStride;
        int chromaStep = upright ? chromaStride : 1;
        if (simpleFilter) {
            if (outer) {
                Vp8Filter.simple(luma, at, across, step, 16, limit + 4);
            }
            for (int i = 4; inner && i < 16; i += 4) {
                Vp8Filter.simple(luma, at + i * across, across, step, 16, limit);
            }
            return;
        }
        if (outer) {
            Vp8Filter.outer(luma, at, across, step, 16, limit + 4, within, variance);
            Vp8Filter.outer(blue, chromaAt, chromaAcross, chromaStep, 8, limit + 4, within, variance);
            Vp8Filter.outer(red, chromaAt, chromaAcross, chromaStep, 8, limit + 4, within, variance);
        }
        if (inner) {
            for (int i = 4; i < 16; i += 4) {
                Vp8Filter.inner(luma, at + i * across, across, step, 16, limit, within, variance);
            }
            int middle = chromaAt + 4 * chromaAcross;
            Vp8Filter.inner(blue, middle, chromaAcross, chromaStep, 8, limit, within, variance);
            Vp8Filter.inner(red, middle, chromaAcross, chromaStep, 8, limit, within, variance);
        }
    }

    /**
     * Writes pixels of a row as blue, green, red, every {@code step} columns from {@code first}.
     *
     * <p>Chroma, which has one value for four pixels, is interpolated from the nearest four.
     */
    void bgr(int y, int first, int step, byte[] to, int at, int stride) {
        int rows = (height + 1) / 2;
        int near = y >> 1;
        int far = Math.clamp((y & 1) == 0 ? near - 1L : near + 1L, 0, rows - 1);
        int lumaRow = (y + 1) * lumaStride + 1;
        int nearRow = (near + 1) * chromaStride + 1;
        int farRow = (far + 1) * chromaStride + 1;
        int columns = (width + 1) / 2;
        for (int x = first; x < width; x += step, at += stride) {
            int column = x >> 1;
            int other = (x & 1) == 0 ? column - 1 : column + 1;
            int u;
            int v;
            if (other < 0 || other >= columns) {
                u = (3 * (blue[nearRow + column] & 0xff) + (blue[farRow + column] & 0xff) + 2) >> 2;
                v = (3 * (red[nearRow + column] & 0xff) + (red[farRow + column] & 0xff) + 2) >> 2;
            } else {
                u = between(blue, nearRow, farRow, column, other);
                v = between(red, nearRow, farRow, column, other);
            }
            int grey = ((luma[lumaRow + x] & 0xff) * 19077) >> 8;
            to[at] = (byte) level(grey + ((u * 33050) >> 8) - 17685);
            to[at + 1] = (byte) level(grey - ((u * 6419) >> 8) - ((v * 13320) >> 8) + 8708);
            to[at + 2] = (byte) level(grey + ((v * 26149) >> 8) - 14234);
        }
    }

    private static int between(byte[] plane, int nearRow, int farRow, int column, int other) {
        int a = plane[nearRow + column] & 0xff;
        int b = plane[nearRow + other] & 0xff;
        int c = plane[farRow + column] & 0xff;
        int d = plane[farRow + other] & 0xff;
        return (a + ((a + 3 * b + 3 * c + d + 8) >> 3)) >> 1;
    }

    private static int level(int value) {
        return Vp8Prediction.clamp(value >> 6);
    }
}
