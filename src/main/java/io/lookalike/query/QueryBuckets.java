package io.lookalike.query;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.util.BytesRef;

/**
 * The buckets that a search compares with those of a field: one term for each hash table.
 *
 * @param field a keyword field, with one term for each table in which a document lies
 * @param terms without duplicates, at least one
 */
record QueryBuckets(String field, List<String> terms) {
    /** As many as an encoder may have. */
    static final int MAX_TABLES = 256;

    QueryBuckets {
        terms = List.copyOf(terms);
    }

    int tables() {
        return terms.size();
    }

    /** Null when no document of the segment shares a bucket. */
    BucketScan scan(LeafReader reader) throws IOException {
        List<PostingsEnum> postings = postings(reader);
        return postings.isEmpty() ? null : new BucketScan(postings, tables());
    }

    /** How many documents of the segment have buckets, deleted ones among them. */
    int documents(LeafReader reader) throws IOException {
        Terms all = reader.terms(field);
        return all == null ? 0 : all.getDocCount();
    }

    /** The agreement of single documents of the segment. */
    StoredBuckets stored(LeafReader reader) throws IOException {
        return StoredBuckets.of(reader, field, postings(reader));
    }

    /** A walk over the documents of each bucket that the segment has. */
    private List<PostingsEnum> postings(LeafReader reader) throws IOException {
        List<PostingsEnum> postings = new ArrayList<>();
        Terms all = reader.terms(field);
        if (all != null) {
            TermsEnum at = all.iterator();
            for (String term : terms) {
                if (at.seekExact(new BytesRef(term))) {
                    postings.add(at.postings(null, PostingsEnum.NONE));
                }
            }
        }
        return postings;
    }
}
