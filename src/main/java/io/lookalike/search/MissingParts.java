package io.lookalike.search;

import io.lookalike.encoder.Messages;
import io.lookalike.search.stored.StoredVectors;
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
 * Warns of documents that have an encoder's fingerprint but lack a field that encoders write beside it. A program that
 * writes documents without the ingest pipeline may leave such a field out; without a warning, searches would miss these
 * documents silently.
 *
 * <p>Lucene knows how many documents of a segment have the fingerprint, and how many have the part; how many have the
 * part but not the fingerprint is computed once per segment, see {@link FingerprintDocs}. Documents are checked one by
 * one only where some lack the part and some are deleted. Stateless.
 */
final class MissingParts {
    private static final int BETWEEN_CHECKS = 0xFFF;

    private MissingParts() {}

    /** A part of a document: its vector, its code or its terms in a field. */
    interface Part {
        /** How many documents have it, including deleted ones. */
        long count(LeafReader reader) throws IOException;

        /** The documents that have it; null for none. */
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
     * Warns where live documents have the fingerprint but lack a part.
     *
     * @param field that is searched
     * @param check throws where the search was cancelled
     */
    static void warn(
            FingerprintRule fingerprint, List<LeafReaderContext> leaves, String field, Part part, Runnable check)
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
        fingerprint.warnOfMissing(lacking, "have no [" + Messages.show(field) + "]");
    }

    /** How many documents have a part but not the fingerprint. */
    private static long others(FingerprintRule fingerprint, LeafReader reader, String field, Part part, Runnable check)
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
     * Warns where documents have too few buckets, for example all in one string.
     *
     * @param tables how many buckets each document has
     */
    static void warnOfTables(FingerprintRule fingerprint, List<LeafReaderContext> leaves, String buckets, int tables)
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
