package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class DrawnPicturesTests {
    @Test
    void sameClassIndexAndSeedDrawTheSamePixels() {
        for (String clazz : DrawnPictures.classes()) {
            for (long seed : new long[] {1, 2}) {
                assertArrayEquals(
                        pixels(DrawnPictures.draw(clazz, 3, seed)), pixels(DrawnPictures.draw(clazz, 3, seed)), clazz);
            }
        }
    }

    @Test
    void anotherIndexOrSeedDrawsAnotherPicture() {
        for (String clazz : DrawnPictures.classes()) {
            int[] picture = pixels(DrawnPictures.draw(clazz, 0, 1));
            assertFalse(Arrays.equals(picture, pixels(DrawnPictures.draw(clazz, 1, 1))), clazz);
            assertFalse(Arrays.equals(picture, pixels(DrawnPictures.draw(clazz, 0, 2))), clazz);
        }
    }

    @Test
    void sizesVaryWithinTheirBounds() {
        HashSet<Integer> widths = new HashSet<>();
        for (String clazz : DrawnPictures.classes()) {
            BufferedImage image = DrawnPictures.draw(clazz, 7, 1);
            widths.add(image.getWidth());
            assertTrue(image.getWidth() >= 224 && image.getWidth() <= 288, clazz);
            assertTrue(image.getHeight() >= 161 && image.getHeight() <= 225, clazz);
        }
        assertTrue(widths.size() > 5, widths.toString());
    }

    @Test
    void hasSixteenClassesAndRefusesOthers() {
        assertEquals(16, new HashSet<>(DrawnPictures.classes()).size());
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> DrawnPictures.draw("cats", 0, 1));
        assertEquals("unknown class [cats]; classes are " + DrawnPictures.classes(), e.getMessage());
    }

    @Test
    void colourAloneDoesNotTellTheClassesApart() {
        int each = 20;
        for (long seed : new long[] {1, 2}) {
            List<ColourHistogram> histograms = new ArrayList<>();
            for (String clazz : DrawnPictures.classes()) {
                for (int i = 0; i < each; i++) {
                    histograms.add(ColourHistogram.of(DrawnPictures.draw(clazz, i, seed)));
                }
            }
            double right = 0;
            for (int query = 0; query < histograms.size(); query++) {
                for (int found : ColourHistogram.nearest(histograms, query, 10)) {
                    right += found / each == query / each ? 1 : 0;
                }
            }
            double precision = right / (histograms.size() * 10);
            // chance is 0.06; the same seed gives the same figure
            assertTrue(precision > 0.1 && precision < 0.5, "precision@10 " + precision);
        }
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }
}
