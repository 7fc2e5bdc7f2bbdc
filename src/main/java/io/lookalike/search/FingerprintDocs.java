package io.lookalike.search;

import java.io.IOException;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Accountable;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.IOSupplier;

/**
 * The documents of one segment that have a fingerprint, among those that have a vector, a code or a term.
 *
 * <p>Apart from deletes a segment never changes, so the answer is {@linkplain FingerprintDocsCache cached}: one bit per
 * document, or nothing where all documents have the fingerprint. The first search of a segment walks over its vectors
 * (for buckets, its doc values) and the postings of the fingerprint. There is no walk if every document has the
 * fingerprint. Immutable and thread-safe.
 */
final class FingerprintDocs implements Accountable {
    private static final FingerprintDocs ALL = new FingerprintDocs(null, 0);

    private static final int BETWEEN_CHECKS = 0xFFFF;

    /** All documents except those that have a vector but not the fingerprint; null for all. */
    private final FixedBitSet allBut;

    private final int others;

    private FingerprintDocs(FixedBitSet allBut, int others) {
        this.allBut = allBut;
        this.others = others;
    }

    /**
     * @param vectors only documents with one count; called where the walk is needed
     * @param cache null for none
     * @param check throws where the search was cancelled
     */
    static FingerprintDocs of(
            LeafReader reader,
            String vectorField,
            IOSupplier<DocIdSetIterator> vectors,
            FingerprintRule fingerprint,
            FingerprintDocsCache cache,
            Runnable check)
            throws IOException {
        Terms terms = reader.terms(fingerprint.field());
        TermsEnum term = terms == null ? null : terms.iterator();
        boolean found = term != null && term.seekExact(new BytesRef(fingerprint.value()));
        if (found && term.docFreq() == reader.maxDoc()) {
            return ALL;
        }
        if (cache == null || terms == null || reader.getCoreCacheHelper() == null) {
            // a field without terms may be one that this user may not see: nothing to remember for others
            return find(reader.maxDoc(), found ? term : null, vectors, check);
        }
        return cache.get(
                reader,
                new FingerprintDocsCache.Asked(vectorField, fingerprint.field(), fingerprint.value()),
                () -> find(reader.maxDoc(), found ? term : null, vectors, check));
    }

    /** @param term at the fingerprint; null where no document has it */
    private static FingerprintDocs find(
            int maxDoc, TermsEnum term, IOSupplier<DocIdSetIterator> vectors, Runnable check) throws IOException {
        DocIdSetIterator marked = term == null ? DocIdSetIterator.empty() : term.postings(null, PostingsEnum.NONE);
        FixedBitSet allBut = new FixedBitSet(maxDoc);
        allBut.set(0, maxDoc);
        int others = 0;
        int walked = 0;
        int at = marked.nextDoc();
        DocIdSetIterator all = vectors.get();
        for (int doc = all.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = all.nextDoc()) {
            if ((++walked & BETWEEN_CHECKS) == 0) {
                check.run();
            }
            if (at < doc) {
                at = marked.advance(doc);
            }
            if (at != doc) {
                allBut.clear(doc);
                others++;
            }
        }
        return others == 0 ? ALL : new FingerprintDocs(allBut, others);
    }

    /** The most memory that the walk and the answer take. */
    static long mostBytes(int maxDoc) {
        return FixedBitSet.bits2words(maxDoc) * (long) Long.BYTES + 128;
    }

    @Override
    public long ramBytesUsed() {
        return allBut == null ? 0 : allBut.ramBytesUsed();
    }

    /** Which of the documents with a vector have the fingerprint; null for all. */
    Bits bits() {
        return allBut;
    }

    /** Documents, live or not, that have a vector but not the fingerprint; null for none. */
    DocIdSetIterator others() {
        return allBut == null ? null : new Others();
    }

    private final class Others extends DocIdSetIterator {
        private int doc = -1;

        @Override
        public int docID() {
            return doc;
        }

        @Override
        public int nextDoc() {
            return advance(doc + 1);
        }

        @Override
        public int advance(int target) {
            doc = from(target);
            return doc;
        }

        private int from(int target) {
            if (target >= allBut.length()) {
                return NO_MORE_DOCS;
            }
            long[] words = allBut.getBits();
            int end = FixedBitSet.bits2words(allBut.length());
            int at = target >> 6;
            long word = ~words[at] >>> target << target;
            while (word == 0) {
                at++;
                if (at == end) {
                    return NO_MORE_DOCS;
                }
                word = ~words[at];
            }
            int next = (at << 6) + Long.numberOfTrailingZeros(word);
            return next >= allBut.length() ? NO_MORE_DOCS : next; // bits behind the last document are not set
        }

        @Override
        public long cost() {
            return others;
        }
    }

    /** How many documents, live or not, have a vector but not the fingerprint. */
    int all() {
        return others;
    }

    /** How many live documents have a vector but not the fingerprint. */
    int leftOut(Bits live) {
        if (others == 0 || live == null) {
            return others;
        }
        int count = 0;
        Others docs = new Others();
        for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
            count += live.get(doc) ? 1 : 0;
        }
        return count;
    }
}
