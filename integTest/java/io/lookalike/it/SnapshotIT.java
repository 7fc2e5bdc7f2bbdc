package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encoders go into snapshots with the global state, and come back with it as docs/upgrading.md says. */
class SnapshotIT {
    private static final String ENCODER = "/_lookalike/encoder/";
    private static final String INDEX = "snapshots";

    @TempDir
    Path repository;

    @Test
    void encodersComeBackWithTheGlobalStateOrFromAnExport() {
        try (RealNode node = RealNode.builder()
                        .heap("512m")
                        .setting("path.repo", repository.toString())
                        .start();
                Http http = new Http(node.uri())) {
            http.ok("PUT", "/_snapshot/r", json("{type: 'fs', settings: {location: ?}}", repository.toString()));
            snapshot(http, "before");
            http.ok(
                    "PUT",
                    ENCODER + "kept",
                    json(
                            "{model: 'none', dims: 4, project: [{dims: 3, weights: ?}], hash: {bits: 64}}",
                            new double[] {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}));
            JsonNode export = http.ok("GET", ENCODER + "kept?full=true");
            http.ok("PUT", "/" + INDEX, http.ok("GET", ENCODER + "kept/_mapping"));
            http.ok(
                    "PUT",
                    "/_ingest/pipeline/" + INDEX,
                    json("{processors: [{vector_hash: {field: 'v', target_field: 'photo', encoder: 'kept'}}]}"));
            http.ok("PUT", "/" + INDEX + "/_doc/a?refresh=true&pipeline=" + INDEX, json("{v: [1, 2, 3, 4]}"));
            snapshot(http, "with");
            found(http);

            // what was created since the snapshot is gone, and its copy with it
            restore(http, "before", json("{include_global_state: true, indices: '-*'}"));
            assertEquals(404, http.send("GET", ENCODER + "kept", null).status());
            copied(http, "kept", 404);
            assertEquals("red", health(http));

            http.ok("PUT", ENCODER + "later", json("{model: 'none', dims: 3}"));
            http.ok("DELETE", "/" + INDEX);
            restore(http, "with", json("{include_global_state: true, indices: ?}", INDEX));
            assertEquals(export, http.ok("GET", ENCODER + "kept?full=true"));
            copied(http, "kept", 200);
            assertEquals(404, http.send("GET", ENCODER + "later", null).status());
            copied(http, "later", 404);
            assertEquals("green", health(http));
            found(http);

            // indices alone bring none, which health tells of with what to do
            http.ok("DELETE", ENCODER + "kept?force=true");
            http.ok("DELETE", "/" + INDEX);
            restore(http, "with", json("{indices: ?}", INDEX));
            assertEquals("red", health(http));
            http.ok("PUT", ENCODER + "kept", export);
            assertEquals("green", health(http));
            found(http);
        }
    }

    private static void snapshot(Http http, String name) {
        JsonNode made = http.ok("PUT", "/_snapshot/r/" + name + "?wait_for_completion=true", json("{}"));
        assertEquals("SUCCESS", made.at("/snapshot/state").asText(), made::toString);
    }

    private static void restore(Http http, String name, ObjectNode body) {
        http.ok("POST", "/_snapshot/r/" + name + "/_restore?wait_for_completion=true", body);
        // what the master writes back after it
        http.ok("GET", "/_cluster/health?wait_for_events=languid&timeout=30s");
    }

    private static void copied(Http http, String encoder, int status) {
        assertEquals(
                status,
                http.send("GET", "/_component_template/lookalike@" + encoder, null)
                        .status());
    }

    private static String health(Http http) {
        return http.ok("GET", "/_health_report/lookalike_encoders")
                .at("/indicators/lookalike_encoders/status")
                .asText();
    }

    private static void found(Http http) {
        Http.Answer answer = http.send(
                "POST",
                "/" + INDEX + "/_search",
                json("{query: {hash_knn: {field: 'photo.vector', query_vector: [1, 2, 3, 4]}}}"));
        assertEquals(200, answer.status(), answer::text);
        assertEquals(List.of("a"), Json.texts(answer.body().at("/hits/hits"), "_id"), answer::text);
        assertTrue(answer.warnings().isEmpty(), answer.warnings()::toString);
    }
}
