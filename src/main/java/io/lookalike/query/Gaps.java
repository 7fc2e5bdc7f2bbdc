package io.lookalike.query;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;

/**
 * Warns of documents that carry an encoder's fingerprint and lack some of what encoders write beside it: whoever fills an index by hand may leave it
 * out, and a search would pass such documents over in silence.
 *
 * <p>Compares what segments know of themselves, deleted documents among them; of a segment with documents of several encoders it may
 * count too few, never too many. Stateless.
 */
final class Gaps {
    private Gaps() {}

    /** How many documents of a segment have something. */
    @FunctionalInterface
    interface Count {
        long of(LeafReader reader) throws IOException;
    }

    /** @param part the field that is searched */
    static void warn(Fingerprint fingerprint, List<LeafReaderContext> leaves, String part, Count count)
            throws IOException {
        Term mark = new Term(fingerprint.field(), fingerprint.value());
        long lacking = 0;
        for (LeafReaderContext leaf : leaves) {
            lacking += Math.max(0, leaf.reader().docFreq(mark) - count.of(leaf.reader()));
        }
        fingerprint.warnOfGap(lacking, "have no [" + part + "]");
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
        fingerprint.warnOfGap(
                lacking, "have fewer than [" + tables + "] buckets in [" + buckets + "], or some of them do");
    }
}
