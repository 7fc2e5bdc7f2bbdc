package io.lookalike.search;

import io.lookalike.search.Slicing.Slice;
import io.lookalike.vectors.NearestCodes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.util.BitSet;

/**
 * One {@link HashKnnQuery} on one reader, in stages: which documents are {@linkplain EligibleDocs accepted}, which of
 * them are candidates (by a scan of all codes or of those of clusters, the graph over them or their buckets, see
 * {@link NearestCodes}; or every one), which of those are worth reading by an {@linkplain Estimation estimate} if one
 * is asked for, and the exact scores of these, in file order.
 *
 * <p>Of a nested field parents are counted: a parent is as near as the nearest of its pictures, and answers with the
 * one that scores best of those within the candidates' cut. What is found depends neither on segments (but for the
 * graph) nor on threads: all stages but the first are {@linkplain Slicing shared} among the search threads. Costs
 * {@code codes x bits / 8} bytes read and {@code candidates x dims} products. To be run once.
 */
final class HashKnnSearch {
    /** What is read of a document's buckets, about, which decides how the work is divided. */
    private static final int BUCKET_BYTES = 4;
    /**
     * How many times a code that lies apart costs one in a row, about. Of a million codes of 256 bits in 1,024
     * clusters, 16 clusters take .8 ms of processor time and a search of all 2.2; 64 clusters take 2.4, 256 clusters
     * 6.4 with what lies between them.
     */
    private static final int APART = 8;

    private final IndexSearcher searcher;
    private final Slicing slicing;
    private final List<LeafReaderContext> leaves;
    private final Scoring scoring;
    private final Candidates candidates;
    private final QueryCode code;
    private final QueryBuckets buckets;
    private final QueryClusters clusters;
    private final Estimation estimation;
    private final Bounds bounds;
    private final BitSetProducer parents;
    private EligibleDocs.Leaf[] accepted;
    private NearestCodes nearest;
    /** How many clusters are looked into; 0 where candidates are not those of clusters. */
    private int probed;
    /** Candidates, ascending; of a nested field parents. */
    private long[] chosen;

    private TopHits top;

    /** @param parents null unless the field is nested */
    HashKnnSearch(
            IndexSearcher searcher,
            Slicing slicing,
            Scoring scoring,
            CandidateSelection selection,
            Bounds bounds,
            BitSetProducer parents) {
        this.searcher = searcher;
        this.slicing = slicing;
        this.leaves = searcher.getIndexReader().leaves();
        this.scoring = scoring;
        this.candidates = selection.candidates();
        this.code = selection.code();
        this.buckets = selection.buckets();
        this.clusters = selection.clusters();
        this.estimation = selection.estimation();
        this.bounds = bounds;
        this.parents = parents;
    }

    Hits run(EligibleDocs eligible) throws IOException {
        ProfiledStage.run("accept", searcher, s -> accept(eligible));
        if (candidates == Candidates.ALL) {
            ProfiledStage.run("score", searcher, s -> scoreAll());
        } else {
            ProfiledStage.run(
                    "candidates",
                    searcher,
                    s -> candidates == Candidates.CLUSTERS ? probe() : scan(eligible.filter() == null));
            chosen = nearest.ids();
            if (estimation != null && chosen.length > estimation.most()) {
                ProfiledStage.run("estimate", searcher, s -> estimate());
            }
            ProfiledStage.run("score", searcher, s -> score(measureChosen(scoring, bounds.k(), bounds.similarity())));
        }
        return top.toHits();
    }

    private String accept(EligibleDocs eligible) throws IOException {
        EligibleDocs.Accepted all = eligible.on(searcher, parents != null);
        accepted = all.leaves();
        if (eligible.fingerprint() != null) {
            eligible.fingerprint().warn(all.leftOut());
            warnOfMissingParts(eligible.field(), eligible.fingerprint(), all.leftOut() == 0);
        }
        return "segments=" + leaves.size() + ",left_out=" + all.leftOut();
    }

    /** @param alone whether all documents are of one encoder */
    private void warnOfMissingParts(String field, Fingerprint fingerprint, boolean alone) throws IOException {
        Runnable check = () -> CodeScan.checkCancelled(searcher);
        MissingParts.warn(fingerprint, leaves, field, MissingParts.Part.vectors(field), check);
        if (candidates == Candidates.LSH) {
            MissingParts.warn(fingerprint, leaves, buckets.field(), MissingParts.Part.terms(buckets.field()), check);
            if (alone) {
                MissingParts.warnOfTables(fingerprint, leaves, buckets.field(), buckets.tables());
            }
        } else if (candidates != Candidates.ALL) {
            MissingParts.warn(fingerprint, leaves, code.field(), MissingParts.Part.vectors(code.field()), check);
        }
        if (candidates == Candidates.CLUSTERS) {
            MissingParts.warn(fingerprint, leaves, clusters.field(), MissingParts.Part.terms(clusters.field()), check);
        }
    }

    private BitSet parents(LeafReaderContext leaf) throws IOException {
        return parents == null ? null : parents.getBitSet(leaf);
    }

    /** A boundary between documents, moved behind the parent whose children it would part. */
    private static int boundary(int doc, BitSet parentBits, int maxDoc) {
        return parentBits == null || doc == 0 || doc >= maxDoc
                ? doc
                : (int) Math.min(maxDoc, parentBits.nextSetBit(doc - 1) + 1L);
    }

    private NearestCodes collector() {
        int greatest = candidates == Candidates.LSH ? buckets.tables() : code.bits();
        return new NearestCodes(greatest, bounds.numCandidates(), bounds.maxDistance());
    }

    private String scan(boolean unfiltered) throws IOException {
        boolean guesses = candidates == Candidates.HAMMING && unfiltered && parents == null;
        int guess = guesses ? new CutGuess(code, bounds, slicing.sample()).on(leaves, accepted) : bounds.maxDistance();
        String figures = figures(scans(guess));
        // a guess that held is no less than the cut, and everything within it was found
        return nearest.cut() <= guess ? figures : figures(scans(bounds.maxDistance()));
    }

    /** Looks into as many clusters as hold k that can be scored: those asked for, or twice as many, or four times. */
    private String probe() throws IOException {
        probed = clusters.probes();
        List<Scan> scans = scans(bounds.maxDistance());
        long measured = sum(scans, scan -> scan.scanned);
        while (sum(scans, scan -> scan.counted) < bounds.k() && probed < clusters.count()) {
            probed = (int) Math.min(2L * probed, clusters.count());
            scans = scans(bounds.maxDistance());
            measured += sum(scans, scan -> scan.scanned);
        }
        long all = all();
        return String.format(
                Locale.ROOT,
                "probes=%d,clusters=%d,codes=%d,share=%.4f%s",
                probed,
                clusters.count(),
                measured,
                all == 0 ? 0 : (double) looked(scans) / all,
                found(scans));
    }

    /** How many documents could be looked at, deleted ones among them. */
    private long all() throws IOException {
        long all = 0;
        for (LeafReaderContext leaf : leaves) {
            all += candidates == Candidates.LSH ? buckets.documents(leaf.reader()) : code.documents(leaf.reader());
        }
        return all;
    }

    /** How many of them were, each counted once, in how many tables, clusters or attempts whatsoever. */
    private static long looked(List<Scan> scans) {
        return sum(scans, scan -> scan.looked);
    }

    private static long sum(List<Scan> scans, ToLongFunction<Scan> figure) {
        return scans.stream().mapToLong(figure).sum();
    }

    /** What is read of a document, on average, and what it costs more where it lies apart. */
    private int bytesADocument() {
        return switch (candidates) {
            case LSH -> BUCKET_BYTES;
            case CLUSTERS -> (int) Math.max(1, (long) APART * code.bytes().length * probed / clusters.count());
            case HAMMING, HNSW, ALL -> code.bytes().length;
        };
    }

    /** The nearest that all threads find. */
    private List<Scan> scans(int within) throws IOException {
        AtomicInteger farthest = new AtomicInteger(within);
        int bytesADocument = bytesADocument();
        List<Slice> slices =
                candidates == Candidates.HNSW ? Slicing.whole(leaves) : slicing.slices(leaves, bytesADocument);
        long bytes = (long) searcher.getIndexReader().maxDoc() * bytesADocument;
        List<Scan> scans = slicing.run(searcher, slices, bytes, () -> new Scan(farthest));
        nearest = scans.get(0).found;
        for (Scan scan : scans) {
            if (scan.found != nearest) {
                nearest.merge(scan.found);
            }
        }
        return scans;
    }

    private String figures(List<Scan> scans) throws IOException {
        long scanned = sum(scans, scan -> scan.scanned);
        String work = switch (candidates) {
            case LSH -> "tables=" + buckets.tables() + ",postings=" + scanned;
            case HNSW -> "codes=" + scanned + ",visited=" + sum(scans, scan -> scan.visited);
            case HAMMING, CLUSTERS, ALL -> "codes=" + scanned;
        };
        return work + found(scans);
    }

    private String found(List<Scan> scans) throws IOException {
        return ",candidates=" + nearest.size() + ",cut=" + nearest.cut() + ",ties_cut=" + nearest.droppedTies()
                + ",documents=" + looked(scans) + ",of=" + all();
    }

    /** Hands out the candidates of a range of a segment's documents; ascending, from call to call too. */
    private interface Source {
        /** How many codes or postings were read. */
        long scan(int from, int to) throws IOException;
    }

    /**
     * The candidates that one thread finds: documents that can be scored; of a nested field their parents, at the
     * distance of the nearest child.
     */
    private final class Scan implements Slicing.Worker<Slice>, CodeScan.Sink {
        private final NearestCodes found;
        /** The least cut that a thread has come to: what is farther cannot matter to any. */
        private final AtomicInteger farthest;

        private long scanned;
        private long visited;
        /** Documents whose codes or buckets were read. */
        private long looked;
        /** Documents, or parents, that could be scored: all where they are fewer than are answered. */
        private int counted;

        private LeafReaderContext leaf;
        private Scoring.Leaf scored;
        /** Null where there are no candidates. */
        private Source source;

        private BitSet parentBits;
        private int parent;
        private int least;

        Scan(AtomicInteger farthest) {
            this.found = collector();
            this.farthest = farthest;
        }

        @Override
        public void work(Slice slice) throws IOException {
            if (slice.leaf() != leaf) {
                open(slice.leaf());
            }
            if (source == null) {
                return;
            }
            int maxDoc = leaf.reader().maxDoc();
            int from = boundary(slice.from(), parentBits, maxDoc);
            int to = boundary(slice.to(), parentBits, maxDoc);
            parent = -1;
            long read = source.scan(from, to);
            scanned += read;
            looked += candidates == Candidates.LSH ? 0 : read;
            finish();
        }

        private void open(LeafReaderContext next) throws IOException {
            leaf = next;
            scored = accepted[leaf.ord] == null ? null : scoring.leaf(leaf.reader());
            parentBits = scored == null ? null : parents(leaf);
            boolean nothing = scored == null || (parents != null && parentBits == null);
            source = nothing
                    ? null
                    : switch (candidates) {
                        case LSH -> buckets();
                        case CLUSTERS -> clusters();
                        case HAMMING, HNSW, ALL -> codes();
                    };
        }

        private Source buckets() throws IOException {
            BucketScan scan = buckets.scan(leaf.reader());
            if (scan == null) {
                return null;
            }
            EligibleDocs.Walk walk = accepted[leaf.ord].walk(bounds.numCandidates());
            return (from, to) -> {
                long before = scan.documents();
                long postings = scan.scan(from, to, walk::accepts, searcher, this);
                looked += scan.documents() - before;
                return postings;
            };
        }

        private Source clusters() throws IOException {
            CodeScan codes = code.scan(leaf.reader());
            ClusterDocs docs = codes == null ? null : clusters.docs(leaf.reader(), probed, searcher);
            if (docs == null) {
                return null;
            }
            EligibleDocs.Leaf all = accepted[leaf.ord];
            if (codes.isLedBy(all)) {
                EligibleDocs.Walk walk = all.walk(docs.documents());
                return (from, to) -> codes.some(from, to, doc -> docs.next(doc, walk), doc -> true, searcher, this);
            }
            EligibleDocs.Walk walk = all.walk(bounds.numCandidates());
            return docs.documents() < codes.size() / APART
                    ? (from, to) -> codes.some(from, to, docs, walk::accepts, searcher, this)
                    : (from, to) ->
                            codes.all(from, to, doc -> docs.next(doc) == doc && walk.accepts(doc), searcher, this);
        }

        private Source codes() throws IOException {
            CodeScan codes = code.scan(leaf.reader());
            if (codes == null) {
                return null;
            }
            EligibleDocs.Leaf all = accepted[leaf.ord];
            EligibleDocs.Walk walk = all.walk(codes.isLedBy(all) ? EligibleDocs.Leaf.ALL : bounds.numCandidates());
            Source scan = (from, to) -> codes.scan(from, to, walk, searcher, this);
            return candidates == Candidates.HNSW ? graphElse(scan) : scan;
        }

        /** Of the whole segment. */
        private Source graphElse(Source scan) {
            GraphSearch graph = new GraphSearch(leaf, code, scoring.field(), bounds.numCandidates(), parents);
            return (from, to) -> {
                Scoring.Leaf scorable = scoring.leaf(leaf.reader());
                long reached = graph.search(accepted[leaf.ord], scorable::advanceExact, searcher, this);
                if (reached == GraphSearch.GAVE_UP) {
                    return scan.scan(from, to);
                }
                visited += reached;
                looked += reached;
                return 0;
            };
        }

        @Override
        public void accept(int doc, int distance) throws IOException {
            if (!scored.advanceExact(doc)) {
                return;
            }
            if (parentBits == null) {
                offer(doc, distance);
            } else if (doc < parent) {
                least = Math.min(least, distance);
            } else {
                finish();
                parent = parentBits.nextSetBit(doc);
                least = distance;
            }
        }

        private void finish() {
            if (parentBits != null && parent >= 0) {
                offer(parent, least);
            }
        }

        private void offer(int doc, int distance) {
            counted++;
            found.offer(leaf.docBase + doc, distance);
        }

        @Override
        public int farthest() {
            int near = farthest.accumulateAndGet(found.cut(), Math::min);
            return probed > 0 && counted < bounds.k() ? code.bits() : near;
        }
    }

    /** Some of the candidates of a segment, ascending. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Chosen(LeafReaderContext leaf, int[] docs) {}

    /** Keeps of the candidates those that seem nearest. */
    private String estimate() throws IOException {
        int candidates = chosen.length;
        List<? extends Score> workers = measureChosen(estimation, estimation.most(), Float.NEGATIVE_INFINITY);
        int[] docs = merged(workers).toHits().docs();
        chosen = new long[docs.length];
        int leaf = 0;
        for (int i = 0; i < docs.length; i++) {
            if (parents == null) {
                chosen[i] = docs[i];
                continue;
            }
            while (docs[i]
                    >= leaves.get(leaf).docBase + leaves.get(leaf).reader().maxDoc()) {
                leaf++;
            }
            int base = leaves.get(leaf).docBase;
            chosen[i] = (long) base + parents(leaves.get(leaf)).nextSetBit(docs[i] - base);
        }
        return "codes=" + vectors(workers) + ",candidates=" + candidates + ",kept=" + chosen.length;
    }

    /** Measures what was chosen. */
    private List<ScoreChosen> measureChosen(Measure measure, int k, float least) throws IOException {
        int most = slicing.most(chosen.length, measure.bytes());
        List<Chosen> pieces = new ArrayList<>();
        int from = 0;
        for (LeafReaderContext leaf : leaves) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            while (from < chosen.length && chosen[from] < end) {
                int to = from;
                while (to < chosen.length && chosen[to] < end && to - from < most) {
                    to++;
                }
                int[] docs = new int[to - from];
                for (int i = 0; i < docs.length; i++) {
                    docs[i] = (int) chosen[from + i] - leaf.docBase;
                }
                pieces.add(new Chosen(leaf, docs));
                from = to;
            }
        }
        return slicing.run(
                searcher,
                pieces,
                (long) chosen.length * measure.bytes(),
                () -> new ScoreChosen(measure, k, least, nearest.cut()));
    }

    private String scoreAll() throws IOException {
        List<Slice> slices = slicing.slices(leaves, scoring.bytes());
        long bytes = (long) searcher.getIndexReader().maxDoc() * scoring.bytes();
        return score(slicing.run(searcher, slices, bytes, ScoreAll::new));
    }

    private String score(List<? extends Score> workers) {
        top = merged(workers);
        long skipped = 0;
        for (Score worker : workers) {
            skipped += worker.skipped;
        }
        return "vectors=" + vectors(workers) + ",skipped=" + skipped + ",metric=" + scoring.metric();
    }

    private static TopHits merged(List<? extends Score> workers) {
        TopHits merged = workers.get(0).best;
        for (Score worker : workers) {
            if (worker.best != merged) {
                merged.merge(worker.best);
            }
        }
        return merged;
    }

    private static long vectors(List<? extends Score> workers) {
        return workers.stream().mapToLong((Score worker) -> worker.measured).sum();
    }

    /** The best documents that one thread finds; of the children of one parent only the best goes on. */
    private abstract class Score implements Measure.Sink {
        final TopHits best;
        private final Measure measure;
        private final float least;
        long measured;
        /** Documents that the metric has no distance for. */
        long skipped;

        LeafReaderContext leaf;
        /** Null where there is nothing to score. */
        private Measure.Leaf stored;

        BitSet parentBits;
        private int parent = -1;
        private int child = -1;
        private float childScore;
        private int walked;

        /**
         * @param k how many of the best are kept
         * @param least score that is kept
         */
        Score(Measure measure, int k, float least) {
            this.measure = measure;
            this.least = least;
            this.best = new TopHits(
                    Math.min(k, Math.max(1, searcher.getIndexReader().maxDoc())));
        }

        /** Whether there is anything to score. */
        final boolean open(LeafReaderContext next) throws IOException {
            if (next != leaf) {
                leaf = next;
                stored = accepted[leaf.ord] == null ? null : measure.leaf(leaf.reader());
                parentBits = stored == null ? null : parents(leaf);
                if (parents != null && parentBits == null) {
                    stored = null;
                }
            }
            return stored != null;
        }

        final void offer(int doc) throws IOException {
            if ((walked++ & 0xFFF) == 0) {
                CodeScan.checkCancelled(searcher);
            }
            stored.offer(doc, this);
        }

        /** Ends a piece. */
        final void finish() throws IOException {
            stored.flush(this);
            finishParent();
        }

        private void finishParent() {
            if (child >= 0) {
                best.offer(leaf.docBase + child, childScore);
            }
            parent = -1;
            child = -1;
        }

        @Override
        public final void scored(int doc, double distance) {
            measured++;
            if (Double.isNaN(distance)) {
                skipped++;
                return;
            }
            float score = measure.score(distance);
            if (!(score >= least)) {
                return;
            }
            if (parentBits == null) {
                best.offer(leaf.docBase + doc, score);
                return;
            }
            if (doc > parent) {
                finishParent();
                parent = parentBits.nextSetBit(doc);
                child = doc;
                childScore = score;
            } else if (score > childScore) {
                child = doc;
                childScore = score;
            }
        }
    }

    private final class ScoreChosen extends Score implements Slicing.Worker<Chosen> {
        /** How far a candidate's code may be, or how many tables may disagree. */
        private final int within;

        ScoreChosen(Measure measure, int k, float least, int within) {
            super(measure, k, least);
            this.within = within;
        }

        @Override
        public void work(Chosen piece) throws IOException {
            if (!open(piece.leaf)) {
                return;
            }
            if (parentBits == null) {
                for (int doc : piece.docs) {
                    offer(doc);
                }
            } else {
                children(piece);
            }
            finish();
        }

        /** The accepted children that lie within the cut. */
        private void children(Chosen piece) throws IOException {
            EligibleDocs.Walk walk = accepted[leaf.ord].walk(piece.docs.length);
            boolean byTables = candidates == Candidates.LSH;
            StoredCodes codes = byTables ? null : code.stored(leaf.reader());
            StoredBuckets inBuckets = byTables ? buckets.stored(leaf.reader()) : null;
            ClusterDocs inClusters = probed == 0 ? null : clusters.docs(leaf.reader(), probed, searcher);
            Scoring.Leaf scorable = scoring.leaf(leaf.reader());
            for (int doc : piece.docs) {
                CodeScan.checkCancelled(searcher);
                int first = doc == 0 ? 0 : parentBits.prevSetBit(doc - 1) + 1;
                for (int child = first; child < doc; child++) {
                    boolean near = byTables
                            ? inBuckets.advanceExact(child) && buckets.tables() - inBuckets.agreeing() <= within
                            : (inClusters == null || inClusters.next(child) == child)
                                    && codes.advanceExact(child)
                                    && code.distance(codes.code()) <= within;
                    if (near && walk.accepts(child) && scorable.advanceExact(child)) {
                        offer(child);
                    }
                }
            }
        }
    }

    private final class ScoreAll extends Score implements Slicing.Worker<Slice> {
        private EligibleDocs.Walk walk;
        private DocIdSetIterator vectors;

        ScoreAll() {
            super(scoring, bounds.k(), bounds.similarity());
        }

        @Override
        public void work(Slice slice) throws IOException {
            LeafReaderContext before = leaf;
            if (!open(slice.leaf())) {
                return;
            }
            if (before != leaf) {
                walk = accepted[leaf.ord].walk(EligibleDocs.Leaf.ALL);
                vectors = StoredVectors.values(leaf.reader(), scoring.field()).iterator();
            }
            int maxDoc = leaf.reader().maxDoc();
            int to = boundary(slice.to(), parentBits, maxDoc);
            int doc = boundary(slice.from(), parentBits, maxDoc);
            if (walk.filtered()) {
                for (doc = walk.next(doc); doc < to; doc = walk.next(doc + 1)) {
                    offer(doc);
                }
            } else {
                doc = vectors.docID() < doc ? vectors.advance(doc) : vectors.docID();
                for (; doc < to; doc = vectors.nextDoc()) {
                    if (walk.accepts(doc)) {
                        offer(doc);
                    }
                }
            }
            finish();
        }
    }
}
