package io.lookalike.ingest;

import io.lookalike.encoder.Messages;
import io.lookalike.image.Region;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.LookalikeSettings;
import java.util.ArrayList;
import java.util.List;
import org.elasticsearch.ingest.IngestDocument;

/** Reads the pictures or vectors of a document, and the boxes of its pictures. Changes nothing. Thread-safe. */
final class DocumentReader {
    private final Encoders encoders;
    private final ProcessorOptions options;

    DocumentReader(Encoders encoders, ProcessorOptions options) {
        this.encoders = encoders;
        this.options = options;
    }

    static String id(IngestDocument document) {
        return Messages.cut(document.getFieldValue("_id", String.class, true));
    }

    /** The value of the field, even if an earlier processor of this plugin removed it in the same pipeline run. */
    Object value(IngestDocument document) {
        Object value = document.getFieldValue(options.field(), Object.class, true);
        return value == null && !document.hasField(options.field())
                ? RemovedFields.get(document, options.field())
                : value;
    }

    static boolean isNothing(Object value) {
        return value == null || (value instanceof List<?> list && list.isEmpty());
    }

    /** Whether a document has no boxes left, so that nothing of its pictures is encoded. */
    boolean hasNoBoxes(IngestDocument document) {
        return options.boxes() != null && Boxes.isNone(boxes(document));
    }

    private Object boxes(IngestDocument document) {
        return document.getFieldValue(options.boxes().field(), Object.class, true);
    }

    /**
     * @param list the elements of {@code value} if it holds several pictures or vectors; null if it is a single one
     * @throws IllegalArgumentException if the value or the boxes are wrong
     */
    DocumentInputs read(IngestDocument document, Object value, List<?> list) {
        boolean several = list != null;
        List<?> values = several ? list : List.of(value);
        List<List<Region>> regions = regions(document, values.size(), several);
        int entries = 0;
        List<DocumentInputs.Input> inputs = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            List<Region> boxes = regions.isEmpty() ? null : regions.get(i);
            entries += boxes == null ? 1 : boxes.size();
            if (entries > encoders.maxPictures()) {
                throw new IllegalArgumentException(options.what() + " has more than [" + encoders.maxPictures()
                        + "] pictures, boxes or vectors; send several documents, or raise ["
                        + LookalikeSettings.MAX_PICTURES.getKey() + "]");
            }
            String what = several ? options.what() + " [" + i + "]" : options.what();
            if (values.get(i) == null) {
                throw new IllegalArgumentException(what + " is null; leave it out");
            }
            if (boxes == null || !boxes.isEmpty()) {
                inputs.add(new DocumentInputs.Input(i, what, values.get(i), boxes == null ? List.of() : boxes));
            }
        }
        return new DocumentInputs(inputs, several, several || !regions.isEmpty());
    }

    /** One list of boxes for each picture, null for the whole picture; empty if the document has no boxes. */
    private List<List<Region>> regions(IngestDocument document, int pictures, boolean several) {
        Boxes boxes = options.boxes();
        if (boxes == null) {
            return List.of();
        }
        Object value = boxes(document);
        if (value == null && !options.ignoreMissing() && !document.hasField(boxes.field())) {
            throw missing(
                    document,
                    boxes.field(),
                    ", with null where the whole picture is meant and [] where nothing of it is",
                    " to take the whole");
        }
        return value == null ? List.of() : boxes.of(value, pictures, several);
    }

    /**
     * @param how another way to send it
     * @param ignored what {@code ignore_missing} does then
     */
    static IllegalArgumentException missing(IngestDocument document, String name, String how, String ignored) {
        return new IllegalArgumentException("field [" + name + "] is missing in document [" + id(document)
                + "]; send it" + how + ", or set [ignore_missing] to [true]" + ignored);
    }
}
