package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PixelsTests {
    @Test
    void turnsAPictureUprightAsItsExifSays() throws IOException {
        // bright upper left corner; where it is once the orientation has been applied
        int[][] corners = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}, {1, 0}, {1, 1}, {0, 1}};
        BufferedImage image = new BufferedImage(64, 32, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                image.setRGB(x, y, 0xffffff);
            }
        }
        byte[] jpeg = Pixels.jpeg(image, 0.95f);
        for (int orientation = 1; orientation <= 8; orientation++) {
            for (boolean little : new boolean[] {true, false}) {
                BufferedImage upright = Pixels.decode(withExif(jpeg, orientation, little));
                assertEquals(orientation > 4 ? 32 : 64, upright.getWidth());
                int x = corners[orientation - 1][0] * (upright.getWidth() - 1);
                int y = corners[orientation - 1][1] * (upright.getHeight() - 1);
                assertEquals(255, upright.getRGB(x, y) & 0xff, 10, "orientation " + orientation);
                assertEquals(
                        0,
                        upright.getRGB(upright.getWidth() - 1 - x, upright.getHeight() - 1 - y) & 0xff,
                        10,
                        "orientation " + orientation);
            }
        }
    }

    @Test
    void refusesWhatIsNoPicture() {
        for (String text : new String[] {"", "no picture", "\u00ff\u00d8\u00ff\u00e1"}) {
            assertThrows(IOException.class, () -> Pixels.decode(text.getBytes(StandardCharsets.ISO_8859_1)));
        }
    }

    @Test
    void thumbnailsFitAndAreNeverEnlarged() {
        BufferedImage wide = Pixels.thumbnail(new BufferedImage(1000, 10, BufferedImage.TYPE_INT_RGB), 160);
        assertEquals(160, wide.getWidth());
        assertEquals(2, wide.getHeight());
        assertEquals(
                20,
                Pixels.thumbnail(new BufferedImage(20, 30, BufferedImage.TYPE_INT_RGB), 160)
                        .getWidth());
    }

    private static byte[] withExif(byte[] jpeg, int orientation, boolean little) {
        int[] big = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0};
        int[] small = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0};
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        out.write(0xff);
        out.write(0xe1);
        out.write(0);
        out.write(2 + 6 + big.length);
        out.writeBytes("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
        for (int b : little ? small : big) {
            out.write(b);
        }
        out.write(jpeg, 2, jpeg.length - 2);
        return out.toByteArray();
    }
}
