package io.lookalike.image;

import static io.lookalike.image.TestPictures.bmp;
import static io.lookalike.image.TestPictures.bytes;
import static io.lookalike.image.TestPictures.gif;
import static io.lookalike.image.TestPictures.join;
import static io.lookalike.image.TestPictures.latin1;
import static io.lookalike.image.TestPictures.png;
import static io.lookalike.image.TestPictures.pngHeaderOnly;
import static io.lookalike.image.TestPictures.resource;
import static io.lookalike.image.TestPictures.segment;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.file.ImageLimits;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.metadata.IIOMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefusedPicturesTests {

    private static final byte[] PNG = png(2, 2, 8, 0, bytes(1, 2, 3, 4));

    private static String refusal(byte[] bytes, ImageLimits limits) {
        return assertThrows(ImageException.class, () -> TestPictures.decode("field [image]", bytes, limits))
                .getMessage();
    }

    private static void assertRefused(String expected, byte[] bytes) {
        assertEquals(expected, refusal(bytes, ImageLimits.DEFAULT));
    }

    @Test
    void emptyIsRefused() {
        assertRefused("cannot decode field [image]: it is empty", new byte[0]);
    }

    @Test
    void tooManyBytesAreRefused() {
        assertEquals(
                "cannot decode field [image] (" + PNG.length
                        + " bytes, starts with 89 50 4e 47): at most [10] bytes are"
                        + " allowed; send a smaller picture or raise [lookalike.image.max_bytes]",
                refusal(PNG, new ImageLimits(10, 100, 100)));
    }

    @Test
    void anUnknownFormatIsRefused() {
        assertRefused(
                "cannot decode field [image] (12 bytes, starts with 52 49 46 46): it is [WAV], which is not supported;"
                        + " supported are [jpeg, png, gif, bmp, webp, tiff]",
                latin1("RIFF....WAVE"));
        assertRefused(
                "cannot decode field [image] (1 bytes, starts with 42): its format is not known; supported are"
                        + " [jpeg, png, gif, bmp, webp, tiff]",
                latin1("B"));
    }

    /** A carriage return before each line feed. */
    private static byte[] asText(byte[] file) {
        return latin1(new String(file, StandardCharsets.ISO_8859_1).replace("\n", "\r\n"));
    }

    @Test
    void whatWasTransferredAsTextIsRefused() throws IOException {
        String reason =
                ": a carriage return stands before each line feed, as after a transfer as text; transfer the file as "
                        + "binary";
        byte[] jpeg = resource("photo.jpg");
        String message = refusal(asText(jpeg), ImageLimits.DEFAULT);
        assertTrue(message.endsWith("damaged JPEG" + reason), message);
        byte[] noise = new byte[4000];
        new Random(5).nextBytes(noise);
        byte[] lossy = resource("lossy.webp");
        byte[] webp = join(lossy, noise);
        ByteBuffer sizes = ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN);
        sizes.putInt(4, webp.length - 8).putInt(16, webp.length - 20);
        assertNotNull(TestPictures.decode("field [image]", webp, ImageLimits.DEFAULT));
        message = refusal(asText(webp), ImageLimits.DEFAULT);
        assertTrue(message.endsWith("damaged WEBP" + reason), message);
        BufferedImage drawn = new BufferedImage(60, 40, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(6);
        for (int i = 0; i < 60 * 40; i++) {
            drawn.setRGB(i % 60, i / 60, random.nextInt(1 << 24));
        }
        for (String format : List.of("jpg", "png", "gif", "bmp", "tif")) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertTrue(ImageIO.write(drawn, format, out));
            assertNotNull(TestPictures.decode("field [image]", out.toByteArray(), ImageLimits.DEFAULT));
            message = refusal(asText(out.toByteArray()), ImageLimits.DEFAULT);
            if (List.of("jpg", "bmp", "tif").contains(format)) {
                assertTrue(message.endsWith(reason), message);
            }
        }
    }

    @Test
    void aHeaderThatClaimsTooMuchIsRefused() {
        assertRefused(
                "cannot decode field [image] (33 bytes, starts with 89 50 4e 47): [536870944] x [32] pixels; at most"
                        + " [16384] a side and [50000000] pixels are allowed, send a smaller picture or raise"
                        + " [lookalike.image.max_side] and [lookalike.image.max_pixels]",
                pngHeaderOnly(536870944, 32));
        assertRefused(
                "cannot decode field [image] (33 bytes, starts with 89 50 4e 47): [4294967295] x [32] pixels; at most"
                        + " [16384] a side and [50000000] pixels are allowed, send a smaller picture or raise"
                        + " [lookalike.image.max_side] and [lookalike.image.max_pixels]",
                pngHeaderOnly(-1, 32));
        assertRefused(
                "cannot decode field [image] (33 bytes, starts with 89 50 4e 47): [10000] x [5001] pixels; at most"
                        + " [16384] a side and [50000000] pixels are allowed, send a smaller picture or raise"
                        + " [lookalike.image.max_side] and [lookalike.image.max_pixels]",
                pngHeaderOnly(10000, 5001));
        assertRefused(
                "cannot decode field [image] (33 bytes, starts with 89 50 4e 47): [0] x [5001] pixels; a picture has at"
                        + " least [1] a side",
                pngHeaderOnly(0, 5001));
    }

    @Test
    void everyFormatChecksItsSidesFirst() {
        byte[] jpeg =
                join(bytes(0xff, 0xd8), segment(0xc0, bytes(8, 0xff, 0xff, 0x40, 1, 3, 1, 17, 0, 2, 17, 0, 3, 17, 0)));
        for (byte[] file : List.of(
                jpeg,
                gif(0xffff, 1, 0, 0, -1, 1),
                bmp(16385, 1, 24, 0, new byte[0]),
                bmp(1, Integer.MIN_VALUE, 24, 0, new byte[0]))) {
            String message = refusal(file, ImageLimits.DEFAULT);
            assertTrue(message.contains("pixels; at most [16384] a side and [50000000] pixels are allowed"), message);
        }
    }

    @Test
    void theFrameOfAGifCountsToo() {
        byte[] file = gif(1, 1, 200, 100, -1, 1);
        assertEquals(
                "cannot decode field [image] (" + file.length
                        + " bytes, starts with 47 49 46 38): [201] x [101] pixels;"
                        + " at most [200] a side and [1000000] pixels are allowed, send a smaller picture or raise"
                        + " [lookalike.image.max_side] and [lookalike.image.max_pixels]",
                refusal(file, new ImageLimits(1000, 1000000, 200)));
    }

    @Test
    void everyBeginningOfAFileIsTruncated() {
        byte[] bmp = bmp(1, 2, 24, 0, bytes(1, 2, 3, 0, 4, 5, 6, 0));
        byte[] gif = gif(3, 1, 1, 0, 2, 1, 2);
        assertTruncated("PNG", PNG, 4, PNG.length);
        assertTruncated("BMP", bmp, 2, bmp.length);
        assertTruncated("GIF", gif, 4, gif.length - 1);
        for (String name : List.of("baseline", "progressive", "gray", "cmyk")) {
            byte[] jpeg = resource(name + ".jpg");
            // the last bits of the last scan may be filling, and the marker of the end is added
            assertTruncated("JPEG", jpeg, 2, jpeg.length - 8);
            byte[] whole = pixels(jpeg);
            assertArrayEquals(whole, pixels(Arrays.copyOf(jpeg, jpeg.length - 2)));
            assertArrayEquals(whole, pixels(Arrays.copyOf(jpeg, jpeg.length - 1)));
            byte[] trailer = TestPictures.join(Arrays.copyOf(jpeg, jpeg.length - 2), jpeg);
            assertArrayEquals(whole, pixels(trailer));
            for (int length = jpeg.length - 8; length < jpeg.length - 2; length++) {
                byte[] cut = Arrays.copyOf(jpeg, length);
                try {
                    assertArrayEquals(whole, pixels(cut));
                } catch (ImageException e) {
                    assertTrue(e.getMessage().endsWith("): truncated JPEG"), e.getMessage());
                }
            }
        }
    }

    private static byte[] pixels(byte[] file) {
        return TestPictures.decode("field [image]", file, ImageLimits.DEFAULT).rgb();
    }

    @Test
    void aJpegWithoutItsEndIsSaidToBeRepaired() {
        for (String name : List.of("baseline", "progressive")) {
            byte[] jpeg = resource(name + ".jpg");
            assertFalse(TestPictures.decode("it", jpeg, ImageLimits.DEFAULT).repaired());
            assertTrue(TestPictures.decode("it", Arrays.copyOf(jpeg, jpeg.length - 2), ImageLimits.DEFAULT)
                    .repaired());
        }
    }

    private static void assertTruncated(String format, byte[] file, int from, int to) {
        for (int length = from; length < to; length++) {
            String start = Bytes.start(Arrays.copyOf(file, length));
            assertRefused(
                    "cannot decode field [image] (" + length + " bytes, starts with " + start + "): truncated "
                            + format,
                    Arrays.copyOf(file, length));
        }
    }

    @Test
    void pixelsThatAreMissingInsideAWholeFileAreTruncatedToo() {
        byte[] jpeg = resource("baseline.jpg");
        byte[] cut = join(Arrays.copyOf(jpeg, jpeg.length - 40), bytes(0xff, 0xd9));
        assertRefused(
                "cannot decode field [image] (" + cut.length + " bytes, starts with ff d8 ff e0): truncated JPEG", cut);
        byte[] png = png(2, 1, 8, 0, bytes(1, 2));
        byte[] rows = TestPictures.deflate(bytes(0, 1, 2));
        byte[] shorter = join(pngHeaderOnly(2, 9), TestPictures.chunk("IDAT", rows), TestPictures.chunk("IEND"));
        assertNotNull(TestPictures.decode("field [image]", png, ImageLimits.DEFAULT));
        assertRefused(
                "cannot decode field [image] (" + shorter.length + " bytes, starts with 89 50 4e 47): truncated PNG",
                shorter);
    }

    @ParameterizedTest
    @ValueSource(ints = {0xc3, 0xc5, 0xc9, 0xcb})
    void kindsOfJpegThatFewDecodeAreRefused(int marker) {
        byte[] file = join(bytes(0xff, 0xd8), segment(marker, bytes(8, 0, 1, 0, 1, 1, 1, 17, 0)));
        String kind = marker == 0xc3 ? "lossless" : marker == 0xc5 ? "hierarchical" : "arithmetic-coded";
        assertRefused(
                "cannot decode field [image] (" + file.length + " bytes, starts with ff d8 ff "
                        + Integer.toHexString(marker) + "): " + kind
                        + " JPEG is not supported; save it as a baseline or progressive one",
                file);
    }

    @Test
    void twelveBitJpegIsRefused() {
        byte[] file = join(bytes(0xff, 0xd8), segment(0xc1, bytes(12, 0, 1, 0, 1, 1, 1, 17, 0)));
        assertRefused(
                "cannot decode field [image] (15 bytes, starts with ff d8 ff c1): JPEG of [12] bits a sample is not"
                        + " supported; save it with [8]",
                file);
    }

    @Test
    void aSecondHeaderIsRefused() {
        byte[] frame = segment(0xc0, bytes(8, 0, 1, 0, 1, 1, 1, 17, 0));
        assertRefused(
                "cannot decode field [image] (28 bytes, starts with ff d8 ff c0): damaged JPEG: a second frame header",
                join(bytes(0xff, 0xd8), frame, frame));
        byte[] twice = TestPictures.insert(PNG, 33, TestPictures.header(9, 9, 8, 0));
        assertRefused(
                "cannot decode field [image] (" + twice.length
                        + " bytes, starts with 89 50 4e 47): damaged PNG: a second" + " [IHDR] chunk",
                twice);
    }

    @Test
    void aScanBombIsRefused() {
        byte[] progressive = resource("progressive.jpg");
        byte[] scan = segment(0xda, bytes(1, 1, 0, 1, 63, 0x21));
        byte[] start = Arrays.copyOf(progressive, progressive.length - 2);
        byte[] bomb = start;
        for (int i = 0; i < 60; i++) {
            bomb = join(bomb, scan);
        }
        bomb = join(bomb, bytes(0xff, 0xd9));
        assertRefused(
                "cannot decode field [image] (" + bomb.length
                        + " bytes, starts with ff d8 ff e0): JPEG of more than [64]"
                        + " scans; save it with fewer or as a baseline one",
                bomb);
    }

    @Test
    void aWrongChecksumIsRefused() {
        byte[] file = PNG.clone();
        file[file.length - 12 - 5] ^= 1;
        assertRefused(
                "cannot decode field [image] (" + file.length + " bytes, starts with 89 50 4e 47): damaged PNG: the"
                        + " checksum of a chunk [IDAT] is wrong",
                file);
    }

    @Test
    void aPictureInsideABmpIsRefused() {
        byte[] file = bmp(2, 2, 0, 5, PNG);
        assertRefused(
                "cannot decode field [image] (" + file.length + " bytes, starts with " + Bytes.start(file)
                        + "): BMP of [0] bits a pixel and compression [5] is not supported; save it uncompressed with"
                        + " [24] bits",
                file);
    }

    @Test
    void metadataReachesNoDecoder() {
        byte[] junk = new byte[1000];
        Arrays.fill(junk, (byte) 0xa5);
        byte[] png = png(
                1,
                1,
                8,
                2,
                bytes(1, 2, 3),
                TestPictures.chunk("iCCP", junk),
                TestPictures.chunk("zTXt", junk),
                TestPictures.chunk("eXIf", junk),
                TestPictures.chunk("sBIT", junk));
        assertArrayEquals(
                bytes(1, 2, 3),
                TestPictures.decode("x", png, ImageLimits.DEFAULT).rgb());
        byte[] jpeg = resource("baseline.jpg");
        byte[] profile = segment(0xe2, join(latin1("ICC_PROFILE\u0000\u0001\u0001"), junk));
        byte[] exif = segment(0xe1, join(latin1("Exif\u0000\u0000"), junk));
        byte[] thumbnail = segment(0xe0, join(latin1("JFXX\u0000\u0010"), junk));
        byte[] dressed = TestPictures.insert(jpeg, 2, join(profile, exif, thumbnail, segment(0xfe, junk)));
        assertArrayEquals(
                TestPictures.decode("x", jpeg, ImageLimits.DEFAULT).rgb(),
                TestPictures.decode("x", dressed, ImageLimits.DEFAULT).rgb());
    }

    @Test
    void whateverADecoderThrowsIsARefusal() {
        for (Throwable thrown : List.of(
                new IllegalStateException("odd"),
                new StackOverflowError(),
                new NoClassDefFoundError("gone"),
                new OutOfMemoryError("full"))) {
            ImageException e = assertThrows(
                    ImageException.class,
                    () -> TestPictures.decode(
                            "field [image]", PNG, ImageLimits.DEFAULT, format -> new BrokenReader(thrown, 2, 2)));
            assertArrayEquals(thrown.getStackTrace(), e.getStackTrace());
            // users would be shown the words of a cause
            assertNull(e.getCause());
            assertEquals(0, e.getSuppressed().length);
            assertEquals(
                    "cannot decode field [image] (" + PNG.length + " bytes, starts with 89 50 4e 47): "
                            + (thrown instanceof OutOfMemoryError
                                    ? "the node has too little memory left to decode it; send a smaller picture or"
                                            + " give the node a larger heap"
                                    : "damaged PNG: its pixels cannot be decoded"),
                    e.getMessage());
        }
    }

    @Test
    void aDecoderThatSeesAnotherSizeIsStopped() {
        ImageException e = assertThrows(
                ImageException.class,
                () -> TestPictures.decode(
                        "field [image]",
                        PNG,
                        ImageLimits.DEFAULT,
                        format -> new BrokenReader(new AssertionError("read"), 2, 30000)));
        assertEquals(
                "cannot decode field [image] (" + PNG.length
                        + " bytes, starts with 89 50 4e 47): its decoder sees [2] x [30000] pixels, its header says "
                        + "[2] x"
                        + " [2]",
                e.getMessage());
    }

    @Test
    void limitsAreChecked() {
        assertEquals(
                "[lookalike.image.max_bytes] must be at least [1]; got [0]",
                assertThrows(IllegalArgumentException.class, () -> new ImageLimits(0, 1, 1))
                        .getMessage());
        assertEquals(
                "[lookalike.image.max_pixels] must be from [1] to [700000000]; got [700000001]",
                assertThrows(IllegalArgumentException.class, () -> new ImageLimits(1, 700000001, 1))
                        .getMessage());
        assertEquals(
                "[lookalike.image.max_side] must be at least [1]; got [0]",
                assertThrows(IllegalArgumentException.class, () -> new ImageLimits(1, 1, 0))
                        .getMessage());
    }

    /** Says that it has a picture and throws when asked for it. */
    private static final class BrokenReader extends ImageReader {

        private final Throwable thrown;
        private final int width;
        private final int height;

        BrokenReader(Throwable thrown, int width, int height) {
            super(null);
            this.thrown = thrown;
            this.width = width;
            this.height = height;
        }

        @Override
        public BufferedImage read(int index, ImageReadParam param) {
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        }

        @Override
        public int getWidth(int index) {
            return width;
        }

        @Override
        public int getHeight(int index) {
            return height;
        }

        @Override
        public int getNumImages(boolean allowSearch) {
            return 1;
        }

        @Override
        public Iterator<ImageTypeSpecifier> getImageTypes(int index) {
            throw new UnsupportedOperationException();
        }

        @Override
        public IIOMetadata getStreamMetadata() {
            throw new UnsupportedOperationException();
        }

        @Override
        public IIOMetadata getImageMetadata(int index) {
            throw new UnsupportedOperationException();
        }
    }
}
