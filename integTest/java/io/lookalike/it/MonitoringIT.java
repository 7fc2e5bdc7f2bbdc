package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lookalike.model.Models;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees: figures, the circuit breaker, slow pictures, and the health of a node whose model is gone. */
class MonitoringIT {
    private static final String INDEX = "monitoring";

    private final List<String> output = Collections.synchronizedList(new ArrayList<>());
    private final List<Album.Photo> photos = Album.draw(1, 5);

    @TempDir
    private Path directory;

    @Test
    void anOperatorSeesWhatHappens() throws Exception {
        Path models = Files.createDirectory(directory.resolve("models"));
        Path model = Files.createDirectory(models.resolve("mine")).resolve("model.onnx");
        copy("model.onnx", model);
        copy("model.json", model.resolveSibling("model.json"));
        try (RealNode node = RealNode.builder()
                        .heap("512m")
                        .models(models)
                        .output(output::add)
                        .start();
                Http http = new Http(node.uri())) {
            assertEquals("green", health(http, "green").path("status").asText());
            http.ok("PUT", "/_lookalike/encoder/mine", json("{model: 'mine'}"));
            Album.create(http, INDEX, "mine", 1);
            http.ok("PUT", "/_cluster/settings", json("{persistent: {'lookalike.slowlog.threshold': '0ms'}}"));
            Bulk bulk = new Bulk();
            photos.forEach(photo -> bulk.index(photo.id(), photo.document()));
            bulk.index("bad-one", json("{image: 'AAAA'}"));
            Http.Answer answer = http.send("POST", "/" + INDEX + "/_bulk?refresh=true", bulk.bytes(), Http.LINES);
            assertEquals(1, Http.failures(answer.body()).size());
            figures(http);
            breaker(http);
            slowPictures();
            assertEquals("green", health(http, "green").path("status").asText());

            // the node has its own copy
            Files.delete(node.home().resolve("config/lookalike/models/mine/model.onnx"));
            node.restart();

            JsonNode missing = health(http, "yellow");
            assertEquals("yellow", missing.path("status").asText(), missing::toString);
            assertEquals("mine", missing.at("/details/models/0/model").asText(), missing::toString);
            assertTrue(
                    missing.at("/details/models/0/found").asText().contains("no such model [mine]"), missing::toString);
            assertTrue(
                    missing.at("/diagnosis/0/action").asText().contains("config/lookalike/models"), missing::toString);
            // and what needs it fails with words, and may be sent again
            Http.Answer refused =
                    http.send("POST", "/" + INDEX + "/_doc", photos.getFirst().document());
            assertEquals(503, refused.status(), refused.text());
            assertTrue(refused.reasons().contains("no such model [mine]"), refused::reasons);
        }
    }

    private static void copy(String name, Path to) throws IOException {
        try (InputStream in = Models.class.getResourceAsStream("builtin-1/" + name)) {
            Files.copy(in, to);
        }
    }

    /** The indicator, as soon as it has this status; nodes answer for themselves, one after the other. */
    static JsonNode health(Http http, String status) throws InterruptedException {
        JsonNode indicator = null;
        for (int i = 0; i < 100; i++) {
            indicator = http.ok("GET", "/_health_report/lookalike_models").at("/indicators/lookalike_models");
            if (indicator.path("status").asText().equals(status)) {
                return indicator;
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        return indicator;
    }

    private void figures(Http http) {
        JsonNode nodes = http.ok("GET", "/_lookalike/stats").path("nodes");
        assertEquals(1, nodes.size());
        JsonNode stats = nodes.elements().next();
        assertEquals(photos.size(), stats.at("/pictures/ok").asInt(), stats::toString);
        assertEquals(1, stats.at("/pictures/undecodable").asInt(), stats::toString);
        for (String stage : List.of("decode", "preprocess", "wait", "inference")) {
            JsonNode time = stats.at("/time/" + stage);
            assertEquals(photos.size(), time.path("count").asInt(), stage + stats);
            assertTrue(time.path("total_micros").asLong() >= 0, stage + stats);
            int sum = 0;
            for (JsonNode bucket : time.path("histogram")) {
                sum += bucket.path("count").asInt();
            }
            assertEquals(photos.size(), sum, stage);
        }
        assertTrue(stats.at("/time/inference/total_micros").asLong() > 0, stats::toString);
        assertEquals(photos.size(), stats.at("/batches/pictures").asInt(), stats::toString);
        assertEquals(0, stats.at("/queues/documents/pictures").asInt(-1), stats::toString);
        assertEquals(0, stats.at("/queues/documents/bytes").asInt(-1), stats::toString);
        assertEquals("mine", stats.at("/models/0").asText(), stats::toString);
    }

    private static void breaker(Http http) {
        JsonNode breaker = http.ok("GET", "/_nodes/stats/breaker")
                .path("nodes")
                .elements()
                .next()
                .at("/breakers/lookalike");
        assertTrue(breaker.path("limit_size_in_bytes").asLong() > 100 << 20, breaker::toString);
        assertEquals(0, breaker.path("estimated_size_in_bytes").asLong(-1), breaker::toString);
        assertEquals(0, breaker.path("tripped").asInt(-1), breaker::toString);
    }

    private void slowPictures() {
        List<String> slow =
                output.stream().filter(line -> line.contains("l.slowlog")).toList();
        assertEquals(photos.size() + 1, slow.size(), slow::toString);
        assertTrue(
                slow.stream().anyMatch(line -> line.contains("document [bad-one] of index [" + INDEX + "]")),
                slow::toString);
        for (Album.Photo photo : photos) {
            assertTrue(slow.stream().anyMatch(line -> line.contains("document [" + photo.id() + "]")), photo.id());
        }
        assertFalse(slow.stream().anyMatch(line -> line.contains("AAAA")), slow::toString);
    }
}
