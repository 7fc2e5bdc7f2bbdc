package io.lookalike.image.webp;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import java.util.Arrays;

/**
 * Decodes VP8L (RFC 9649, section 3), the content of a lossless WebP and of the alpha of a lossy one, to alpha, red,
 * green and blue.
 *
 * <p>One pass over the stream, then one for each of at most four transforms. Costs four bytes a pixel, and at most
 * {@value #MAX_TABLES} numbers for prefix codes, however many a stream declares. For one thread.
 */
public final class Vp8l {

    static final int HEADER = 5;
    private static final int MAX_TABLES = 4 << 20;

    private static final int LITERALS = 256;
    private static final int LENGTHS = 24;
    private static final int DISTANCES = 40;
    private static final int[] LENGTH_ORDER = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    /** The 120 short distances: columns to the left and rows up. */
    private static final int[] NEAR = {
        0, 1, 1, 0, 1, 1, -1, 1, 0, 2, 2, 0, 1, 2, -1, 2, 2, 1, -2, 1, 2, 2, -2, 2, 0, 3, 3, 0, 1, 3, -1, 3, 3, 1, -3,
        1, 2, 3, -2, 3, 3, 2, -3, 2, 0, 4, 4, 0, 1, 4, -1, 4, 4, 1, -4, 1, 3, 3, -3, 3, 2, 4, -2, 4, 4, 2, -4, 2, 0, 5,
        3, 4, -3, 4, 4, 3, -4, 3, 5, 0, 1, 5, -1, 5, 5, 1, -5, 1, 2, 5, -2, 5, 5, 2, -5, 2, 4, 4, -4, 4, 3, 5, -3, 5, 5,
        3, -5, 3, 0, 6, 6, 0, 1, 6, -1, 6, 6, 1, -6, 1, 2, 6, -2, 6, 6, 2, -6, 2, 4, 5, -4, 5, 5, 4, -5, 4, 3, 6, -3, 6,
        6, 3, -6, 3, 0, 7, 7, 0, 1, 7, -1, 7, 5, 5, -5, 5, 7, 1, -7, 1, 4, 6, -4, 6, 6, 4, -6, 4, 2, 7, -2, 7, 7, 2, -7,
        2, 3, 7, -3, 7, 7, 3, -7, 3, 5, 6, -5, 6, 6, 5, -6, 5, 8, 0, 4, 7, -4, 7, 7, 4, -7, 4, 8, 1, 8, 2, 6, 6, -6, 6,
        8, 3, 5, 7, -5, 7, 7, 5, -7, 5, 8, 4, 6, 7, -6, 7, 7, 6, -7, 6, 8, 5, 7, 7, -7, 7, 8, 6, 8, 7
    };

    /** A transform to undo, with its data: a coarse picture or a palette. */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Transform(int type, int bits, int width, int[] data) {}

    private final byte[] array;
    private final int end;
    private int at;
    private long value;
    private int available;
    private int tables;
    private final Runnable check;

    private Vp8l(byte[] array, int from, int to, Runnable check) {
        this.check = check;
        this.array = array;
        this.at = from;
        this.end = to;
    }

    /** Checks the header and returns the sides. */
    public static int[] sides(Bytes in, int from, int length) throws Unreadable {
        in.require(from, HEADER);
        if (length < HEADER || in.u8(from) != 0x2f || in.u8(from + 4) >> 5 != 0) {
            throw Unreadable.damaged("WEBP", "its lossless part has a wrong header");
        }
        int bits = in.i32le(from + 1);
        return new int[] {(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
    }

    /** Bytes that decoding takes: the pixels (twice if they are packed), and the transforms' small pictures. */
    public static long memory(int width, int height) {
        return 7L * width * height + 4L * MAX_TABLES;
    }

    /** Decodes a stream without its header: {@code width * height} pixels, alpha in the highest byte. */
    static int[] decode(byte[] array, int from, int to, int width, int height, Runnable check) throws Unreadable {
        return new Vp8l(array, from, to, check).picture(width, height);
    }

    private int[] picture(int width, int height) throws Unreadable {
        Transform[] transforms = new Transform[4];
        int count = 0;
        int seen = 0;
        int packedWidth = width;
        while (bits(1) == 1) {
            int type = bits(2);
            if ((seen & 1 << type) != 0) {
                throw Unreadable.damaged("WEBP", "a transform twice");
            }
            seen |= 1 << type;
            Transform transform = transform(type, packedWidth, height);
            transforms[count++] = transform;
            if (type == 3) {
                packedWidth = coarse(packedWidth, transform.bits);
            }
        }
        int[] pixels = entropyCoded(packedWidth, height, true);
        for (int i = count - 1; i >= 0; i--) {
            Transform transform = transforms[i];
            switch (transform.type) {
                case 0 -> predict(pixels, transform, height);
                case 1 -> colours(pixels, transform, height);
                case 2 -> green(pixels);
                default -> pixels = palette(pixels, transform, height);
            }
        }
        return pixels;
    }

    private Transform transform(int type, int width, int height) throws Unreadable {
        if (type == 2) {
            return new Transform(type, 0, width, null);
        }
        if (type == 3) {
            int size = bits(8) + 1;
            int[] palette = entropyCoded(size, 1, false);
            for (int i = 1; i < size; i++) {
                palette[i] = sum(palette[i], palette[i - 1]);
            }
            int bits = size <= 2 ? 3 : size <= 4 ? 2 : size <= 16 ? 1 : 0;
            return new Transform(type, bits, width, palette);
        }
        int bits = bits(3) + 2;
        int[] data = entropyCoded(coarse(width, bits), coarse(height, bits), false);
        return new Transform(type, bits, width, data);
    }

    private static int coarse(int side, int bits) {
        return (side + (1 << bits) - 1) >> bits;
    }

    private int bits(int count) throws Unreadable {
        if (available < count) {
            fill();
            if (available < count) {
                throw Unreadable.truncated("WEBP");
            }
        }
        int bits = (int) (value & ((1L << count) - 1));
        value >>>= count;
        available -= count;
        return bits;
    }

    private void fill() {
        while (available <= 56 && at < end) {
            value |= (array[at++] & 0xffL) << available;
            available += 8;
        }
    }

    private int[] entropyCoded(int width, int height, boolean grouped) throws Unreadable {
        int cacheBits = 0;
        if (bits(1) == 1) {
            cacheBits = bits(4);
            if (cacheBits < 1 || cacheBits > 11) {
                throw Unreadable.damaged("WEBP", "a cache of [" + cacheBits + "] bits");
            }
        }
        int groupBits = 0;
        int[] groupOf = null;
        int groups = 1;
        if (grouped && bits(1) == 1) {
            groupBits = bits(3) + 2;
            groupOf = entropyCoded(coarse(width, groupBits), coarse(height, groupBits), false);
            for (int i = 0; i < groupOf.length; i++) {
                groupOf[i] = groupOf[i] >> 8 & 0xffff;
                groups = Math.max(groups, groupOf[i] + 1);
            }
        }
        int[][] codes = new int[5 * groups][];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = code(
                    switch (i % 5) {
                        case 0 -> LITERALS + LENGTHS + (cacheBits == 0 ? 0 : 1 << cacheBits);
                        case 4 -> DISTANCES;
                        default -> LITERALS;
                    });
        }
        return pixels(width, height, cacheBits, groupBits, groupOf, codes);
    }

    private int[] pixels(int width, int height, int cacheBits, int groupBits, int[] groupOf, int[][] codes)
            throws Unreadable {
        int[] pixels = new int[width * height];
        int[] cache = new int[cacheBits == 0 ? 0 : 1 << cacheBits];
        int cached = 0;
        int groupsAcross = coarse(width, groupBits);
        int groupMask = groupOf == null ? -1 : (1 << groupBits) - 1;
        int group = 0;
        int x = 0;
        int y = 0;
        int i = 0;
        while (i < pixels.length) {
            if ((x & groupMask) == 0 && groupOf != null) {
                group = 5 * groupOf[(y >> groupBits) * groupsAcross + (x >> groupBits)];
            }
            int symbol = symbol(codes[group]);
            int run = 1;
            if (symbol < LITERALS) {
                int red = symbol(codes[group + 1]);
                int blue = symbol(codes[group + 2]);
                int alpha = symbol(codes[group + 3]);
                pixels[i] = alpha << 24 | red << 16 | symbol << 8 | blue;
            } else if (symbol < LITERALS + LENGTHS) {
                run = prefixed(symbol - LITERALS);
                int distance = distance(prefixed(symbol(codes[group + 4])), width);
                if (distance > i || run > pixels.length - i) {
                    throw Unreadable.damaged("WEBP", "a copy of [" + run + "] pixels from [" + distance + "] before");
                }
                copy(pixels, i, distance, run);
            } else {
                while (cached < i) {
                    cache[slot(pixels[cached], cacheBits)] = pixels[cached++];
                }
                pixels[i] = cache[symbol - LITERALS - LENGTHS];
            }
            i += run;
            x += run;
            if (x >= width) {
                check.run();
                y += x / width;
                x %= width;
            }
            if (run > 1 && groupOf != null && i < pixels.length) {
                group = 5 * groupOf[(y >> groupBits) * groupsAcross + (x >> groupBits)];
            }
            // in steps, while the pixels are still in the CPU cache
            if (cacheBits > 0 && i - cached > 1024) {
                while (cached < i) {
                    cache[slot(pixels[cached], cacheBits)] = pixels[cached++];
                }
            }
        }
        return pixels;
    }

    private static int slot(int pixel, int bits) {
        return (0x1e35a7bd * pixel) >>> (32 - bits);
    }

    private static void copy(int[] pixels, int to, int distance, int run) {
        if (distance >= run) {
            System.arraycopy(pixels, to - distance, pixels, to, run);
        } else {
            for (int i = to; i < to + run; i++) {
                pixels[i] = pixels[i - distance];
            }
        }
    }

    /** Section 5.2.2: a number with a prefix code for its number of bits. */
    private int prefixed(int prefix) throws Unreadable {
        if (prefix < 4) {
            return prefix + 1;
        }
        int extra = (prefix - 2) >> 1;
        return ((2 + (prefix & 1)) << extra) + bits(extra) + 1;
    }

    private static int distance(int code, int width) {
        if (code > NEAR.length / 2) {
            return code - NEAR.length / 2;
        }
        return Math.max(1, NEAR[2 * code - 2] + NEAR[2 * code - 1] * width);
    }

    /**
     * Reads a prefix code into a look-up table. The first number is the number of index bits. An entry is a symbol
     * shifted left by four, plus its length; a negative entry has the start of a second table and its number of index
     * bits.
     */
    private int[] code(int symbols) throws Unreadable {
        int[] lengths = new int[symbols];
        if (bits(1) == 1) {
            int count = bits(1) + 1;
            int width = bits(1) == 0 ? 1 : 8;
            for (int i = 0; i < count; i++) {
                int symbol = bits(i == 0 ? width : 8);
                if (symbol >= symbols) {
                    throw Unreadable.damaged("WEBP", "a code of symbol [" + symbol + "] among [" + symbols + "]");
                }
                lengths[symbol] = 1;
            }
        } else {
            readLengths(lengths);
        }
        return table(lengths);
    }

    private void readLengths(int[] lengths) throws Unreadable {
        int[] lengthsOfLengths = new int[LENGTH_ORDER.length];
        int count = bits(4) + 4;
        for (int i = 0; i < count; i++) {
            lengthsOfLengths[LENGTH_ORDER[i]] = bits(3);
        }
        int[] code = table(lengthsOfLengths);
        tables -= code.length;
        int left = lengths.length;
        if (bits(1) == 1) {
            left = 2 + bits(2 + 2 * bits(3));
            if (left > lengths.length) {
                throw Unreadable.damaged("WEBP", "a code of [" + left + "] among [" + lengths.length + "] symbols");
            }
        }
        int previous = 8;
        int i = 0;
        while (i < lengths.length && left-- > 0) {
            int length = symbol(code);
            if (length < 16) {
                lengths[i++] = length;
                previous = length == 0 ? previous : length;
            } else {
                int repeat = length == 16 ? 3 + bits(2) : length == 17 ? 3 + bits(3) : 11 + bits(7);
                if (repeat > lengths.length - i) {
                    throw Unreadable.damaged("WEBP", "lengths of more than [" + lengths.length + "] symbols");
                }
                Arrays.fill(lengths, i, i + repeat, length == 16 ? previous : 0);
                i += repeat;
            }
        }
    }

    private int[] table(int[] lengths) throws Unreadable {
        int[] counts = new int[16];
        int only = 0;
        for (int i = 0; i < lengths.length; i++) {
            counts[lengths[i]]++;
            only = lengths[i] > 0 ? i : only;
        }
        int used = lengths.length - counts[0];
        if (used == 0) {
            throw Unreadable.damaged("WEBP", "a code without symbols");
        }
        if (used == 1) {
            return spend(new int[] {0, only << 4});
        }
        int longest = 15;
        while (counts[longest] == 0) {
            longest--;
        }
        int[] next = firstCodes(counts);
        int root = Math.min(8, longest);
        // the length of the longest code with each first-table index
        int[] behind = new int[1 << root];
        int[] codeOf = new int[lengths.length];
        for (int i = 0; i < lengths.length; i++) {
            int length = lengths[i];
            if (length > 0) {
                codeOf[i] = Integer.reverse(next[length]++) >>> (32 - length);
                if (length > root) {
                    int entry = codeOf[i] & ((1 << root) - 1);
                    behind[entry] = Math.max(behind[entry], length - root);
                }
            }
        }
        int size = 1 + (1 << root);
        int[] starts = new int[1 << root];
        for (int i = 0; i < behind.length; i++) {
            starts[i] = size;
            size += behind[i] == 0 ? 0 : 1 << behind[i];
        }
        int[] table = spend(new int[size]);
        table[0] = root;
        for (int i = 0; i < behind.length; i++) {
            if (behind[i] > 0) {
                table[1 + i] = -(starts[i] << 4 | behind[i]);
            }
        }
        for (int i = 0; i < lengths.length; i++) {
            int length = lengths[i];
            if (length > 0 && length <= root) {
                for (int entry = codeOf[i]; entry < 1 << root; entry += 1 << length) {
                    table[1 + entry] = i << 4 | length;
                }
            } else if (length > root) {
                int first = codeOf[i] & ((1 << root) - 1);
                for (int entry = codeOf[i] >> root; entry < 1 << behind[first]; entry += 1 << (length - root)) {
                    table[starts[first] + entry] = i << 4 | (length - root);
                }
            }
        }
        return table;
    }

    /** The first code of each length, for a number of codes by length; together they must use all codes. */
    private static int[] firstCodes(int[] counts) throws Unreadable {
        int code = 0;
        int[] first = new int[17];
        for (int length = 1; length <= 15; length++) {
            code = (code + (length == 1 ? 0 : counts[length - 1])) << 1;
            first[length] = code;
        }
        if (code + counts[15] != 1 << 15) {
            throw Unreadable.damaged("WEBP", "a code that is not complete");
        }
        return first;
    }

    private int[] spend(int[] table) throws Unreadable {
        tables += table.length;
        if (tables > MAX_TABLES) {
            throw new Unreadable("WEBP of too many prefix codes; save it with another program");
        }
        return table;
    }

    private int symbol(int[] table) throws Unreadable {
        int root = table[0];
        if (available < 15) {
            fill();
        }
        int entry = table[1 + (int) (value & ((1L << root) - 1))];
        int used = 0;
        if (entry < 0) {
            int second = -entry;
            used = root;
            entry = table[(second >> 4) + (int) (value >>> root & ((1L << (second & 15)) - 1))];
        }
        used += entry & 15;
        if (used > available) {
            throw Unreadable.truncated("WEBP");
        }
        value >>>= used;
        available -= used;
        return entry >> 4;
    }

    /** Adds each channel separately. */
    private static int sum(int a, int b) {
        return (((a & 0xff00ff00) + (b & 0xff00ff00)) & 0xff00ff00)
                | (((a & 0x00ff00ff) + (b & 0x00ff00ff)) & 0x00ff00ff);
    }

    private static int mean(int a, int b) {
        return (((a ^ b) & 0xfefefefe) >>> 1) + (a & b);
    }

    private static void green(int[] pixels) {
        for (int i = 0; i < pixels.length; i++) {
            int green = pixels[i] >> 8 & 0xff;
            pixels[i] = sum(pixels[i], green << 16 | green);
        }
    }

    private static void colours(int[] pixels, Transform transform, int height) {
        int bits = transform.bits;
        int width = transform.width;
        int across = coarse(width, bits);
        for (int y = 0, i = 0; y < height; y++) {
            int row = (y >> bits) * across;
            for (int x = 0; x < width; x++, i++) {
                int factors = transform.data[row + (x >> bits)];
                int pixel = pixels[i];
                byte green = (byte) (pixel >> 8);
                int red = (pixel >> 16) + (((byte) factors * green) >> 5) & 0xff;
                int blue = pixel + (((byte) (factors >> 8) * green) >> 5);
                blue += ((byte) (factors >> 16) * (byte) red) >> 5;
                pixels[i] = (pixel & 0xff00ff00) | red << 16 | (blue & 0xff);
            }
        }
    }

    private static int[] palette(int[] packed, Transform transform, int height) {
        int bits = transform.bits;
        int width = transform.width;
        int[] palette = Arrays.copyOf(transform.data, 256);
        int packedWidth = coarse(width, bits);
        int size = 8 >> bits;
        int mask = (1 << size) - 1;
        int within = (1 << bits) - 1;
        int[] pixels = bits == 0 ? packed : new int[width * height];
        for (int y = 0, i = 0; y < height; y++) {
            int row = y * packedWidth;
            for (int x = 0; x < width; x++, i++) {
                int green = packed[row + (x >> bits)] >> 8 & 0xff;
                pixels[i] = palette[(green >> ((x & within) * size)) & mask];
            }
        }
        return pixels;
    }

    private static void predict(int[] pixels, Transform transform, int height) {
        int width = transform.width;
        int bits = transform.bits;
        int across = coarse(width, bits);
        pixels[0] = sum(pixels[0], 0xff000000);
        for (int x = 1; x < width; x++) {
            pixels[x] = sum(pixels[x], pixels[x - 1]);
        }
        for (int y = 1; y < height; y++) {
            int row = y * width;
            pixels[row] = sum(pixels[row], pixels[row - width]);
            int modes = (y >> bits) * across;
            int x = 1;
            while (x < width) {
                int to = Math.min(width, ((x >> bits) + 1) << bits);
                int mode = transform.data[modes + (x >> bits)] >> 8 & 15;
                predict(pixels, row + x, row + to, width, mode);
                x = to;
            }
        }
    }

    private static void predict(int[] pixels, int from, int to, int width, int mode) {
        for (int i = from; i < to; i++) {
            int left = pixels[i - 1];
            int top = pixels[i - width];
            int corner = pixels[i - width - 1];
            int right = pixels[i - width + 1];
            int guess = switch (mode) {
                case 1 -> left;
                case 2 -> top;
                case 3 -> right;
                case 4 -> corner;
                case 5 -> mean(mean(left, right), top);
                case 6 -> mean(left, corner);
                case 7 -> mean(left, top);
                case 8 -> mean(corner, top);
                case 9 -> mean(top, right);
                case 10 -> mean(mean(left, corner), mean(top, right));
                case 11 -> select(left, top, corner);
                case 12 -> gradient(left, top, corner);
                case 13 -> halfGradient(mean(left, top), corner);
                default -> 0xff000000;
            };
            pixels[i] = sum(pixels[i], guess);
        }
    }

    private static int select(int left, int top, int corner) {
        int difference = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            int c = corner >>> shift & 0xff;
            difference += Math.abs((top >>> shift & 0xff) - c) - Math.abs((left >>> shift & 0xff) - c);
        }
        return difference < 0 ? left : top;
    }

    private static int gradient(int left, int top, int corner) {
        int pixel = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            int value = (left >>> shift & 0xff) + (top >>> shift & 0xff) - (corner >>> shift & 0xff);
            pixel |= Vp8Prediction.clamp(value) << shift;
        }
        return pixel;
    }

    private static int halfGradient(int mean, int corner) {
        int pixel = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            int m = mean >>> shift & 0xff;
            pixel |= Vp8Prediction.clamp(m + (m - (corner >>> shift & 0xff)) / 2) << shift;
        }
        return pixel;
    }
}
