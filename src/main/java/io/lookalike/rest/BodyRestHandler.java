package io.lookalike.rest;

import io.lookalike.encoder.Footprint;
import io.lookalike.inference.PictureBreaker;
import java.io.IOException;
import java.util.Map;
import org.elasticsearch.action.support.RefCountingRunnable;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.xcontent.XContentParser;

/**
 * Reads a body that is one object, whose size as objects is on the breaker before there are any.
 *
 * <p>Elasticsearch counts the bytes of a request, which are numbers and texts of a few letters often; what they become
 * is counted here, until the request is handed on, or longer where a handler acquires a reference. Goes twice through a
 * body that is not small.
 */
abstract class BodyRestHandler extends BaseRestHandler {
    /** Of bodies below this the worst is assumed, which is not much. */
    private static final int SMALL = 16 << 10;

    private static final int WORST = 24;
    /**
     * Beside the text that remains, parsing holds its parts, two bytes a letter, and a copy that they are put together
     * in.
     */
    private static final int WHILE_PARSED = 3;

    private final PictureBreaker breaker;

    BodyRestHandler(PictureBreaker breaker) {
        this.breaker = breaker;
    }

    /** Makes of a body what runs when the request is known to be good. */
    @FunctionalInterface
    interface BodyReader {
        /** @param counted keeps the body on the breaker while there are references to it */
        RestChannelConsumer read(Map<String, Object> body, RefCountingRunnable counted) throws IOException;
    }

    /** To be called once for a request, in {@link #prepareRequest}. */
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

    /** The same for a body that is a picture, which is copied. */
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

            // called when the request is on its way, and when it is refused for one of its parameters
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
            return Footprint.of(parser, length);
        }
    }
}
