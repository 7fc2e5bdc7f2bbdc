package io.lookalike.search;

import io.lookalike.search.frame.Hits;
import io.lookalike.search.frame.ProfiledStage;
import io.lookalike.search.frame.Slicing;
import io.lookalike.search.frame.TopHits;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.join.BitSetProducer;

/**
 * Runs one {@link HashKnnQuery} on one reader, in stages:
 *
 * <ol>
 *   <li>accept: which documents are {@linkplain EligibleDocs eligible};
 *   <li>candidates: which of these are {@linkplain CandidateSearch candidates}, unless all are scored;
 *   <li>estimate, if asked for: which candidates an {@linkplain Estimation estimate} finds nearest;
 *   <li>score: the {@linkplain ExactScoring exact scores} of these.
 * </ol>
 *
 * <p>For a nested field, parents are counted: a parent is as near as its nearest child, and the answer is its best
 * child among those within the candidates' cut. The result depends neither on segments (except through the graph) nor
 * on threads: all stages but the first are {@linkplain Slicing shared} among the search threads. Costs {@code codes x
 * bits / 8} bytes read and {@code candidates x dims} products. To be run once.
 */
final class HashKnnSearch {
    private final IndexSearcher searcher;
    private final Slicing slicing;
    private final List<LeafReaderContext> leaves;
    private final Scoring scoring;
    private final CandidateSelection selection;
    private SearchLimits bounds;
    private final Nesting nesting;
    private EligibleDocs.Leaf[] accepted;
    private CandidateSearch search;
    /** The candidates that go on to the next stage, ascending; for a nested field, parents. */
    private long[] candidates;

    private TopHits top;

    /** @param parents null unless the field is nested */
    HashKnnSearch(
            IndexSearcher searcher,
            Slicing slicing,
            Scoring scoring,
            CandidateSelection selection,
            SearchLimits bounds,
            BitSetProducer parents) {
        this.searcher = searcher;
        this.slicing = slicing;
        this.leaves = searcher.getIndexReader().leaves();
        this.scoring = scoring;
        this.selection = selection;
        this.bounds = bounds;
        this.nesting = new Nesting(parents);
    }

    Hits run(EligibleDocs eligible) throws IOException {
        ProfiledStage.run("accept", searcher, s -> accept(eligible));
        CandidateSources sources = new CandidateSources(searcher, selection, bounds, scoring, nesting, accepted);
        ExactScoring exact = new ExactScoring(sources, slicing);
        if (selection.candidates() == CandidateMethod.ALL) {
            ProfiledStage.run("score", searcher, s -> score(exact.all(scoring, bounds.k(), bounds.similarity())));
            return top.toHits();
        }
        search = new CandidateSearch(sources, slicing);
        ProfiledStage.run("candidates", searcher, s -> search.run(eligible.filter() == null));
        candidates = search.nearest().ids();
        Estimation estimation = selection.estimation();
        if (estimation != null && candidates.length > estimation.most()) {
            ProfiledStage.run("estimate", searcher, s -> estimate(exact, estimation));
        }
        ProfiledStage.run(
                "score",
                searcher,
                s -> score(exact.candidates(candidates, scoring, bounds.k(), bounds.similarity(), children())));
        return top.toHits();
    }

    private String accept(EligibleDocs eligible) throws IOException {
        EligibleDocs.Accepted all = eligible.on(searcher, nesting.isNested());
        accepted = all.leaves();
        if (eligible.fingerprint() != null) {
            eligible.fingerprint().warn(all.leftOut());
            warnOfMissingParts(eligible.field(), eligible.fingerprint(), all.leftOut() == 0);
        }
        return "segments=" + leaves.size() + ",left_out=" + all.leftOut() + chooseCandidates(eligible.field());
    }

    /** Sets how many candidates are scored, where the search does not say. */
    private String chooseCandidates(String field) throws IOException {
        if (!bounds.byDocuments() || selection.candidates() == CandidateMethod.ALL) {
            return "";
        }
        long documents = LiveVectors.count(leaves, field, () -> Cancellation.check(searcher));
        bounds = bounds.withCandidates(DefaultCandidates.of(documents, selection.bits(), scoring.dims(), bounds.k()));
        return ",documents=" + documents + ",num_candidates=" + bounds.numCandidates();
    }

    /** @param alone whether all documents are of one encoder */
    private void warnOfMissingParts(String field, FingerprintRule fingerprint, boolean alone) throws IOException {
        Runnable check = () -> Cancellation.check(searcher);
        MissingParts.warn(fingerprint, leaves, field, MissingParts.Part.vectors(field), check);
        if (selection.candidates() == CandidateMethod.LSH) {
            QueryBuckets buckets = selection.buckets();
            MissingParts.warn(fingerprint, leaves, buckets.field(), MissingParts.Part.terms(buckets.field()), check);
            if (alone) {
                MissingParts.warnOfTables(fingerprint, leaves, buckets.field(), buckets.tables());
            }
        } else if (selection.candidates() != CandidateMethod.ALL) {
            String codes = selection.code().field();
            MissingParts.warn(fingerprint, leaves, codes, MissingParts.Part.vectors(codes), check);
        }
        if (selection.candidates() == CandidateMethod.CLUSTERS) {
            String clusters = selection.clusters().field();
            MissingParts.warn(fingerprint, leaves, clusters, MissingParts.Part.terms(clusters), check);
        }
    }

    private ChildrenWithinCut children() {
        return new ChildrenWithinCut(
                searcher, selection, scoring, search.probed(), search.nearest().cut());
    }

    /** Keeps the candidates that an estimate finds nearest. */
    private String estimate(ExactScoring exact, Estimation estimation) throws IOException {
        int before = candidates.length;
        ExactScoring.Scored estimated =
                exact.candidates(candidates, estimation, estimation.most(), Float.NEGATIVE_INFINITY, children());
        int[] docs = estimated.best().toHits().docs();
        candidates = new long[docs.length];
        int leaf = 0;
        for (int i = 0; i < docs.length; i++) {
            if (!nesting.isNested()) {
                candidates[i] = docs[i];
                continue;
            }
            while (docs[i]
                    >= leaves.get(leaf).docBase + leaves.get(leaf).reader().maxDoc()) {
                leaf++;
            }
            int base = leaves.get(leaf).docBase;
            candidates[i] = (long) base + nesting.parentsOf(leaves.get(leaf)).nextSetBit(docs[i] - base);
        }
        return "codes=" + estimated.measured() + ",candidates=" + before + ",kept=" + candidates.length;
    }

    private String score(ExactScoring.Scored scored) {
        top = scored.best();
        return "vectors=" + scored.measured() + ",skipped=" + scored.skipped() + ",metric=" + scoring.metric();
    }
}
