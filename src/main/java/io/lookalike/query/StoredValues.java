package io.lookalike.query;

import io.lookalike.encoder.WireVersion;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.search.SearchExtBuilder;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;

/**
 * Requests the stored vectors, codes, keywords, whole numbers and booleans of the hits of a search, in binary:
 * {@code "ext":{"lookalike_values":{"fields":[…]}}}.
 *
 * <p>Hits return them as document fields, see {@link StoredValuesPhase}. They are read from doc values and vector
 * files, while {@code fields} reads the source and makes an object of each number.
 */
public final class StoredValues extends SearchExtBuilder {
    public static final String NAME = "lookalike_values";

    private static final WireVersion WIRE = new WireVersion("search extension [" + NAME + "]", 1);

    /** The types of fields whose values are whole numbers. */
    public static final Set<String> WHOLE_NUMBERS = Set.of("byte", "short", "integer", "long");

    static final String BOOLEAN = "boolean";

    private final List<String> fields;

    public StoredValues(List<String> fields) {
        this.fields = List.copyOf(fields);
    }

    public StoredValues(StreamInput in) throws IOException {
        WIRE.readFrom(in);
        this.fields = in.readStringCollectionAsImmutableList();
    }

    public static StoredValues fromXContent(XContentParser parser) throws IOException {
        Object fields = parser.map().get("fields");
        if (!(fields instanceof List<?> list) || !list.stream().allMatch(String.class::isInstance)) {
            throw new IllegalArgumentException("[" + NAME + "] needs [fields], a list of names");
        }
        return new StoredValues(list.stream().map(String.class::cast).toList());
    }

    List<String> fields() {
        return fields;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        WIRE.writeTo(out);
        out.writeStringCollection(fields);
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        return builder.startObject(NAME).field("fields", fields).endObject();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StoredValues that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return Objects.hash(NAME, fields);
    }
}
