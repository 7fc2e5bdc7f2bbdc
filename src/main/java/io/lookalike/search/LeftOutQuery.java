package io.lookalike.search;

import io.lookalike.search.stored.StoredVectors;
import java.io.IOException;
import java.util.function.Function;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.ConstantScoreScorer;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.join.ToParentBlockJoinQuery;
import org.elasticsearch.common.lucene.search.Queries;
import org.elasticsearch.index.mapper.MappedFieldType;
import org.elasticsearch.index.query.SearchExecutionContext;

/**
 * Finds the documents that a search for a fingerprint leaves out: those that have a vector, or a code, but another
 * fingerprint or none.
 *
 * <p>The coordinating node counts them during a search of several shards, see {@code query.LeftOut}. Costs as much as
 * {@link FingerprintDocs}: nothing where that is cached.
 */
public final class LeftOutQuery extends Query {
    private final String field;
    private final FingerprintRule fingerprint;

    private LeftOutQuery(String field, FingerprintRule fingerprint) {
        this.field = field;
        this.fingerprint = fingerprint;
    }

    /**
     * For a nested field it finds the documents that hold the nested objects.
     *
     * @param fingerprint makes the rule for the resolved field name
     */
    public static Query of(
            String field, Function<String, FingerprintRule> fingerprint, SearchExecutionContext context) {
        MappedFieldType type = context.getFieldType(field);
        if (type == null) {
            return new MatchNoDocsQuery("no field [" + field + "]");
        }
        return ofDocuments(type.name(), new LeftOutQuery(type.name(), fingerprint.apply(type.name())), context);
    }

    /**
     * Turns a query for nested objects into one for the documents that hold them; returns a query of any other field as
     * it is.
     */
    public static Query ofDocuments(String field, Query query, SearchExecutionContext context) {
        return context.nestedLookup().getNestedParent(field) == null
                ? query
                : new ToParentBlockJoinQuery(
                        query,
                        context.bitsetFilter(Queries.newNonNestedFilter(context.indexVersionCreated())),
                        org.apache.lucene.search.join.ScoreMode.None);
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) {
        return new ConstantScoreWeight(this, boost) {
            @Override
            public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
                FingerprintDocs found = docs(context.reader(), searcher);
                DocIdSetIterator others = found == null ? null : found.others();
                return others == null
                        ? null
                        : new DefaultScorerSupplier(new ConstantScoreScorer(score(), scoreMode, others));
            }

            @Override
            public int count(LeafReaderContext context) throws IOException {
                FingerprintDocs found = docs(context.reader(), searcher);
                return found == null ? 0 : found.leftOut(context.reader().getLiveDocs());
            }

            @Override
            public boolean isCacheable(LeafReaderContext context) {
                return false;
            }
        };
    }

    /** Null where the segment has no vectors. */
    private FingerprintDocs docs(LeafReader reader, IndexSearcher searcher) throws IOException {
        KnnVectorValues vectors = StoredVectors.values(reader, field);
        return vectors == null || vectors.size() == 0 ? null : fingerprint.docs(reader, field, vectors, searcher);
    }

    @Override
    public String toString(String unused) {
        return "left_out[" + field + "]";
    }

    @Override
    public void visit(QueryVisitor visitor) {
        visitor.visitLeaf(this);
    }

    @Override
    public boolean equals(Object other) {
        return sameClassAs(other)
                && other instanceof LeftOutQuery that
                && field.equals(that.field)
                && fingerprint.equals(that.fingerprint);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * classHash() + field.hashCode()) + fingerprint.hashCode();
    }
}
