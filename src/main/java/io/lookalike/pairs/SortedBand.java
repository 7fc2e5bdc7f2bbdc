package io.lookalike.pairs;

/**
 * The codes sorted by the key of a band: codes with the same key are a bucket.
 *
 * <p>One object serves all bands in turn: one thread calls {@link #sort}, then any number call the other methods.
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
        // each start has moved to that of the next bucket
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

    /** Compares the codes at positions {@code from .. to - 1} with those of all greater near keys. */
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

    /** The codes one after another, in order. */
    long[] codes() {
        return codes;
    }

    /** The number of each code in its set. */
    int[] numbers() {
        return numbers;
    }
}
