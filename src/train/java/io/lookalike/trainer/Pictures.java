package io.lookalike.trainer;

import io.lookalike.image.Background;
import io.lookalike.image.ImageDecoder;
import io.lookalike.image.ImageException;
import io.lookalike.image.Picture;
import io.lookalike.image.PixelMemory;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Resample;
import io.lookalike.image.UnmeteredMemory;
import io.lookalike.image.file.ImageLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Pictures as the network sees them: decoded as on a node, stretched to a square, normalised.
 *
 * <p>Keeps the pixels, three bytes each, as long as they fit into half of the heap; the rest is decoded anew each time.
 * Thread-safe.
 */
final class Pictures {
    static final float SCALE = 0.003921569f;
    static final float[] MEAN = {.4914f, .4822f, .4465f};
    static final float[] STD = {.2023f, .1994f, .2010f};

    private final int size;
    private final Preprocessing stretch;
    private final PixelMemory memory = new PixelMemory(Runtime.getRuntime().maxMemory() / 4, UnmeteredMemory.METER);
    private final Map<Sample, byte[]> kept = new ConcurrentHashMap<>();
    private final AtomicLong room = new AtomicLong(Runtime.getRuntime().maxMemory() / 2);

    /** @param size side of the network's input in pixels */
    Pictures(int size) {
        this.size = size;
        stretch = new Preprocessing(
                new Preprocessing.Resize(size, size, Preprocessing.Mode.STRETCH, Resample.BILINEAR),
                null,
                null,
                Preprocessing.Channels.RGB,
                Preprocessing.Layout.NHWC,
                1,
                new float[] {0},
                new float[] {1});
    }

    /** The number of values of one picture's tensor, {@code [3, size, size]}. */
    int values() {
        return 3 * size * size;
    }

    /**
     * Red, green and blue of each pixel, rows from the top.
     *
     * @throws ImageException if the picture is bad
     */
    byte[] pixels(Sample sample) throws IOException {
        byte[] known = kept.get(sample);
        if (known != null) {
            return known;
        }
        float[] values;
        try (PixelMemory.Reservation reserved = memory.reservation(UnmeteredMemory.ENDLESS)) {
            Picture picture = ImageDecoder.decode(
                    "picture",
                    Files.readAllBytes(sample.file()),
                    ImageLimits.DEFAULT,
                    Background.WHITE,
                    reserved,
                    () -> {});
            values = stretch.tensor(picture);
        }
        byte[] rgb = new byte[values.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) values[i];
        }
        if (room.addAndGet(-rgb.length) >= 0) {
            kept.put(sample, rgb);
        }
        return rgb;
    }

    /** Writes the tensor of a picture, seen in a certain way, at {@code offset}. */
    void tensor(byte[] rgb, View view, float[] tensor, int offset) {
        int area = size * size;
        double middle = (size - 1) / 2.0;
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                double right = x - middle;
                double down = y - middle;
                double column = clamp(middle + view.xx() * right + view.xy() * down + view.dx() * size);
                double row = clamp(middle + view.yx() * right + view.yy() * down + view.dy() * size);
                int left = (int) column;
                int top = (int) row;
                int next = Math.min(left + 1, size - 1);
                int below = Math.min(top + 1, size - 1);
                double across = column - left;
                double along = row - top;
                int at = offset + y * size + x;
                for (int c = 0; c < 3; c++) {
                    double upper = mix(of(rgb, left, top, c), of(rgb, next, top, c), across);
                    double lower = mix(of(rgb, left, below, c), of(rgb, next, below, c), across);
                    float value = (float) view.colour(c, mix(upper, lower, along));
                    tensor[at + c * area] = (value * SCALE - MEAN[c]) / STD[c];
                }
            }
        }
    }

    private int of(byte[] rgb, int x, int y, int channel) {
        return rgb[3 * (y * size + x) + channel] & 0xff;
    }

    private double clamp(double value) {
        return Math.max(0, Math.min(size - 1, value));
    }

    private static double mix(double a, double b, double share) {
        return a + share * (b - a);
    }
}
