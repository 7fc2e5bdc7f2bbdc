package io.lookalike.inference;

import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.rest.RestStatus;

/**
 * This node has not the model that an encoder was made with, or cannot load it: 503, since the document is not to
 * blame, and another node, or the same a little later, may have it.
 */
public final class NodeLacksModelException extends ElasticsearchStatusException {
    private static final long serialVersionUID = 1L;

    public NodeLacksModelException(Exception why) {
        super("{}", RestStatus.SERVICE_UNAVAILABLE, why, why.getMessage());
    }
}
