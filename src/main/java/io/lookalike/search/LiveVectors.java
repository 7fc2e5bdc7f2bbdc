package io.lookalike.search;

import io.lookalike.search.stored.StoredVectors;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;

/**
 * Counts the live documents with a vector, which does not depend on how segments are cut.
 *
 * <p>Where a segment has deletes, and documents without a vector, the count takes a walk over its vectors. It is kept
 * until the segment has more deletes, or closes: an entry for each field that was searched. Thread-safe.
 */
final class LiveVectors {
    private static final int BETWEEN_CHECKS = 0xFFFF;

    private static final Map<IndexReader.CacheKey, Map<String, Counted>> KNOWN = new ConcurrentHashMap<>();

    private LiveVectors() {}

    /** @param live what was counted for: a reader that hides documents from a user has others */
    private record Counted(Bits live, int count) {}

    /** @param check throws where the search was cancelled */
    static long count(List<LeafReaderContext> leaves, String field, Runnable check) throws IOException {
        long count = 0;
        for (LeafReaderContext leaf : leaves) {
            check.run();
            count += count(leaf.reader(), field, check);
        }
        return count;
    }

    @SuppressWarnings("ReferenceEquality") // other live documents are another object
    private static int count(LeafReader reader, String field, Runnable check) throws IOException {
        KnnVectorValues vectors = StoredVectors.values(reader, field);
        Bits live = reader.getLiveDocs();
        if (vectors == null || live == null) {
            return vectors == null ? 0 : vectors.size();
        }
        if (vectors.size() == reader.maxDoc()) {
            return reader.numDocs();
        }
        IndexReader.CacheHelper segment = reader.getReaderCacheHelper();
        if (segment == null) {
            return walk(vectors, live, check);
        }
        Map<String, Counted> known = KNOWN.computeIfAbsent(segment.getKey(), key -> {
            segment.addClosedListener(KNOWN::remove);
            return new ConcurrentHashMap<>();
        });
        Counted counted = known.get(field);
        if (counted == null || counted.live != live) {
            counted = new Counted(live, walk(vectors, live, check));
            known.put(field, counted);
        }
        return counted.count;
    }

    private static int walk(KnnVectorValues vectors, Bits live, Runnable check) throws IOException {
        KnnVectorValues.DocIndexIterator docs = vectors.iterator();
        int count = 0;
        int walked = 0;
        for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
            if ((++walked & BETWEEN_CHECKS) == 0) {
                check.run();
            }
            count += live.get(doc) ? 1 : 0;
        }
        return count;
    }
}
