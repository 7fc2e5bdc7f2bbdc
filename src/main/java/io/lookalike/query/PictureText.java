package io.lookalike.query;

import io.lookalike.inference.Encoders;
import java.io.IOException;
import java.util.Base64;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.xcontent.XContentParser;

/**
 * The text of a query's picture, of one that is sent as binary in CBOR or SMILE its base64, or why there was no room to
 * parse it.
 *
 * <p>A refusal is not thrown by the parser, which would make a mistake of the user's (400) of it, but where the picture
 * is needed (429). Immutable.
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
        String letters = switch (parser.currentToken()) {
            case VALUE_STRING -> parser.text();
            case VALUE_EMBEDDED_OBJECT -> Base64.getEncoder().encodeToString(parser.binaryValue());
            default ->
                throw new IllegalArgumentException(what + " must hold a picture as base64, a data: URL or binary; got ["
                        + parser.currentToken() + "]");
        };
        return new PictureText(letters, null);
    }
}
