package io.lookalike.task;

import io.lookalike.encoder.WireVersion;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * The progress of a {@link LongTask}.
 *
 * @param of the number that {@code done} counts towards; 0 if unknown
 * @param figures numbers and strings that are shown beside the phase
 */
public record LongTaskStatus(String phase, long done, long of, Map<String, Object> figures) implements Task.Status {
    public static final String NAME = "lookalike";

    private static final WireVersion WIRE = new WireVersion("status of a task", 1);

    public static LongTaskStatus readFrom(StreamInput in) throws IOException {
        WIRE.readFrom(in);
        return new LongTaskStatus(in.readString(), in.readVLong(), in.readVLong(), in.readGenericMap());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        WIRE.writeTo(out);
        out.writeString(phase);
        out.writeVLong(done);
        out.writeVLong(of);
        out.writeGenericMap(figures);
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject().field("phase", phase).field("done", done);
        if (of > 0) {
            builder.field("of", of);
        }
        for (Map.Entry<String, Object> figure : new TreeMap<>(figures).entrySet()) {
            builder.field(figure.getKey(), figure.getValue());
        }
        return builder.endObject();
    }
}
