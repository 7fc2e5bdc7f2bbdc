package io.lookalike.query;

import org.elasticsearch.action.OriginalIndices;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.search.builder.PointInTimeBuilder;
import org.elasticsearch.search.builder.SearchSourceBuilder;

/**
 * Makes searches of what another search names: its point in time, or its indices as the user wrote them, so that an
 * alias keeps its filter and its routing, and the user's rights to that name apply.
 */
final class SubSearch {
    private SubSearch() {}

    /** @param pit null where the other search is not one of a point in time */
    static SearchRequest request(OriginalIndices indices, PointInTimeBuilder pit, SearchSourceBuilder source) {
        if (pit != null) {
            // without [keep_alive]: only the other search extends its life
            return new SearchRequest().source(source.pointInTimeBuilder(new PointInTimeBuilder(pit.getEncodedId())));
        }
        return new SearchRequest(indices.indices())
                .indicesOptions(indices.indicesOptions())
                .source(source);
    }
}
