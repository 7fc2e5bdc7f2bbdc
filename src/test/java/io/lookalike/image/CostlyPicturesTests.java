package io.lookalike.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.image.file.Format;
import io.lookalike.image.file.ImageLimits;
import io.lookalike.image.icc.ColourProfile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/**
 * Small pictures, or files that a decoder would work on for long or that would fill the heap: refused before it sees
 * them.
 */
class CostlyPicturesTests {
    private static byte[] encode(String format, int width, int height, int type) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(new BufferedImage(width, height, type), format, out));
        return out.toByteArray();
    }

    /** A JPEG with segments in front. */
    private static byte[] jpegWith(String segment, int times) throws Exception {
        byte[] jpeg = encode("jpeg", 16, 16, BufferedImage.TYPE_INT_RGB);
        byte[] bytes = HexFormat.of().parseHex(segment);
        ByteBuffer all = ByteBuffer.allocate(jpeg.length + times * bytes.length);
        all.put(jpeg, 0, 2);
        for (int i = 0; i < times; i++) {
            all.put(bytes);
        }
        return all.put(jpeg, 2, jpeg.length - 2).array();
    }

    private static int width(byte[] picture) {
        return TestPictures.decode("it", picture, ImageLimits.DEFAULT).width();
    }

    private static void assertRefused(String reason, byte[] picture) {
        ImageException e = assertThrows(ImageException.class, () -> width(picture));
        assertTrue(e.getMessage().endsWith(reason), e.getMessage());
    }

    @Test
    void tablesOfAJpegAreBounded() throws Exception {
        String reason = "JPEG of more than [16] segments of tables before one scan; save it again with another program";
        String huffman = "ffc40014000100000000000000000000000000000007";
        assertEquals(16, width(jpegWith(huffman, 4)));
        assertRefused(reason, jpegWith(huffman, 2_270));
        assertRefused(reason, jpegWith("ffdd00040000", 100_000));
        assertRefused(reason, jpegWith("ffdb004300" + "01".repeat(64), 1_000));
    }

    @Test
    void tablesOfAJpegAreReservedFor() throws Exception {
        byte[] plain = jpegWith("ffdd00040000", 0);
        byte[] more = jpegWith("ffdd00040000", 5);
        long difference = Format.JPEG.inspect(more, ImageLimits.DEFAULT).memory()
                - Format.JPEG.inspect(plain, ImageLimits.DEFAULT).memory();
        assertEquals(5 * 50 * 1024, difference);
    }

    /** One row a strip, each of which is the same stream. */
    private static byte[] tiffOfSharedStrips(int strips, int zeros) throws Exception {
        byte[] jpeg = encode("jpeg", 16, 1, BufferedImage.TYPE_BYTE_GRAY);
        byte[] stream = Arrays.copyOf(jpeg, jpeg.length + zeros);
        stream[jpeg.length - 2] = 0;
        stream[jpeg.length - 1] = 0;
        stream[stream.length - 2] = (byte) 0xff;
        stream[stream.length - 1] = (byte) 0xd9;
        int directory = 8 + 8 * strips;
        int[][] tags = {
            {256, 4, 1, 16},
            {257, 4, 1, strips},
            {258, 3, 1, 8},
            {259, 3, 1, 7},
            {262, 3, 1, 1},
            {273, 4, strips, 8},
            {277, 3, 1, 1},
            {278, 4, 1, 1},
            {279, 4, strips, 8 + 4 * strips}
        };
        int data = directory + 2 + 12 * tags.length + 4;
        ByteBuffer out = ByteBuffer.allocate(data + stream.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(directory);
        for (int i = 0; i < strips; i++) {
            out.putInt(data);
        }
        for (int i = 0; i < strips; i++) {
            out.putInt(stream.length);
        }
        out.putShort((short) tags.length);
        for (int[] tag : tags) {
            out.putShort((short) tag[0]).putShort((short) tag[1]).putInt(tag[2]).putInt(tag[3]);
        }
        return out.putInt(0).put(stream).array();
    }

    @Test
    void stripsThatShareTheirBytesAreBounded() throws Exception {
        assertEquals(16, width(tiffOfSharedStrips(64, 100)));
        byte[] costly = tiffOfSharedStrips(4096, 1_000_000);
        assertRefused(
                "TIFF of [" + costly.length
                        + "] bytes whose strips or tiles share them many times; save it again with another program",
                costly);
    }

    /** 64 x 64 pixels of two-bit codes. */
    private static byte[] gif(byte[] codes) {
        int blocks = (codes.length + 254) / 255;
        ByteBuffer out =
                ByteBuffer.allocate(13 + 6 + 10 + 1 + codes.length + blocks + 2).order(ByteOrder.LITTLE_ENDIAN);
        out.put("GIF89a".getBytes(StandardCharsets.US_ASCII));
        out.putShort((short) 64)
                .putShort((short) 64)
                .put((byte) 0x80)
                .put((byte) 0)
                .put((byte) 0);
        out.put(new byte[] {0, 0, 0, -1, -1, -1});
        out.put((byte) 0x2c)
                .putInt(0)
                .putShort((short) 64)
                .putShort((short) 64)
                .put((byte) 0)
                .put((byte) 2);
        for (int at = 0; at < codes.length; at += 255) {
            int size = Math.min(255, codes.length - at);
            out.put((byte) size).put(codes, at, size);
        }
        return out.put((byte) 0).put((byte) ';').array();
    }

    @Test
    void clearCodesOfAGifAreBounded() throws Exception {
        byte[] codes = new byte[3_000_000];
        byte[] clear = {0x24, 0x49, (byte) 0x92};
        for (int i = 0; i < codes.length; i++) {
            codes[i] = clear[i % 3];
        }
        assertRefused("GIF of more than [2000000] clear codes; save it again with another program", gif(codes));
        // what follows the last pixel is nobody's matter
        byte[] whole = encode("gif", 64, 64, BufferedImage.TYPE_BYTE_BINARY);
        assertEquals(64, width(whole));
    }

    /** Of a code that is out of sequence a decoder makes something, tells a listener, and goes on. */
    @Test
    void damageOfAGifIsBounded() {
        byte[] codes = new byte[3_000_000];
        for (int at = 0; at < 8L * codes.length - 9; at += 9) {
            int clearThenZeroThenSeven = 0b111_000_100;
            for (int bit = 0; bit < 9; bit++) {
                codes[(at + bit) / 8] |= (byte) ((clearThenZeroThenSeven >> bit & 1) << (at + bit) % 8);
            }
        }
        assertRefused("damaged GIF: more than [1000] codes are out of sequence", gif(codes));
    }

    /**
     * A frame of an animation that ends before its picture, of which a plain one follows: the reader looked for it for
     * ever.
     */
    @Test
    void aWebpFrameWithoutAPictureIsRefused() {
        byte[] file = TestPictures.resource("lossy.webp");
        byte[] picture = Arrays.copyOfRange(file, 12, file.length);
        byte[] alpha = HexFormat.of().parseHex("414c504803000000" + "000000ff" + "f8ffffff");
        ByteBuffer frame = ByteBuffer.allocate(8 + 16 + alpha.length).order(ByteOrder.LITTLE_ENDIAN);
        frame.put("ANMF".getBytes(StandardCharsets.US_ASCII)).putInt(16 + alpha.length);
        frame.put(new byte[16]).put(alpha);
        byte[] all = TestPictures.join(frame.array(), picture);
        ByteBuffer riff = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        riff.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(4 + all.length);
        riff.put("WEBP".getBytes(StandardCharsets.US_ASCII));
        assertRefused("damaged WEBP: a frame without a picture", TestPictures.join(riff.array(), all));
    }

    /** Scans that cannot be put together take the decoder a pass over all pixels each. */
    @Test
    void damagedScansOfALargeJpegAreRefused() {
        byte[] jpeg = TestPictures.resource("progressive.jpg");
        int header = 0;
        while ((jpeg[header] & 0xff) != 0xff || (jpeg[header + 1] & 0xff) != 0xc2) {
            header++;
        }
        ByteBuffer.wrap(jpeg).putShort(header + 5, (short) 4500).putShort(header + 7, (short) 5000);
        jpeg[header + 11] = 0x11; // no subsampling
        assertRefused("damaged JPEG: its scans; save it again as a baseline one, or smaller", jpeg);
    }

    @Test
    void stripsWithTablesOfTheirOwnAreFew() {
        for (int compression : new int[] {5, 8}) {
            assertRefused(
                    "TIFF of [49152] strips or tiles; save it with fewer",
                    new TestPictures.Tiff(1, 16_384, 8, 3, 2)
                            .with(259, compression)
                            .with(284, 2)
                            .strips(1, new byte[] {1}));
        }
    }

    /** The walk that counts them goes through honest files as their decoder does. */
    @Test
    void aLargeGifOfNoiseIsTaken() throws Exception {
        BufferedImage noise = new BufferedImage(2400, 2400, BufferedImage.TYPE_BYTE_INDEXED);
        Random random = new Random(5);
        for (int y = 0; y < noise.getHeight(); y++) {
            for (int x = 0; x < noise.getWidth(); x++) {
                noise.getRaster().setSample(x, y, 0, random.nextInt(216));
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(noise, "gif", out));
        assertEquals(2400, width(out.toByteArray()));
    }

    /** Bytes that this thread has allocated to decode a picture. */
    private static long allocated(byte[] picture) throws Exception {
        long before = allocated();
        assertTrue(width(picture) > 0);
        return allocated() - before;
    }

    private static long allocated() throws Exception {
        return (Long) ManagementFactory.getPlatformMBeanServer()
                .getAttribute(new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME), "CurrentThreadAllocatedBytes");
    }

    /** Each unpacks to more than a profile may have, and is broken for that. */
    @Test
    void oneProfileOfAPngIsUnpacked() throws Exception {
        byte[] bomb = TestPictures.chunk(
                "iCCP",
                TestPictures.join(new byte[] {'x', 0, 0}, TestPictures.deflate(new byte[ColourProfile.MAX_BYTES + 9])));
        byte[][] bombs = new byte[40][];
        Arrays.fill(bombs, bomb);
        byte[] rows = new byte[4];
        long most = 3L * allocated(TestPictures.png(2, 2, 8, 0, rows, bomb));
        assertTrue(allocated(TestPictures.png(2, 2, 8, 0, rows, bombs)) < most);
    }

    @Test
    void brokenExifCostsNothing() throws Exception {
        byte[] broken = jpegWith("ffe1001045786966000049492a00ffffffff", 50_000);
        assertTrue(allocated(broken) < 4L * broken.length);
    }

    @Test
    void tablesThatAllStripsOfATiffShareAreBounded() {
        // as numbers of four bytes: start, tables of Huffman codes with one code each, end
        byte[] table = HexFormat.of().parseHex("ffc40014000100000000000000000000000000000007");
        byte[][] tables = new byte[60][];
        Arrays.fill(tables, table);
        byte[] stream = TestPictures.join(
                HexFormat.of().parseHex("ffd8"),
                TestPictures.join(tables),
                HexFormat.of().parseHex("ffd9"));
        ByteBuffer numbers = ByteBuffer.wrap(Arrays.copyOf(stream, stream.length + 3));
        long[] values = new long[(stream.length + 3) / 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = numbers.getInt() & 0xffffffffL;
        }
        assertRefused(
                "TIFF of JPEG with more than [16] segments of tables; save it again with another program",
                new TestPictures.Tiff(16, 1, 8, 1, 1)
                        .with(259, 7)
                        .with(347, values)
                        .strips(1, TestPictures.resource("gray.jpg")));
    }

    /** Of every format: what a check throws leaves as it is, whenever it throws. */
    @Test
    void decodingCanBeStopped() throws Exception {
        byte[][] pictures = {
            TestPictures.resource("baseline.jpg"),
            TestPictures.resource("progressive.jpg"),
            TestPictures.resource("lossy.webp"),
            TestPictures.resource("lossless.webp"),
            TestPictures.resource("lzw.tif"),
            encode("png", 64, 64, BufferedImage.TYPE_INT_RGB),
            encode("gif", 64, 64, BufferedImage.TYPE_BYTE_INDEXED),
            encode("bmp", 64, 64, BufferedImage.TYPE_INT_RGB)
        };
        for (byte[] picture : pictures) {
            int calls = stopped(picture, Integer.MAX_VALUE);
            assertTrue(calls >= 3, "calls " + calls);
            for (int at = 1; at <= calls; at++) {
                assertEquals(at, stopped(picture, at));
            }
        }
    }

    /** How often it was checked, the last time with a throw, if that was reached. */
    private static int stopped(byte[] picture, int at) {
        int[] calls = {0};
        IllegalStateException enough = new IllegalStateException("enough");
        try (PixelMemory.Reservation memory = UnmeteredMemory.reservation()) {
            ImageDecoder.decode("it", picture, ImageLimits.DEFAULT, Background.WHITE, memory, () -> {
                calls[0]++;
                if (calls[0] == at) {
                    throw enough;
                }
            });
            assertEquals(Integer.MAX_VALUE, at);
        } catch (IllegalStateException e) {
            assertSame(enough, e);
        }
        return calls[0];
    }
}
