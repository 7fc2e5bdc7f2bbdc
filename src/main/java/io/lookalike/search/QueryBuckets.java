package io.lookalike.search;

import io.lookalike.search.stored.StoredBuckets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.util.BytesRef;

/**
 * The query's buckets: one term for each hash table.
 *
 * @param field a keyword field, with one term for each hash table of a document
 * @param terms without duplicates, at least one
 */
public record QueryBuckets(String field, List<String> terms) {
    /** The most hash tables that an encoder may have. */
    public static final int MAX_TABLES = 256;

    private static final Pattern TABLE = Pattern.compile("(\\d{1,3})_");

    public QueryBuckets {
        terms = List.copyOf(terms);
    }

    public int tables() {
        return terms.size();
    }

    /** The buckets of the first tables. Terms begin with the number of their table: {@code 3_1f}. */
    public QueryBuckets first(int count) {
        List<String> first = terms.stream().filter(term -> table(term) < count).toList();
        if (first.size() != count) {
            throw new IllegalArgumentException(
                    "[tables] needs buckets that begin with the numbers of their tables, from [0_] to ["
                            + (tables() - 1) + "_], as an encoder's do; leave it out");
        }
        return new QueryBuckets(field, first);
    }

    /** The number of a term's table; {@link Integer#MAX_VALUE} where the term has none. */
    public static int table(String term) {
        Matcher number = TABLE.matcher(term);
        return number.lookingAt() ? Integer.parseInt(number.group(1)) : Integer.MAX_VALUE;
    }

    /** Null where no document of the segment shares a bucket. */
    BucketScan scan(LeafReader reader) throws IOException {
        List<PostingsEnum> postings = postings(reader);
        return postings.isEmpty() ? null : new BucketScan(postings, tables());
    }

    /** How many documents of the segment have buckets, including deleted ones. */
    int documents(LeafReader reader) throws IOException {
        Terms all = reader.terms(field);
        return all == null ? 0 : all.getDocCount();
    }

    /** The buckets of single documents of the segment. */
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
