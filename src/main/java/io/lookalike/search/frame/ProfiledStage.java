package io.lookalike.search.frame;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;

/**
 * One stage of a search. It runs while a query's weight is created, so that the profiler shows it as a child with its
 * own time; its figures are the description.
 */
public final class ProfiledStage extends Query {
    private final String name;
    private final Work work;
    private String figures = "";

    /** The work of a stage; returns its figures. */
    public interface Work {
        String run(IndexSearcher searcher) throws IOException;
    }

    private ProfiledStage(String name, Work work) {
        this.name = name;
        this.work = work;
    }

    public static void run(String name, IndexSearcher searcher, Work work) throws IOException {
        searcher.createWeight(new ProfiledStage(name, work), ScoreMode.COMPLETE_NO_SCORES, 1);
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
        figures = work.run(searcher);
        return new ConstantScoreWeight(this, boost) {
            @Override
            public ScorerSupplier scorerSupplier(LeafReaderContext context) {
                return null;
            }

            @Override
            public boolean isCacheable(LeafReaderContext context) {
                return false;
            }
        };
    }

    @Override
    public String toString(String field) {
        return name + "[" + figures + "]";
    }

    @Override
    public void visit(QueryVisitor visitor) {}

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
