package io.lookalike.query;

import java.io.IOException;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.elasticsearch.index.query.SearchExecutionContext;

/**
 * The rule that a search scores only documents that carry its encoder's fingerprint.
 *
 * <p>Where a segment holds one fingerprint this costs a term lookup and no filter.
 *
 * @param field the keyword field beside the vectors
 * @param value the encoder's fingerprint
 * @param encoder as the user named it, for the warning; null for the default of the mapping
 * @param shard index and shard, for the warning
 */
record Fingerprint(String field, String value, String encoder, String shard) {

    /** Null when no fingerprint is asked for. */
    static Fingerprint of(String searched, QueryInput input, SearchExecutionContext context) {
        return input.fingerprint == null
                ? null
                : new Fingerprint(
                        InputResolver.sibling(searched, "encoder"),
                        input.fingerprint,
                        input.encoder,
                        "[" + context.getFullyQualifiedIndex().getName() + "][" + context.getShardId() + "]");
    }

    /** What one segment holds: documents that carry the fingerprint, or null where all that have a vector do. */
    record Leaf(FixedBitSet carriers, int leftOut) {}

    Leaf leaf(LeafReader reader, KnnVectorValues vectors) throws IOException {
        Terms terms = reader.terms(field);
        PostingsEnum postings = null;
        if (terms != null) {
            TermsEnum term = terms.iterator();
            if (term.seekExact(new BytesRef(value))) {
                if (term.docFreq() == terms.getDocCount() && term.docFreq() == vectors.size()) {
                    return new Leaf(null, 0);
                }
                postings = term.postings(null, PostingsEnum.NONE);
            }
        }
        FixedBitSet carriers = new FixedBitSet(reader.maxDoc());
        if (postings != null) {
            carriers.or(postings);
        }
        Bits live = reader.getLiveDocs();
        int leftOut = 0;
        DocIdSetIterator all = vectors.iterator();
        for (int doc = all.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = all.nextDoc()) {
            if (!carriers.get(doc) && (live == null || live.get(doc))) {
                leftOut++;
            }
        }
        return new Leaf(carriers, leftOut);
    }

    String warning(int leftOut) {
        return "[" + leftOut + "] documents of shard " + shard + " carry another fingerprint in [" + field
                + "] than encoder " + (encoder == null ? "of the mapping" : "[" + encoder + "]")
                + " has and were left out; index them again through its pipeline, or name their encoder";
    }
}
