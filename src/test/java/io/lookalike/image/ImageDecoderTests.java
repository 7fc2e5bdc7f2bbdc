package io.lookalike.image;

import static io.lookalike.image.TestPictures.bmp;
import static io.lookalike.image.TestPictures.bytes;
import static io.lookalike.image.TestPictures.gif;
import static io.lookalike.image.TestPictures.join;
import static io.lookalike.image.TestPictures.png;
import static io.lookalike.image.TestPictures.resource;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.file.Frame;
import io.lookalike.image.file.ImageLimits;
import io.lookalike.image.file.JpegFile;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class ImageDecoderTests {

    private static Picture decode(byte[] bytes) {
        return TestPictures.decode("field [image]", bytes, ImageLimits.DEFAULT);
    }

    private static void assertPixels(byte[] file, int... expected) {
        assertArrayEquals(bytes(expected), decode(file).rgb());
    }

    /** The pictures and their pixels were made by Pillow 9.4, in mode RGB, L or CMYK, with quality 85. */
    @ParameterizedTest
    @ValueSource(strings = {"baseline", "progressive", "gray", "cmyk", "ycck"})
    void jpegDecodesAsInPillow(String name) {
        Picture picture = decode(resource(name + ".jpg"));
        assertEquals("jpeg", picture.format());
        assertEquals(40, picture.width());
        assertEquals(24, picture.height());
        assertClose(resource(name + ".rgb"), picture.rgb());
    }

    /** Components that all have the same number are told apart by their order, as libjpeg-turbo does. */
    @Test
    void componentsOfTheSameNumberAreDecoded() {
        byte[] file = resource("baseline.jpg");
        byte[] same = file.clone();
        int header = find(new Bytes(file, "JPEG"), 0xc0);
        int scan = find(new Bytes(file, "JPEG"), 0xda);
        for (int i = 0; i < 3; i++) {
            same[header + 10 + 3 * i] = 1;
            same[scan + 5 + 2 * i] = 1;
        }
        assertArrayEquals(decode(file).rgb(), decode(same).rgb());
    }

    /** The files and their pixels were made by Pillow 9.4; what is transparent lies over white. */
    @ParameterizedTest
    @ValueSource(strings = {"lossy", "lossless", "lossless-alpha", "lossy-alpha", "animated"})
    void webpDecodesAsInPillow(String name) {
        Picture picture = decode(resource(name + ".webp"));
        assertEquals("webp", picture.format());
        assertEquals(40, picture.width());
        assertEquals(24, picture.height());
        assertClose(resource(name + ".rgb"), picture.rgb());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lzw", "packbits", "jpeg", "group3", "group4", "tiff-cmyk", "cmyk-jpeg"})
    void tiffDecodesAsInPillow(String name) {
        Picture picture = decode(resource(name + ".tif"));
        assertEquals("tiff", picture.format());
        assertEquals(40, picture.width());
        assertClose(resource(name + ".rgb"), picture.rgb());
    }

    private static void assertClose(byte[] expected, byte[] actual) {
        assertClose(expected, actual, 1);
    }

    public static void assertClose(byte[] expected, byte[] actual, int most) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            assertTrue(Math.abs((expected[i] & 0xff) - (actual[i] & 0xff)) <= most, "byte " + i);
        }
    }

    @Test
    void tiffIsReadInEveryLayout() {
        byte[] rgb = TestPictures.pattern(5, 3).rgb();
        for (boolean big : new boolean[] {false, true}) {
            for (boolean little : new boolean[] {false, true}) {
                TestPictures.Tiff tiff = new TestPictures.Tiff(5, 3, 8, 3, 2).order(little, big);
                assertArrayEquals(rgb, decode(tiff.strips(3, rgb)).rgb());
                assertArrayEquals(
                        rgb,
                        decode(tiff.strips(2, Arrays.copyOf(rgb, 30), Arrays.copyOfRange(rgb, 30, 45)))
                                .rgb());
                byte[] red = plane(rgb, 0);
                assertArrayEquals(
                        rgb,
                        decode(tiff.with(284, 2).strips(3, red, plane(rgb, 1), plane(rgb, 2)))
                                .rgb());
            }
        }
        byte[] left = new byte[16 * 16];
        byte[] right = new byte[16 * 16];
        left[15] = 7;
        right[0] = 9;
        Picture tiles = decode(new TestPictures.Tiff(18, 1, 8, 1, 1).tiles(16, 16, left, right));
        assertEquals(7, tiles.rgb()[3 * 15]);
        assertEquals(9, tiles.rgb()[3 * 16]);
    }

    private static byte[] plane(byte[] rgb, int channel) {
        byte[] plane = new byte[rgb.length / 3];
        for (int i = 0; i < plane.length; i++) {
            plane[i] = rgb[3 * i + channel];
        }
        return plane;
    }

    @Test
    void tiffKeepsItsValues() {
        assertPixels(new TestPictures.Tiff(2, 1, 8, 1, 0).strips(1, bytes(0, 100)), 255, 255, 255, 155, 155, 155);
        assertPixels(new TestPictures.Tiff(2, 1, 1, 1, 1).strips(1, bytes(0b01000000)), 0, 0, 0, 255, 255, 255);
        assertPixels(new TestPictures.Tiff(2, 1, 4, 1, 1).strips(1, bytes(0x1e)), 17, 17, 17, 238, 238, 238);
        assertPixels(new TestPictures.Tiff(1, 1, 16, 3, 2).strips(1, bytes(1, 255, 2, 128, 3, 0)), 1, 2, 3);
        assertPixels(new TestPictures.Tiff(1, 1, 8, 4, 5).strips(1, bytes(255, 0, 0, 0)), 0, 255, 255);
        // alpha: straight, multiplied in, or not meant
        assertPixels(
                new TestPictures.Tiff(1, 1, 8, 4, 2).with(338, 2).strips(1, bytes(255, 100, 0, 51)), 255, 224, 204);
        assertPixels(new TestPictures.Tiff(1, 1, 8, 4, 2).with(338, 1).strips(1, bytes(51, 20, 0, 51)), 255, 224, 204);
        assertPixels(new TestPictures.Tiff(1, 1, 8, 4, 2).with(338, 0).strips(1, bytes(255, 100, 0, 51)), 255, 100, 0);
    }

    @Test
    void everySecondRowAndColumnOfALargePictureIsDecoded() {
        int width = 5001;
        int height = 2502;
        byte[] rows = new byte[width * height];
        for (int y = 0, i = 0; y < height; y++) {
            for (int x = 0; x < width; x++, i++) {
                rows[i] = (byte) (x + 3 * y);
            }
        }
        Picture picture = decode(png(width, height, 8, 0, rows));
        assertEquals(2500, picture.width());
        assertEquals(1251, picture.height());
        assertEquals(width, picture.fullWidth());
        assertEquals(height, picture.fullHeight());
        for (int[] at : new int[][] {{0, 0}, {17, 0}, {0, 400}, {2499, 1250}}) {
            int pixel = picture.rgb()[3 * (at[1] * 2500 + at[0])];
            assertEquals((byte) (2 * at[0] + 1 + 3 * (2 * at[1] + 1)), pixel);
        }
        Picture gif = decode(gif(4999, 2600, 197, 199, -1, 1, 2));
        assertEquals(2499, gif.width());
        assertEquals(4999, gif.fullWidth());
        assertEquals((byte) 255, gif.rgb()[1]);
        // the frame's first pixel, red, is in an odd column and an odd row
        int red = 3 * (99 * 2499 + 98);
        assertArrayEquals(bytes(255, 0, 0), Arrays.copyOfRange(gif.rgb(), red, red + 3));
    }

    @Test
    void laterScansOfALargeProgressiveJpegAreLeftOut() {
        byte[] file = resource("progressive.jpg").clone();
        int scans = count(file, 0xda);
        assertEquals(10, scans);
        Bytes in = new Bytes(file, "JPEG");
        int header = find(in, 0xc2);
        // the same scans, said to be of 8000 x 6000 pixels
        byte[] sides = bytes(6000 >> 8, 6000 & 0xff, 8000 >> 8, 8000 & 0xff);
        System.arraycopy(sides, 0, file, header + 5, 4);
        Frame frame = assertDoesNotThrow(() -> JpegFile.inspect(file, ImageLimits.DEFAULT));
        byte[] stream = Arrays.copyOfRange(frame.stream(), frame.offset(), frame.offset() + frame.length());
        assertEquals(4, count(stream, 0xda));
    }

    private static int find(Bytes in, int marker) {
        for (int i = 0; i < in.length() - 1; i++) {
            if (in.array()[i] == -1 && (in.array()[i + 1] & 0xff) == marker) {
                return i;
            }
        }
        throw new AssertionError("no marker " + marker);
    }

    private static int count(byte[] file, int marker) {
        return (int) IntStream.range(0, file.length - 1)
                .filter(i -> file[i] == -1 && (file[i + 1] & 0xff) == marker)
                .count();
    }

    @Test
    void greyKeepsItsValueInEveryDepth() {
        assertPixels(png(2, 1, 1, 0, bytes(0b01000000)), 0, 0, 0, 255, 255, 255);
        assertPixels(png(4, 1, 2, 0, bytes(0b00011011)), 0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255);
        assertPixels(png(2, 1, 4, 0, bytes(0x1e)), 17, 17, 17, 238, 238, 238);
        assertPixels(png(2, 1, 16, 0, bytes(100, 255, 200, 0)), 100, 100, 100, 200, 200, 200);
        byte[] all = new byte[256];
        byte[] expected = new byte[3 * 256];
        for (int i = 0; i < 256; i++) {
            all[i] = (byte) i;
            Arrays.fill(expected, 3 * i, 3 * i + 3, (byte) i);
        }
        assertArrayEquals(expected, decode(png(256, 1, 8, 0, all)).rgb());
    }

    @Test
    void colourKeepsItsValue() {
        assertPixels(png(1, 2, 8, 2, bytes(1, 2, 3, 4, 5, 6)), 1, 2, 3, 4, 5, 6);
        assertPixels(png(1, 1, 16, 2, bytes(1, 255, 2, 128, 3, 0)), 1, 2, 3);
    }

    @Test
    void alphaLiesOverWhite() {
        assertPixels(png(3, 1, 8, 4, bytes(0, 0, 0, 255, 100, 51)), 255, 255, 255, 0, 0, 0, 224, 224, 224);
        assertPixels(png(2, 1, 8, 6, bytes(9, 9, 9, 0, 255, 100, 0, 51)), 255, 255, 255, 255, 224, 204);
        assertPixels(png(1, 1, 16, 6, bytes(255, 0, 100, 0, 0, 0, 51, 0)), 255, 224, 204);
    }

    private static void assertContrast(byte[] file, int... rgb) {
        try (PixelMemory.Reservation memory = UnmeteredMemory.reservation()) {
            Picture picture =
                    ImageDecoder.decode("it", file, ImageLimits.DEFAULT, Background.CONTRAST, memory, () -> {});
            assertArrayEquals(bytes(rgb), picture.rgb());
        }
    }

    /** Black under what is bright, white under what is dark, whatever lies unseen; as far from both: white. */
    @Test
    void alphaLiesOverWhatContrasts() {
        assertContrast(png(3, 1, 8, 4, bytes(255, 255, 0, 0, 200, 51)), 255, 255, 255, 0, 0, 0, 40, 40, 40);
        assertContrast(png(3, 1, 8, 4, bytes(0, 255, 255, 0, 100, 51)), 0, 0, 0, 255, 255, 255, 224, 224, 224);
        assertContrast(png(2, 1, 8, 6, bytes(9, 9, 9, 0, 255, 255, 0, 51)), 0, 0, 0, 51, 51, 0);
        assertContrast(png(1, 1, 16, 6, bytes(255, 0, 200, 0, 255, 0, 51, 0)), 51, 40, 51);
        assertContrast(png(3, 1, 8, 4, bytes(255, 255, 0, 255, 0, 0)), 255, 255, 255, 0, 0, 0, 255, 255, 255);
        assertContrast(png(3, 1, 8, 4, bytes(255, 255, 1, 255, 0, 0)), 255, 255, 255, 1, 1, 1, 0, 0, 0);
        assertContrast(png(2, 1, 8, 4, bytes(255, 0, 200, 0)), 255, 255, 255, 255, 255, 255);
        assertContrast(png(2, 1, 8, 4, bytes(250, 255, 200, 255)), 250, 250, 250, 200, 200, 200);
        byte[] palette = TestPictures.chunk("PLTE", bytes(10, 20, 30, 255, 200, 255));
        byte[] alpha = TestPictures.chunk("tRNS", bytes(0, 51));
        assertContrast(png(2, 1, 8, 3, bytes(0, 1), palette, alpha), 0, 0, 0, 51, 40, 51);
        assertContrast(
                png(2, 1, 8, 3, bytes(0, 1), palette, TestPictures.chunk("tRNS", bytes(255, 0))),
                10,
                20,
                30,
                255,
                255,
                255);
        byte[] grey = TestPictures.chunk("tRNS", bytes(0, 7));
        assertContrast(png(2, 1, 8, 0, bytes(7, 208), grey), 0, 0, 0, 208, 208, 208);
    }

    /**
     * What is bright and lets its background through is laid over either, again and again; nothing else depends on it.
     */
    @Test
    void theBackgroundCanBeChanged() {
        try (PixelMemory.Reservation memory = UnmeteredMemory.reservation()) {
            byte[] grey = png(2, 1, 8, 4, bytes(255, 255, 200, 51));
            byte[] palette = png(
                    2,
                    1,
                    8,
                    3,
                    bytes(1, 0),
                    TestPictures.chunk("PLTE", bytes(200, 200, 200, 255, 255, 255)),
                    TestPictures.chunk("tRNS", bytes(51, 255)));
            for (byte[] file : List.of(grey, palette)) {
                for (Background first : Background.values()) {
                    Picture picture = ImageDecoder.decode("it", file, ImageLimits.DEFAULT, first, memory, () -> {});
                    assertTrue(picture.dependsOnBackground());
                    for (int i = 0; i < 2; i++) {
                        picture.lay(Background.WHITE);
                        assertArrayEquals(bytes(255, 255, 255, 244, 244, 244), picture.rgb());
                        picture.lay(Background.CONTRAST);
                        assertArrayEquals(bytes(255, 255, 255, 40, 40, 40), picture.rgb());
                    }
                }
            }
            for (byte[] same : List.of(
                    png(2, 1, 8, 4, bytes(255, 255, 200, 255)),
                    png(2, 1, 8, 4, bytes(0, 255, 200, 0)),
                    png(1, 1, 8, 2, bytes(255, 255, 255)))) {
                Picture picture =
                        ImageDecoder.decode("it", same, ImageLimits.DEFAULT, Background.CONTRAST, memory, () -> {});
                assertFalse(picture.dependsOnBackground());
                byte[] before = picture.rgb().clone();
                picture.lay(Background.WHITE);
                assertArrayEquals(before, picture.rgb());
            }
        }
    }

    /** What a first frame leaves empty is as good as transparent. */
    @Test
    void aFrameLiesOnWhatContrasts() {
        // 1 is red, 2 green, 3 blue; only green is bright
        assertContrast(gif(3, 1, 1, 0, -1, 1, 2), 255, 255, 255, 255, 0, 0, 0, 255, 0);
        assertContrast(gif(2, 1, 1, 0, -1, 2), 0, 0, 0, 0, 255, 0);
        assertContrast(gif(2, 1, 0, 0, 1, 1, 2), 0, 0, 0, 0, 255, 0);
        assertContrast(gif(1, 1, 0, 0, -1, 2), 0, 255, 0);
    }

    @Test
    void paletteMayBeTransparent() {
        byte[] palette = TestPictures.chunk("PLTE", bytes(10, 20, 30, 255, 100, 0));
        byte[] alpha = TestPictures.chunk("tRNS", bytes(255, 51));
        assertPixels(png(2, 1, 8, 3, bytes(0, 1), palette), 10, 20, 30, 255, 100, 0);
        assertPixels(png(2, 1, 8, 3, bytes(0, 1), palette, alpha), 10, 20, 30, 255, 224, 204);
        assertPixels(png(2, 1, 1, 3, bytes(0b01000000), palette), 10, 20, 30, 255, 100, 0);
    }

    @Test
    void oneColourMayBeTransparent() {
        byte[] grey = TestPictures.chunk("tRNS", bytes(0, 7));
        assertPixels(png(2, 1, 8, 0, bytes(7, 8), grey), 255, 255, 255, 8, 8, 8);
        byte[] colour = TestPictures.chunk("tRNS", bytes(0, 1, 0, 2, 0, 3));
        assertPixels(png(2, 1, 8, 2, bytes(1, 2, 3, 1, 2, 4), colour), 255, 255, 255, 1, 2, 4);
    }

    @Test
    void gifFrameLiesOnItsScreen() {
        Picture picture = decode(gif(4, 2, 1, 1, -1, 1, 2));
        assertEquals("gif", picture.format());
        assertEquals(4, picture.width());
        assertEquals(2, picture.height());
        assertPixels(gif(3, 1, 1, 0, -1, 1, 2), 255, 255, 255, 255, 0, 0, 0, 255, 0);
        assertPixels(gif(3, 1, 0, 0, 2, 1, 2, 3), 255, 0, 0, 255, 255, 255, 0, 0, 255);
        assertPixels(gif(1, 1, 1, 0, -1, 3), 255, 255, 255, 0, 0, 255);
        assertPixels(gif(0, 0, 0, 0, -1, 3), 0, 0, 255);
    }

    @Test
    void gifDecodesItsFirstFrameOnly() {
        byte[] file = gif(2, 1, 0, 0, -1, 1, 2);
        byte[] withMore = join(Arrays.copyOf(file, file.length - 1), bytes(0x2c, 9, 9, 9, 9, 255, 255, 255, 255));
        assertPixels(withMore, 255, 0, 0, 0, 255, 0);
    }

    @Test
    void bmpRowsRunBothWays() {
        byte[] rows = bytes(1, 2, 3, 0, 4, 5, 6, 0);
        assertEquals("bmp", decode(bmp(1, 2, 24, 0, rows)).format());
        assertPixels(bmp(1, 2, 24, 0, rows), 6, 5, 4, 3, 2, 1);
        assertPixels(bmp(1, -2, 24, 0, rows), 3, 2, 1, 6, 5, 4);
        assertPixels(bmp(2, 1, 32, 0, bytes(1, 2, 3, 0, 4, 5, 6, 0)), 3, 2, 1, 6, 5, 4);
        assertPixels(bmp(2, 1, 16, 0, bytes(0x1f, 0x7c, 0, 0)), 255, 0, 255, 0, 0, 0);
    }

    @Test
    void threadsShareTheReaders() {
        byte[] cmyk = resource("cmyk.jpg");
        byte[] expected = decode(cmyk).rgb();
        List<byte[]> results = IntStream.range(0, 64)
                .parallel()
                .mapToObj(i -> decode(cmyk).rgb())
                .toList();
        for (byte[] result : results) {
            assertArrayEquals(expected, result);
        }
    }

    @Test
    void theFileIsNotChanged() {
        for (byte[] file : List.of(
                resource("baseline.jpg"),
                png(1, 1, 8, 0, bytes(1)),
                gif(1, 1, 0, 0, -1, 1),
                bmp(1, 1, 24, 0, bytes(1, 2, 3, 0)))) {
            byte[] before = file.clone();
            decode(file);
            assertArrayEquals(before, file);
        }
    }

    @Test
    void nullIsAMistakeOfTheCaller() {
        assertThrows(NullPointerException.class, () -> decode(null));
    }
}
