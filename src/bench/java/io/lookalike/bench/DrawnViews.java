package io.lookalike.bench;

import io.lookalike.image.Picture;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Pictures made of photographs: random parts of them in another light, some mirrored, every third one with a part of a
 * second photograph beside it. A fifth of the photographs of each class is kept out of them, for queries. Immutable.
 */
final class DrawnViews {
    private static final int EVERY = 5;
    private static final long SEED = 7;

    private final List<Picture> pictures;
    private final int[] shown;
    private final int[] queries;

    DrawnViews(LabelledPictures all) {
        this.pictures = all.pictures();
        this.shown =
                IntStream.range(0, pictures.size()).filter(i -> i % EVERY != 0).toArray();
        this.queries =
                IntStream.range(0, pictures.size()).filter(i -> i % EVERY == 0).toArray();
    }

    /** How many photographs serve as queries. */
    int queries() {
        return queries.length;
    }

    /** A whole photograph, {@code [3, side, side]}; a pixel of value x is {@code (x - mean) / scale}. */
    float[] query(int number, int side, float scale, float mean) {
        float[] pixels = new float[3 * side * side];
        draw(pictures.get(queries[number]), new Part(0, 0, 1, 1, false), new float[] {1, 1, 1}, side, pixels);
        return fed(pixels, scale, mean);
    }

    /** The view of a number, like {@link #query}. */
    float[] view(int number, int side, float scale, float mean) {
        SplittableRandom random = new SplittableRandom(SEED * number + 1);
        float[] pixels = part(random, side);
        if (random.nextInt(3) == 0) {
            float[] beside = part(random, side);
            boolean below = random.nextBoolean();
            int at = (int) (side * random.nextDouble(.3, .7));
            for (int i = 0; i < pixels.length; i++) {
                int place = below ? i / side % side : i % side;
                pixels[i] = place < at ? pixels[i] : beside[i];
            }
        }
        return fed(pixels, scale, mean);
    }

    private static float[] fed(float[] pixels, float scale, float mean) {
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (pixels[i] - mean) / scale;
        }
        return pixels;
    }

    /** A part of a picture, as shares of its width and height. */
    private record Part(double left, double top, double width, double height, boolean mirrored) {}

    private float[] part(SplittableRandom random, int side) {
        Picture picture = pictures.get(shown[random.nextInt(shown.length)]);
        double width = random.nextDouble(.35, .9);
        double height = Math.min(.95, width * random.nextDouble(.7, 1.3));
        Part part = new Part(
                random.nextDouble() * (1 - width),
                random.nextDouble() * (1 - height),
                width,
                height,
                random.nextBoolean());
        float light = (float) random.nextDouble(.7, 1.3);
        float[] gains = new float[3];
        for (int c = 0; c < gains.length; c++) {
            gains[c] = light * (float) random.nextDouble(.9, 1.1);
        }
        float[] pixels = new float[3 * side * side];
        draw(picture, part, gains, side, pixels);
        return pixels;
    }

    /** Means of up to 16 points of each pixel. */
    private static void draw(Picture picture, Part part, float[] gains, int side, float[] pixels) {
        byte[] rgb = picture.rgb();
        double wide = part.width * picture.width();
        double high = part.height * picture.height();
        int points = (int) Math.clamp(Math.ceil(Math.max(wide, high) / side), 1, 4);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int[] sums = new int[3];
                int from = part.mirrored ? side - 1 - x : x;
                for (int p = 0; p < points * points; p++) {
                    int column =
                            (int) (part.left * picture.width() + wide * (from + (p % points + .5) / points) / side);
                    int row = (int) (part.top * picture.height()
                            + high * (y + (Math.floorDiv(p, points) + .5) / points) / side);
                    int at = 3
                            * (Math.min(picture.height() - 1, row) * picture.width()
                                    + Math.min(picture.width() - 1, column));
                    for (int c = 0; c < 3; c++) {
                        sums[c] += rgb[at + c] & 0xff;
                    }
                }
                for (int c = 0; c < 3; c++) {
                    pixels[(c * side + y) * side + x] = Math.min(255, gains[c] * ((float) sums[c] / (points * points)));
                }
            }
        }
    }
}
