package io.lookalike.query;

import io.lookalike.inference.Encoders;
import java.io.IOException;
import java.util.Base64;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.xcontent.XContentParser;

/**
 * The text of a query's picture, or the reason why there was no memory to parse it. A picture that is sent as binary in
 * CBOR or SMILE becomes base64.
 *
 * <p>A refusal is thrown where the picture is needed (status 429), not while it is parsed, because the parser would
 * report a mistake of the user (status 400). Immutable.
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
