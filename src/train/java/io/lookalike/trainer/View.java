package io.lookalike.trainer;

import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * How a picture is looked at in training: where the pixel at an offset from the middle is taken from, and how colours
 * change. Immutable.
 *
 * @param xx columns in the picture for a column in the view
 * @param xy columns in the picture for a row in the view
 * @param yx rows in the picture for a column in the view
 * @param yy rows in the picture for a row in the view
 * @param dx shift to the right, as a part of the width
 * @param dy shift downwards, as a part of the height
 * @param gain factor of each channel
 * @param brightness added to each channel, 0 to 255
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record View(double xx, double xy, double yx, double yy, double dx, double dy, double[] gain, double brightness) {
    /** The picture as it is. */
    static final View PLAIN = new View(1, 0, 0, 1, 0, 0, new double[] {1, 1, 1}, 0);

    /** What can be done to a picture. */
    static final Set<String> KINDS = Set.of("crop", "rotate", "colour", "flip");

    private static final double SMALLEST_CROP = 0.7;
    private static final double MOST_DEGREES = 15;
    private static final double MOST_GAIN = 0.2;
    private static final double MOST_BRIGHTNESS = 25;

    /**
     * A random view.
     *
     * @param kinds some of {@link #KINDS}: a part of 70 % of the sides or more, up to 15 degrees of rotation, up to a
     *     fifth more or less of each colour and a tenth of brightness, a mirror image every other time
     */
    static View random(Set<String> kinds, RandomGenerator random) {
        double side = kinds.contains("crop") ? random.nextDouble(SMALLEST_CROP, 1) : 1;
        double shift = (1 - side) / 2;
        double dx = shift == 0 ? 0 : random.nextDouble(-shift, shift);
        double dy = shift == 0 ? 0 : random.nextDouble(-shift, shift);
        double turn = kinds.contains("rotate") ? Math.toRadians(random.nextDouble(-MOST_DEGREES, MOST_DEGREES)) : 0;
        double mirror = kinds.contains("flip") && random.nextBoolean() ? -1 : 1;
        double[] gain = {1, 1, 1};
        double brightness = 0;
        if (kinds.contains("colour")) {
            for (int c = 0; c < 3; c++) {
                gain[c] = random.nextDouble(1 - MOST_GAIN, 1 + MOST_GAIN);
            }
            brightness = random.nextDouble(-MOST_BRIGHTNESS, MOST_BRIGHTNESS);
        }
        double cos = side * Math.cos(turn);
        double sin = side * Math.sin(turn);
        return new View(mirror * cos, -sin, mirror * sin, cos, dx, dy, gain, brightness);
    }

    /** The value of a channel, 0 to 255, in this view. */
    double colour(int channel, double value) {
        return Math.max(0, Math.min(255, gain[channel] * value + brightness));
    }
}
