package io.lookalike.task;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.elasticsearch.common.hash.MurmurHash3;

/**
 * A uniform random sample of vectors that are offered in any order: those whose ids have the lowest hashes.
 *
 * <p>Holds no more vectors than the sample has. The same documents and seed give the same sample in the same order. Not
 * thread-safe.
 */
final class Reservoir {
    private final int capacity;
    private final long seed;
    private final PriorityQueue<Entry> highest = new PriorityQueue<>(Comparator.reverseOrder());
    private final MurmurHash3.Hash128 hash = new MurmurHash3.Hash128();

    Reservoir(int capacity, long seed) {
        this.capacity = capacity;
        this.seed = seed;
    }

    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Entry(long first, long second, float[] vector, List<String> labels) implements Comparable<Entry> {
        @Override
        public int compareTo(Entry other) {
            int byFirst = Long.compare(first, other.first);
            return byFirst != 0 ? byFirst : Long.compare(second, other.second);
        }
    }

    /**
     * @param entry number of the vector within its document
     * @param labels of the vector
     */
    void offer(String index, String id, int entry, float[] vector, List<String> labels) {
        byte[] key = (index + '\0' + id + '\0' + entry).getBytes(StandardCharsets.UTF_8);
        MurmurHash3.hash128(key, 0, key.length, seed, hash);
        Entry next = new Entry(hash.h1, hash.h2, vector, labels);
        if (highest.size() < capacity) {
            highest.add(next);
        } else if (next.compareTo(highest.peek()) < 0) {
            highest.poll();
            highest.add(next);
        }
    }

    int size() {
        return highest.size();
    }

    /** Removes and returns the vectors, lowest hash first. */
    Sampling.Sample drain() {
        List<Entry> entries = new ArrayList<>(highest);
        highest.clear();
        entries.sort(null);
        return new Sampling.Sample(
                entries.stream().map(Entry::vector).toArray(float[][]::new),
                entries.stream().map(Entry::labels).toList());
    }
}
