package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A query's picture is shown by nothing that others may read: no log, no task, no error, no profile. */
@ExtendWith(SharedNode.class)
class PrivacyIT {
    private static final String INDEX = "privacy";
    private static final List<String> LOGGERS = List.of(
            "logger.org.elasticsearch.search", "logger.org.elasticsearch.action", "logger.org.elasticsearch.tasks");
    private static final int PIECE = 20;

    private final Http http;
    private final RealNode node;

    PrivacyIT(Http http, RealNode node) {
        this.http = http;
        this.node = node;
    }

    @BeforeEach
    void logEverything() {
        Album.create(http, INDEX, "default", 2);
        ObjectNode settings =
                json("{'index.indexing.slowlog.threshold.index.warn': '0ms', 'index.indexing.slowlog.source': true}");
        for (String phase : List.of("query", "fetch")) {
            settings.put("index.search.slowlog.threshold." + phase + ".warn", "0ms");
        }
        http.ok("PUT", "/" + INDEX + "/_settings", settings);
        loggers("debug");
    }

    @AfterEach
    void logAsBefore() {
        loggers(null);
        http.ok("DELETE", "/" + INDEX);
    }

    private void loggers(String level) {
        ObjectNode settings = json("{}");
        LOGGERS.forEach(logger -> settings.put(logger, level));
        http.ok("PUT", "/_cluster/settings", json("{persistent: ?}", settings));
    }

    /** Every search that takes a picture. */
    private static List<ObjectNode> searches(String picture) {
        return List.of(
                json("{query: {hash_knn: {field: 'photo.vector', query_image: ?}}, profile: true}", picture),
                json(
                        "{query: {bool: {must: [{hash_knn: {field: 'photo.vector', query_image: ?, candidates: "
                                + "'all'}}]}}, explain: true}",
                        picture),
                json("{query: {hash_radius: {field: 'photo.phash', query_image: ?, max_distance: 64}}}", picture),
                json(
                        "{query: {hash_knn: {field: 'photo.vector', query_vector_builder: {image_embedding: {image: "
                                + "?}}}}}",
                        picture),
                json(
                        "{knn: {field: 'photo.vector', k: 3, num_candidates: 9, query_vector_builder: "
                                + "{image_embedding: {image: ?}}}}",
                        picture));
    }

    private static byte[] noise(int side, long seed) {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(seed);
        for (int i = 0; i < side * side; i++) {
            image.setRGB(i % side, i / side, random.nextInt());
        }
        return Album.encode(image, "png");
    }

    /** Fails if {@code text} shows any part of the picture, wherever it may have been cut. */
    private static void assertHidden(String picture, String text, String where) {
        for (int at = 200; at + PIECE <= picture.length(); at += Math.max(PIECE, picture.length() / 50)) {
            assertFalse(text.contains(picture.substring(at, at + PIECE)), where + " shows the picture from " + at);
        }
    }

    /** The log with all that happened so far in it, for which a last search is the sign. */
    private String log() throws IOException {
        String last = "last-" + System.nanoTime();
        String log = "";
        for (int i = 0; i < 1000 && !log.contains(last); i++) {
            http.ok("POST", "/" + INDEX + "/_search", json("{query: {term: {note: ?}}}", last));
            log = Files.readString(node.logFile());
        }
        assertTrue(log.contains(last), "searches do not show up in the log");
        return log;
    }

    @Test
    void logsDoNotShowThePicture() throws IOException {
        String picture = Base64.getEncoder().encodeToString(noise(40, 1));
        String stored = Base64.getEncoder().encodeToString(noise(40, 2));
        http.bulk("/" + INDEX + "/_bulk", new Bulk().index("a", json("{image: ?, note: 'marked'}", stored)));
        for (ObjectNode search : searches(picture)) {
            Http.Answer answer = http.send("POST", "/" + INDEX + "/_search", search);
            assertEquals(200, answer.status(), answer::text);
            assertEquals(1, answer.body().at("/hits/hits").size(), answer::text);
            assertHidden(picture, answer.text(), "the answer to a search");
        }
        String log = log();
        assertTrue(
                log.contains("elasticsearch.slowlog.source=\"{\\\"query\\\":{\\\"hash_knn"), "no slow log of searches");
        assertTrue(log.contains("hash_radius"), "no slow log of searches for codes");
        assertTrue(log.contains("marked"), "no slow log of documents");
        assertHidden(picture, log, "the log");
        assertHidden(stored, log, "the log");
    }

    @Test
    void errorsDoNotShowThePicture() throws IOException {
        byte[] bytes = noise(60, 3);
        bytes[bytes.length / 2] ^= 0x55;
        String broken = Base64.getEncoder().encodeToString(bytes);
        String cut = broken.substring(0, broken.length() / 2) + "!!" + broken.substring(broken.length() / 2);
        for (String picture : List.of(broken, cut)) {
            for (ObjectNode search : searches(picture)) {
                Http.Answer answer = http.send("POST", "/" + INDEX + "/_search?error_trace=true", search);
                assertEquals(400, answer.status(), answer::text);
                assertHidden(broken, answer.text(), "the answer to a search");
            }
            Http.Answer document =
                    http.send("PUT", "/" + INDEX + "/_doc/a?error_trace=true", json("{image: ?}", picture));
            assertEquals(400, document.status());
            assertHidden(broken, document.text(), "the answer to a document");
            Http.Answer encoded = http.send(
                    "POST", "/_lookalike/encoder/default/_encode?error_trace=true", json("{image: ?}", picture));
            assertEquals(400, encoded.status());
            assertHidden(broken, encoded.text(), "the answer to _encode");
        }
        assertHidden(broken, log(), "the log");
    }

    @Test
    void tasksDoNotShowThePicture() throws Exception {
        String picture = Base64.getEncoder().encodeToString(noise(1500, 4));
        AtomicBoolean enough = new AtomicBoolean();
        List<String> seen = new ArrayList<>();
        try (ExecutorService client = Executors.newSingleThreadExecutor()) {
            Future<?> searching = client.submit(() -> {
                while (!enough.get()) {
                    for (ObjectNode search : searches(picture)) {
                        http.ok("POST", "/" + INDEX + "/_search", search);
                    }
                }
            });
            try {
                for (int i = 0; i < 2000 && !all(seen); i++) {
                    String tasks = http.send("GET", "/_tasks?detailed=true&actions=*search*", null)
                            .text();
                    assertHidden(picture, tasks, "the list of tasks");
                    seen.add(tasks.toLowerCase(Locale.ROOT));
                }
            } finally {
                enough.set(true);
            }
            searching.get();
        }
        assertTrue(all(seen), "no running search was seen");
    }

    /** Whether searches of each kind were among the tasks. */
    private static boolean all(List<String> tasks) {
        return List.of("hash_knn", "hash_radius", "image_embedding").stream()
                .allMatch(name -> tasks.stream().anyMatch(text -> text.contains(name)));
    }
}
