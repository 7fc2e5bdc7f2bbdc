package io.lookalike.vectors;

import java.util.Arrays;

/**
 * Keeps the codes nearest to a query, chosen by counting rather than with a heap, because distances are small integers.
 *
 * <p>A histogram of the offered distances gives the cut: the smallest distance within which at least {@code wanted} of
 * the offered codes lie. Everything nearer than the cut is kept, and so is every code at the cut, up to {@code 4 *
 * wanted} in all; where the group at the cut is larger than that, its lowest ids are kept and the rest is counted. So
 * what is kept depends on what was offered alone: not on the order, and not on how the codes were divided among
 * collectors that are {@linkplain #merge merged} in the end.
 *
 * <p>Entries are packed into longs, distance above id, so that one comparison decides an offer. They are gathered in a
 * buffer of at most {@code 8 * wanted} which grows from small and is weeded when full: constant time an offer,
 * amortised (a sort of the buffer only where ties overflow it). Not thread-safe; one for each thread.
 */
public final class NearestCodes {
    /** Ids are below 2 to the power of 50: 2 to the power of 18 leaves of 2 to the power of 32 documents. */
    public static final long MAX_ID = (1L << 50) - 1;

    /** The most codes that can be asked for. */
    public static final int MAX_WANTED = 1 << 20;

    private static final int MAX_BITS = 4096;
    private static final int DISTANCE_SHIFT = 50;
    private static final int DISTANCE_BITS = 13;
    private static final long DISTANCE_MASK = (1L << DISTANCE_BITS) - 1;
    private static final int TIES_FACTOR = 4;
    private static final int FIRST_BUFFER = 256;

    private final int bits;
    private final int wanted;
    private final int maxDistance;
    /** Codes offered by distance; complete up to the cut, which is all that is ever read. */
    private final int[] histogram;

    private long[] entries;
    private int size;
    private int cut;
    /** Codes offered within the cut. */
    private long within;
    /** Entries above this one cannot be among the kept. */
    private long ceiling = Long.MAX_VALUE;

    private long offered;
    /** What is kept, as ids above distances, ascending; null when offers came since it was made. */
    private long[] byId;

    /**
     * @param bits length of a code in bits, 1..4096
     * @param wanted the number of codes asked for, 1..1,048,576
     * @param maxDistance codes farther than this are not wanted at all, 0..bits, inclusive; {@code bits} sets no bound
     * @throws IllegalArgumentException if one is out of its range
     */
    public NearestCodes(int bits, int wanted, int maxDistance) {
        if (bits < 1 || bits > MAX_BITS) {
            throw new IllegalArgumentException("[bits] must be within [1..4096]; got [" + bits + "]");
        }
        if (wanted < 1 || wanted > MAX_WANTED) {
            throw new IllegalArgumentException("[wanted] must be within [1..1048576]; got [" + wanted + "]");
        }
        if (maxDistance < 0 || maxDistance > bits) {
            throw new IllegalArgumentException("[max_distance] must be within [0.." + bits + "] for codes of [" + bits
                    + "] bits; got [" + maxDistance + "]");
        }
        this.bits = bits;
        this.wanted = wanted;
        this.maxDistance = maxDistance;
        this.histogram = new int[maxDistance + 1];
        this.entries = new long[Math.min(FIRST_BUFFER, 2 * TIES_FACTOR * wanted)];
        lowerCutTo(maxDistance);
    }

    /**
     * Offers a code; each id at most once.
     *
     * @param id 0..{@link #MAX_ID}; of the group at the cut the lowest are kept when it does not fit
     * @param distance 0..bits; above {@link #cut()} the offer changes nothing
     */
    public void offer(long id, int distance) {
        assert id >= 0 && id <= MAX_ID && distance >= 0 && distance <= bits : id + " " + distance;
        offered++;
        if (distance > cut) {
            return;
        }
        histogram[distance]++;
        within++;
        lowerCut();
        byId = null;
        long entry = (long) distance << DISTANCE_SHIFT | id;
        if (entry <= ceiling) {
            add(entry);
        }
    }

    /**
     * Offers everything that was offered to another collector with the same bounds, whose ids are others than those
     * here. The result is what one collector would have given for both; the other one is left as it is.
     *
     * @throws IllegalArgumentException if the bounds differ
     */
    public void merge(NearestCodes other) {
        if (other == this || bits != other.bits || wanted != other.wanted || maxDistance != other.maxDistance) {
            throw new IllegalArgumentException("cannot merge " + other + " into " + this);
        }
        offered += other.offered;
        lowerCutTo(Math.min(cut, other.cut));
        within = 0;
        for (int d = 0; d <= cut; d++) {
            histogram[d] += other.histogram[d];
            within += histogram[d];
        }
        lowerCut();
        byId = null;
        for (int i = 0; i < other.size; i++) {
            if (other.entries[i] <= ceiling) {
                add(other.entries[i]);
            }
        }
    }

    /** The greatest distance that can still matter: callers may leave out offers above it, but none at it. */
    public int cut() {
        return cut;
    }

    /**
     * How many codes are kept: all offered ones if fewer than wanted lie within the greatest distance, at most four
     * times wanted.
     */
    public int size() {
        return byId().length;
    }

    /** The ids of the kept codes, ascending. */
    public long[] ids() {
        long[] kept = byId();
        long[] ids = new long[kept.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = kept[i] >>> DISTANCE_BITS;
        }
        return ids;
    }

    /** The distances of the kept codes, in the order of {@link #ids()}. */
    public int[] distances() {
        long[] kept = byId();
        int[] distances = new int[kept.length];
        for (int i = 0; i < distances.length; i++) {
            distances[i] = (int) (kept[i] & DISTANCE_MASK);
        }
        return distances;
    }

    /** How many codes were offered, to this collector and those merged into it, useful or not. */
    public long offered() {
        return offered;
    }

    /** How many codes at the cut distance were left out because their group was too large. */
    public long droppedTies() {
        return within - size();
    }

    @Override
    public String toString() {
        return "NearestCodes[bits=" + bits + ", wanted=" + wanted + ", max_distance=" + maxDistance + ", cut=" + cut
                + "]";
    }

    private void lowerCut() {
        while (within - histogram[cut] >= wanted) {
            within -= histogram[cut];
            lowerCutTo(cut - 1);
        }
    }

    private void lowerCutTo(int distance) {
        cut = distance;
        ceiling = Math.min(ceiling, ((long) distance << DISTANCE_SHIFT) | MAX_ID);
    }

    private void add(long entry) {
        if (size == entries.length) {
            if (size < 2 * TIES_FACTOR * wanted) {
                entries = Arrays.copyOf(entries, Math.min(2 * size, 2 * TIES_FACTOR * wanted));
            } else {
                weed();
            }
        }
        entries[size++] = entry;
    }

    /** Leaves at most half of a full buffer: what can still be among the kept. */
    private void weed() {
        int left = 0;
        for (int i = 0; i < size; i++) {
            if (entries[i] <= ceiling) {
                entries[left++] = entries[i];
            }
        }
        size = left;
        int most = TIES_FACTOR * wanted;
        if (size > most) {
            // fewer than wanted lie below the cut, so all that goes is from the group at the cut, highest ids first
            Arrays.sort(entries, 0, size);
            size = most;
            ceiling = entries[size - 1];
        }
    }

    private long[] byId() {
        if (byId == null) {
            weed();
            long[] kept = new long[size];
            for (int i = 0; i < size; i++) {
                kept[i] = (entries[i] & MAX_ID) << DISTANCE_BITS | entries[i] >>> DISTANCE_SHIFT;
            }
            Arrays.sort(kept);
            byId = kept;
        }
        return byId;
    }
}
