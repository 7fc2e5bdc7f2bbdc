package io.lookalike.search;

import org.elasticsearch.test.ESTestCase;

public class DefaultCandidatesTests extends ESTestCase {
    public void testFigures() {
        // builtin-2, by documents
        assertEquals(500, DefaultCandidates.of(1_000, 1024, 998, 10));
        assertEquals(500, DefaultCandidates.of(10_000, 1024, 998, 10));
        assertEquals(822, DefaultCandidates.of(100_000, 1024, 998, 10));
        assertEquals(2_599, DefaultCandidates.of(1_000_000, 1024, 998, 10));
        // fewer bits
        assertEquals(2_079, DefaultCandidates.of(10_000, 256, 998, 10));
        // more bits than tell anything apart, and the same for more dims than do
        assertEquals(DefaultCandidates.of(1L << 30, 512, 128, 10), DefaultCandidates.of(1L << 30, 4096, 128, 10));
        assertEquals(DefaultCandidates.of(100_000, 1024, 1024, 10), DefaultCandidates.of(100_000, 1024, 4096, 10));
    }

    public void testBounds() {
        assertEquals(500, DefaultCandidates.of(0, 256, 998, 1));
        assertEquals(2_000, DefaultCandidates.of(1, 1024, 998, 100));
        assertEquals(10_000, DefaultCandidates.of(1, 1024, 998, 10_000));
        assertEquals(10_000, DefaultCandidates.of(Long.MAX_VALUE, 8, 4096, 10));
        for (int i = 0; i < 1000; i++) {
            long documents = randomLongBetween(0, Integer.MAX_VALUE);
            int bits = 8 * randomIntBetween(1, 512);
            int dims = randomIntBetween(1, 4096);
            int k = randomIntBetween(1, 10_000);
            int candidates = DefaultCandidates.of(documents, bits, dims, k);
            assertTrue(candidates >= Math.max(500, k) && candidates <= DefaultCandidates.MOST);
            assertTrue(candidates <= DefaultCandidates.of(documents + randomIntBetween(1, 1 << 20), bits, dims, k));
            assertTrue(candidates >= DefaultCandidates.of(documents, bits + 8, dims, k));
        }
    }
}
