package io.lookalike.pairs;

/**
 * Joins near codes into components.
 *
 * <p>Small blocks are compared pair by pair. In large blocks, a graph search along near pairs removes the codes that it
 * reaches, and compares them only with the others: no pair is compared more often than before, and in a crowd of near
 * codes nearly no pair is. Two buckets whose codes are all in the same component are not compared.
 */
final class LinkBlocks extends CodeBlocks {
    /** Blocks with fewer pairs are compared pair by pair, without a copy. */
    private static final long GREAT = 4096;

    /** In blocks with fewer pairs, comparing takes less time than checking the components. */
    private static final long FEW = 32;

    private static final byte CROWD = 1;

    private final Components components;

    /**
     * At the start of each bucket: whether all its codes are known to be in one component. Several threads set it to
     * the same value.
     */
    private final byte[] crowds;

    private Side rows;
    private Side cols;

    /** The stack of positions that the search has reached but not expanded; those of columns as their complement. */
    private int[] reached;

    LinkBlocks(SortedBand band, int radius, Components components, byte[] crowds) {
        super(band, radius);
        this.components = components;
        this.crowds = crowds;
    }

    @Override
    void found(int row, int col) {
        components.union(numbers[row], numbers[col]);
    }

    @Override
    void within(int row, int rowEnd, int start, int end) {
        if (crowds[start] == CROWD) {
            return;
        }
        if ((long) (rowEnd - row) * (end - row) < GREAT) {
            super.within(row, rowEnd, start, end);
        } else {
            walk(row, rowEnd, row, end);
        }
        if (end - start > 1 && oneComponent(start, end)) {
            crowds[start] = CROWD;
        }
    }

    private boolean oneComponent(int start, int end) {
        int root = components.find(numbers[start]);
        for (int i = start + 1; i < end; i++) {
            if (components.find(numbers[i]) != root) {
                return false;
            }
        }
        return true;
    }

    @Override
    void across(int row, int rowEnd, int start, int col, int colEnd) {
        long pairs = (long) (rowEnd - row) * (colEnd - col);
        if (pairs >= FEW && crowds[start] == CROWD && crowds[col] == CROWD && joined(row, col)) {
            return;
        }
        if (pairs < GREAT) {
            super.across(row, rowEnd, start, col, colEnd);
        } else {
            walk(row, rowEnd, col, colEnd);
        }
    }

    private boolean joined(int row, int col) {
        return components.joined(numbers[row], numbers[col]);
    }

    private void walk(int row, int rowEnd, int col, int colEnd) {
        if (rows == null || rows.numbers.length < rowEnd - row) {
            rows = new Side(rowEnd - row);
            cols = cols == null ? new Side(tile) : cols;
            reached = new int[rowEnd - row + tile];
        }
        for (int from = col; from < colEnd; from += tile) {
            rows.fill(row, rowEnd);
            cols.fill(from, Math.min(colEnd, from + tile));
            while (rows.left > 0) {
                rows.left--;
                int stacked = 1;
                reached[0] = rows.left;
                while (stacked > 0) {
                    int next = reached[--stacked];
                    stacked = next >= 0 ? take(rows, next, cols, stacked) : take(cols, ~next, rows, stacked);
                }
            }
        }
    }

    /** Removes the near codes from {@code others} and pushes them on the stack; returns its height. */
    private int take(Side side, int at, Side others, int stacked) {
        int height = stacked;
        for (int near = near(side.codes, at, others.codes, 0, others.left);
                near < others.left;
                near = near(side.codes, at, others.codes, near, others.left)) {
            components.union(side.numbers[at], others.numbers[near]);
            others.takeOut(near);
            reached[height++] = others == rows ? others.left : ~others.left;
        }
        return height;
    }

    /** A copy of a range; the first {@code left} codes have not been reached. */
    private final class Side {
        final long[] codes;
        final int[] numbers;
        int left;

        Side(int capacity) {
            codes = new long[capacity * words];
            numbers = new int[capacity];
        }

        void fill(int from, int to) {
            left = to - from;
            System.arraycopy(LinkBlocks.this.codes, from * words, codes, 0, left * words);
            System.arraycopy(LinkBlocks.this.numbers, from, numbers, 0, left);
        }

        /** Swaps a code with the last one that has not been reached, and removes it. */
        void takeOut(int at) {
            left--;
            int number = numbers[at];
            numbers[at] = numbers[left];
            numbers[left] = number;
            for (int word = 0; word < words; word++) {
                long taken = codes[at * words + word];
                codes[at * words + word] = codes[left * words + word];
                codes[left * words + word] = taken;
            }
        }
    }
}
