package io.lookalike.demo;

import java.awt.image.BufferedImage;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The simplest rival: compares pictures by their shares of colours.
 *
 * <p>64 bins (the two highest bits of red, green and blue), shares of all pixels, L1 distance, exact ranking. Shows how
 * much of an answer colour alone would give. Immutable.
 */
final class ColourHistogram {
    private static final int BINS = 64;

    private final float[] shares = new float[BINS];

    private ColourHistogram() {}

    static ColourHistogram of(BufferedImage image) {
        int[] counts = new int[BINS];
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int rgb = image.getRGB(x, y);
                counts[(rgb >> 18 & 0x30) | (rgb >> 12 & 0x0c) | (rgb >> 6 & 0x03)]++;
            }
        }
        ColourHistogram histogram = new ColourHistogram();
        float pixels = (float) image.getWidth() * image.getHeight();
        for (int bin = 0; bin < BINS; bin++) {
            histogram.shares[bin] = counts[bin] / pixels;
        }
        return histogram;
    }

    /** Share of the pixels, from 0 to 1, whose two highest bits of red, green and blue make up {@code bin}. */
    float share(int bin) {
        return shares[bin];
    }

    /** L1 distance, from 0 (same shares) to 2 (no colour in common). */
    double distance(ColourHistogram other) {
        double sum = 0;
        for (int bin = 0; bin < BINS; bin++) {
            sum += Math.abs(shares[bin] - other.shares[bin]);
        }
        return sum;
    }

    /** The ordinals of the {@code k} pictures nearest to {@code query} (an ordinal too, left out), nearest first. */
    static int[] nearest(List<ColourHistogram> histograms, int query, int k) {
        double[] distances = histograms.stream()
                .mapToDouble(histogram -> histograms.get(query).distance(histogram))
                .toArray();
        return IntStream.range(0, distances.length)
                .filter(i -> i != query)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> distances[i]))
                .limit(k)
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
