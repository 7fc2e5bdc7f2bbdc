package io.lookalike.search;

import io.lookalike.encoder.Values;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;

/**
 * Warns of documents that carry an encoder's fingerprint and lack some of what encoders write beside it: whoever fills
 * an index by hand may leave it out, and a search would pass such documents over in silence.
 *
 * <p>How many documents of a segment carry the fingerprint and how many have a part is known; how many have the part
 * without the fingerprint is found once for a segment, see {@link FingerprintDocs}. Documents are looked at one by one
 * only where some lack the part and some are deleted. Stateless.
 */
final class MissingParts {
    private static final int BETWEEN_CHECKS = 0xFFF;

    private MissingParts() {}

    /** What documents of a segment have. */
    interface Part {
        /** How many have it, deleted ones among them. */
        long count(LeafReader reader) throws IOException;

        /** Those that have it; null for none. */
        DocIdSetIterator docs(LeafReader reader) throws IOException;

        /** Vectors or codes. */
        static Part vectors(String field) {
            return new Part() {
                @Override
                public long count(LeafReader reader) throws IOException {
                    KnnVectorValues values = StoredVectors.values(reader, field);
                    return values == null ? 0 : values.size();
                }

                @Override
                public DocIdSetIterator docs(LeafReader reader) throws IOException {
                    KnnVectorValues values = StoredVectors.values(reader, field);
                    return values == null ? null : values.iterator();
                }
            };
        }

        /** Terms of a keyword field. */
        static Part terms(String field) {
            return new Part() {
                @Override
                public long count(LeafReader reader) throws IOException {
                    Terms terms = reader.terms(field);
                    return terms == null ? 0 : terms.getDocCount();
                }

                @Override
                public DocIdSetIterator docs(LeafReader reader) throws IOException {
                    return reader.getSortedSetDocValues(field);
                }
            };
        }
    }

    /**
     * Warns where live documents carry the fingerprint and lack a part.
     *
     * @param field that is searched
     * @param check ends the count, by throwing, where nobody waits for it
     */
    static void warn(Fingerprint fingerprint, List<LeafReaderContext> leaves, String field, Part part, Runnable check)
            throws IOException {
        Term mark = new Term(fingerprint.field(), fingerprint.value());
        long lacking = 0;
        for (LeafReaderContext leaf : leaves) {
            LeafReader reader = leaf.reader();
            int marked = reader.docFreq(mark);
            long have = part.count(reader);
            if (marked == 0 || have == reader.maxDoc()) {
                continue;
            }
            boolean listed = part.docs(reader) != null; // else none has it, or the field has no doc values
            long more = marked - have + (listed ? others(fingerprint, reader, field, part, check) : 0);
            if (more > 0) {
                lacking += reader.getLiveDocs() == null || (!listed && have > 0)
                        ? more
                        : lacking(reader, reader.postings(mark, PostingsEnum.NONE), part.docs(reader), check);
            }
        }
        fingerprint.warnOfMissing(lacking, "have no [" + Values.show(field) + "]");
    }

    /** How many documents have a part and do not carry the fingerprint. */
    private static long others(Fingerprint fingerprint, LeafReader reader, String field, Part part, Runnable check)
            throws IOException {
        return fingerprint.docs(reader, field, () -> part.docs(reader), check).all();
    }

    private static long lacking(LeafReader reader, DocIdSetIterator marked, DocIdSetIterator docs, Runnable check)
            throws IOException {
        Bits live = reader.getLiveDocs();
        long lacking = 0;
        int looked = 0;
        for (int doc = marked.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = marked.nextDoc()) {
            if ((looked++ & BETWEEN_CHECKS) == 0) {
                check.run();
            }
            if (live == null || live.get(doc)) {
                boolean has = docs != null && (docs.docID() < doc ? docs.advance(doc) == doc : docs.docID() == doc);
                lacking += has ? 0 : 1;
            }
        }
        return lacking;
    }

    /**
     * The same of buckets that are too few, such as all of a document's in one text.
     *
     * @param tables hash tables, each of which gives a document one bucket
     */
    static void warnOfTables(Fingerprint fingerprint, List<LeafReaderContext> leaves, String buckets, int tables)
            throws IOException {
        long lacking = 0;
        for (LeafReaderContext leaf : leaves) {
            Terms terms = leaf.reader().terms(buckets);
            if (terms != null && terms.getSumDocFreq() < (long) tables * terms.getDocCount()) {
                lacking += terms.getDocCount();
            }
        }
        fingerprint.warnOfMissing(
                lacking, "have fewer than [" + tables + "] buckets in [" + buckets + "], or some of them do");
    }
}
