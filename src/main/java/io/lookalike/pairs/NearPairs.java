package io.lookalike.pairs;

import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Finds all pairs of codes that differ in at most {@code radius} bits, without comparing all pairs.
 *
 * <p>Multi-index hashing (Norouzi, Punjani, Fleet: Fast Search in Hamming Space with Multi-Index Hashing, CVPR 2012):
 * the bits are divided among bands, and each band allows some differing bits, so that every pair within the radius
 * keeps the allowance of at least one band. For each band the codes are sorted by some of its bits, the key, and codes
 * with near keys are compared in full. {@link BandPlan} chooses the bands, their keys and their allowances from a
 * sample of the codes, because real codes are skewed. For a large radius it may choose to compare all pairs.
 *
 * <p>If only the {@linkplain #components connected components} are wanted, codes in crowds are not compared with all
 * near codes: a graph search removes the codes that it reaches. So a hundred thousand codes within a few bits of each
 * other cost no more than as many codes that are far apart.
 *
 * <p>Time is nearly linear if the radius is small for the number of bits. Memory: see {@link #bytes}. Thread-safe, as
 * long as no code is added.
 */
public final class NearPairs {
    /** Receives a pair. */
    @FunctionalInterface
    public interface PairConsumer {
        /**
         * @param a number of a code
         * @param b number of another code
         */
        void pair(int a, int b, int distance);
    }

    private static final String STEP = "compare";
    private static final int MOST_ROWS = 256;
    private static final int LEAST_ROWS = 16;

    private final CodeSet codes;
    private final int radius;
    private final BandPlan plan;

    /**
     * Makes the plan, which takes some tenths of a second for a million codes.
     *
     * @param codes no code may be added from now on
     * @param radius bits in which a pair may differ, at least 0
     * @throws IllegalArgumentException if the radius is negative
     */
    public NearPairs(CodeSet codes, int radius) {
        if (radius < 0) {
            throw new IllegalArgumentException("[radius] must be at least [0]; got [" + radius + "]");
        }
        this.codes = codes;
        this.radius = Math.min(radius, codes.bits());
        this.plan = BandPlan.choose(codes, this.radius);
    }

    /**
     * The most bytes that finding the pairs of so many distinct codes takes, beside the codes.
     *
     * @param count number of distinct codes
     * @param bits length of each
     */
    public static long bytes(int count, int bits) {
        long words = CodeSet.words(bits);
        long sorted = (long) count * (words * Long.BYTES + Integer.BYTES);
        long components = (2L * Integer.BYTES + 1) * count;
        return sorted + components + BandPlan.bytes(count, bits);
    }

    /**
     * Finds every pair once. There may be many: n codes within the radius of each other have n (n - 1) / 2.
     *
     * @param consumer is called from several threads at once, in any order
     * @param progress is told the estimated number of comparisons
     */
    public void forEach(Workers workers, Progress progress, PairConsumer consumer) {
        run(workers, progress, band -> () -> new PairBlocks(band, radius, plan, consumer));
    }

    /**
     * The connected components: codes that are joined by a chain of pairs.
     *
     * @return for each code the least number of a code in its component
     */
    public int[] components(Workers workers, Progress progress) {
        Components components = new Components(codes.size());
        run(workers, progress, band -> {
            byte[] crowds = new byte[codes.size()];
            return () -> new LinkBlocks(band, radius, components, crowds);
        });
        return components.least();
    }

    /** Makes the objects that compare the blocks of a band: one for each task, as they may hold scratch memory. */
    @FunctionalInterface
    private interface BlocksOf {
        Supplier<CodeBlocks> of(SortedBand band);
    }

    private void run(Workers workers, Progress progress, BlocksOf blocks) {
        int n = codes.size();
        if (n < 2) {
            return;
        }
        long before = 0;
        SortedBand sorted = new SortedBand(codes);
        for (BandPlan.Band band : plan.bands()) {
            sorted.sort(band);
            Supplier<CodeBlocks> ofBand = blocks.of(sorted);
            int rows = Math.clamp(n / 64, LEAST_ROWS, MOST_ROWS);
            int tasks = (n + rows - 1) / rows;
            long from = before;
            AtomicInteger done = new AtomicInteger();
            Runnable report =
                    () -> progress.at(STEP, (long) (from + band.cost() * done.get() / (2 * tasks)), (long) plan.cost());
            // first within buckets: buckets of one component are then not compared with each other
            workers.each(tasks, report, (task, worker) -> {
                sorted.within(task * rows, Math.min(n, (task + 1) * rows), ofBand.get());
                done.incrementAndGet();
            });
            workers.each(tasks, report, (task, worker) -> {
                sorted.across(task * rows, Math.min(n, (task + 1) * rows), ofBand.get());
                done.incrementAndGet();
            });
            before += (long) band.cost();
        }
        progress.at(STEP, (long) plan.cost(), (long) plan.cost());
    }
}
