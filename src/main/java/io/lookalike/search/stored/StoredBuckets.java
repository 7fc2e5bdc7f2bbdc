package io.lookalike.search.stored;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FieldExistsQuery;
import org.elasticsearch.index.mapper.FieldNamesFieldMapper;

/**
 * Counts the hash tables in which single documents of one segment share the query's bucket.
 *
 * <p>Costs one step in each of the query's postings per document. Not thread-safe; use a new instance for each walk
 * over ascending documents.
 */
public final class StoredBuckets {
    private final PostingsEnum[] postings;
    private final DocIdSetIterator present;
    private int agreeing;

    private StoredBuckets(List<PostingsEnum> postings, DocIdSetIterator present) {
        this.postings = postings.toArray(PostingsEnum[]::new);
        this.present = present;
    }

    /** @param postings of the query's buckets, not yet advanced */
    public static StoredBuckets of(LeafReader reader, String field, List<PostingsEnum> postings) throws IOException {
        DocIdSetIterator present = FieldExistsQuery.getDocValuesDocIdSetIterator(field, reader);
        if (present == null) {
            // for a field without doc values Elasticsearch indexes the field's name instead
            present = reader.postings(new Term(FieldNamesFieldMapper.NAME, field), PostingsEnum.NONE);
        }
        return new StoredBuckets(postings, present == null ? DocIdSetIterator.empty() : present);
    }

    /**
     * Whether a document has any buckets.
     *
     * @param doc not below that of the call before
     */
    public boolean advanceExact(int doc) throws IOException {
        agreeing = 0;
        for (PostingsEnum bucket : postings) {
            if (at(bucket, doc)) {
                agreeing++;
            }
        }
        return agreeing > 0 || at(present, doc);
    }

    private static boolean at(DocIdSetIterator docs, int doc) throws IOException {
        return (docs.docID() < doc ? docs.advance(doc) : docs.docID()) == doc;
    }

    /** In how many tables the current document shares the query's bucket. */
    public int agreeing() {
        return agreeing;
    }
}
