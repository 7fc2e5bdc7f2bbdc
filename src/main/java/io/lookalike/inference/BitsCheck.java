package io.lookalike.inference;

import io.lookalike.encoder.EncoderConfig;
import io.lookalike.encoder.HashDefaults;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.image.Picture;
import io.lookalike.image.Preprocessing;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.Stop;
import io.lookalike.vectors.Hamming;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Measures whether a code has too few bits for the vectors of its model: how many of the pictures that are nearest by
 * vector are nearest by code, among pictures that it draws.
 *
 * <p>Runs only where a body asks for fewer bits than the default, and for random planes. Costs a run of the model for
 * each of up to {@link #PICTURES} pictures, in about {@link #MOST_NANOS}; without enough pictures in this time it says
 * nothing. Stateless.
 */
final class BitsCheck {
    private static final int PICTURES = 60;
    private static final int LEAST_PICTURES = 24;
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final int NEAREST = 3;
    private static final int CANDIDATES = 6;
    /** How much more the default bits must find. */
    private static final double WORSE = 0.1;

    private static final int SIDE = 128;
    private static final int SHAPES = 6;

    private BitsCheck() {}

    /** What to try; null where the bits seem enough, or nothing was measured. */
    static String run(EncoderConfig config, OnnxModel model, Stop stop) {
        int enough = HashDefaults.of(config.dims()).bits();
        boolean random = config.hash().network() == null && config.hash().planes() == null;
        if (!random || config.hash().bits() >= enough || !config.project().isEmpty()) {
            return null;
        }
        List<float[]> vectors = new ArrayList<>();
        long start = System.nanoTime();
        while (vectors.size() < PICTURES && System.nanoTime() - start < MOST_NANOS) {
            vectors.add(CollapseCheck.vector(config, model, draw(config.image(), vectors.size()), stop));
        }
        if (vectors.size() < LEAST_PICTURES) {
            return null;
        }
        BinaryCode most = BinaryCode.random(
                config.dims(), enough, config.hash().seed(), config.hash().center());
        double found = recall(vectors, most, config.hash().bits());
        double possible = recall(vectors, most, enough);
        return possible - found < WORSE
                ? null
                : String.format(
                        Locale.ROOT,
                        "codes of [%d] bits find [%.2f] of the [%d] nearest of [%d] drawn pictures among the [%d] "
                                + "nearest by code, and [%d] bits find [%.2f]: try [hash.bits] [%d], or a greater "
                                + "[num_candidates] in searches",
                        config.hash().bits(),
                        found,
                        NEAREST,
                        vectors.size(),
                        CANDIDATES,
                        enough,
                        possible,
                        enough);
    }

    /** The share of the nearest by vector that are among the candidates by the first bits of a code. */
    static double recall(List<float[]> vectors, BinaryCode code, int bits) {
        byte[][] codes = vectors.stream()
                .map(vector -> Arrays.copyOf(code.hash(vector), bits / Byte.SIZE))
                .toArray(byte[][]::new);
        double found = 0;
        for (int i = 0; i < codes.length; i++) {
            float[] vector = vectors.get(i);
            byte[] own = codes[i];
            List<Integer> near = nearest(i, codes.length, NEAREST, j -> -CollapseCheck.cosine(vector, vectors.get(j)));
            near.retainAll(nearest(i, codes.length, CANDIDATES, j -> Hamming.distance(own, codes[j])));
            found += near.size();
        }
        return found / NEAREST / codes.length;
    }

    private static List<Integer> nearest(int own, int count, int most, ToDoubleFunction<Integer> distance) {
        double[] distances = IntStream.range(0, count)
                .mapToDouble(j -> distance.applyAsDouble(j))
                .toArray();
        List<Integer> nearest = new ArrayList<>();
        IntStream.range(0, count)
                .filter(j -> j != own)
                .boxed()
                .sorted(Comparator.comparingDouble(j -> distances[j]))
                .limit(most)
                .forEach(nearest::add);
        return nearest;
    }

    /** Some discs and bars on a shaded ground, by a number. */
    private static Picture draw(Preprocessing image, int number) {
        int side = image.centerCrop() == null
                ? SIDE
                : Math.max(
                        SIDE,
                        Math.max(image.centerCrop().width(), image.centerCrop().height()));
        SplittableRandom random = new SplittableRandom(number);
        byte[] rgb = new byte[3 * side * side];
        int ground = random.nextInt(1 << 24);
        double shade = random.nextDouble(-.5, .5);
        fill(rgb, side, (x, y) -> true, ground, shade);
        for (int shapes = 1 + random.nextInt(SHAPES); shapes > 0; shapes--) {
            double atX = random.nextDouble();
            double atY = random.nextDouble();
            double size = random.nextDouble(.08, .4);
            double turn = random.nextDouble(Math.PI);
            boolean disc = random.nextBoolean();
            fill(
                    rgb,
                    side,
                    (x, y) -> disc
                            ? Math.hypot(x - atX, y - atY) < size
                            : Math.abs((x - atX) * Math.cos(turn) + (y - atY) * Math.sin(turn)) < size / 4,
                    random.nextInt(1 << 24),
                    random.nextDouble(-.5, .5));
        }
        return Picture.ofRgb(side, side, rgb, "drawn");
    }

    /** Whether a shape covers a place between 0 and 1. */
    private interface Shape {
        boolean covers(double x, double y);
    }

    private static void fill(byte[] rgb, int side, Shape shape, int colour, double shade) {
        for (int p = 0; p < side * side; p++) {
            double x = (p % side + .5) / side;
            double y = (Math.floorDiv(p, side) + .5) / side;
            if (shape.covers(x, y)) {
                for (int c = 0; c < 3; c++) {
                    int level = colour >> (16 - 8 * c) & 0xff;
                    rgb[3 * p + c] = (byte) Math.clamp((long) (level * (1 + shade * (y - .5))), 0, 255);
                }
            }
        }
    }
}
