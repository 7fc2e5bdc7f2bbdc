package io.lookalike.ingest;

import java.util.AbstractMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.ingest.IngestDocument;

/**
 * What processors of ours took out of a document, for those that come after them in the same run.
 *
 * <p>Lies in the document's {@code _ingest} metadata, which is never indexed, and goes with the document. Whoever looks
 * at it or copies it, such as {@code _simulate}, sees the names of the fields alone. For one thread at a time, as the
 * document is.
 */
final class TakenValues extends AbstractMap<String, Object> {
    private static final String KEY = "lookalike_taken";

    private final Map<String, Object> values = new HashMap<>();

    private TakenValues() {}

    /** Removes a field from the document's source, and remembers what it held. */
    static void take(IngestDocument document, String field) {
        TakenValues taken = of(document);
        if (taken == null) {
            taken = new TakenValues();
            document.getIngestMetadata().put(KEY, taken);
        }
        taken.values.put(field, document.getFieldValue(field, Object.class));
        document.removeField(field);
    }

    /** What a field held before it was removed here; null where it was not. */
    static Object get(IngestDocument document, String field) {
        TakenValues taken = of(document);
        return taken == null ? null : taken.values.get(field);
    }

    private static TakenValues of(IngestDocument document) {
        return document.getIngestMetadata().get(KEY) instanceof TakenValues taken ? taken : null;
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
        return Set.of(Map.entry("fields", values.keySet().stream().sorted().toList()));
    }
}
