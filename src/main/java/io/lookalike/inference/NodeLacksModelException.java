package io.lookalike.inference;

import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.rest.RestStatus;

/**
 * This node does not have the model of an encoder, or cannot load it. 503, because the document is not at fault, and
 * another node, or this one a little later, may have the model.
 */
public final class NodeLacksModelException extends ElasticsearchStatusException {
    private static final long serialVersionUID = 1L;

    public NodeLacksModelException(Exception why) {
        super("{}", RestStatus.SERVICE_UNAVAILABLE, why, why.getMessage());
    }
}
