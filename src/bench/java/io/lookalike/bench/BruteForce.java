package io.lookalike.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;

/**
 * The expected result of the plugin's query, computed by plain loops over every document of a {@link MixtureIndex}. Of
 * the documents that match the filter it takes the {@code num_candidates} nearest by Hamming distance and all that are
 * as near as the last of them; of these the k nearest by exact distance. Immutable.
 *
 * @param scores of the hits, by document
 */
record BruteForce(Map<Integer, Float> scores) {
    private static final float TOLERANCE = 1e-5f;

    private record Found(int doc, int hamming, double squareDistance) {}

    /** @param share as for {@link Probe#query} */
    static BruteForce search(IndexReader reader, Probe probe, Double share) throws IOException {
        List<Found> found = new ArrayList<>();
        for (LeafReaderContext leaf : reader.leaves()) {
            ByteVectorValues codes = leaf.reader().getByteVectorValues(MixtureIndex.CODE);
            FloatVectorValues vectors = leaf.reader().getFloatVectorValues(MixtureIndex.VECTOR);
            DocIdSetIterator kept = kept(leaf, share);
            // every document has both, so its number is also their ordinal
            for (int doc = kept.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = kept.nextDoc()) {
                found.add(new Found(
                        leaf.docBase + doc,
                        hamming(probe.code(), codes.vectorValue(doc)),
                        squareDistance(probe.vector(), vectors.vectorValue(doc))));
            }
        }
        int[] distances = found.stream().mapToInt(Found::hamming).sorted().toArray();
        int cut = distances.length == 0 ? 0 : distances[Math.min(Probe.NUM_CANDIDATES, distances.length) - 1];
        return new BruteForce(found.stream()
                .filter(one -> one.hamming <= cut)
                .sorted(Comparator.comparingDouble(Found::squareDistance))
                .limit(Probe.K)
                .collect(Collectors.toMap(Found::doc, one -> (float) (1 / (1 + one.squareDistance)))));
    }

    private static DocIdSetIterator kept(LeafReaderContext leaf, Double share) throws IOException {
        if (share == null) {
            return DocIdSetIterator.all(leaf.reader().maxDoc());
        }
        PostingsEnum postings = leaf.reader().postings(new Term(MixtureIndex.KEPT, MixtureIndex.term(share)));
        return postings == null ? DocIdSetIterator.empty() : postings;
    }

    static int hamming(byte[] a, byte[] b) {
        int distance = 0;
        for (int i = 0; i < a.length; i++) {
            distance += Integer.bitCount((a[i] ^ b[i]) & 0xFF);
        }
        return distance;
    }

    private static double squareDistance(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += (double) (a[d] - b[d]) * (a[d] - b[d]);
        }
        return sum;
    }

    /** Whether these are the same documents with the same scores, up to rounding. */
    boolean agrees(Map<Integer, Float> others) {
        return scores.keySet().equals(others.keySet())
                && scores.entrySet().stream()
                        .allMatch(hit ->
                                Math.abs(hit.getValue() - others.get(hit.getKey())) <= TOLERANCE * hit.getValue());
    }
}
