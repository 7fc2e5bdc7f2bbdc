package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColourHistogramTests {
    @Test
    void countsSharesOfTheTwoHighestBits() {
        ColourHistogram shares = ColourHistogram.of(halves(new Color(255, 128, 64), new Color(0, 63, 200)));
        assertEquals(0.5f, shares.share(3 << 4 | 2 << 2 | 1));
        assertEquals(0.5f, shares.share(3));
    }

    @Test
    void distanceRunsFromZeroToTwo() {
        ColourHistogram red = ColourHistogram.of(halves(Color.RED, Color.RED));
        ColourHistogram both = ColourHistogram.of(halves(Color.RED, Color.BLUE));
        ColourHistogram blue = ColourHistogram.of(halves(Color.BLUE, Color.BLUE));
        assertEquals(0, red.distance(red));
        assertEquals(1, red.distance(both));
        assertEquals(2, red.distance(blue));
        assertArrayEquals(new int[] {1, 2}, ColourHistogram.nearest(List.of(red, both, blue), 0, 5));
        assertArrayEquals(new int[] {1}, ColourHistogram.nearest(List.of(red, both, blue), 2, 1));
    }

    private static BufferedImage halves(Color left, Color right) {
        BufferedImage image = new BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(left);
        graphics.fillRect(0, 0, 10, 10);
        graphics.setColor(right);
        graphics.fillRect(10, 0, 10, 10);
        graphics.dispose();
        return image;
    }
}
