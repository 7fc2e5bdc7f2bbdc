package io.lookalike.pairs;

/**
 * The codes in the order of one band's keys, so that those of the same key lie together.
 *
 * <p>One such is used for all bands in turn: {@link #sort} by one thread, then the others by any number.
 */
final class SortedBand {
    private final CodeSet set;
    private final int words;
    private final long[] codes;
    private final int[] numbers;
    private BandPlan.Band band;
    private int[] starts;
    private int[] flips;

    SortedBand(CodeSet set) {
        this.set = set;
        this.words = set.words();
        this.codes = new long[set.size() * words];
        this.numbers = new int[set.size()];
    }

    /** Counting sort: two passes over the codes. */
    void sort(BandPlan.Band next) {
        band = next;
        flips = next.flips();
        starts = new int[(1 << next.keyBits()) + 1];
        long[] from = set.codes();
        for (int code = 0; code < numbers.length; code++) {
            starts[next.key(from, code * words) + 1]++;
        }
        for (int key = 1; key < starts.length; key++) {
            starts[key] += starts[key - 1];
        }
        for (int code = 0; code < numbers.length; code++) {
            int to = starts[next.key(from, code * words)]++;
            numbers[to] = code;
            System.arraycopy(from, code * words, codes, to * words, words);
        }
        // each start has moved to the next one
        System.arraycopy(starts, 0, starts, 1, starts.length - 1);
        starts[0] = 0;
    }

    /** Compares the codes at positions {@code from .. to - 1} with later ones of the same key. */
    void within(int from, int to, CodeBlocks blocks) {
        for (int row = from; row < to; ) {
            int key = band.key(codes, row * words);
            int rowEnd = Math.min(to, starts[key + 1]);
            blocks.within(row, rowEnd, starts[key], starts[key + 1]);
            row = rowEnd;
        }
    }

    /** Compares the codes at positions {@code from .. to - 1} with those of all near keys that are greater. */
    void across(int from, int to, CodeBlocks blocks) {
        for (int row = from; row < to; ) {
            int key = band.key(codes, row * words);
            int rowEnd = Math.min(to, starts[key + 1]);
            for (int flip : flips) {
                int other = key ^ flip;
                if (other > key && starts[other] < starts[other + 1]) {
                    blocks.across(row, rowEnd, starts[key], starts[other], starts[other + 1]);
                }
            }
            row = rowEnd;
        }
    }

    BandPlan.Band band() {
        return band;
    }

    int words() {
        return words;
    }

    /** The codes end to end, in order. */
    long[] codes() {
        return codes;
    }

    /** The number that each has in the set. */
    int[] numbers() {
        return numbers;
    }
}
