package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class AlterationTests {
    private final BufferedImage original = DrawnPictures.draw("houses", 4, 1);

    @Test
    void everyKindLeavesTheOriginalUntouchedAndIsReadable() throws IOException {
        int[] before = pixels(original);
        for (Alteration kind : Alteration.values()) {
            BufferedImage copy = Pixels.decode(kind.encode(original));
            assertTrue(copy.getWidth() > 0, kind.label());
            assertArrayEquals(before, pixels(original), kind.label());
        }
    }

    @Test
    void theFirstFiveAreExpectedToBeFound() {
        assertEquals(
                "[REENCODED, RESIZED, GREYSCALE, WATERMARKED, CROPPED]",
                Arrays.stream(Alteration.values())
                        .filter(Alteration::expected)
                        .toList()
                        .toString());
    }

    @Test
    void reencodedIsSmallerAndClose() throws IOException {
        byte[] copy = Alteration.REENCODED.encode(original);
        assertTrue(copy.length < Pixels.jpeg(original, 0.9f).length);
        assertEquals(0, meanDifference(original, Pixels.decode(copy)), 8);
    }

    @Test
    void resizedIsHalfAsLarge() {
        BufferedImage copy = Alteration.RESIZED.apply(original);
        assertEquals(original.getWidth() / 2, copy.getWidth());
        assertEquals(original.getHeight() / 2, copy.getHeight());
    }

    @Test
    void greyscaleHasEqualChannels() {
        for (int rgb : pixels(Alteration.GREYSCALE.apply(original))) {
            assertEquals(rgb & 0xff, rgb >> 8 & 0xff);
            assertEquals(rgb & 0xff, rgb >> 16 & 0xff);
        }
    }

    @Test
    void watermarkChangesTheLowerRightOnly() {
        BufferedImage copy = Alteration.WATERMARKED.apply(original);
        int changed = 0;
        for (int y = 0; y < original.getHeight(); y++) {
            for (int x = 0; x < original.getWidth(); x++) {
                if (copy.getRGB(x, y) != original.getRGB(x, y)) {
                    changed++;
                    assertTrue(x > original.getWidth() * 0.4 && y > original.getHeight() * 0.75, x + "," + y);
                }
            }
        }
        assertTrue(changed > 500, "changed " + changed);
    }

    @Test
    void croppedKeepsTheMiddle() {
        BufferedImage copy = Alteration.CROPPED.apply(original);
        assertEquals(Math.round(original.getWidth() * 0.95), copy.getWidth());
        assertEquals(Math.round(original.getHeight() * 0.95), copy.getHeight());
        int left = (original.getWidth() - copy.getWidth()) / 2;
        int top = (original.getHeight() - copy.getHeight()) / 2;
        assertEquals(original.getRGB(left + 20, top + 30), copy.getRGB(20, 30));
        BufferedImage much = Alteration.CROPPED_MUCH.apply(original);
        assertEquals(Math.round(original.getWidth() * 0.7), much.getWidth());
    }

    @Test
    void rotatedTurnsClockwise() {
        BufferedImage copy = Alteration.ROTATED.apply(original);
        assertEquals(original.getHeight(), copy.getWidth());
        assertEquals(original.getWidth(), copy.getHeight());
        assertEquals(original.getRGB(0, 0), copy.getRGB(copy.getWidth() - 1, 0));
        assertEquals(original.getRGB(5, 9), copy.getRGB(copy.getWidth() - 1 - 9, 5));
    }

    @Test
    void mirroredTwiceIsTheOriginal() {
        BufferedImage once = Alteration.MIRRORED.apply(original);
        assertEquals(original.getRGB(3, 8), once.getRGB(original.getWidth() - 4, 8));
        assertArrayEquals(pixels(original), pixels(Alteration.MIRRORED.apply(once)));
    }

    @Test
    void recolouredThriceIsTheOriginal() {
        BufferedImage once = Alteration.RECOLOURED.apply(original);
        int rgb = original.getRGB(10, 10);
        assertEquals(rgb >> 8 & 0xff, once.getRGB(10, 10) >> 16 & 0xff);
        assertEquals(rgb & 0xff, once.getRGB(10, 10) >> 8 & 0xff);
        assertEquals(rgb >> 16 & 0xff, once.getRGB(10, 10) & 0xff);
        assertArrayEquals(pixels(original), pixels(Alteration.RECOLOURED.apply(Alteration.RECOLOURED.apply(once))));
    }

    private static double meanDifference(BufferedImage a, BufferedImage b) {
        int[] p = pixels(a);
        int[] q = pixels(b);
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            sum += Math.abs((p[i] >> 8 & 0xff) - (q[i] >> 8 & 0xff));
        }
        return sum / p.length;
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }
}
