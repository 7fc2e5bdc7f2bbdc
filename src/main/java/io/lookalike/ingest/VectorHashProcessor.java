package io.lookalike.ingest;

import io.lookalike.encoder.Encoders;
import io.lookalike.encoder.Values;
import java.util.function.Supplier;
import org.elasticsearch.ingest.Processor;

/** {@code vector_hash}: makes the same fields from a vector that the document already has. */
public final class VectorHashProcessor extends EncodingProcessor {
    public static final String TYPE = "vector_hash";

    private VectorHashProcessor(Encoders encoders, String tag, String description, Options options) {
        super(encoders, tag, description, options);
    }

    @Override
    Encoders.Work work(Object value) {
        float[] vector = Values.vector(what(), value);
        return (encoder, listener) -> listener.onResponse(encoder.encodeVector(what(), vector));
    }

    @Override
    public String getType() {
        return TYPE;
    }

    /** Makes processors from pipelines. */
    public static final class Factory extends EncodingProcessor.Factory {
        public Factory(Supplier<Encoders> encoders) {
            super(encoders);
        }

        @Override
        String type() {
            return TYPE;
        }

        @Override
        boolean removesSource() {
            return false;
        }

        @Override
        Processor create(String tag, String description, Options options) {
            return new VectorHashProcessor(encoders.get(), tag, description, options);
        }
    }
}
