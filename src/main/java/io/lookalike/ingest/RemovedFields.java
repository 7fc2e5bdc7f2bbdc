package io.lookalike.ingest;

import java.util.AbstractMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.ingest.IngestDocument;

/**
 * Values that processors of this plugin removed from a document, for later processors in the same pipeline run.
 *
 * <p>Stored in the document's {@code _ingest} metadata, which is never indexed. Readers and copies of the metadata,
 * such as {@code _simulate}, see only the names of the fields. For one thread at a time, as the document is.
 */
final class RemovedFields extends AbstractMap<String, Object> {
    /** The word is kept from earlier releases: users may have seen it in {@code _simulate}. */
    private static final String KEY = "lookalike_taken";

    private final Map<String, Object> values = new HashMap<>();

    private RemovedFields() {}

    /** Removes a field from the document's source, and remembers its value. */
    static void remove(IngestDocument document, String field) {
        RemovedFields removed = of(document);
        if (removed == null) {
            removed = new RemovedFields();
            document.getIngestMetadata().put(KEY, removed);
        }
        removed.values.put(field, document.getFieldValue(field, Object.class));
        document.removeField(field);
    }

    /** The value of a field before it was removed here; null if it was not. */
    static Object get(IngestDocument document, String field) {
        RemovedFields removed = of(document);
        return removed == null ? null : removed.values.get(field);
    }

    private static RemovedFields of(IngestDocument document) {
        return document.getIngestMetadata().get(KEY) instanceof RemovedFields removed ? removed : null;
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
        return Set.of(Map.entry("fields", values.keySet().stream().sorted().toList()));
    }
}
