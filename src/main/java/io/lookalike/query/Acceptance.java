package io.lookalike.query;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.SparseFixedBitSet;

/**
 * Which documents a search may answer: live, with a vector, matching the filter, carrying the fingerprint.
 *
 * @param field the field of the vectors
 * @param filter null accepts all
 * @param excluded documents that are left out, few; null leaves out none
 * @param fingerprint null asks none
 */
record Acceptance(String field, Query filter, Query excluded, Fingerprint fingerprint) {
    private static final int WINDOW = 1 << 16;

    /**
     * What is accepted of one segment.
     *
     * @param bits what the filter, deletes, the fingerprint and the exclusion leave; null leaves all
     * @param filtered what matches the filter; null without one
     */
    record Leaf(Bits bits, BitSet filtered) {
        boolean accepts(int doc) {
            return bits == null || bits.get(doc);
        }

        /** A walk over a superset of what is accepted: what matches the filter, else everything that has a vector. */
        DocIdSetIterator walk(LeafReader reader, String field) throws IOException {
            return filtered != null
                    ? new BitSetIterator(filtered, filtered.approximateCardinality())
                    : StoredVectors.values(reader, field).iterator();
        }
    }

    /**
     * What is accepted of each segment.
     *
     * @param leaves by leaf; null where nothing is accepted
     * @param leftOut live documents with a vector that do not carry the fingerprint
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Accepted(Leaf[] leaves, int leftOut) {}

    Accepted on(IndexSearcher searcher) throws IOException {
        Weight filterWeight = weight(searcher, filter);
        Weight excludedWeight = weight(searcher, excluded);
        List<LeafReaderContext> contexts = searcher.getIndexReader().leaves();
        Leaf[] leaves = new Leaf[contexts.size()];
        int leftOut = 0;
        for (LeafReaderContext context : contexts) {
            CodeScan.checkCancelled(searcher);
            LeafReader reader = context.reader();
            KnnVectorValues vectors = StoredVectors.values(reader, field);
            if (vectors == null || vectors.size() == 0) {
                continue;
            }
            Bits live = reader.getLiveDocs();
            Bits bits = live;
            if (fingerprint != null) {
                Carriers carriers = fingerprint.carriers(reader, field, vectors);
                leftOut += carriers.leftOut(live);
                bits = and(bits, carriers.bits());
            }
            BitSet out = documents(excludedWeight, context, searcher);
            bits = out == null ? bits : and(bits, not(out));
            BitSet filtered = documents(filterWeight, context, searcher);
            if (filterWeight == null || filtered != null) {
                leaves[context.ord] = new Leaf(and(bits, filtered), filtered);
            }
        }
        return new Accepted(leaves, leftOut);
    }

    private static Weight weight(IndexSearcher searcher, Query query) throws IOException {
        return query == null ? null : searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1);
    }

    /** Null for none. */
    private static BitSet documents(Weight weight, LeafReaderContext context, IndexSearcher searcher)
            throws IOException {
        Scorer scorer = weight == null ? null : weight.scorer(context);
        if (scorer == null) {
            return null;
        }
        int maxDoc = context.reader().maxDoc();
        DocIdSetIterator docs = scorer.iterator();
        int doc = docs.nextDoc();
        if (docs.cost() < maxDoc >>> 7) {
            SparseFixedBitSet few = new SparseFixedBitSet(maxDoc);
            for (int i = 1; doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc(), i++) {
                few.set(doc);
                if (i % WINDOW == 0) {
                    CodeScan.checkCancelled(searcher);
                }
            }
            return few;
        }
        FixedBitSet many = new FixedBitSet(maxDoc);
        while (docs.docID() != DocIdSetIterator.NO_MORE_DOCS) {
            CodeScan.checkCancelled(searcher);
            docs.intoBitSet((int) Math.min(maxDoc, (long) docs.docID() + WINDOW), many, 0);
        }
        return many;
    }

    private static Bits not(Bits bits) {
        return new Bits() {
            @Override
            public boolean get(int index) {
                return !bits.get(index);
            }

            @Override
            public int length() {
                return bits.length();
            }
        };
    }

    private static Bits and(Bits a, Bits b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return new Bits() {
            @Override
            public boolean get(int index) {
                return b.get(index) && a.get(index);
            }

            @Override
            public int length() {
                return a.length();
            }
        };
    }
}
