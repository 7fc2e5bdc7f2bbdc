package io.lookalike.query;

import io.lookalike.encoder.Encoders;
import java.io.IOException;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.xcontent.XContentParser;

/**
 * The text of a query's picture, or why there was no room to parse it.
 *
 * <p>A refusal is not thrown by the parser, which would make a mistake of the user's (400) of it, but where the picture is needed
 * (429). Immutable.
 *
 * @param letters empty where it was refused
 * @param refused null where it was not
 */
record PictureText(String letters, CircuitBreakingException refused) {
    static PictureText parse(XContentParser parser, Encoders encoders, String what) throws IOException {
        try {
            if (encoders != null) { // null where queries are parsed without a node
                encoders.requireRoomToParse(what);
            }
        } catch (CircuitBreakingException e) {
            return new PictureText("", e);
        }
        return new PictureText(parser.text(), null);
    }
}
