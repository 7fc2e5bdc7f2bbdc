package io.lookalike.pairs;

import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * All pairs of codes that differ in at most {@code radius} bits, none missed, without comparing all pairs.
 *
 * <p>Multi-index hashing (Norouzi, Punjani, Fleet: Fast Search in Hamming Space with Multi-Index Hashing, CVPR 2012):
 * the bits are shared out among bands, and each band is allowed a number of differing bits such that a pair within the
 * radius keeps to it in at least one band. For each band the codes are sorted by some of its bits, their key, and those
 * whose keys are near enough are compared in full. What the bands are, how long their keys, and how many differing bits
 * each is allowed is chosen by {@link BandPlan} from a sample of the codes, because real codes are skewed; comparing
 * all with all is one of its choices, for great radii.
 *
 * <p>Where only the {@linkplain #components connected components} are asked for, codes that lie in crowds of near ones
 * are not compared with each of them: a walk through the crowd takes out who is reached, so that a hundred thousand
 * different codes within a few bits of each other cost no more than as many that lie apart.
 *
 * <p>Cost: near-linear while the radius is small for the number of bits. Memory see {@link #bytes}. Thread-safe, as
 * long as nothing is added to the codes.
 */
public final class NearPairs {
    /** Receives a pair. */
    @FunctionalInterface
    public interface PairConsumer {
        /**
         * @param a number of a code
         * @param b number of another one
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
     * Chooses the plan, which takes some tenths of a second for a million codes.
     *
     * @param codes to which nothing is added from now on
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
     * The most bytes that finding the pairs of this many distinct codes takes, beside the codes themselves.
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
     * @param progress hears of comparisons, by their estimated number
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

    /** The bands, as text. */
    @Override
    public String toString() {
        return plan.toString();
    }

    /** Makes, for a band, what compares its blocks: one for each task, for it may hold scratch memory. */
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
            // buckets by themselves first: those that prove to be crowds are passed over afterwards
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
