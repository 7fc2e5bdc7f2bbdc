package io.lookalike.image;

import static io.lookalike.image.TestPictures.bytes;
import static io.lookalike.image.TestPictures.chunk;
import static io.lookalike.image.TestPictures.exif;
import static io.lookalike.image.TestPictures.join;
import static io.lookalike.image.TestPictures.latin1;
import static io.lookalike.image.TestPictures.png;
import static io.lookalike.image.TestPictures.resource;
import static io.lookalike.image.TestPictures.segment;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lookalike.image.file.ExifOrientation;
import io.lookalike.image.file.ImageLimits;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OrientationTests {

    private static final int ORIENTATION = 0x0112;

    private static Picture decode(byte[] bytes) {
        return TestPictures.decode("field [image]", bytes, ImageLimits.DEFAULT);
    }

    /** Where pixel (x, y) of the turned picture comes from: the table of EXIF 2.32, section 4.6.4, spelt out. */
    private static int[] source(int orientation, int x, int y, int width, int height) {
        return switch (orientation) {
            case 1 -> new int[] {x, y};
            case 2 -> new int[] {width - 1 - x, y};
            case 3 -> new int[] {width - 1 - x, height - 1 - y};
            case 4 -> new int[] {x, height - 1 - y};
            case 5 -> new int[] {y, x};
            case 6 -> new int[] {y, height - 1 - x};
            case 7 -> new int[] {width - 1 - y, height - 1 - x};
            case 8 -> new int[] {width - 1 - y, x};
            default -> throw new AssertionError(orientation);
        };
    }

    private static void assertTurned(Picture upright, Picture turned, int orientation) {
        int width = upright.width();
        int height = upright.height();
        assertEquals(orientation, turned.orientation());
        assertEquals(orientation < 5 ? width : height, turned.width());
        assertEquals(orientation < 5 ? height : width, turned.height());
        for (int y = 0; y < turned.height(); y++) {
            for (int x = 0; x < turned.width(); x++) {
                int[] from = source(orientation, x, y, width, height);
                int expected = 3 * (from[1] * width + from[0]);
                int actual = 3 * (y * turned.width() + x);
                assertArrayEquals(
                        Arrays.copyOfRange(upright.rgb(), expected, expected + 3),
                        Arrays.copyOfRange(turned.rgb(), actual, actual + 3),
                        "orientation " + orientation + " at " + x + ", " + y);
            }
        }
    }

    @Test
    void pngIsTurned() {
        byte[] rows = TestPictures.pattern(5, 3).rgb();
        for (int orientation = 1; orientation <= 8; orientation++) {
            byte[] file = png(5, 3, 8, 2, rows, chunk("eXIf", exif(ORIENTATION, orientation)));
            assertTurned(TestPictures.pattern(5, 3), decode(file), orientation);
        }
    }

    @Test
    void jpegIsTurned() {
        for (String name : new String[] {"baseline", "gray", "cmyk"}) {
            byte[] file = resource(name + ".jpg");
            for (int orientation = 1; orientation <= 8; orientation++) {
                byte[] exif = segment(0xe1, join(latin1("Exif\u0000\u0000"), exif(ORIENTATION, orientation)));
                assertTurned(decode(file), decode(TestPictures.insert(file, 2, exif)), orientation);
            }
        }
    }

    @Test
    void littleEndianIsReadToo() {
        byte[] tiff =
                join(latin1("II*\u0000"), bytes(8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0));
        assertEquals(6, ExifOrientation.of(tiff));
    }

    /** Cameras and programs that cut a file leave directories that say they have more entries than are there. */
    @Test
    void theEntriesThatAreThereCount() {
        byte[] whole = exif(ORIENTATION, 6);
        whole[9] = 11;
        assertEquals(6, ExifOrientation.of(whole));
    }

    @Test
    void brokenExifCountsAsAbsent() {
        byte[] whole = exif(ORIENTATION, 6);
        assertEquals(6, ExifOrientation.of(whole));
        assertEquals(1, ExifOrientation.of(exif(ORIENTATION, 0)));
        assertEquals(1, ExifOrientation.of(exif(ORIENTATION, 9)));
        assertEquals(1, ExifOrientation.of(exif(0x0110, 6)));
        assertEquals(1, ExifOrientation.of(new byte[0]));
        for (int length = 0; length < 20; length++) {
            assertEquals(1, ExifOrientation.of(Arrays.copyOf(whole, length)), "length " + length);
        }
        for (int seed = 0; seed < 200; seed++) {
            byte[] noise = whole.clone();
            new Random(seed).nextBytes(noise);
            System.arraycopy(whole, 0, noise, 0, 8);
            int orientation = ExifOrientation.of(noise);
            assertEquals(Math.clamp(orientation, 1, 8), orientation);
        }
    }
}
