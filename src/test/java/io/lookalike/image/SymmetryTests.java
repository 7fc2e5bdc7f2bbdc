package io.lookalike.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SymmetryTests {

    /** Where a pixel of the turned picture comes from. */
    private static int[] source(Symmetry symmetry, int x, int y, int width, int height) {
        return switch (symmetry) {
            case IDENTITY -> new int[] {x, y};
            case MIRRORED -> new int[] {width - 1 - x, y};
            case FLIPPED -> new int[] {x, height - 1 - y};
            case ROTATED_180 -> new int[] {width - 1 - x, height - 1 - y};
            case TRANSPOSED -> new int[] {y, x};
            case ROTATED_90 -> new int[] {y, height - 1 - x};
            case ROTATED_270 -> new int[] {width - 1 - y, x};
            case TRANSVERSED -> new int[] {width - 1 - y, height - 1 - x};
        };
    }

    private static Picture turned(Picture picture, Symmetry symmetry) {
        int width = symmetry.transposes ? picture.height() : picture.width();
        int height = symmetry.transposes ? picture.width() : picture.height();
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int[] from = source(symmetry, x, y, picture.width(), picture.height());
                int at = 3 * (from[1] * picture.width() + from[0]);
                System.arraycopy(picture.rgb(), at, rgb, 3 * (y * width + x), 3);
            }
        }
        return Picture.ofRgb(width, height, rgb, "png");
    }

    @Test
    void greyValuesAreThoseOfTheTurnedPicture() {
        for (int[] sides : new int[][] {{500, 375}, {333, 500}, {101, 103}, {64, 64}, {1, 9}, {5, 1}}) {
            Picture picture = GoldenPictures.of("scene", sides[0], sides[1]);
            for (int[] size : new int[][] {{32, 32}, {9, 8}, {8, 8}}) {
                List<int[]> greys = picture.greys(size[0], size[1], Resample.LANCZOS);
                for (Symmetry symmetry : Symmetry.values()) {
                    int[] grey = greys.get(Symmetry.ALL.indexOf(symmetry));
                    assertArrayEquals(
                            turned(picture, symmetry).grey(size[0], size[1], Resample.LANCZOS),
                            grey,
                            symmetry + " of " + sides[0] + "x" + sides[1]);
                }
            }
        }
    }

    @Test
    void names() {
        assertEquals(
                "[identity, mirrored, flipped, rotated_180, transposed, rotated_90, rotated_270, transversed]",
                Symmetry.ALL.toString());
    }
}
