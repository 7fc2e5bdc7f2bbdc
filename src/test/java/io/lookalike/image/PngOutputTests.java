package io.lookalike.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PngOutputTests {
    @Test
    void othersReadTheSamePixels() throws IOException {
        Random random = new Random(5);
        for (int[] sides : new int[][] {{1, 1}, {37, 5}, {256, 256}}) {
            byte[] rgb = new byte[3 * sides[0] * sides[1]];
            random.nextBytes(rgb);
            byte[] png = PngOutput.of(Picture.ofRgb(sides[0], sides[1], rgb, "png"));
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
            assertEquals(sides[0], image.getWidth());
            assertEquals(sides[1], image.getHeight());
            for (int i = 0; i < rgb.length; i++) {
                int pixel = image.getRGB(i / 3 % sides[0], i / 3 / sides[0]);
                assertEquals(rgb[i] & 0xff, (pixel >> (8 * (2 - i % 3))) & 0xff);
            }
        }
    }
}
