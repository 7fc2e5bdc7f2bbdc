package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.inference.TinyGraphs;
import io.lookalike.node.RealNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures that are hostile, and more of them than fit: some are refused, with words, and the node lives on. */
class BoundsIT {
    private static final String INDEX = "bounds";
    private static final int BATCH_BYTES = 8 << 20;

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
    }

    @Test
    void hostilePicturesHarmNothing() throws IOException {
        Path directory = Data.directory("hostile-images");
        long pid = node.process().pid();
        List<String> wrong = new ArrayList<>();
        int indexed = 0;
        int refused = 0;
        Bulk bulk = new Bulk();
        List<Path> files = Data.files(directory);
        for (Path file : files) {
            bulk.index(
                    directory.relativize(file).toString(),
                    json("{image: ?}", Base64.getEncoder().encodeToString(Files.readAllBytes(file))));
            if (bulk.length() > BATCH_BYTES || file.equals(files.get(files.size() - 1))) {
                Http.Answer answer = http.send("POST", "/" + INDEX + "/_bulk", bulk.bytes(), Http.LINES);
                assertEquals(200, answer.status(), answer::text);
                for (JsonNode item : answer.body().path("items")) {
                    JsonNode result = item.path("index");
                    if (result.path("status").asInt() == 201) {
                        indexed++;
                    } else {
                        refused++;
                        addIfWrong(result, wrong);
                    }
                }
                bulk = new Bulk();
            }
        }
        assertEquals(List.of(), wrong);
        assertEquals(files.size(), indexed + refused);
        assertTrue(indexed > files.size() / 4, indexed + " were indexed");
        assertTrue(refused > files.size() / 20, refused + " were refused");
        assertTrue(node.process().isAlive());
        assertEquals(pid, node.process().pid());
        takesAPicture(http);
    }

    /** A refusal must be the sender's fault and must name the field and a reason. */
    private static void addIfWrong(JsonNode result, List<String> wrong) {
        String reasons = Http.reasons(result.path("error"));
        boolean right = result.path("status").asInt() == 400
                && reasons.contains("field [image]")
                && reasons.length() > 30
                && reasons.length() < 1000;
        if (!right) {
            wrong.add(result.path("_id").asText() + " " + result.path("status").asInt() + " " + reasons);
        }
    }

    private static void takesAPicture(Http http) {
        Album.Photo photo = Album.draw(1, 51).get(3);
        http.bulk("/" + INDEX + "/_bulk", new Bulk().index("last", photo.document()));
        assertEquals(
                "last",
                http.ids(INDEX, json("{query: {hash_knn: {field: 'photo.vector', query_image: ?}}}", photo.base64()))
                        .get(0));
    }

    private static ObjectNode small(int number) {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 256; i++) {
            image.setRGB(i % 16, i / 16, (i * 2654435 + number * 40503) & 0xFFFFFF);
        }
        return json("{image: ?}", Base64.getEncoder().encodeToString(Album.encode(image, "png")));
    }

    @Test
    void aLargeBulkGoesThroughAtOnce() {
        Bulk bulk = new Bulk();
        int pictures = 1000;
        for (int i = 0; i < pictures; i++) {
            bulk.index("p" + i, small(i));
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
        assertEquals(
                pictures, http.ok("GET", "/" + INDEX + "/_count").path("count").asInt());
    }

    @Test
    void whatAFullQueueRefusesSucceedsLater() {
        try (RealNode cramped = RealNode.builder()
                        .heap("512m")
                        .setting("thread_pool.lookalike_ingest.size", "1")
                        .setting("thread_pool.lookalike_ingest.queue_size", "8")
                        .start();
                Http client = new Http(cramped.uri())) {
            Album.create(client, INDEX, "default", 1);
            Map<String, ObjectNode> left = new TreeMap<>();
            for (int i = 0; i < 60; i++) {
                left.put("p" + i, small(i));
            }
            int rejections = 0;
            for (int round = 0; !left.isEmpty(); round++) {
                assertTrue(round < 60, left.size() + " pictures are left");
                Bulk bulk = new Bulk();
                left.forEach(bulk::index);
                Http.Answer answer = client.send("POST", "/" + INDEX + "/_bulk?refresh=true", bulk.bytes(), Http.LINES);
                assertEquals(200, answer.status(), answer::text);
                for (JsonNode item : answer.body().path("items")) {
                    JsonNode result = item.path("index");
                    if (result.path("status").asInt() == 201) {
                        left.remove(result.path("_id").asText());
                    } else {
                        assertEquals(429, result.path("status").asInt(), result::toString);
                        assertFalse(Http.reasons(result.path("error")).isBlank());
                        rejections++;
                    }
                }
            }
            assertTrue(rejections > 0, "nothing was refused");
            assertEquals(
                    60, client.ok("GET", "/" + INDEX + "/_count").path("count").asInt());
            // the memory that waiting pictures took is given back
            takesAPicture(client);
        }
    }

    /** Boxes of a large picture each want a tensor of 9 MB, of which two fit; of the pictures' pixels one fits. */
    @Test
    void picturesWithBoxesDoNotWaitForEachOtherForEver(@TempDir Path models) throws Exception {
        TinyGraphs.put(models, "wide", TinyGraphs.means(700, 1050), null);
        int clients = 6;
        int documents = 4;
        try (RealNode crowded = RealNode.builder()
                        .heap("512m")
                        .models(models)
                        .setting("thread_pool.lookalike_ingest.size", "4")
                        .start();
                Http client = new Http(crowded.uri());
                ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            client.ok("PUT", "/_lookalike/encoder/wide", json("{model: 'wide', output: 'embedding'}"));
            Album.create(client, INDEX, "wide", 1);
            client.ok(
                    "PUT",
                    "/_ingest/pipeline/" + INDEX,
                    json("{processors: [{image_embedding: {field: 'image', target_field: 'photo', encoder: "
                            + "'wide', regions_field: 'boxes', check_mapping: false}}]}"));
            client.ok(
                    "PUT",
                    "/boxes",
                    json("{mappings: {properties: {photo: {type: 'nested', dynamic: false}, image: {enabled: "
                            + "false, type: 'object'}}}}"));
            BufferedImage image = new BufferedImage(3000, 3000, BufferedImage.TYPE_INT_RGB);
            Graphics2D canvas = image.createGraphics();
            canvas.setColor(Color.GRAY);
            canvas.fillRect(0, 0, image.getWidth(), image.getHeight());
            canvas.dispose();
            String picture = Base64.getEncoder().encodeToString(Album.encode(image, "png"));
            List<List<Double>> boxes =
                    List.of(List.of(0.0, 0.0, 0.5, 0.5), List.of(0.5, 0.0, 0.5, 0.5), List.of(0.0, 0.5, 0.5, 0.5));
            List<Future<Http.Answer>> answers = new ArrayList<>();
            for (int c = 0; c < clients; c++) {
                Bulk bulk = new Bulk();
                for (int d = 0; d < documents; d++) {
                    bulk.index(c + "-" + d, json("{image: ?, boxes: ?}", picture, boxes));
                }
                answers.add(threads.submit(
                        () -> client.send("POST", "/boxes/_bulk?pipeline=" + INDEX, bulk.bytes(), Http.LINES)));
            }
            for (Future<Http.Answer> answer : answers) {
                Http.Answer one = answer.get();
                assertEquals(200, one.status(), one::text);
                assertEquals(List.of(), Http.failures(one.body()));
            }
            client.ok("POST", "/boxes/_refresh");
            assertEquals(
                    clients * documents,
                    client.ok("GET", "/boxes/_count").path("count").asInt());
            JsonNode stats = client.ok("GET", "/_nodes/stats/breaker?filter_path=nodes.*.breakers.lookalike");
            assertEquals(0, stats.findValue("estimated_size_in_bytes").asLong(-1), stats::toString);
        }
    }
}
