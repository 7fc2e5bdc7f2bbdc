package io.lookalike.search;

import io.lookalike.search.frame.Slicing;
import io.lookalike.vectors.NearestCodes;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.util.BitSet;

/**
 * Collects the candidates that one thread finds: documents that can be scored, with the distance of their codes or the
 * number of hash tables that disagree.
 */
class CandidateWorker implements Slicing.Worker<Slicing.Slice>, CandidateSink {
    final NearestCodes found;
    final CandidateSource.Work work = new CandidateSource.Work();

    private final CandidateSources sources;
    private final int probed;
    /** The least cut of any thread: a candidate that is farther cannot matter. */
    private final AtomicInteger farthest;
    /** Documents, or parents, that can be scored: all of them where there are fewer than k. */
    private int scorable;

    private LeafReaderContext leaf;
    private Scoring.Leaf scored;
    /** Null where the segment has no candidates. */
    private CandidateSource source;

    /**
     * @param found collects the candidates
     * @param probed how many clusters are searched; 0 where candidates are not those of clusters
     * @param farthest shared by all threads
     */
    CandidateWorker(CandidateSources sources, NearestCodes found, int probed, AtomicInteger farthest) {
        this.sources = sources;
        this.found = found;
        this.probed = probed;
        this.farthest = farthest;
    }

    /** A worker for a field that may be nested. */
    static CandidateWorker of(CandidateSources sources, NearestCodes found, int probed, AtomicInteger farthest) {
        return sources.nesting().isNested()
                ? new NestedCandidateWorker(sources, found, probed, farthest)
                : new CandidateWorker(sources, found, probed, farthest);
    }

    @Override
    public void work(Slicing.Slice slice) throws IOException {
        if (slice.leaf() != leaf) {
            leaf = slice.leaf();
            scored = sources.accepted()[leaf.ord] == null
                    ? null
                    : sources.scoring().leaf(leaf.reader());
            source = scored == null || !open(leaf) ? null : sources.open(leaf, probed);
        }
        if (source != null) {
            scan(slice.from(), slice.to());
        }
    }

    /** Opens a segment; returns false where it has no candidates. */
    boolean open(LeafReaderContext next) throws IOException {
        return true;
    }

    void scan(int from, int to) throws IOException {
        source.scan(from, to, this, work);
    }

    final boolean canBeScored(int doc) throws IOException {
        return scored.advanceExact(doc);
    }

    @Override
    public void accept(int doc, int distance) throws IOException {
        if (canBeScored(doc)) {
            offer(doc, distance);
        }
    }

    final void offer(int doc, int distance) {
        scorable++;
        found.offer(leaf.docBase + doc, distance);
    }

    final int scorable() {
        return scorable;
    }

    @Override
    public final int farthest() {
        int near = farthest.accumulateAndGet(found.cut(), Math::min);
        return probed > 0 && scorable < sources.bounds().k()
                ? sources.selection().code().bits()
                : near;
    }

    /** Collects parents, each at the distance of its nearest child. */
    private static final class NestedCandidateWorker extends CandidateWorker {
        private final Nesting nesting;
        private BitSet parentBits;
        private int maxDoc;
        /** The parent of the last child; -1 before the first. */
        private int parent;

        private int least;

        NestedCandidateWorker(CandidateSources sources, NearestCodes found, int probed, AtomicInteger farthest) {
            super(sources, found, probed, farthest);
            this.nesting = sources.nesting();
        }

        @Override
        boolean open(LeafReaderContext next) throws IOException {
            parentBits = nesting.parentsOf(next);
            maxDoc = next.reader().maxDoc();
            return parentBits != null;
        }

        @Override
        void scan(int from, int to) throws IOException {
            parent = -1;
            super.scan(Nesting.boundary(from, parentBits, maxDoc), Nesting.boundary(to, parentBits, maxDoc));
            finishParent();
        }

        @Override
        public void accept(int doc, int distance) throws IOException {
            if (!canBeScored(doc)) {
                return;
            }
            if (doc < parent) {
                least = Math.min(least, distance);
            } else {
                finishParent();
                parent = parentBits.nextSetBit(doc);
                least = distance;
            }
        }

        private void finishParent() {
            if (parent >= 0) {
                offer(parent, least);
            }
        }
    }
}
