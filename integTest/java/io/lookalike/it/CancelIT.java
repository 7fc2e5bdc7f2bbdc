package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Searches that take long end soon when they are cancelled, when nobody waits for them, and when their time is up. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CancelIT {
    private static final String INDEX = "cancel";
    /** Each of which scores every document. */
    private static final int CLAUSES = 2_500;

    private static final int ATTEMPTS = 10;

    private final Http http;
    private ObjectNode search;

    CancelIT(Http http) {
        this.http = http;
    }

    @BeforeAll
    void index() {
        Corpus corpus = new Corpus(http, INDEX, 6).fill(1, 6_000);
        search = json("{size: 1, _source: false, query: {bool: {should: []}}}");
        ArrayNode clauses = (ArrayNode) search.at("/query/bool/should");
        for (int k = 1; k <= CLAUSES; k++) {
            ObjectNode clause = corpus.knn(k);
            clause.withObject("hash_knn").put("candidates", "all").put("metric", "correlation");
            clauses.add(clause);
        }
    }

    @AfterAll
    void remove() {
        http.ok("DELETE", "/" + INDEX);
    }

    /** The search on its way on a shard, as the task to cancel; null when it has ended. */
    private String running(CompletableFuture<?> started) {
        while (!started.isDone()) {
            String parent = null;
            boolean onShard = false;
            JsonNode nodes =
                    http.ok("GET", "/_tasks?actions=indices:data/read/search*").path("nodes");
            for (JsonNode node : nodes) {
                for (JsonNode task : node.path("tasks")) {
                    if (task.path("action").asText().equals("indices:data/read/search")) {
                        parent = task.path("node").asText() + ":"
                                + task.path("id").asText();
                    } else {
                        onShard = true;
                    }
                }
            }
            if (onShard && parent != null) {
                return parent;
            }
        }
        return null;
    }

    private CompletableFuture<HttpResponse<byte[]>> start() {
        return http.start("POST", "/" + INDEX + "/_search", search);
    }

    /** Searches of this index that failed, which is what the shard counts a cancelled one as. */
    private int failures() {
        return http.ok("GET", "/" + INDEX + "/_stats/search")
                .at("/_all/total/search/query_failure")
                .asInt();
    }

    private int running() {
        return http.ok("GET", "/" + INDEX + "/_stats/search")
                .at("/_all/total/search/query_current")
                .asInt();
    }

    @Test
    void aCancelledTaskEndsWithThatError() throws Exception {
        List<String> completed = new ArrayList<>();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            CompletableFuture<HttpResponse<byte[]>> started = start();
            String task = running(started);
            if (task != null) {
                http.send("POST", "/_tasks/" + task + "/_cancel", null);
            }
            Http.Answer answer = Http.answer(started.get());
            if (answer.status() != 200) {
                assertEquals(400, answer.status(), answer::text);
                assertTrue(answer.text().contains("task_cancelled_exception"), answer::text);
                return;
            }
            completed.add(task + " took " + answer.body().path("took") + " ms");
        }
        throw new AssertionError("never cancelled: " + completed);
    }

    @Test
    void aSearchThatNobodyWaitsForEnds() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int before = failures();
            CompletableFuture<HttpResponse<byte[]>> started = start();
            String task = running(started);
            started.cancel(true);
            while (running() > 0) {
                Thread.onSpinWait();
            }
            if (failures() > before) {
                assertTrue(task != null);
                return;
            }
        }
        throw new AssertionError("every search ran to its end");
    }

    @Test
    void aSearchWhoseTimeIsUpAnswersWithWhatItHas() {
        JsonNode answer =
                http.ok("POST", "/" + INDEX + "/_search", search.deepCopy().put("timeout", "1ms"));
        assertTrue(answer.path("timed_out").asBoolean());
        assertEquals(0, answer.path("_shards").path("failed").asInt());
        Http.Answer whole = http.send(
                "POST",
                "/" + INDEX + "/_search?allow_partial_search_results=false",
                search.deepCopy().put("timeout", "1ms"));
        assertTrue(whole.status() == 429 || whole.status() == 504, whole::text);
        assertTrue(whole.reasons().contains("Time exceeded"), whole::text);
    }
}
