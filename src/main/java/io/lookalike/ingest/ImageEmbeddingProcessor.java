package io.lookalike.ingest;

import io.lookalike.image.Region;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Encoding;
import io.lookalike.inference.PictureEncoding;
import java.util.List;
import java.util.function.Supplier;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.ingest.Processor;

/** {@code image_embedding}: turns a picture into a vector, a code, LSH buckets and a perceptual hash. */
public final class ImageEmbeddingProcessor extends EncodingProcessor {
    public static final String TYPE = "image_embedding";

    private ImageEmbeddingProcessor(Encoders encoders, String tag, String description, ProcessorOptions options) {
        super(TYPE, encoders, tag, description, options);
    }

    @Override
    List<?> list(Object value) {
        return value instanceof List<?> list ? list : null;
    }

    @Override
    Encoders.JointWork<List<List<Encoding>>> work(String what, Object value, List<Region> regions) {
        return (ready, ticket, listener) -> encoders()
                .withPicture(
                        what,
                        value,
                        bytes -> PictureEncoding.encode(
                                ready, what, bytes, regions, encoders().limits(), ticket, listener));
    }

    @Override
    boolean infers() {
        return true;
    }

    @Override
    public String getType() {
        return TYPE;
    }

    /** Makes processors from pipelines. */
    public static final class Factory extends EncodingProcessorFactory {
        /** @param project asked for mappings and templates, when a document is processed */
        public Factory(Supplier<Encoders> encoders, Supplier<ProjectMetadata> project) {
            super(TYPE, true, encoders, project);
        }

        @Override
        boolean takesRegions() {
            return true;
        }

        @Override
        Processor create(String tag, String description, ProcessorOptions options) {
            return new ImageEmbeddingProcessor(encoders(), tag, description, options);
        }
    }
}
