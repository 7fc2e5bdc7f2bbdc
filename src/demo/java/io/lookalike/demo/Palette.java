package io.lookalike.demo;

import java.awt.Color;
import java.util.SplittableRandom;

/**
 * The colours of one drawn picture.
 *
 * <p>All classes draw from the same pool of harmonies (a base hue, two contrasting hues, daylight or dusk), so that
 * colour says next to nothing about the content of a picture. Colours are chosen in OKLCH, whose lightness is
 * perceptual, and converted to sRGB. Immutable.
 *
 * @param skyTop background colour at the upper edge
 * @param skyBottom background colour at the lower edge
 * @param main the subject's colour, with a clearly different lightness from the background
 * @param second a second colour of the subject
 * @param accent a bright colour for small things
 * @param deep a dark colour
 * @param pale an almost white colour
 * @param dusk whether the background is darker than the subject
 */
record Palette(
        Color skyTop, Color skyBottom, Color main, Color second, Color accent, Color deep, Color pale, boolean dusk) {
    /** The pool: hues of the background, the subject and the second colour in degrees; the last four are for dusk. */
    private static final double[][] HARMONIES = {
        {235, 35, 150},
        {210, 300, 75},
        {90, 250, 20},
        {150, 15, 265},
        {60, 190, 330},
        {320, 155, 260},
        {20, 225, 130},
        {270, 60, 190},
        {300, 145, 45},
        {195, 330, 95},
        {240, 80, 350},
    };

    private static final int DUSKS = 4;

    /** A palette out of the common pool. */
    static Palette random(SplittableRandom random) {
        int pick = random.nextInt(HARMONIES.length);
        double base = HARMONIES[pick][0] + random.nextDouble(-10, 10);
        boolean swap = random.nextInt(3) == 0;
        double other = HARMONIES[pick][swap ? 2 : 1] + random.nextDouble(-10, 10);
        double third = HARMONIES[pick][swap ? 1 : 2] + random.nextDouble(-10, 10);
        double shift = random.nextDouble(-0.025, 0.025);
        double vivid = random.nextDouble(0.85, 1.15);
        if (pick >= HARMONIES.length - DUSKS) {
            return new Palette(
                    oklch(0.30 + shift, 0.085 * vivid, base),
                    oklch(0.50 + shift, 0.11 * vivid, base + 25),
                    oklch(0.74 + shift, 0.135 * vivid, other),
                    oklch(0.65 + shift, 0.135 * vivid, third),
                    oklch(0.86, 0.14 * vivid, third + 40),
                    oklch(0.20 + shift, 0.05, base),
                    oklch(0.95, 0.02, other),
                    true);
        }
        return new Palette(
                oklch(0.82 + shift, 0.085 * vivid, base),
                oklch(0.94 + shift / 2, 0.04 * vivid, base + 35),
                oklch(0.55 + shift, 0.15 * vivid, other),
                oklch(0.64 + shift, 0.14 * vivid, third),
                oklch(0.82, 0.15 * vivid, third + 40),
                oklch(0.33 + shift, 0.08, other),
                oklch(0.97, 0.015, base),
                false);
    }

    /** The colour {@code part} of the way from {@code from} (0) to {@code to} (1). */
    static Color mix(Color from, Color to, double part) {
        return new Color(
                (int) Math.round(from.getRed() + (to.getRed() - from.getRed()) * part),
                (int) Math.round(from.getGreen() + (to.getGreen() - from.getGreen()) * part),
                (int) Math.round(from.getBlue() + (to.getBlue() - from.getBlue()) * part));
    }

    /** {@code color} with an opacity from 0 to 1. */
    static Color alpha(Color color, double opacity) {
        return new Color(color.getRed(), color.getGreen(), color.getBlue(), (int) Math.round(255 * opacity));
    }

    /** {@code color} with a random part of white or black, up to {@code amount}, mixed in. */
    static Color vary(Color color, double amount, SplittableRandom random) {
        double part = random.nextDouble(-amount, amount);
        return mix(color, part < 0 ? Color.BLACK : Color.WHITE, Math.abs(part));
    }

    /** OKLCH (lightness 0..1, chroma, hue in degrees) to sRGB, cut off at the gamut's edge. */
    private static Color oklch(double lightness, double chroma, double hue) {
        double a = chroma * Math.cos(Math.toRadians(hue));
        double b = chroma * Math.sin(Math.toRadians(hue));
        double l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
        double m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
        double s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
        return new Color(
                gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                gamma(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
    }

    private static double cube(double x) {
        return x * x * x;
    }

    private static int gamma(double linear) {
        double x = Math.clamp(linear, 0.0, 1.0);
        double encoded = x <= 0.0031308 ? 12.92 * x : 1.055 * Math.pow(x, 1 / 2.4) - 0.055;
        return (int) Math.round(255 * encoded);
    }
}
