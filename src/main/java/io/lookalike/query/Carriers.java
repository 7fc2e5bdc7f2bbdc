package io.lookalike.query;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.SparseFixedBitSet;

/**
 * Which documents of one segment that have a vector carry a fingerprint.
 *
 * <p>A segment never changes, deletes aside, so what was found is remembered until the segment is closed: nothing but
 * counts where all carry it, two bit sets where not. Costs one walk over the segment's vectors and postings the first
 * time, and none at all where every document of the segment carries it. Immutable and thread-safe.
 */
final class Carriers {
    private static final Map<IndexReader.CacheKey, Map<Asked, Carriers>> SEGMENTS = new ConcurrentHashMap<>();
    private static final Carriers ALL = new Carriers(null, null);

    private final FixedBitSet carriers;
    private final BitSet others;

    private record Asked(String vectors, String field, String value) {}

    /** @param others with a vector but without the fingerprint; null, as {@code carriers}, where there are none */
    private Carriers(FixedBitSet carriers, BitSet others) {
        this.carriers = carriers;
        this.others = others;
    }

    static Carriers of(LeafReader reader, String vectorField, KnnVectorValues vectors, Fingerprint fingerprint)
            throws IOException {
        Terms terms = reader.terms(fingerprint.field());
        IndexReader.CacheHelper cache = reader.getCoreCacheHelper();
        if (terms == null || cache == null) {
            // a field without terms may be one that this user may not see: nothing to remember for others
            return find(reader, terms, vectors, fingerprint.value());
        }
        Map<Asked, Carriers> known = SEGMENTS.get(cache.getKey());
        if (known == null) {
            known = SEGMENTS.computeIfAbsent(cache.getKey(), key -> {
                cache.addClosedListener(SEGMENTS::remove);
                return new ConcurrentHashMap<>();
            });
        }
        Asked asked = new Asked(vectorField, fingerprint.field(), fingerprint.value());
        Carriers found = known.get(asked);
        if (found == null) {
            found = find(reader, terms, vectors, fingerprint.value());
            known.put(asked, found);
        }
        return found;
    }

    private static Carriers find(LeafReader reader, Terms terms, KnnVectorValues vectors, String value)
            throws IOException {
        FixedBitSet carriers = new FixedBitSet(reader.maxDoc());
        TermsEnum term = terms == null ? null : terms.iterator();
        if (term != null && term.seekExact(new BytesRef(value))) {
            if (term.docFreq() == reader.maxDoc()) {
                return ALL;
            }
            carriers.or(term.postings(null, PostingsEnum.NONE));
        }
        SparseFixedBitSet others = new SparseFixedBitSet(reader.maxDoc());
        boolean any = false;
        DocIdSetIterator all = vectors.iterator();
        for (int doc = all.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = all.nextDoc()) {
            if (!carriers.get(doc)) {
                others.set(doc);
                any = true;
            }
        }
        return any ? new Carriers(carriers, others) : ALL;
    }

    /** Null where all documents that have a vector carry it. */
    Bits bits() {
        return carriers;
    }

    /** Documents, live or not, that have a vector but do not carry it; null for none. */
    BitSet others() {
        return others;
    }

    /** How many live documents have a vector but not the fingerprint. */
    int leftOut(Bits live) throws IOException {
        if (others == null) {
            return 0;
        }
        if (live == null) {
            return others.cardinality();
        }
        int count = 0;
        DocIdSetIterator docs = new BitSetIterator(others, 0);
        for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
            count += live.get(doc) ? 1 : 0;
        }
        return count;
    }

    /** How many open segments are remembered. */
    static int remembered() {
        return SEGMENTS.size();
    }
}
