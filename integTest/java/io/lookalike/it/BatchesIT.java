package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pictures of bulks and queries that come at once share batches, and each comes out as it does alone. */
class BatchesIT {
    private static final String INDEX = "batches";
    private static final int BULKS = 3;

    private static RealNode node;
    private static Http http;

    @BeforeAll
    static void start() {
        node = RealNode.builder().heap("512m").start();
        http = new Http(node.uri());
    }

    @AfterAll
    static void stop() {
        http.close();
        node.close();
    }

    @BeforeEach
    void create() {
        Album.create(http, INDEX, "default", 1);
    }

    @AfterEach
    void delete() {
        http.ok("DELETE", "/" + INDEX);
        set("{'lookalike.*': null}");
    }

    private static void set(String settings) {
        http.ok("PUT", "/_cluster/settings", json("{persistent: ?}", json(settings)));
    }

    @Test
    void bulksAndQueriesAtOnce() {
        for (int size : new int[] {16, 1}) {
            set("{'lookalike.inference.batch_size': " + size + ", 'lookalike.inference.batch_wait': '20ms'}");
            List<List<Album.Photo>> bulks = new ArrayList<>();
            for (int i = 0; i < BULKS; i++) {
                bulks.add(Album.draw(2, 100 + i));
            }
            try (ExecutorService clients = Executors.newFixedThreadPool(BULKS + 1)) {
                List<CompletableFuture<?>> running = new ArrayList<>();
                for (int i = 0; i < BULKS; i++) {
                    int number = i;
                    running.add(CompletableFuture.runAsync(() -> index(number, bulks.get(number)), clients));
                }
                running.add(CompletableFuture.runAsync(
                        () -> bulks.get(0).stream().limit(10).forEach(photo -> encode(photo)), clients));
                CompletableFuture.allOf(running.toArray(CompletableFuture[]::new))
                        .join();
            }
            http.ok("POST", "/" + INDEX + "/_refresh");
            for (int i = 0; i < BULKS; i++) {
                for (Album.Photo photo : bulks.get(i).subList(0, 8)) {
                    JsonNode hit = nearest(encode(photo).path("vector"));
                    assertEquals(i + photo.id(), hit.path("_id").asText());
                    assertEquals(1, hit.path("_score").asDouble(), 1e-6);
                }
            }
        }
    }

    /** A bulk with one broken picture in its middle. */
    private static void index(int number, List<Album.Photo> photos) {
        Bulk bulk = new Bulk();
        for (Album.Photo photo : photos) {
            bulk.index(number + photo.id(), photo.document());
            if (photo.equals(photos.get(photos.size() / 2))) {
                bulk.index("broken" + number, json("{image: 'aGVsbG8gd29ybGQ='}"));
            }
        }
        Http.Answer answer = http.send("POST", "/" + INDEX + "/_bulk", bulk.bytes(), Http.LINES);
        assertEquals(200, answer.status(), answer::text);
        for (JsonNode item : answer.body().path("items")) {
            JsonNode result = item.path("index");
            boolean broken = result.path("_id").asText().startsWith("broken");
            int status = result.path("status").asInt();
            assertTrue(broken ? status == 400 : status == 200 || status == 201, result::toString);
        }
    }

    private static JsonNode encode(Album.Photo photo) {
        return http.ok("POST", "/_lookalike/encoder/default/_encode", json("{image: ?}", photo.base64()));
    }

    private static JsonNode nearest(JsonNode vector) {
        ObjectNode query = json("{size: 1, query: {hash_knn: {field: 'photo.vector', candidates: 'all', k: 1}}}");
        query.withObject("/query/hash_knn").set("query_vector", vector);
        return http.ok("POST", "/" + INDEX + "/_search", query).at("/hits/hits/0");
    }

    @Test
    void whatDoesNotFitIsToBeSentAgain() {
        List<Album.Photo> photos = Album.draw(1, 7);
        set("{'lookalike.queue.max_bytes': '1b'}");
        Set<Integer> statuses = statuses(photos, "lookalike.queue.max_bytes");
        assertTrue(statuses.contains(429), statuses::toString);
        assertTrue(statuses.contains(201), statuses::toString);
        set("{'lookalike.*': null, 'lookalike.queue.max_wait': '1nanos'}");
        assertEquals(Set.of(429), statuses(photos, "lookalike.queue.max_wait"));
        Http.Answer query = http.send(
                "POST",
                "/" + INDEX + "/_search",
                json(
                        "{query: {hash_knn: {field: 'photo.vector', query_image: ?}}}",
                        photos.get(0).base64()));
        assertEquals(429, query.status(), query::text);
        set("{'lookalike.*': null}");
        Set<Integer> later = statuses(photos, "none");
        assertTrue(Set.of(200, 201).containsAll(later), later::toString);
    }

    private static Set<Integer> statuses(List<Album.Photo> photos, String remedy) {
        Http.Answer answer =
                http.send("POST", "/" + INDEX + "/_bulk", Album.bulk(photos).bytes(), Http.LINES);
        assertEquals(200, answer.status(), answer::text);
        Set<Integer> statuses = new HashSet<>();
        for (JsonNode item : answer.body().path("items")) {
            JsonNode result = item.path("index");
            statuses.add(result.path("status").asInt());
            if (result.path("status").asInt() == 429) {
                assertTrue(Http.reasons(result.path("error")).contains("raise [" + remedy + "]"), result::toString);
            }
        }
        return statuses;
    }

    @Test
    void settingsThatMakeNoSense() {
        for (String wrong : List.of(
                "{'lookalike.inference.batch_size': 0}",
                "{'lookalike.inference.batch_size': 65}",
                "{'lookalike.inference.batch_wait': '2s'}",
                "{'lookalike.inference.threads': 2}")) {
            assertEquals(
                    400,
                    http.send("PUT", "/_cluster/settings", json("{persistent: ?}", json(wrong)))
                            .status(),
                    wrong);
        }
    }
}
