package io.lookalike.ingest;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.Values;
import io.lookalike.image.Region;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Encoding;
import java.util.List;
import java.util.function.Supplier;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.ingest.Processor;

/** {@code vector_hash}: makes the same fields from a vector that the document already has. */
public final class VectorHashProcessor extends EncodingProcessor {
    public static final String TYPE = "vector_hash";

    private VectorHashProcessor(Encoders encoders, String tag, String description, ProcessorOptions options) {
        super(TYPE, encoders, tag, description, options);
    }

    @Override
    List<?> list(Object value) {
        return value instanceof List<?> list && !list.isEmpty() && list.getFirst() instanceof List ? list : null;
    }

    @Override
    Encoders.JointWork<List<List<Encoding>>> work(String what, Object value, List<Region> none) {
        float[] vector = Values.vector(what, value);
        return (ready, ticket, listener) -> listener.onResponse(ready.stream()
                .map(encoder -> List.of(encoder.encodeForDocument(what, vector)))
                .toList());
    }

    @Override
    boolean infers() {
        return false;
    }

    @Override
    public String getType() {
        return TYPE;
    }

    /** Makes processors from pipelines. */
    public static final class Factory extends EncodingProcessorFactory {
        /** @param project asked for mappings and templates, when a document is processed */
        public Factory(Supplier<Encoders> encoders, Supplier<ProjectMetadata> project) {
            super(TYPE, false, encoders, project);
        }

        @Override
        String unusable(EncoderDefinition encoder) {
            return encoder.codeModel() == null
                    ? null
                    : "[" + encoder.id() + "] takes the codes of pictures from model [" + encoder.codeModel()
                            + "], and makes none of vectors; use the processor [image_embedding], or name another "
                            + "encoder";
        }

        @Override
        Processor create(String tag, String description, ProcessorOptions options) {
            return new VectorHashProcessor(encoders(), tag, description, options);
        }
    }
}
