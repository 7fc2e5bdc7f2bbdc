package io.lookalike.ingest;

import io.lookalike.image.Region;
import io.lookalike.inference.Encoder;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Encoding;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;

/** {@code image_embedding}: turns a picture into a vector, a code, LSH buckets and a perceptual hash. */
public final class ImageEmbeddingProcessor extends EncodingProcessor {
    public static final String TYPE = "image_embedding";

    private ImageEmbeddingProcessor(Encoders encoders, String tag, String description, Options options) {
        super(encoders, tag, description, options);
    }

    @Override
    List<?> several(Object value) {
        return value instanceof List<?> list ? list : null;
    }

    @Override
    List<List<Region>> regions(IngestDocument document, int pictures, boolean several) {
        if (boxes == null) {
            return List.of();
        }
        Object value = document.getFieldValue(boxes.field(), Object.class, true);
        if (value == null && !ignoreMissing && !document.hasField(boxes.field())) {
            throw missing(
                    document,
                    boxes.field(),
                    ", with null where the whole picture is meant and [] where nothing of it is",
                    " to take the whole");
        }
        return value == null ? List.of() : boxes.of(value, pictures, several);
    }

    @Override
    boolean wantsNothing(IngestDocument document) {
        return boxes != null && Boxes.isNone(document.getFieldValue(boxes.field(), Object.class, true));
    }

    @Override
    void requireCurrent(IngestDocument document, Target target, List<Map<?, ?>> entries) {
        Object value = boxes == null ? null : document.getFieldValue(boxes.field(), Object.class, true);
        if (value != null && boxes.differ(value, entries)) {
            throw new IllegalArgumentException("field [" + boxes.field() + "] of document [" + id(document)
                    + "] was changed without its picture, and [" + target.field()
                    + "] is of the boxes before; send [" + field + "] too");
        }
    }

    @Override
    Encoders.JointWork<List<List<Encoding>>> work(String what, Object value, List<Region> regions) {
        return (ready, ticket, listener) -> encoders()
                .withPicture(
                        what,
                        value,
                        bytes -> Encoder.encodeRegions(
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
    public static final class Factory extends EncodingProcessor.Factory {
        /** @param project asked for mappings and templates, when a document is processed */
        public Factory(Supplier<Encoders> encoders, Supplier<ProjectMetadata> project) {
            super(encoders, project);
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
        boolean takesRegions() {
            return true;
        }

        @Override
        Processor create(String tag, String description, Options options) {
            return new ImageEmbeddingProcessor(encoders.get(), tag, description, options);
        }
    }
}
