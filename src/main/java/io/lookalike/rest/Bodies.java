package io.lookalike.rest;

import io.lookalike.encoder.Messages;
import java.io.IOException;
import java.util.Map;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.index.query.AbstractQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.smile.SmileXContent;

/** Parses request bodies that are one object, in JSON, SMILE, CBOR or YAML. */
final class Bodies {
    private Bodies() {}

    /** @throws IllegalArgumentException if the body is not exactly one object */
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

    /** Removes {@code query} from a body and parses it; null if there is none. */
    @SuppressWarnings("unchecked")
    static QueryBuilder query(RestRequest request, Map<String, Object> body) throws IOException {
        Object query = body.remove("query");
        if (query == null) {
            return null;
        }
        if (!(query instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException(
                    "[query] must be a query, such as {\"match_all\": {}}; got [" + Messages.show(query) + "]");
        }
        try (XContentBuilder copy = SmileXContent.contentBuilder().map((Map<String, Object>) map);
                XContentParser parser = SmileXContent.smileXContent.createParser(
                        request.contentParserConfig(),
                        BytesReference.bytes(copy).streamInput())) {
            return AbstractQueryBuilder.parseTopLevelQuery(parser);
        }
    }
}
