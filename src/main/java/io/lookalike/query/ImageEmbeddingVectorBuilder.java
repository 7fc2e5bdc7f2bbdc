package io.lookalike.query;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.WireVersion;
import io.lookalike.inference.CurrentSearch;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Encoding;
import io.lookalike.inference.PictureEncoding;
import java.io.IOException;
import java.util.Objects;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.search.vectors.QueryVectorBuilder;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.xcontent.ConstructingObjectParser;
import org.elasticsearch.xcontent.ObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;

/** {@code image_embedding}: the vector of a picture, for stock {@code knn}. The picture is never written anywhere. */
public final class ImageEmbeddingVectorBuilder implements QueryVectorBuilder {
    public static final String NAME = "image_embedding";

    private static final WireVersion WIRE = new WireVersion("query vector builder [" + NAME + "]", 1);
    private static final ParseField ENCODER = new ParseField("encoder");
    private static final ParseField IMAGE = new ParseField("image");
    private static final ConstructingObjectParser<ImageEmbeddingVectorBuilder, Encoders> PARSER =
            new ConstructingObjectParser<>(
                    NAME,
                    false,
                    (a, encoders) -> new ImageEmbeddingVectorBuilder(
                            encoders, a[0] == null ? EncoderDefinition.DEFAULT : (String) a[0], (PictureText) a[1]));

    static {
        PARSER.declareString(ConstructingObjectParser.optionalConstructorArg(), ENCODER);
        PARSER.declareField(
                ConstructingObjectParser.constructorArg(),
                (p, encoders) -> PictureText.parse(p, encoders, "[image]"),
                IMAGE,
                ObjectParser.ValueType.VALUE);
    }

    private final Encoders encoders;
    private final String encoder;
    private final PictureText image;

    private ImageEmbeddingVectorBuilder(Encoders encoders, String encoder, PictureText image) {
        this.encoders = encoders;
        this.encoder = encoder;
        this.image = image;
    }

    String encoder() {
        return encoder;
    }

    public static ImageEmbeddingVectorBuilder fromXContent(XContentParser parser, Encoders encoders) {
        return PARSER.apply(parser, encoders);
    }

    /** Reads a picture that has not been encoded yet, which only a search of another cluster sends. */
    public ImageEmbeddingVectorBuilder(StreamInput in, Encoders encoders) throws IOException {
        WIRE.readFrom(in);
        this.encoders = encoders;
        this.encoder = in.readString();
        this.image = new PictureText(in.readString(), null);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        WIRE.writeTo(out);
        out.writeString(encoder);
        out.writeString(image.letters());
    }

    @Override
    public void buildVector(Client client, ActionListener<float[]> listener) {
        String what = "[image]";
        if (image.refused() != null) {
            listener.onFailure(image.refused());
            return;
        }
        ThreadContext threadContext = client.threadPool().getThreadContext();
        CancellableTask task = CurrentSearch.of(threadContext);
        SubscribableListener<float[]> first = new SubscribableListener<>();
        first.addListener(listener, client.threadPool().executor(ThreadPool.Names.SEARCH_COORDINATION), threadContext);
        CurrentSearch.onCancelled(threadContext, first);
        ActionListener.run(
                first,
                l -> encoders.search(
                        encoder,
                        what,
                        image.letters(),
                        true,
                        task,
                        (e, ticket, encoded) -> encoders.withPicture(
                                what,
                                image.letters(),
                                bytes -> PictureEncoding.encode(e, what, bytes, encoders.limits(), ticket, encoded)),
                        l.map((Encoding encoding) -> {
                            encoding.warnIfVanished(what, encoder);
                            return encoding.vector();
                        })));
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        return builder.startObject()
                .field(ENCODER.getPreferredName(), encoder)
                .field(IMAGE.getPreferredName(), "… [" + image.letters().length() + "] characters")
                .endObject();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ImageEmbeddingVectorBuilder that
                && encoder.equals(that.encoder)
                && image.equals(that.image);
    }

    @Override
    public int hashCode() {
        return Objects.hash(encoder, image);
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }

    @Override
    public TransportVersion getMinimalSupportedVersion() {
        return TransportVersion.minimumCompatible();
    }
}
