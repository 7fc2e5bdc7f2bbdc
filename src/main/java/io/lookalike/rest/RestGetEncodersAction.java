package io.lookalike.rest;

import io.lookalike.admin.GetEncodersAction;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.inference.PictureBreaker;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.collect.Iterators;
import org.elasticsearch.common.xcontent.ChunkedToXContent;
import org.elasticsearch.common.xcontent.ChunkedToXContentHelper;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.rest.ChunkedRestResponseBodyPart;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestActionListener;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentType;

/**
 * {@code GET /_lookalike/encoder[/{id}][?full=true]}: encoders with their fingerprints. Long arrays and base64 are
 * replaced by their length; {@code full} shows one encoder as a body that PUT accepts.
 *
 * <p>Answers are written in chunks from the cluster state while the client reads them, so a learned array is never in
 * memory as a whole. A full encoder in another format than plain JSON is the exception; the breaker counts it.
 */
public final class RestGetEncodersAction extends NamedRestHandler {
    /** Characters of a chunk. */
    private static final int CHUNK = 1 << 14;
    /**
     * Bytes a character in other formats: two each for the parts of a string, for the whole string and for the output.
     */
    private static final int WHILE_WRITTEN = 6;

    private final PictureBreaker breaker;

    public RestGetEncodersAction(PictureBreaker breaker) {
        super(
                "lookalike_get_encoders",
                new Route(RestRequest.Method.GET, "/_lookalike/encoder"),
                new Route(RestRequest.Method.GET, "/_lookalike/encoder/{id}"));
        this.breaker = breaker;
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String id = request.param("id");
        boolean full = Parameters.flag(request, "full", false);
        if (full && id == null) {
            throw new IllegalArgumentException(
                    "[full] needs one encoder; name it as /_lookalike/encoder/{id}?full=true");
        }
        return channel -> client.execute(
                GetEncodersAction.INSTANCE, new GetEncodersAction.Request(id), new Listener(channel, full));
    }

    private final class Listener extends RestActionListener<GetEncodersAction.Response> {
        private final boolean full;

        Listener(RestChannel channel, boolean full) {
            super(channel);
            this.full = full;
        }

        @Override
        protected void processResponse(GetEncodersAction.Response response) throws IOException {
            Collection<EncoderDefinition> encoders = response.encoders().values();
            if (!full) {
                send(list(encoders), null);
                return;
            }
            EncoderDefinition encoder = encoders.iterator().next();
            if (isPlainJson(channel.request())) {
                channel.sendResponse(RestResponse.chunked(
                        RestStatus.OK,
                        ChunkedRestResponseBodyPart.fromTextChunks(
                                XContentType.JSON.mediaType(), new Chunks(encoder.exported())),
                        null));
                return;
            }
            Releasable held =
                    breaker.reserve((long) WHILE_WRITTEN * encoder.length(), "encoder [" + encoder.id() + "]");
            boolean sent = false;
            try {
                send(params -> Iterators.single((b, p) -> b.rawValue(encoder.exported(), XContentType.JSON)), held);
                sent = true;
            } finally {
                if (!sent) {
                    held.close();
                }
            }
        }

        private void send(ChunkedToXContent content, Releasable held) throws IOException {
            channel.sendResponse(RestResponse.chunked(
                    RestStatus.OK,
                    ChunkedRestResponseBodyPart.fromXContent(content, channel.request(), channel),
                    held));
        }
    }

    private static ChunkedToXContent list(Collection<EncoderDefinition> encoders) {
        return params -> Iterators.concat(
                ChunkedToXContentHelper.startObject(),
                Iterators.<EncoderDefinition, ToXContent>map(
                        encoders.iterator(),
                        encoder -> (b, p) -> b.rawField(
                                encoder.id(), new ByteArrayInputStream(encoder.listed()), XContentType.JSON)),
                ChunkedToXContentHelper.endObject());
    }

    /** Whether the stored configuration can be sent unchanged. */
    private static boolean isPlainJson(RestRequest request) {
        XContentType accepted = request.getParsedAccept() == null
                ? request.getXContentType()
                : request.getParsedAccept().toMediaType(XContentType.MEDIA_TYPE_REGISTRY);
        boolean json = accepted == null || accepted == XContentType.JSON;
        boolean asIs = !request.paramAsBoolean("pretty", false)
                && request.param("filter_path") == null
                && request.param("format") == null;
        return json && asIs;
    }

    /** Reads a text in chunks, on demand. For one thread at a time. */
    private static final class Chunks implements Iterator<CheckedConsumer<Writer, IOException>> {
        private final Reader text;
        private final char[] chunk = new char[CHUNK];
        private int length;

        Chunks(InputStream text) {
            this.text = new InputStreamReader(text, StandardCharsets.UTF_8);
            read();
        }

        private void read() {
            try {
                length = text.read(chunk);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public boolean hasNext() {
            return length > 0;
        }

        @Override
        public CheckedConsumer<Writer, IOException> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return writer -> {
                writer.write(chunk, 0, length);
                read();
            };
        }
    }
}
