package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Long tasks that are cancelled, by a user or because their client went, leave nothing behind on a node. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TaskEndsIT {
    private static final String INDEX = "task-ends";
    private static final String OTHER = "task-ends-other";
    private static final String MADE = "task-ends-made";
    private static final int DOCUMENTS = 2_000;
    private static final int ATTEMPTS = 24;
    /** Requests for statistics, each of some milliseconds, until what a task held must be given back. */
    private static final int LOOKS = 2_000;

    private final Http http;
    private final Mixture mixture;
    private int targets;

    TaskEndsIT(Http http) {
        this.http = http;
        this.mixture = new Mixture(http, INDEX, DOCUMENTS, 0, 11);
    }

    /** The long tasks. */
    enum Kind {
        TRAIN("cluster:admin/lookalike/encoder/train"),
        DUPLICATES("indices:data/read/lookalike/duplicates"),
        REENCODE("indices:data/write/lookalike/reencode"),
        EVALUATE("indices:data/read/lookalike/evaluate");

        final String action;

        Kind(String action) {
            this.action = action;
        }
    }

    @BeforeAll
    void index() {
        mixture.index(32, 2);
        http.ok(
                "PUT",
                "/_lookalike/encoder/" + OTHER,
                json("{model: 'none', dims: ?, hash: {bits: 32, seed: 5}}", Mixture.DIMS));
    }

    @AfterEach
    void forget() {
        http.send("DELETE", "/_lookalike/encoder/" + MADE, null);
    }

    @AfterAll
    void remove() {
        mixture.remove();
        Mixture.remove(http, OTHER);
    }

    private String path(Kind kind) {
        return switch (kind) {
            case TRAIN -> "/_lookalike/encoder/" + MADE + "/_train";
            case DUPLICATES -> "/" + INDEX + "/_lookalike/duplicates";
            case REENCODE -> "/" + INDEX + "/_lookalike/reencode";
            case EVALUATE -> "/" + INDEX + "/_lookalike/evaluate";
        };
    }

    private ObjectNode body(Kind kind) {
        return switch (kind) {
            case TRAIN ->
                json(
                        "{from: ?, index: ?, learn: {pca: {dims: 40}, itq: {bits: 32, iterations: 30}, kmeans: "
                                + "{clusters: 40}}}",
                        INDEX,
                        INDEX);
            case DUPLICATES ->
                json("{size: 1000, same: {field: 'photo.hash', max_distance: 2}, alike: {field: 'photo.vector', "
                        + "similarity: 0.6, candidates: 'all'}}");
            case REENCODE ->
                json("{from: ?, to: ?, target_field: ?, batch_size: 100}", INDEX, OTHER, "again" + targets++);
            case EVALUATE ->
                json("{request: {hash_knn: {field: 'photo.vector'}}, queries: 40, k: 5, codes: {bits: [16, 32], "
                        + "sample: 1000, iterations: 10}}");
        };
    }

    private JsonNode node(String statistics) {
        return http.ok("GET", "/_nodes/stats/" + statistics)
                .path("nodes")
                .elements()
                .next();
    }

    private long held() {
        return node("breaker").at("/breakers/lookalike/estimated_size_in_bytes").asLong(-1);
    }

    /** What is held without what searches keep for each open segment: whether these are still open is chance. */
    private long heldAtRest() {
        http.ok("POST", "/" + INDEX + "/_close");
        http.ok("POST", "/" + INDEX + "/_open");
        http.ok("GET", "/_cluster/health/" + INDEX + "?wait_for_status=green&timeout=1m");
        return held();
    }

    private int pointsInTime() {
        return node("indices/search").at("/indices/search/open_contexts").asInt(-1);
    }

    private JsonNode tasks(Kind kind) {
        return http.ok("GET", "/_tasks?detailed=true&actions=" + kind.action).path("nodes");
    }

    /** Waits until the tasks of a kind have ended; what they held goes with them. */
    private void requireNothingLeft(Kind kind, long before) {
        awaitNothingLeft(kind, before);
        JsonNode answer = http.ok("POST", path(kind) + "?wait_for_completion=true", body(kind));
        assertTrue(answer.size() > 1, answer::toString);
        awaitNothingLeft(kind, before);
    }

    private void awaitNothingLeft(Kind kind, long before) {
        for (int looks = 0; looks < LOOKS && !(tasks(kind).isEmpty() && pointsInTime() == 0); looks++) {}
        assertEquals(0, pointsInTime());
        assertTrue(tasks(kind).isEmpty(), () -> tasks(kind).toString());
        long held = heldAtRest();
        for (int looks = 0; looks < LOOKS && held != before; looks++) {
            held = held();
        }
        assertEquals(before, held);
    }

    @ParameterizedTest
    @EnumSource
    void cancelledTasksGiveBackAllTheyHold(Kind kind) {
        http.ok("POST", path(kind), body(kind));
        forget();
        long before = heldAtRest();
        Set<String> phases = new TreeSet<>();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            String task = http.ok("POST", path(kind) + "?wait_for_completion=false", body(kind))
                    .path("task")
                    .asText();
            JsonNode seen = http.ok("GET", "/_tasks/" + task);
            for (int looks = 0; looks < attempt && !seen.path("completed").asBoolean(); looks++) {
                seen = http.ok("GET", "/_tasks/" + task);
            }
            http.send("POST", "/_tasks/" + task + "/_cancel", null);
            JsonNode ended = http.ok("GET", "/_tasks/" + task + "?wait_for_completion=true&timeout=1m");
            if (ended.has("error")) {
                assertEquals("task_cancelled_exception", ended.at("/error/type").asText(), ended::toString);
                phases.add(seen.at("/task/status/phase").asText());
            }
            forget();
        }
        assertTrue(!phases.isEmpty(), "none was cancelled");
        requireNothingLeft(kind, before);
    }

    @ParameterizedTest
    @EnumSource
    void aTaskEndsWhenItsClientHasGone(Kind kind) {
        long before = heldAtRest();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            CompletableFuture<HttpResponse<byte[]>> started = http.start("POST", path(kind), body(kind));
            while (tasks(kind).isEmpty() && !started.isDone()) {
                Thread.onSpinWait();
            }
            started.cancel(true);
            boolean cancelled = false;
            for (JsonNode tasks = tasks(kind); !tasks.isEmpty(); tasks = tasks(kind)) {
                cancelled |= tasks.toString().contains("\"cancelled\":true");
            }
            forget();
            if (cancelled) {
                requireNothingLeft(kind, before);
                return;
            }
        }
        throw new AssertionError("none was cancelled");
    }

    /** What is kept may be read by whoever may read tasks. */
    @Test
    void documentsAreNotKeptInTasks() {
        for (String shown : new String[] {"_source: true", "_source: ['group']", "fields: ['group']"}) {
            Http.Answer refused = http.send(
                    "POST",
                    path(Kind.DUPLICATES) + "?wait_for_completion=false",
                    json("{field: 'photo.hash', " + shown + "}"));
            assertEquals(400, refused.status(), refused::text);
            assertTrue(refused.reasons().contains("ask with [wait_for_completion] [true]"), refused::reasons);
        }
        http.ok("POST", path(Kind.DUPLICATES), json("{field: 'photo.hash', _source: ['group']}"));
    }

    @Test
    void longNamesAreToldShort() {
        String name = "n".repeat(100_000);
        for (Kind kind : Kind.values()) {
            for (String key : new String[] {"field", "from", "source_field", "label_field", "index", name}) {
                Http.Answer refused = http.send("POST", path(kind), body(kind).put(key, name));
                assertEquals(400, refused.status(), () -> kind + ": " + refused.text());
                assertTrue(refused.text().length() < 8_000, () -> kind + " " + key);
            }
        }
    }
}
