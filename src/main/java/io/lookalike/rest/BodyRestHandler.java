package io.lookalike.rest;

import io.lookalike.encoder.BodyMemory;
import io.lookalike.inference.PictureBreaker;
import java.io.IOException;
import java.util.Map;
import org.elasticsearch.action.support.RefCountingRunnable;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.xcontent.XContentParser;

/**
 * Parses a body that is one object, and reserves the memory of its objects on the breaker first.
 *
 * <p>Elasticsearch counts the bytes of a request. Parsed numbers and short strings take several times as much, which is
 * counted here until the request is handed on, or longer if a handler acquires a reference. A body that is not small is
 * read twice.
 */
abstract class BodyRestHandler extends NamedRestHandler {
    /** Bytes; smaller bodies are not measured, the worst case is reserved for them. */
    private static final int SMALL = 16 << 10;

    private static final int WORST = 24;
    /** While a string is parsed, its parts take two bytes a character, and so does the buffer that joins them. */
    private static final int WHILE_PARSED = 3;

    private final PictureBreaker breaker;

    BodyRestHandler(PictureBreaker breaker, String name, Route... routes) {
        super(name, routes);
        this.breaker = breaker;
    }

    /** Turns a body into the work of the request. */
    @FunctionalInterface
    interface BodyReader {
        /** @param counted keeps the memory of the body reserved while there are references to it */
        RestChannelConsumer read(Map<String, Object> body, RefCountingRunnable counted) throws IOException;
    }

    /** Call this once for a request, in {@link #prepareRequest}. */
    final RestChannelConsumer withBody(RestRequest request, BodyReader reader) throws IOException {
        long bytes = footprint(request);
        Releasable parsed = breaker.reserve(bytes, "a body of [" + request.contentLength() + "] bytes");
        return counted(parsed, counted -> {
            Map<String, Object> body;
            Releasable parsing = breaker.reserve((long) WHILE_PARSED * request.contentLength(), "a body");
            try {
                body = Bodies.object(request);
            } finally {
                parsing.close();
            }
            return reader.read(body, counted);
        });
    }

    /** The same for a body that is a raw picture, which is copied. */
    final RestChannelConsumer withBytes(RestRequest request, RawReader reader) throws IOException {
        return counted(breaker.reserve(request.contentLength(), "a picture"), reader);
    }

    @FunctionalInterface
    interface RawReader {
        RestChannelConsumer read(RefCountingRunnable counted) throws IOException;
    }

    private static RestChannelConsumer counted(Releasable held, RawReader reader) throws IOException {
        RefCountingRunnable counted = new RefCountingRunnable(held::close);
        RestChannelConsumer consumer = null;
        try {
            consumer = reader.read(counted);
        } finally {
            if (consumer == null) {
                counted.close();
            }
        }
        RestChannelConsumer made = consumer;
        return new RestChannelConsumer() {
            @Override
            public void accept(RestChannel channel) throws Exception {
                made.accept(channel);
            }

            // called after the request was sent, and if it is refused for one of its parameters
            @Override
            public void close() {
                made.close();
                counted.close();
            }
        };
    }

    private static long footprint(RestRequest request) throws IOException {
        int length = request.contentLength();
        if (length <= SMALL) {
            return (long) WORST * length;
        }
        try (XContentParser parser = request.contentParser()) {
            return BodyMemory.of(parser, length);
        }
    }
}
