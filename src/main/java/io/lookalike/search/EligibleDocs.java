package io.lookalike.search;

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
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.TwoPhaseIterator;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.SparseFixedBitSet;

/**
 * Which documents a search may answer: live, with a vector, matching the filter, carrying the fingerprint.
 *
 * <p>The filter is not run ahead: a search either asks it about single documents that it would take, or lets it lead
 * where it matches few. With a bit set filled first, a filter that keeps one in 10,000 of four million documents took
 * 2.4 times as long as a search without one, where it takes .03 now ({@code bin/bench filter}).
 *
 * @param field the field of the vectors
 * @param filter null accepts all
 * @param excluded documents that are left out, few; null leaves out none
 * @param fingerprint null asks none
 */
public record EligibleDocs(String field, Query filter, Query excluded, Fingerprint fingerprint) {
    private static final int BETWEEN_CHECKS = 0xFF;

    /**
     * What is accepted of one segment.
     *
     * @param bits what deletes, the fingerprint and what is excluded leave; null leaves all
     * @param filter null without one
     * @param matches about how many documents match the filter; all of the segment without one
     * @param nested whether the filter is one of nested objects, which shows nothing of what it runs for a document
     */
    record Leaf(
            IndexSearcher searcher, LeafReaderContext context, Bits bits, Weight filter, long matches, boolean nested) {
        /** As many documents as there are: for a walk that the filter leads. */
        static final long ALL = Long.MAX_VALUE;

        /**
         * A new walk over the documents of the segment.
         *
         * @param asked about how many documents the filter will be asked about
         */
        Walk walk(long asked) throws IOException {
            if (filter == null) {
                return new Walk(this, null);
            }
            synchronized (this) {
                ScorerSupplier supplier = filter.scorerSupplier(context);
                return new Walk(this, supplier == null ? null : supplier.get(asked));
            }
        }
    }

    /**
     * Asks about the documents of a segment in ascending order, by one of its two methods.
     *
     * <p>For one thread. Walks of several threads over one segment take turns where the filter runs code for each
     * document: Elasticsearch keeps what such code reads, such as the document's source, once for a segment.
     */
    static final class Walk {
        private final Leaf leaf;
        private final DocIdSetIterator matching;
        private final TwoPhaseIterator check;
        private final boolean takesTurns;
        /** The document that the filter was last found to match. */
        private int matched = -1;

        private int asked;

        private Walk(Leaf leaf, Scorer scorer) {
            this.leaf = leaf;
            this.check = scorer == null ? null : scorer.twoPhaseIterator();
            this.matching = scorer == null
                    ? DocIdSetIterator.empty()
                    : check == null ? scorer.iterator() : check.approximation();
            this.takesTurns = check != null || leaf.nested;
        }

        boolean filtered() {
            return leaf.filter != null;
        }

        Leaf leaf() {
            return leaf;
        }

        boolean accepts(int doc) throws IOException {
            if (!live(doc)) {
                return false;
            }
            if (!filtered()) {
                return true;
            }
            if (!takesTurns) {
                return advance(doc) == doc && matches(doc);
            }
            synchronized (leaf) {
                return advance(doc) == doc && matches(doc);
            }
        }

        /** The first accepted document from {@code doc} on, led by the filter; there must be one. */
        int next(int doc) throws IOException {
            if (!takesTurns) {
                return first(doc);
            }
            synchronized (leaf) {
                return first(doc);
            }
        }

        private int first(int doc) throws IOException {
            int at = advance(doc);
            while (at != DocIdSetIterator.NO_MORE_DOCS && !(live(at) && matches(at))) {
                at = matching.nextDoc();
            }
            return at;
        }

        /** The first document from {@code doc} on that the filter may match; there must be one. */
        int approach(int doc) throws IOException {
            if (!takesTurns) {
                return advance(doc);
            }
            synchronized (leaf) {
                return advance(doc);
            }
        }

        private boolean live(int doc) {
            return leaf.bits == null || leaf.bits.get(doc);
        }

        private int advance(int doc) throws IOException {
            return matching.docID() < doc ? matching.advance(doc) : matching.docID();
        }

        private boolean matches(int doc) throws IOException {
            if ((++asked & BETWEEN_CHECKS) == 0) {
                CodeScan.checkCancelled(leaf.searcher);
            }
            if (matched != doc && (check == null || check.matches())) {
                matched = doc;
            }
            return matched == doc;
        }
    }

    /**
     * What is accepted of each segment.
     *
     * @param leaves by leaf; null where nothing is accepted
     * @param leftOut live documents with a vector that do not carry the fingerprint
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    record Accepted(Leaf[] leaves, int leftOut) {}

    /** @param nested whether the field lies in a nested object */
    Accepted on(IndexSearcher searcher, boolean nested) throws IOException {
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
                FingerprintDocs found = fingerprint.docs(reader, field, vectors, searcher);
                leftOut += found.leftOut(live);
                bits = and(bits, found.bits());
            }
            bits = and(bits, notExcluded(excludedWeight, context));
            ScorerSupplier matching = filterWeight == null ? null : filterWeight.scorerSupplier(context);
            if (filterWeight == null) {
                leaves[context.ord] = new Leaf(searcher, context, bits, null, reader.maxDoc(), nested);
            } else if (matching != null) {
                leaves[context.ord] = new Leaf(searcher, context, bits, filterWeight, matching.cost(), nested);
            }
        }
        return new Accepted(leaves, leftOut);
    }

    private static Weight weight(IndexSearcher searcher, Query query) throws IOException {
        return query == null ? null : searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1);
    }

    /** Null where none is excluded. */
    private static Bits notExcluded(Weight weight, LeafReaderContext context) throws IOException {
        Scorer scorer = weight == null ? null : weight.scorer(context);
        if (scorer == null) {
            return null;
        }
        SparseFixedBitSet excluded = new SparseFixedBitSet(context.reader().maxDoc());
        excluded.or(scorer.iterator());
        return new Bits() {
            @Override
            public boolean get(int index) {
                return !excluded.get(index);
            }

            @Override
            public int length() {
                return excluded.length();
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
