package io.lookalike.ingest;

import io.lookalike.encoder.Encoders;
import io.lookalike.encoder.PictureBytes;
import io.lookalike.encoder.Urgency;
import java.util.function.Supplier;
import org.elasticsearch.ingest.Processor;

/** {@code image_embedding}: turns a picture into a vector, a code, LSH buckets and a perceptual hash. */
public final class ImageEmbeddingProcessor extends EncodingProcessor {
    public static final String TYPE = "image_embedding";

    private ImageEmbeddingProcessor(Encoders encoders, String tag, String description, Options options) {
        super(encoders, tag, description, options);
    }

    @Override
    Encoders.Work work(Object value) {
        return (encoder, listener) -> encoder.encodePicture(
                what(),
                PictureBytes.of(what(), value, encoders().limits()),
                encoders().limits(),
                Urgency.DOCUMENT,
                listener);
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
            return true;
        }

        @Override
        Processor create(String tag, String description, Options options) {
            return new ImageEmbeddingProcessor(encoders.get(), tag, description, options);
        }
    }
}
