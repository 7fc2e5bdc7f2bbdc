package io.lookalike.pairs;

/**
 * Compares the codes of one range of a {@link SortedBand}, the rows, with those of another, the columns.
 *
 * <p>Long ranges are cut into tiles of columns that fit into the L1 cache. Of long codes, the first two words are
 * compared before the others. Not thread-safe: each task has its own.
 */
abstract class CodeBlocks {
    /** Bytes of codes in a tile. */
    private static final int TILE_BYTES = 16 << 10;

    final int words;
    final long[] codes;
    final int[] numbers;
    final int radius;
    final int tile;

    CodeBlocks(SortedBand band, int radius) {
        this.words = band.words();
        this.codes = band.codes();
        this.numbers = band.numbers();
        this.radius = radius;
        this.tile = Math.max(1, TILE_BYTES / Long.BYTES / words);
    }

    /** Called for each pair within the radius, with its positions. */
    abstract void found(int row, int col);

    /**
     * Compares rows with each other and with later rows of their bucket.
     *
     * @param start of the bucket
     * @param end of the bucket
     */
    void within(int row, int rowEnd, int start, int end) {
        for (int from = row + 1; from < end; from += tile) {
            int to = Math.min(end, from + tile);
            for (int each = row; each < Math.min(rowEnd, to - 1); each++) {
                compare(each, Math.max(from, each + 1), to);
            }
        }
    }

    /**
     * Compares rows with columns, which are a whole bucket.
     *
     * @param start of the rows' bucket
     */
    void across(int row, int rowEnd, int start, int col, int colEnd) {
        for (int from = col; from < colEnd; from += tile) {
            int to = Math.min(colEnd, from + tile);
            for (int each = row; each < rowEnd; each++) {
                compare(each, from, to);
            }
        }
    }

    private void compare(int row, int from, int to) {
        for (int col = near(codes, row, codes, from, to); col < to; col = near(codes, row, codes, col + 1, to)) {
            found(row, col);
        }
    }

    /**
     * The first position from {@code from} on whose code in {@code others} is within the radius of a code; {@code to}
     * if there is none.
     */
    final int near(long[] code, int at, long[] others, int from, int to) {
        return words == 1 ? nearWord(code[at], others, from, to) : nearWords(code, at * words, others, from, to);
    }

    private int nearWord(long code, long[] others, int from, int to) {
        for (int i = from; i < to; i++) {
            if (Long.bitCount(code ^ others[i]) <= radius) {
                return i;
            }
        }
        return to;
    }

    private int nearWords(long[] code, int at, long[] others, int from, int to) {
        long first = code[at];
        long second = code[at + 1];
        for (int i = from; i < to; i++) {
            int other = i * words;
            int distance = Long.bitCount(first ^ others[other]) + Long.bitCount(second ^ others[other + 1]);
            if (distance <= radius && (words == 2 || rest(code, at, others, other) + distance <= radius)) {
                return i;
            }
        }
        return to;
    }

    private int rest(long[] code, int at, long[] others, int other) {
        int distance = 0;
        for (int word = 2; word < words; word++) {
            distance += Long.bitCount(code[at + word] ^ others[other + word]);
        }
        return distance;
    }
}
