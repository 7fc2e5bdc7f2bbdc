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
import java.util.List;
import java.util.NoSuchElementException;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.collect.Iterators;
import org.elasticsearch.common.xcontent.ChunkedToXContent;
import org.elasticsearch.common.xcontent.ChunkedToXContentHelper;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.ChunkedRestResponseBodyPart;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestActionListener;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentType;

/**
 * {@code GET /_lookalike/encoder[/{id}][?full=true]}: encoders with their fingerprints; long arrays, and base64, are
 * shown by their length unless {@code full}, whose answer for one id is a body that PUT takes back.
 *
 * <p>Answers are written in pieces while the client reads them, from what the cluster state holds, so that a learned
 * array is in no answer as a whole. Only where a whole one is asked for otherwise than as plain JSON is it there, on
 * the breaker.
 */
public final class RestGetEncodersAction extends BaseRestHandler {
    /** Letters of a configuration that are written at once. */
    private static final int PIECE = 1 << 14;
    /** Of a text of another format: its letters, two bytes each, as parts and as a whole, and what is written. */
    private static final int WHILE_WRITTEN = 6;

    private final PictureBreaker breaker;

    public RestGetEncodersAction(PictureBreaker breaker) {
        this.breaker = breaker;
    }

    @Override
    public String getName() {
        return "lookalike_get_encoders";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.GET, "/_lookalike/encoder"),
                new Route(RestRequest.Method.GET, "/_lookalike/encoder/{id}"));
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
                                XContentType.JSON.mediaType(), new Pieces(encoder.exported())),
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

    /** Whether the configuration can be sent as it is kept. */
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

    /** A text in pieces, read as they are asked for. For one thread at a time. */
    private static final class Pieces implements Iterator<CheckedConsumer<Writer, IOException>> {
        private final Reader text;
        private final char[] piece = new char[PIECE];
        private int length;

        Pieces(InputStream text) {
            this.text = new InputStreamReader(text, StandardCharsets.UTF_8);
            read();
        }

        private void read() {
            try {
                length = text.read(piece);
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
                writer.write(piece, 0, length);
                read();
            };
        }
    }
}
