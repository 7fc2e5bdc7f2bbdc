package io.lookalike.image;

import io.lookalike.image.file.ImageLimits;
import java.util.Locale;

/** Pictures of any size that {@code src/test/python/pillow_golden.py} draws too. */
public final class GoldenPictures {

    private GoldenPictures() {}

    public static Picture of(String kind, int width, int height) {
        return switch (kind) {
            case "pattern" -> TestPictures.pattern(width, height);
            case "scene" -> scene(width, height);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    /** A JPEG of 500 x 375 pixels that Pillow has written. */
    public static Picture photo() {
        return TestPictures.decode("photo", TestPictures.resource("photo.jpg"), ImageLimits.DEFAULT);
    }

    /** {@link #photo}, decoded and resized to 224 x 224 by Pillow. */
    public static Picture photoByPillow(Resample filter) {
        String name = "photo-" + filter.name().toLowerCase(Locale.ROOT) + "-224x224.png";
        return TestPictures.decode(name, TestPictures.resource(name), ImageLimits.DEFAULT);
    }

    /** A slope under a chessboard in red, noise in green, rings in blue. */
    private static Picture scene(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0, at = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int across = 2 * x - width;
                int down = 2 * y - height;
                rgb[at++] = (byte) (x * 200 / width + (x / 16 + y / 16) % 2 * 55);
                rgb[at++] = (byte) ((x * 73856093 ^ y * 19349663) >>> 7);
                rgb[at++] = (byte) ((across * across + down * down) / 64);
            }
        }
        return Picture.ofRgb(width, height, rgb, "png");
    }
}
