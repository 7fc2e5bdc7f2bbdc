package io.lookalike.rest;

import java.io.IOException;
import java.util.Map;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.xcontent.XContentParser;

/** Request bodies that are one object, in JSON, SMILE, CBOR or YAML. */
final class Bodies {
    private Bodies() {}

    /** @throws IllegalArgumentException for a body that is no object, or has more than one */
    static Map<String, Object> object(RestRequest request) throws IOException {
        try (XContentParser parser = request.contentParser()) {
            if (parser.nextToken() != XContentParser.Token.START_OBJECT) {
                throw new IllegalArgumentException("the body must be an object; got ["
                        + (parser.currentToken() == null ? "nothing" : parser.currentToken()) + "]");
            }
            Map<String, Object> body = parser.mapOrdered();
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("the body must be one object; more follows its end");
            }
            return body;
        }
    }
}
