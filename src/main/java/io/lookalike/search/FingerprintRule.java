package io.lookalike.search;

import io.lookalike.encoder.Messages;
import java.io.IOException;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.IOSupplier;
import org.elasticsearch.common.logging.HeaderWarning;

/**
 * The rule that a search finds only documents with the fingerprint of its encoder.
 *
 * @param field the keyword field beside the vectors
 * @param value the encoder's fingerprint
 * @param encoder as the user named it, for the warning; null for the default of the mapping
 * @param shard index and shard, for the warning
 * @param cache null for none
 */
public record FingerprintRule(String field, String value, String encoder, String shard, FingerprintDocsCache cache) {

    private static final String OF_SHARD = " of shard ";

    /**
     * The documents of a segment that have the fingerprint.
     *
     * @param vectors the values of {@code vectorField} in the segment; only documents with one count
     * @param searcher whose cancellation ends the walk
     */
    FingerprintDocs docs(LeafReader reader, String vectorField, KnnVectorValues vectors, IndexSearcher searcher)
            throws IOException {
        return docs(reader, vectorField, vectors::iterator, () -> Cancellation.check(searcher));
    }

    /**
     * The same for documents that have any other part, such as buckets.
     *
     * @param docs that have it
     * @param check throws where the search was cancelled
     */
    FingerprintDocs docs(LeafReader reader, String partField, IOSupplier<DocIdSetIterator> docs, Runnable check)
            throws IOException {
        return FingerprintDocs.of(reader, partField, docs, this, cache, check);
    }

    /** Warns the user how many documents of this shard were left out. */
    void warn(int leftOut) {
        if (leftOut > 0) {
            warn(leftOut, OF_SHARD + shard, field, encoder);
        }
    }

    /** Warns the user how many documents of this shard have the fingerprint but cannot be found. */
    void warnOfMissing(long documents, String what) {
        if (documents > 0) {
            HeaderWarning.addWarning(
                    "{}",
                    "[" + documents + "] documents" + OF_SHARD + shard + " name the encoder in [" + Messages.show(field)
                            + "] but " + what
                            + ", and are not found by this search; index them again through a pipeline");
        }
    }

    /** Whether a {@code Warning} header is a single shard's warning of what it left out. */
    public static boolean isShards(String header) {
        return header.contains("] documents" + OF_SHARD + "[")
                && header.contains("] carry another fingerprint, or none, in [");
    }

    /**
     * @param where the documents are, with a space before it, or empty
     * @param encoder as the user named it; null for the default of the mapping
     */
    public static void warn(long leftOut, String where, String field, String encoder) {
        HeaderWarning.addWarning(
                "{}",
                "[" + leftOut + "] documents" + where + " carry another fingerprint, or none, in ["
                        + Messages.show(field)
                        + "] than encoder "
                        + (encoder == null ? "of the mapping" : "[" + Messages.show(encoder) + "]")
                        + " has and were left out; index them again through its pipeline, or name their encoder");
    }
}
