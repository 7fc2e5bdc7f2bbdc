package io.lookalike.query;

import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.NearestCodes;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.util.BitSet;

/**
 * One {@link HashKnnQuery} on one reader, in three stages: which documents are {@linkplain Acceptance accepted}, which of
 * them are candidates (a scan of all codes, counted, see {@link NearestCodes}; or every one), and their exact scores in
 * file order.
 *
 * <p>Of a nested field parents are counted: a parent is as near as the nearest of its pictures, and answers with the one
 * that scores best of those within the candidates' cut. What is found depends neither on segments nor on threads. Costs
 * {@code codes x bits / 8} bytes read and {@code candidates x dims} products. For one thread, once.
 */
final class HashKnnSearch {
    private final IndexSearcher searcher;
    private final List<LeafReaderContext> leaves;
    private final Scoring scoring;
    private final QueryCode code;
    private final Bounds bounds;
    private final BitSetProducer parents;
    private final TopHits top;
    private Acceptance.Leaf[] accepted;

    /** @param parents null unless the field is nested */
    HashKnnSearch(IndexSearcher searcher, Scoring scoring, QueryCode code, Bounds bounds, BitSetProducer parents) {
        this.searcher = searcher;
        this.leaves = searcher.getIndexReader().leaves();
        this.scoring = scoring;
        this.code = code;
        this.bounds = bounds;
        this.parents = parents;
        this.top = new TopHits(
                Math.min(bounds.k(), Math.max(1, searcher.getIndexReader().maxDoc())));
    }

    Hits run(Acceptance acceptance, Candidates candidates) throws IOException {
        Stage.run("accept", searcher, s -> accept(acceptance));
        if (candidates == Candidates.ALL) {
            Stage.run("score", searcher, s -> scoreAll());
        } else {
            NearestCodes nearest = new NearestCodes(code.bits(), bounds.numCandidates(), bounds.maxDistance());
            Stage.run("candidates", searcher, s -> scan(nearest));
            Stage.run("score", searcher, s -> scoreCandidates(nearest));
        }
        return top.toHits();
    }

    private String accept(Acceptance acceptance) throws IOException {
        Acceptance.Accepted all = acceptance.on(searcher);
        accepted = all.leaves();
        if (acceptance.fingerprint() != null) {
            acceptance.fingerprint().warn(all.leftOut());
        }
        return "segments=" + leaves.size() + ",left_out=" + all.leftOut();
    }

    private BitSet parents(LeafReaderContext leaf) throws IOException {
        return parents == null ? null : parents.getBitSet(leaf);
    }

    private String scan(NearestCodes nearest) throws IOException {
        long scanned = 0;
        for (LeafReaderContext leaf : leaves) {
            Scoring.Leaf scored = accepted[leaf.ord] == null ? null : scoring.leaf(leaf.reader());
            CodeScan scan = scored == null ? null : code.scan(leaf.reader());
            BitSet parentBits = scan == null ? null : parents(leaf);
            if (scan == null || (parents != null && parentBits == null)) {
                continue;
            }
            scanned += scan.size();
            NearestOfLeaf sink = new NearestOfLeaf(leaf.docBase, nearest, scored, parentBits);
            scan.scan(accepted[leaf.ord].bits(), searcher, sink);
            sink.finish();
        }
        return "codes=" + scanned + ",candidates=" + nearest.size() + ",cut=" + nearest.cut() + ",ties_cut="
                + nearest.droppedTies();
    }

    /** Offers documents that can be scored; of a nested field their parents, at the distance of the nearest child. */
    private static final class NearestOfLeaf implements CodeScan.Sink {
        private final int docBase;
        private final NearestCodes nearest;
        private final Scoring.Leaf scored;
        private final BitSet parentBits;
        private int parent = -1;
        private int least;

        NearestOfLeaf(int docBase, NearestCodes nearest, Scoring.Leaf scored, BitSet parentBits) {
            this.docBase = docBase;
            this.nearest = nearest;
            this.scored = scored;
            this.parentBits = parentBits;
        }

        @Override
        public void accept(int doc, int distance) throws IOException {
            if (!scored.advanceExact(doc)) {
                return;
            }
            if (parentBits == null) {
                nearest.offer(docBase + doc, distance);
            } else if (doc < parent) {
                least = Math.min(least, distance);
            } else {
                finish();
                parent = parentBits.nextSetBit(doc);
                least = distance;
            }
        }

        void finish() {
            if (parent >= 0) {
                nearest.offer(docBase + parent, least);
            }
        }

        @Override
        public int farthest() {
            return nearest.cut();
        }
    }

    private String scoreCandidates(NearestCodes nearest) throws IOException {
        long[] ids = nearest.ids();
        Scored scored = new Scored();
        int from = 0;
        for (LeafReaderContext leaf : leaves) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            int to = from;
            while (to < ids.length && ids[to] < end) {
                to++;
            }
            if (to > from) {
                int[] docs = new int[to - from];
                for (int i = 0; i < docs.length; i++) {
                    docs[i] = (int) ids[from + i] - leaf.docBase;
                }
                int[] candidates = parents == null ? docs : children(leaf, docs, nearest.cut());
                score(leaf, new Hits(candidates, new float[0]).iterator(), scored);
            }
            from = to;
        }
        return scored.toString();
    }

    /** The accepted children of some parents whose codes lie within a distance. */
    private int[] children(LeafReaderContext leaf, int[] ofParents, int within) throws IOException {
        BitSet parentBits = parents(leaf);
        StoredCodes codes = code.stored(leaf.reader());
        int[] children = new int[ofParents.length];
        int size = 0;
        for (int parent : ofParents) {
            CodeScan.checkCancelled(searcher);
            for (int child = parent == 0 ? 0 : parentBits.prevSetBit(parent - 1) + 1; child < parent; child++) {
                if (accepted[leaf.ord].accepts(child)
                        && codes.advanceExact(child)
                        && Hamming.distance(code.bytes(), codes.code()) <= within) {
                    if (size == children.length) {
                        children = Arrays.copyOf(children, 2 * size);
                    }
                    children[size++] = child;
                }
            }
        }
        return Arrays.copyOf(children, size);
    }

    private String scoreAll() throws IOException {
        Scored scored = new Scored();
        for (LeafReaderContext leaf : leaves) {
            if (accepted[leaf.ord] != null) {
                score(leaf, accepted[leaf.ord].walk(leaf.reader(), scoring.field()), scored);
            }
        }
        return scored.toString();
    }

    /** The figures of scoring. */
    private final class Scored {
        private long vectors;
        /** Documents that the metric has no distance for. */
        private long skipped;

        @Override
        public String toString() {
            return "vectors=" + vectors + ",skipped=" + skipped + ",metric=" + scoring.metric();
        }
    }

    /** Scores documents in ascending order; of the children of one parent only the best goes on. */
    private void score(LeafReaderContext leaf, DocIdSetIterator docs, Scored scored) throws IOException {
        Scoring.Leaf stored = scoring.leaf(leaf.reader());
        BitSet parentBits = stored == null ? null : parents(leaf);
        if (stored == null || (parents != null && parentBits == null)) {
            return;
        }
        Acceptance.Leaf acceptance = accepted[leaf.ord];
        int walked = 0;
        int parent = -1;
        int best = -1;
        float bestScore = 0;
        for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
            if ((walked++ & 0xFFF) == 0) {
                CodeScan.checkCancelled(searcher);
            }
            if (!acceptance.accepts(doc) || !stored.advanceExact(doc)) {
                continue;
            }
            double distance = stored.distance();
            scored.vectors++;
            if (Double.isNaN(distance)) {
                scored.skipped++;
                continue;
            }
            float score = scoring.score(distance);
            if (!(score >= bounds.similarity())) {
                continue;
            }
            if (parentBits == null) {
                top.offer(leaf.docBase + doc, score);
                continue;
            }
            if (doc > parent) {
                if (best >= 0) {
                    top.offer(leaf.docBase + best, bestScore);
                }
                parent = parentBits.nextSetBit(doc);
                best = doc;
                bestScore = score;
            } else if (score > bestScore) {
                best = doc;
                bestScore = score;
            }
        }
        if (best >= 0) {
            top.offer(leaf.docBase + best, bestScore);
        }
    }
}
