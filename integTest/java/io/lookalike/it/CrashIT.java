package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lookalike.node.RealNode;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A node killed in the middle of a bulk comes back with its encoder and with every document it acknowledged. */
class CrashIT {
    private static final String INDEX = "crash";
    private static final int LEAST_BULKS = 6;

    private final List<Album.Photo> photos = Album.draw(1, 21);
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final CountDownLatch enough = new CountDownLatch(LEAST_BULKS);

    @Test
    void whatWasAcknowledgedSurvivesAKill() throws Exception {
        try (RealNode node = RealNode.builder().heap("512m").start();
                Http http = new Http(node.uri());
                ExecutorService client = Executors.newSingleThreadExecutor()) {
            http.ok("PUT", "/_lookalike/encoder/crash", json("{model: 'builtin-1', hash: {bits: 128, seed: 9}}"));
            JsonNode export = http.ok("GET", "/_lookalike/encoder/crash?full=true");
            Album.create(http, INDEX, "crash", 2);
            Future<Integer> sent = client.submit(() -> indexUntilTheNodeIsGone(http));
            assertTrue(enough.await(2, TimeUnit.MINUTES), "too few bulks were answered");
            node.kill();
            int bulks = sent.get(2, TimeUnit.MINUTES);
            assertTrue(bulks >= LEAST_BULKS);
            long before = node.process().pid();

            node.restart();

            assertTrue(node.process().pid() != before);
            assertEquals(export, http.ok("GET", "/_lookalike/encoder/crash?full=true"));
            http.ok("POST", "/" + INDEX + "/_refresh");
            Set<String> stored = ids(http, json("{size: 10000, _source: false}"));
            assertEquals(Set.of(), minus(acknowledged, stored));
            for (String candidates : List.of("hamming", "all")) {
                Set<String> found = ids(
                        http,
                        json(
                                "{size: 10000, _source: false, query: {hash_knn: {field: 'photo.vector', "
                                        + "query_image: ?, k: 10000, num_candidates: 10000, candidates: ?}}}",
                                photos.get(0).base64(),
                                candidates));
                assertEquals(stored, found, candidates);
            }
            Album.Photo photo = photos.get(7);
            assertTrue(http.ids(
                            INDEX, json("{query: {hash_knn: {field: 'photo.vector', query_image: ?}}}", photo.base64()))
                    .get(0)
                    .startsWith(photo.id()));
            // the pipeline is there as well
            http.bulk("/" + INDEX + "/_bulk", new Bulk().index("after", photo.document()));
        }
    }

    private int indexUntilTheNodeIsGone(Http http) {
        for (int round = 0; ; round++) {
            Bulk bulk = new Bulk();
            for (Album.Photo photo : photos) {
                bulk.index(photo.id() + "-" + round, photo.document());
            }
            try {
                Http.Answer answer = http.send("POST", "/" + INDEX + "/_bulk", bulk.bytes(), Http.LINES);
                assertEquals(List.of(), Http.failures(answer.body()));
                acknowledged.addAll(answer.body().path("items").findValuesAsText("_id"));
                enough.countDown();
            } catch (UncheckedIOException e) {
                return round;
            }
        }
    }

    private static Set<String> ids(Http http, JsonNode body) {
        return new HashSet<>(http.ids(INDEX, body));
    }

    private static Set<String> minus(Set<String> all, Set<String> some) {
        Set<String> rest = new HashSet<>(all);
        rest.removeAll(some);
        return rest;
    }
}
