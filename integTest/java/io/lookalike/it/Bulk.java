package io.lookalike.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The lines of a bulk request. Not thread-safe. */
final class Bulk {
    private final StringBuilder lines = new StringBuilder();
    private int size;

    Bulk index(String id, JsonNode document) {
        return add(Json.json("{index: {_id: ?}}", id), document);
    }

    Bulk update(String id, JsonNode part) {
        return add(Json.json("{update: {_id: ?}}", id), Json.json("{doc: ?}", part));
    }

    Bulk upsert(String id, JsonNode part) {
        return add(Json.json("{update: {_id: ?}}", id), Json.json("{doc: ?, doc_as_upsert: true}", part));
    }

    Bulk delete(String id) {
        line(Json.json("{delete: {_id: ?}}", id));
        size++;
        return this;
    }

    private Bulk add(JsonNode action, JsonNode document) {
        line(action);
        line(document);
        size++;
        return this;
    }

    private void line(JsonNode line) {
        try {
            lines.append(Json.MAPPER.writeValueAsString(line)).append('\n');
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    int size() {
        return size;
    }

    /** Characters so far: bytes, where all are ASCII. */
    int length() {
        return lines.length();
    }

    byte[] bytes() {
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }
}
