package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.hashing.PerceptualHash;
import io.lookalike.pairs.CodeSet;
import io.lookalike.pairs.NearPairs;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * All pairs of many perceptual hashes within a radius.
 *
 * <p>Hashes are combined from those of real or drawn pictures: some bits of one are replaced by those of another, which
 * keeps the bias of each bit and much of the correlation between bits. A tenth are copies of earlier ones with a few
 * bits changed. Some are compared with all others, to check that no pair was missed. Stateless.
 */
final class LearnDuplicates {
    static final int MILLION = 1_000_000;
    private static final int RADIUS = 8;
    private static final int CHECKED = 200;
    private static final int DRAWN = 3000;
    private static final long SEED = 20260302;

    private LearnDuplicates() {}

    /**
     * Measures it.
     *
     * @param pictures of 28 x 28 pixels; null: pictures are drawn
     */
    static ObjectNode measure(float[][] pictures, int count, Executor executor) {
        byte[][] codes = codes(pictures == null ? drawn() : hashes(pictures), count);
        long start = System.nanoTime();
        CodeSet set = new CodeSet(PerceptualHash.BITS);
        for (byte[] code : codes) {
            set.add(code);
        }
        long[] found = new long[CHECKED];
        AtomicLong pairs = new AtomicLong();
        NearPairs near = new NearPairs(set, RADIUS);
        try (Workers workers = new Workers(LearnFork.THREADS, executor)) {
            near.forEach(workers, Progress.NONE, (a, b, distance) -> {
                pairs.incrementAndGet();
                if (Math.min(a, b) < CHECKED) {
                    synchronized (found) {
                        count(found, a);
                        count(found, b);
                    }
                }
            });
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return LearnBenchmark.row("duplicates_million_seconds", seconds, 30)
                .put("codes", set.size())
                .put("pairs", pairs.get())
                .put("missed", missed(set, found));
    }

    private static void count(long[] found, int code) {
        if (code < CHECKED) {
            found[code]++;
        }
    }

    /** How many pairs of the first codes were missed; negative if some were found twice. */
    private static long missed(CodeSet set, long[] found) {
        long missed = -Arrays.stream(found).sum();
        for (int a = 0; a < Math.min(CHECKED, set.size()); a++) {
            for (int b = 0; b < set.size(); b++) {
                missed += a != b && set.distance(a, b) <= RADIUS ? 1 : 0;
            }
        }
        return missed;
    }

    private static byte[][] codes(long[] real, int count) {
        Random random = new Random(SEED);
        long[] codes = new long[count];
        for (int i = 0; i < count; i++) {
            if (i > 0 && random.nextInt(10) == 0) {
                codes[i] = codes[random.nextInt(i)];
                for (int flips = random.nextInt(6); flips > 0; flips--) {
                    codes[i] ^= 1L << random.nextInt(Long.SIZE);
                }
            } else {
                long half = random.nextLong();
                long mask = half & random.nextLong();
                codes[i] = (real[random.nextInt(real.length)] & ~mask) | (real[random.nextInt(real.length)] & mask);
            }
        }
        byte[][] bytes = new byte[count][Long.BYTES];
        for (int i = 0; i < count; i++) {
            for (int b = 0; b < Long.BYTES; b++) {
                bytes[i][b] = (byte) (codes[i] >>> (Byte.SIZE * (Long.BYTES - 1 - b)));
            }
        }
        return bytes;
    }

    /** Hashes of pictures with a black frame, up to the size that the hash needs. */
    private static long[] hashes(float[][] pictures) {
        int side = PerceptualHash.PHASH.width();
        int inner = (int) Math.sqrt(pictures[0].length);
        int frame = (side - inner) / 2;
        return Stream.of(pictures)
                .parallel()
                .mapToLong(picture -> {
                    int[] grey = new int[side * side];
                    for (int p = 0; p < picture.length; p++) {
                        grey[(p / inner + frame) * side + p % inner + frame] = (int) picture[p];
                    }
                    return hash(grey);
                })
                .toArray();
    }

    /** Hashes of sums of waves; shorter waves are weaker, as in photographs. */
    private static long[] drawn() {
        int side = PerceptualHash.PHASH.width();
        Random random = new Random(SEED);
        long[] hashes = new long[DRAWN];
        for (int i = 0; i < hashes.length; i++) {
            double[] light = new double[side * side];
            for (int wave = 0; wave < 24; wave++) {
                double x = 6 * random.nextGaussian();
                double y = 6 * random.nextGaussian();
                double phase = random.nextDouble();
                double strength = 1 / (1 + Math.hypot(x, y));
                for (int p = 0; p < light.length; p++) {
                    int row = p / side;
                    double along = (x * (p % side) + y * row) / side / 2 + phase;
                    light[p] += strength * Math.cos(2 * Math.PI * along);
                }
            }
            hashes[i] = hash(Arrays.stream(light)
                    .mapToInt(l -> (int) Math.clamp(128 + 60 * l, 0, 255))
                    .toArray());
        }
        return hashes;
    }

    private static long hash(int[] grey) {
        long hash = 0;
        for (byte b : PerceptualHash.PHASH.hash(grey)) {
            hash = (hash << Byte.SIZE) | (b & 0xFF);
        }
        return hash;
    }
}
