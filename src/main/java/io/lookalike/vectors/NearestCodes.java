package io.lookalike.vectors;

import java.util.Arrays;

/**
 * Keeps the codes nearest to a query. Counts distances instead of using a heap, because distances are small integers.
 *
 * <p>A histogram of the offered distances gives the cut: the smallest distance within which at least {@code wanted} of
 * the offered codes lie. All codes nearer than the cut are kept, and all at the cut, up to {@code 4 * wanted} in total.
 * If there are more at the cut, those with the lowest ids are kept and the others are only counted. So the result
 * depends only on the set of offered codes, not on their order, nor on how they were divided among collectors that are
 * {@linkplain #merge merged} at the end.
 *
 * <p>Entries are packed into longs, distance above id, so that one comparison decides an offer. They are collected in a
 * growing buffer of at most {@code 8 * wanted}, which is pruned when full. An offer takes amortised constant time (the
 * buffer is sorted only if ties overflow it). Not thread-safe; use one for each thread.
 */
public final class NearestCodes {
    /** Ids have at most 50 bits: enough for 2 to the power of 18 leaves with 2 to the power of 32 documents. */
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
    /** Number of offered codes by distance; complete only up to the cut, which is all that is read. */
    private final int[] histogram;

    private long[] entries;
    private int size;
    private int cut;
    /** Number of offered codes within the cut. */
    private long within;
    /** Entries above this one cannot be kept. */
    private long ceiling = Long.MAX_VALUE;

    /** The result, ids above distances, ascending; null if there were later offers. */
    private long[] byId;

    /**
     * @param bits length of a code in bits, 1..4096
     * @param wanted the number of codes asked for, 1..1,048,576
     * @param maxDistance the greatest distance of a kept code, 0..bits; {@code bits} for no limit
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
     * @param id 0..{@link #MAX_ID}; if too many codes are at the cut, the lowest ids are kept
     * @param distance 0..bits; above {@link #cut()} the offer changes nothing
     */
    public void offer(long id, int distance) {
        assert id >= 0 && id <= MAX_ID && distance >= 0 && distance <= bits : id + " " + distance;
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
     * Offers everything that was offered to another collector with the same limits and different ids. The result is
     * that of one collector for both. The other one does not change.
     *
     * @throws IllegalArgumentException if the limits differ
     */
    public void merge(NearestCodes other) {
        if (other == this || bits != other.bits || wanted != other.wanted || maxDistance != other.maxDistance) {
            throw new IllegalArgumentException("cannot merge " + other + " into " + this);
        }
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

    /** The greatest distance that still matters: callers may skip offers above it, but not at it. */
    public int cut() {
        return cut;
    }

    /**
     * The number of kept codes: all offered ones if fewer than wanted are within the greatest distance; at most four
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
                prune();
            }
        }
        entries[size++] = entry;
    }

    /** Prunes a full buffer to at most half: the entries that can still be kept. */
    private void prune() {
        int left = 0;
        for (int i = 0; i < size; i++) {
            if (entries[i] <= ceiling) {
                entries[left++] = entries[i];
            }
        }
        size = left;
        int most = TIES_FACTOR * wanted;
        if (size > most) {
            // fewer than wanted are below the cut, so only entries at the cut are dropped, highest ids first
            Arrays.sort(entries, 0, size);
            size = most;
            ceiling = entries[size - 1];
        }
    }

    private long[] byId() {
        if (byId == null) {
            prune();
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
