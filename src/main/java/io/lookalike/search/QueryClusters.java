package io.lookalike.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.BytesRef;

/**
 * The clusters that a query searches, the nearest first.
 *
 * @param field a keyword field with the ids of a document's clusters
 * @param order the ids of all clusters, each once, the nearest first
 * @param probes how many are searched, from 1 to the length of the order; more where these hold too few documents
 */
@SuppressWarnings("ArrayRecordComponent") // equals is by content
public record QueryClusters(String field, int[] order, int probes) {

    int count() {
        return order.length;
    }

    /**
     * The documents of the nearest clusters.
     *
     * @param probed how many clusters
     * @return null where the segment has none
     */
    ClusterDocs docs(LeafReader reader, int probed, IndexSearcher searcher) throws IOException {
        Terms terms = reader.terms(field);
        List<PostingsEnum> postings = new ArrayList<>();
        long documents = 0;
        if (terms != null) {
            TermsEnum at = terms.iterator();
            for (int i = 0; i < probed; i++) {
                if (at.seekExact(term(i))) {
                    postings.add(at.postings(null, PostingsEnum.NONE));
                    documents += at.docFreq();
                }
            }
        }
        return postings.isEmpty() ? null : new ClusterDocs(postings, documents, searcher);
    }

    /** The place of a document's nearest cluster in the order, from 1; 0 where the document lies in no cluster. */
    int place(LeafReader reader, int doc) throws IOException {
        Terms terms = reader.terms(field);
        if (terms != null) {
            TermsEnum at = terms.iterator();
            for (int i = 0; i < order.length; i++) {
                if (at.seekExact(term(i))
                        && at.postings(null, PostingsEnum.NONE).advance(doc) == doc) {
                    return i + 1;
                }
            }
        }
        return 0;
    }

    private BytesRef term(int place) {
        return new BytesRef(Integer.toString(order[place]));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof QueryClusters that
                && field.equals(that.field)
                && Arrays.equals(order, that.order)
                && probes == that.probes;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * field.hashCode() + Arrays.hashCode(order)) + probes;
    }
}
