package io.lookalike.query;

import org.elasticsearch.xcontent.ToXContentFragment;

/** What a query searches by: first as the {@link UserInput user} wrote it, then {@link ResolvedInput resolved}. */
sealed interface QueryInput extends ToXContentFragment permits UserInput, ResolvedInput {
    /**
     * The resolved input of a query that runs on a shard.
     *
     * @param query how the message names the query
     * @throws IllegalArgumentException where the query was not rewritten on the coordinating node
     */
    default ResolvedInput requireResolved(String query) {
        if (this instanceof ResolvedInput resolved) {
            return resolved;
        }
        throw new IllegalArgumentException("[" + query
                + "] must be rewritten on the coordinating node before it runs, which does not happen "
                + "here; use it in a search request");
    }
}
