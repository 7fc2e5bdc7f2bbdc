package io.lookalike.query;

import java.io.IOException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.xcontent.ConstructingObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * A stored document to search by.
 *
 * @param index null for the index that the search names
 * @param path the document's vector or code field; null for the field that is searched
 * @param routing null for none
 */
public record Like(String index, String id, String path, String routing) implements Writeable, ToXContentObject {

    static final ConstructingObjectParser<Like, Void> PARSER = new ConstructingObjectParser<>(
            "like", false, a -> new Like((String) a[0], (String) a[1], (String) a[2], (String) a[3]));

    static {
        PARSER.declareString(ConstructingObjectParser.optionalConstructorArg(), new ParseField("index"));
        PARSER.declareString(ConstructingObjectParser.constructorArg(), new ParseField("id"));
        PARSER.declareString(ConstructingObjectParser.optionalConstructorArg(), new ParseField("path"));
        PARSER.declareString(ConstructingObjectParser.optionalConstructorArg(), new ParseField("routing"));
    }

    Like(StreamInput in) throws IOException {
        this(in.readOptionalString(), in.readString(), in.readOptionalString(), in.readOptionalString());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeOptionalString(index);
        out.writeString(id);
        out.writeOptionalString(path);
        out.writeOptionalString(routing);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        if (index != null) {
            builder.field("index", index);
        }
        builder.field("id", id);
        if (path != null) {
            builder.field("path", path);
        }
        if (routing != null) {
            builder.field("routing", routing);
        }
        return builder.endObject();
    }
}
