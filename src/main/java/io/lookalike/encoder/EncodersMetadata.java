package io.lookalike.encoder;

import java.io.IOException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.Diff;
import org.elasticsearch.cluster.DiffableUtils;
import org.elasticsearch.cluster.NamedDiff;
import org.elasticsearch.cluster.metadata.ComponentTemplateMetadata;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.common.collect.Iterators;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.xcontent.ChunkedToXContentHelper;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentParser;

/** The encoders of a project, as custom metadata of the cluster state: on every node, on disk and in snapshots. */
public final class EncodersMetadata implements Metadata.ProjectCustom {

    public static final String TYPE = "lookalike_encoders";
    public static final EncodersMetadata EMPTY = new EncodersMetadata(Map.of());

    private static final WireVersion VERSION = new WireVersion("[" + TYPE + "] of the cluster state", 1);

    private static final int MAX_ENCODERS = 1000;
    /** Each node holds all encoders and their copies in its cluster state. */
    private static final long MAX_TOTAL_BYTES = 64L << 20;

    private final Map<String, EncoderDefinition> encoders;

    public EncodersMetadata(Map<String, EncoderDefinition> encoders) {
        this.encoders = Collections.unmodifiableMap(new TreeMap<>(encoders));
    }

    public static EncodersMetadata readFrom(StreamInput in) throws IOException {
        VERSION.readFrom(in);
        return new EncodersMetadata(in.readMap(EncoderDefinition::readFrom));
    }

    /** The encoders of the cluster; if they were dropped, those of {@link EncoderCopies their copies}. */
    public static EncodersMetadata of(ClusterState state) {
        ProjectMetadata project = project(state);
        EncodersMetadata here = project.custom(TYPE);
        return here == null ? EncoderCopies.restored(project) : here;
    }

    /** The parts of a cluster state that {@link #of} reads. */
    public record Parts(Object encoders, Object templates) {
        public static Parts of(ClusterState state) {
            ProjectMetadata project = project(state);
            return new Parts(project.custom(TYPE), project.custom(ComponentTemplateMetadata.TYPE));
        }

        /** Whether nothing changed; an unchanged part is the same object in the next state. */
        @SuppressWarnings("ReferenceEquality")
        public boolean isSame(Parts other) {
            return other != null && encoders == other.encoders && templates == other.templates;
        }
    }

    /** The only project of the cluster. */
    public static ProjectMetadata project(ClusterState state) {
        return state.metadata().getProject(Metadata.DEFAULT_PROJECT_ID);
    }

    /** The encoders of the cluster, without copies. */
    static EncodersMetadata here(ClusterState state) {
        return project(state).custom(TYPE, EMPTY);
    }

    public Map<String, EncoderDefinition> encoders() {
        return encoders;
    }

    /** @throws IllegalArgumentException when there are more encoders, or more bytes, than a cluster may have */
    public void requireRoom() {
        if (encoders.size() > MAX_ENCODERS) {
            throw new IllegalArgumentException(
                    "there are [" + MAX_ENCODERS + "] encoders already; delete those that are not used");
        }
        long bytes =
                encoders.values().stream().mapToLong(EncoderDefinition::length).sum();
        if (bytes > MAX_TOTAL_BYTES) {
            throw new IllegalArgumentException("all encoders together would take [" + bytes + "] bytes; at most ["
                    + MAX_TOTAL_BYTES + "] are allowed, delete those that are not used");
        }
    }

    public EncodersMetadata with(EncoderDefinition encoder) {
        Map<String, EncoderDefinition> copy = new TreeMap<>(encoders);
        copy.put(encoder.id(), encoder);
        return new EncodersMetadata(copy);
    }

    public EncodersMetadata without(String id) {
        Map<String, EncoderDefinition> copy = new TreeMap<>(encoders);
        copy.remove(id);
        return new EncodersMetadata(copy);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        VERSION.writeTo(out);
        out.writeMap(encoders, StreamOutput::writeWriteable);
    }

    @Override
    public String getWriteableName() {
        return TYPE;
    }

    @Override
    public TransportVersion getMinimalSupportedVersion() {
        return TransportVersion.minimumCompatible();
    }

    /** Not in {@code GET _cluster/state}, because learned arrays are megabytes; GET of an encoder shows them. */
    @Override
    public EnumSet<Metadata.XContentContext> context() {
        return EnumSet.of(Metadata.XContentContext.GATEWAY, Metadata.XContentContext.SNAPSHOT);
    }

    @Override
    public Iterator<? extends ToXContent> toXContentChunked(ToXContent.Params params) {
        ToXContent version = (builder, ignored) -> builder.field(WireVersion.FIELD, VERSION.current());
        return Iterators.concat(
                Iterators.single(version), ChunkedToXContentHelper.xContentObjectFields("encoders", encoders));
    }

    public static EncodersMetadata fromXContent(XContentParser parser) throws IOException {
        Map<String, EncoderDefinition> encoders = new TreeMap<>();
        XContentParser.Token token = parser.currentToken();
        if (token == null) {
            token = parser.nextToken();
        }
        while ((token = parser.nextToken()) != XContentParser.Token.END_OBJECT) {
            if (token == XContentParser.Token.START_OBJECT && "encoders".equals(parser.currentName())) {
                while (parser.nextToken() != XContentParser.Token.END_OBJECT) {
                    String id = parser.currentName();
                    parser.nextToken();
                    encoders.put(id, EncoderDefinition.fromXContent(id, parser));
                }
            } else if (token == XContentParser.Token.VALUE_NUMBER && WireVersion.FIELD.equals(parser.currentName())) {
                VERSION.ofStored(parser.intValue());
            } else if (token != XContentParser.Token.FIELD_NAME) {
                parser.skipChildren();
            }
        }
        return new EncodersMetadata(encoders);
    }

    @Override
    public Diff<Metadata.ProjectCustom> diff(Metadata.ProjectCustom before) {
        return new EncodersDiff((EncodersMetadata) before, this);
    }

    public static NamedDiff<Metadata.ProjectCustom> readDiffFrom(StreamInput in) throws IOException {
        return new EncodersDiff(in);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EncodersMetadata that && encoders.equals(that.encoders);
    }

    @Override
    public int hashCode() {
        return encoders.hashCode();
    }

    /** Sends only the encoders that changed: one may hold megabytes of learned arrays. */
    private static final class EncodersDiff implements NamedDiff<Metadata.ProjectCustom> {
        private final Diff<Map<String, EncoderDefinition>> diff;

        EncodersDiff(EncodersMetadata before, EncodersMetadata after) {
            diff = DiffableUtils.diff(before.encoders, after.encoders, DiffableUtils.getStringKeySerializer());
        }

        EncodersDiff(StreamInput in) throws IOException {
            VERSION.readFrom(in);
            diff = DiffableUtils.readJdkMapDiff(
                    in,
                    DiffableUtils.getStringKeySerializer(),
                    EncoderDefinition::readFrom,
                    EncoderDefinition::readDiffFrom);
        }

        @Override
        public Metadata.ProjectCustom apply(Metadata.ProjectCustom before) {
            return new EncodersMetadata(diff.apply(((EncodersMetadata) before).encoders));
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            VERSION.writeTo(out);
            diff.writeTo(out);
        }

        @Override
        public String getWriteableName() {
            return TYPE;
        }

        @Override
        public TransportVersion getMinimalSupportedVersion() {
            return TransportVersion.minimumCompatible();
        }
    }
}
