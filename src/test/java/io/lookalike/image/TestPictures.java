package io.lookalike.image;

import io.lookalike.image.file.Format;
import io.lookalike.image.file.ImageLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Builds files byte by byte, so that tests can break any part of them. */
public final class TestPictures {

    private static final String PNG_SIGNATURE = "\u0089PNG\r\n\u001a\n";

    private TestPictures() {}

    public static byte[] resource(String name) {
        try (InputStream in = TestPictures.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Decodes on white, with any amount of memory. */
    public static Picture decode(String what, byte[] bytes, ImageLimits limits) {
        return decode(what, bytes, limits, Format::open);
    }

    static Picture decode(String what, byte[] bytes, ImageLimits limits, ImageDecoder.Opener opener) {
        try (PixelMemory.Reservation memory = UnmeteredMemory.reservation()) {
            return ImageDecoder.decode(what, bytes, limits, Background.WHITE, memory, () -> {}, opener);
        }
    }

    public static Picture decode(String what, byte[] bytes, ImageLimits limits, PixelMemory.Reservation memory) {
        return ImageDecoder.decode(what, bytes, limits, Background.WHITE, memory, () -> {});
    }

    public static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    public static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    public static byte[] insert(byte[] into, int at, byte[] part) {
        return join(Arrays.copyOf(into, at), part, Arrays.copyOfRange(into, at, into.length));
    }

    /** A PNG of rows without filter; {@code chunks} come before the image data. */
    public static byte[] png(int width, int height, int bits, int type, byte[] rows, byte[]... chunks) {
        int rowBytes = rows.length / height;
        byte[] filtered = new byte[rows.length + height];
        for (int y = 0; y < height; y++) {
            System.arraycopy(rows, y * rowBytes, filtered, y * (rowBytes + 1) + 1, rowBytes);
        }
        return join(
                latin1(PNG_SIGNATURE),
                header(width, height, bits, type),
                join(chunks),
                chunk("IDAT", deflate(filtered)),
                chunk("IEND"));
    }

    static byte[] header(int width, int height, int bits, int type) {
        byte[] sides = ByteBuffer.allocate(8).putInt(width).putInt(height).array();
        return chunk("IHDR", join(sides, bytes(bits, type, 0, 0, 0)));
    }

    public static byte[] chunk(String type, byte... data) {
        byte[] typed = join(latin1(type), data);
        CRC32 crc = new CRC32();
        crc.update(typed);
        return join(
                ByteBuffer.allocate(4).putInt(data.length).array(),
                typed,
                ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    /** Exactly the signature and the header chunk: 33 bytes. */
    static byte[] pngHeaderOnly(int width, int height) {
        return join(latin1(PNG_SIGNATURE), header(width, height, 8, 2));
    }

    public static byte[] deflate(byte[] data) {
        Deflater deflater = new Deflater();
        deflater.setInput(data);
        deflater.finish();
        byte[] out = new byte[data.length + 100];
        int length = deflater.deflate(out);
        deflater.end();
        return Arrays.copyOf(out, length);
    }

    /** A TIFF structure of one directory with one tag. */
    static byte[] exif(int tag, int value) {
        return ByteBuffer.allocate(26)
                .put(latin1("MM\u0000*"))
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) tag)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) value)
                .array();
    }

    /** A JPEG segment. */
    public static byte[] segment(int marker, byte[] content) {
        int length = content.length + 2;
        return join(bytes(0xff, marker, length >> 8, length), content);
    }

    /** A BMP with a Windows 3 header: rows bottom up, blue first, padded to four bytes. */
    static byte[] bmp(int width, int height, int bits, int compression, byte[] pixels) {
        return ByteBuffer.allocate(54 + pixels.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(latin1("BM"))
                .putInt(54 + pixels.length)
                .putInt(0)
                .putInt(54)
                .putInt(40)
                .putInt(width)
                .putInt(height)
                .putShort((short) 1)
                .putShort((short) bits)
                .putInt(compression)
                .putInt(pixels.length)
                .putLong(0)
                .putLong(0)
                .put(pixels)
                .array();
    }

    /**
     * A GIF of four colours (black, red, green, blue), whose frame of one row lies at {@code (left, top)}. Codes are
     * three bits wide and a clear code goes before each pixel, so that they stay so.
     */
    static byte[] gif(int screenWidth, int screenHeight, int left, int top, int transparent, int... pixels) {
        long codes = 0;
        int used = 0;
        for (int pixel : pixels) {
            codes |= 4L << used | (long) pixel << (used + 3);
            used += 6;
        }
        codes |= 5L << used;
        byte[] data = new byte[(used + 3 + 7) / 8];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (codes >>> (8 * i));
        }
        byte[] control = transparent < 0 ? new byte[0] : bytes(0x21, 0xf9, 4, 1, 0, 0, transparent, 0);
        return join(
                latin1("GIF89a"),
                bytes(screenWidth & 0xff, screenWidth >> 8, screenHeight & 0xff, screenHeight >> 8, 0x81, 0, 0),
                bytes(0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255),
                control,
                bytes(0x2c, left, 0, top, 0, pixels.length, 0, 1, 0, 0, 2, data.length),
                data,
                bytes(0, 0x3b));
    }

    /** Pixels that no resizing leaves alone. */
    public static Picture pattern(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0, at = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                rgb[at++] = (byte) (x * 7 + y * 13);
                rgb[at++] = (byte) (x * y);
                rgb[at++] = (byte) ((x ^ y) * 5);
            }
        }
        return Picture.ofRgb(width, height, rgb, "png");
    }

    /** Writes TIFFs without compression, of one directory. */
    static final class Tiff {
        private final TreeMap<Integer, long[]> tags = new TreeMap<>();
        private boolean little;
        private boolean big;

        Tiff(int width, int height, int bits, int samples, int photometric) {
            long[] each = new long[samples];
            Arrays.fill(each, bits);
            tags.put(256, new long[] {width});
            tags.put(257, new long[] {height});
            tags.put(258, each);
            tags.put(259, new long[] {1});
            tags.put(262, new long[] {photometric});
            tags.put(277, new long[] {samples});
        }

        Tiff order(boolean little, boolean big) {
            this.little = little;
            this.big = big;
            return this;
        }

        Tiff with(int tag, long... values) {
            tags.put(tag, values);
            return this;
        }

        byte[] strips(int rows, byte[]... parts) {
            tags.put(278, new long[] {rows});
            return write(273, 279, parts);
        }

        byte[] tiles(int width, int height, byte[]... parts) {
            tags.put(322, new long[] {width});
            tags.put(323, new long[] {height});
            return write(324, 325, parts);
        }

        /** Pixels first, then the directory, whose numbers are all of four bytes. */
        private byte[] write(int offsetsTag, int sizesTag, byte[]... parts) {
            byte[] pixels = join(parts);
            int start = 16;
            long[] offsets = new long[parts.length];
            long[] sizes = new long[parts.length];
            for (int i = 0, at = start; i < parts.length; i++) {
                offsets[i] = at;
                sizes[i] = parts[i].length;
                at += parts[i].length;
            }
            tags.put(offsetsTag, offsets);
            tags.put(sizesTag, sizes);
            int directory = start + pixels.length;
            ByteBuffer out = ByteBuffer.allocate(directory + 4096)
                    .order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
            out.put(latin1(little ? "II" : "MM")).putShort((short) (big ? 43 : 42));
            if (big) {
                out.putShort((short) 8).putShort((short) 0).putLong(directory);
            } else {
                out.putInt(directory);
            }
            out.position(start).put(pixels);
            int values = directory + 2048;
            if (big) {
                out.putLong(tags.size());
            } else {
                out.putShort((short) tags.size());
            }
            for (Map.Entry<Integer, long[]> tag : tags.entrySet()) {
                long[] numbers = tag.getValue();
                out.putShort(tag.getKey().shortValue()).putShort((short) 4);
                int inside = big ? 8 : 4;
                if (big) {
                    out.putLong(numbers.length);
                } else {
                    out.putInt(numbers.length);
                }
                int field = out.position();
                boolean fits = 4 * numbers.length <= inside;
                if (!fits) {
                    if (big) {
                        out.putLong(values);
                    } else {
                        out.putInt(values);
                    }
                }
                for (int i = 0; i < numbers.length; i++) {
                    out.putInt((fits ? field : values) + 4 * i, (int) numbers[i]);
                }
                values += fits ? 0 : 4 * numbers.length;
                out.position(field + inside);
            }
            return out.array();
        }
    }
}
