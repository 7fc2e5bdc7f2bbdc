package io.lookalike.bench;

import io.lookalike.hashing.BinaryCode;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Codes of indexed vectors and of query vectors. Must not be changed. */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
record LearnCodes(long[][] base, long[][] queries) {
    static LearnCodes of(BinaryCode code, SearchData data) {
        return new LearnCodes(words(code, data.base), words(code, data.queries));
    }

    private static long[][] words(BinaryCode code, float[][] vectors) {
        return Stream.of(vectors).parallel().map(v -> words(code.hash(v))).toArray(long[][]::new);
    }

    private static long[] words(byte[] code) {
        long[] words = new long[(code.length + Long.BYTES - 1) / Long.BYTES];
        for (int i = 0; i < code.length; i++) {
            words[i / Long.BYTES] |= (code[i] & 0xFFL) << (Byte.SIZE * (i % Long.BYTES));
        }
        return words;
    }

    /** The share of the k nearest among the candidates with the nearest codes; of equal distances the first count. */
    double recall(SearchData data, int k, int candidates) {
        int[] all = IntStream.range(0, base.length).toArray();
        return IntStream.range(0, queries.length)
                .parallel()
                .mapToDouble(q -> found(data, q, k, candidates, all))
                .average()
                .orElseThrow();
    }

    /** The same for one query, if only some codes are compared. */
    double found(SearchData data, int query, int k, int candidates, int[] looked) {
        int[] distances = new int[looked.length];
        int[] counts = new int[Long.SIZE * queries[query].length + 1];
        for (int i = 0; i < looked.length; i++) {
            distances[i] = distance(base[looked[i]], queries[query]);
            counts[distances[i]]++;
        }
        int cut = 0;
        int nearer = 0;
        while (cut < counts.length - 1 && nearer + counts[cut] < candidates) {
            nearer += counts[cut++];
        }
        int left = candidates - nearer;
        int[] nearest = Arrays.copyOf(data.truth[query], k);
        Arrays.sort(nearest);
        int hits = 0;
        for (int i = 0; i < looked.length; i++) {
            boolean candidate = distances[i] < cut || (distances[i] == cut && left-- > 0);
            if (candidate && Arrays.binarySearch(nearest, looked[i]) >= 0) {
                hits++;
            }
        }
        return (double) hits / k;
    }

    private static int distance(long[] a, long[] b) {
        int distance = 0;
        for (int i = 0; i < a.length; i++) {
            distance += Long.bitCount(a[i] ^ b[i]);
        }
        return distance;
    }
}
