package io.lookalike.it.guard;

import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.IngestDocument;

/** Writes into {@code owner} whom the thread works for: behind another processor, whom that one went on as. */
final class OwnerProcessor extends AbstractProcessor {
    static final String TYPE = "guard_owner";

    private final Guard guard;

    OwnerProcessor(String tag, String description, Guard guard) {
        super(tag, description);
        this.guard = guard;
    }

    @Override
    public IngestDocument execute(IngestDocument document) {
        document.setFieldValue("owner", String.valueOf(guard.user()));
        return document;
    }

    @Override
    public String getType() {
        return TYPE;
    }
}
