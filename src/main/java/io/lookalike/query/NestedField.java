package io.lookalike.query;

import io.lookalike.encoder.Messages;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.ToChildBlockJoinQuery;
import org.elasticsearch.common.lucene.search.Queries;
import org.elasticsearch.index.mapper.NestedObjectMapper;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.index.search.NestedHelper;

/**
 * The nested object that holds a field.
 *
 * @param path the path of the nested object
 * @param parentFilter matches the documents that hold the nested objects, one level up
 * @param parents the same, as bits
 */
record NestedField(String path, Query parentFilter, BitSetProducer parents) {

    /**
     * Null for a field that is not nested.
     *
     * @param query how messages name the query
     */
    static NestedField of(String field, String query, SearchExecutionContext context) {
        String path = check(field, query, context);
        if (path == null) {
            return null;
        }
        NestedObjectMapper scope = context.nestedScope().getObjectMapper();
        context.nestedScope().previousLevel();
        try {
            NestedObjectMapper parent = context.nestedScope().getObjectMapper();
            Query filter = parent == null
                    ? Queries.newNonNestedFilter(context.indexVersionCreated())
                    : parent.nestedTypeFilter();
            return new NestedField(path, filter, context.bitsetFilter(filter));
        } finally {
            context.nestedScope().nextLevel(scope);
        }
    }

    /**
     * The path of the nested object that holds a field; null for a field that is not nested.
     *
     * @throws IllegalArgumentException where a nested field is searched outside a {@code nested} query, where it has no
     *     documents
     */
    static String check(String field, String query, SearchExecutionContext context) {
        String path = context.nestedLookup().getNestedParent(field);
        NestedObjectMapper scope = context.nestedScope().getObjectMapper();
        if (path != null && (scope == null || !scope.fullPath().equals(path))) {
            throw new IllegalArgumentException("field [" + Messages.show(field) + "] is nested; put [" + query
                    + "] into a [nested] query with [path] [" + Messages.show(path) + "]");
        }
        return path;
    }

    /**
     * Turns a filter into one of the nested objects. A filter of the documents that hold them is applied to these, as
     * stock knn does.
     */
    Query ofChildren(Query filter, SearchExecutionContext context) {
        return NestedHelper.mightMatchNonNestedDocs(filter, path, context)
                ? new ToChildBlockJoinQuery(Queries.filtered(filter, parentFilter), parents)
                : filter;
    }

    /** Turns a filter of whole documents, such as an alias's, into one of the nested objects at any depth. */
    Query ofDocuments(Query filter, SearchExecutionContext context) {
        Query documents = Queries.newNonNestedFilter(context.indexVersionCreated());
        return new ToChildBlockJoinQuery(Queries.filtered(filter, documents), context.bitsetFilter(documents));
    }
}
