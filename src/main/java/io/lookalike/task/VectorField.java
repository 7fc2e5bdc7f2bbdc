package io.lookalike.task;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Messages;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.search.join.ScoreMode;
import org.elasticsearch.index.query.MatchNoneQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;

/**
 * A field of vectors or codes that an encoder made, see {@link FieldLookup}, and queries for documents by it.
 *
 * @param name never an alias
 * @param nested path of the nested object that holds it; null if none does
 * @param encoderField the keyword field beside it with the fingerprints of encoders. Null if no index has one and the
 *     mapping names no encoder; then no fingerprint is required, as in {@code hash_knn}
 * @param perceptual whether it holds perceptual hashes
 */
public record VectorField(String name, String nested, String encoderField, boolean perceptual) {
    public VectorField(String name, String nested) {
        this(name, nested, FieldNames.sibling(name, FieldNames.ENCODER), false);
    }

    VectorField withEncoderField(String field) {
        return new VectorField(name, nested, field, perceptual);
    }

    /** Whether documents say which encoder made their vectors. */
    public boolean hasEncoderField() {
        return encoderField != null;
    }

    /** The field beside it with the quality of the picture. */
    public String qualityField() {
        return FieldNames.sibling(name, FieldNames.QUALITY);
    }

    /** Documents that have a vector. */
    public QueryBuilder exists() {
        return within(QueryBuilders.existsQuery(name));
    }

    /** Documents with a vector of an encoder; if no field says which encoder made it, with any vector. */
    public QueryBuilder madeBy(String fingerprint) {
        return !hasEncoderField() ? exists() : within(QueryBuilders.termQuery(encoderField(), fingerprint));
    }

    /** Documents that have a vector which the encoder did not make. */
    QueryBuilder leftOut(String fingerprint) {
        return !hasEncoderField()
                ? new MatchNoneQueryBuilder()
                : within(QueryBuilders.boolQuery()
                        .filter(QueryBuilders.existsQuery(name))
                        .mustNot(QueryBuilders.termQuery(encoderField, fingerprint)));
    }

    /** Documents that name an encoder but have no vector. */
    public QueryBuilder lacking() {
        return lacking(QueryBuilders.existsQuery(encoderField));
    }

    /** Documents that name this encoder but have no vector. */
    public QueryBuilder lacking(String fingerprint) {
        return hasEncoderField()
                ? lacking(QueryBuilders.termQuery(encoderField, fingerprint))
                : new MatchNoneQueryBuilder();
    }

    /**
     * Warnings of documents that a task of one encoder left out.
     *
     * @param leftOut number of documents with a vector that it did not make
     * @param lacking number of documents that name it but have no vector
     */
    public List<String> warnings(String encoder, long leftOut, long lacking) {
        List<String> warnings = new ArrayList<>();
        if (leftOut > 0) {
            warnings.add("[" + leftOut + "] documents have a vector in [" + Messages.cut(name)
                    + "] but not the fingerprint of encoder [" + encoder + "] in [" + Messages.cut(encoderField)
                    + "], and were left out; index them again through its pipeline");
        }
        if (lacking > 0) {
            warnings.add("[" + lacking + "] documents name encoder [" + encoder + "] in [" + Messages.cut(encoderField)
                    + "] but have no [" + Messages.cut(name)
                    + "], and were left out; index them again through a pipeline");
        }
        return warnings;
    }

    private QueryBuilder lacking(QueryBuilder marked) {
        return within(QueryBuilders.boolQuery().filter(marked).mustNot(QueryBuilders.existsQuery(name)));
    }

    private QueryBuilder within(QueryBuilder query) {
        return nested == null
                ? query
                : QueryBuilders.nestedQuery(nested, query, ScoreMode.None).ignoreUnmapped(true);
    }
}
