package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Documents with several pictures, or several boxes of one, and searches that say which of them matched. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SeveralPicturesIT {
    private static final String INDEX = "several";
    private static final int SIDE = 96;

    private final Http http;

    SeveralPicturesIT(Http http) {
        this.http = http;
    }

    /** What pictures are drawn of. */
    private enum Motif {
        STRIPES,
        DISC,
        CHECKS,
        FADE
    }

    private static void draw(Graphics2D canvas, Motif motif, int x, int y) {
        for (int i = 0; i < SIDE; i += 8) {
            switch (motif) {
                case STRIPES -> {
                    canvas.setColor(i % 16 == 0 ? Color.RED : Color.WHITE);
                    canvas.fillRect(x + i, y, 8, SIDE);
                }
                case DISC -> {
                    canvas.setColor(i == 0 ? Color.BLACK : Color.YELLOW);
                    if (i == 0) {
                        canvas.fillRect(x, y, SIDE, SIDE);
                    } else {
                        canvas.fillOval(x + 20, y + 20, 60, 60);
                    }
                }
                case CHECKS -> {
                    for (int j = 0; j < SIDE; j += 8) {
                        canvas.setColor((i + j) % 16 == 0 ? Color.BLUE : Color.GREEN);
                        canvas.fillRect(x + i, y + j, 8, 8);
                    }
                }
                case FADE -> {
                    canvas.setColor(new Color(2 * i, 2 * i, 255 - 2 * i));
                    canvas.fillRect(x, y + i, SIDE, 8);
                }
            }
        }
    }

    /** Motifs side by side. */
    private static byte[] picture(Motif... motifs) {
        BufferedImage image = new BufferedImage(SIDE * motifs.length, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = image.createGraphics();
        for (int i = 0; i < motifs.length; i++) {
            draw(canvas, motifs[i], i * SIDE, 0);
        }
        canvas.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    @BeforeAll
    void indexPictures() {
        http.ok(
                "PUT",
                "/_ingest/pipeline/several",
                json("{processors: [{image_embedding: {field: 'image', target_field: 'photo', regions_field: "
                        + "'boxes'}}]}"));
        ObjectNode body = http.ok(
                        "GET", "/_lookalike/encoder/default/_mapping?target_field=photo&nested=true&graph=none")
                .deepCopy();
        body.withObject("settings").put("index.number_of_shards", 1).put("index.default_pipeline", "several");
        // lists of numbers and what detectors say
        body.withObject("/mappings/properties/boxes").put("type", "object").put("enabled", false);
        http.ok("PUT", "/" + INDEX, body);
        Bulk bulk = new Bulk();
        bulk.index("array", json("{image: [?, ?], boxes: null}", picture(Motif.STRIPES), picture(Motif.DISC)));
        bulk.index(
                "boxes",
                json(
                        "{image: ?, boxes: [[0, 0, ?, ?], [0.5, 0, 0.5, 1]]}",
                        picture(Motif.CHECKS, Motif.FADE),
                        SIDE,
                        SIDE));
        bulk.index("whole", json("{image: [?], boxes: null}", picture(Motif.CHECKS, Motif.FADE)));
        http.bulk("/" + INDEX + "/_bulk", bulk);
    }

    @AfterAll
    void leaveNothingBehind() {
        http.ok("DELETE", "/" + INDEX);
        http.ok("DELETE", "/_ingest/pipeline/several");
    }

    /** The best hit and the entry of it that matched. */
    private JsonNode best(Motif motif) {
        JsonNode hits = http.hits(
                INDEX,
                json(
                        "{size: 1, query: {nested: {path: 'photo', inner_hits: {_source: ['photo.region', "
                                + "'photo.picture']}, query: {hash_knn: {field: 'photo.vector', k: 3, query_image: "
                                + "?}}}}}",
                        picture(motif)));
        return hits.path(0);
    }

    private static JsonNode matched(JsonNode hit) {
        return hit.at("/inner_hits/photo/hits/hits/0");
    }

    @Test
    void aSearchSaysWhichPictureMatched() {
        List<Motif> motifs = List.of(Motif.STRIPES, Motif.DISC);
        for (int i = 0; i < motifs.size(); i++) {
            JsonNode hit = best(motifs.get(i));
            assertEquals("array", hit.path("_id").asText());
            assertEquals(1, hit.path("_score").asDouble(), 1e-5);
            assertEquals(i, matched(hit).at("/_nested/offset").asInt(-1));
            assertEquals(i, matched(hit).at("/_source/picture").asInt(-1), hit.toString());
        }
    }

    @Test
    void aSearchSaysWhichBoxMatched() {
        JsonNode left = best(Motif.CHECKS);
        assertEquals("boxes", left.path("_id").asText());
        assertEquals(1, left.path("_score").asDouble(), 1e-5);
        assertEquals(
                json("{x: 0, y: 0, width: ?, height: ?}", SIDE, SIDE),
                matched(left).at("/_source/region"),
                left::toString);
        JsonNode right = best(Motif.FADE);
        assertEquals("boxes", right.path("_id").asText());
        assertEquals(
                json("{x: ?, y: 0, width: ?, height: ?}", SIDE, SIDE, SIDE),
                matched(right).at("/_source/region"),
                right::toString);
    }

    @Test
    void likeSaysHowToChooseOneOfSeveral() {
        for (String field : List.of("vector", "hash")) {
            boolean vectors = field.equals("vector");
            String query = vectors
                    ? "{query: {nested: {path: 'photo', query: {hash_knn: {field: 'photo.vector', ?: ?}}}}}"
                    : "{query: {nested: {path: 'photo', query: {hash_radius: {field: 'photo.hash', max_distance: 0, "
                            + "?: ?}}}}}";
            Http.Answer answer =
                    http.send("POST", "/" + INDEX + "/_search", json(query, "like", json("{id: 'array'}")));
            assertEquals(400, answer.status(), answer::text);
            String shows = "/" + INDEX + "/_doc/array?_source_exclude_vectors=false";
            assertTrue(
                    answer.reasons()
                            .contains("[like] names document [array], which has [2] objects in [photo]; choose one "
                                    + "from what [GET "
                                    + shows + "] shows, and send its "
                                    + (vectors ? "[vector] as [query_vector]" : "[hash], in hex, as [query_hash]")),
                    answer::reasons);
            JsonNode value =
                    http.ok("GET", shows).path("_source").path("photo").path(1).path(field);
            JsonNode hits = http.hits(
                    INDEX, vectors ? json(query, "query_vector", value) : json(query, "query_hash", hex(value)));
            assertEquals("array", hits.at("/0/_id").asText(), hits::toString);
            assertEquals(1, hits.at("/0/_score").asDouble(), 1e-5);
        }
    }

    private static String hex(JsonNode bytes) {
        StringBuilder hex = new StringBuilder();
        bytes.forEach(value -> hex.append(HexFormat.of().toHexDigits((byte) value.asInt())));
        return hex.toString();
    }

    @Test
    void whatADetectorSaysOfABoxIsStoredAndFound() {
        Bulk bulk = new Bulk();
        bulk.index(
                "detected",
                json(
                        "{image: ?, boxes: [{score: 0.9, label: 'fade', box: {xmin: ?, ymin: 0, xmax: ?, ymax: ?}}]}",
                        picture(Motif.CHECKS, Motif.FADE),
                        SIDE,
                        2 * SIDE,
                        SIDE));
        http.bulk("/" + INDEX + "/_bulk", bulk);
        JsonNode hits = http.hits(
                INDEX,
                json("{query: {nested: {path: 'photo', inner_hits: {_source: ['photo.region']}, query: {bool: "
                        + "{filter: [{match: {'photo.region.label': 'fade'}}, {range: {'photo.region.score': "
                        + "{gte: 0.5}}}]}}}}}"));
        assertEquals(1, hits.size());
        assertEquals(
                json("{x: ?, y: 0, width: ?, height: ?, score: 0.9, label: 'fade'}", SIDE, SIDE, SIDE),
                matched(hits.path(0)).at("/_source/region"));
        http.ok("DELETE", "/" + INDEX + "/_doc/detected?refresh=true");
    }

    @Test
    void oneBadPictureFailsItsDocumentAndSaysWhich() {
        Bulk bulk = new Bulk();
        bulk.index("bad", json("{image: [?, 'AAAA'], boxes: null}", picture(Motif.DISC)));
        bulk.index("outside", json("{image: ?, boxes: [[500, 500, 10, 10]]}", picture(Motif.DISC)));
        bulk.index("good", json("{image: ?, boxes: [[5, 5, 50, 50]]}", picture(Motif.DISC)));
        bulk.index("misspelt", json("{image: ?, boxs: [[5, 5, 50, 50]]}", picture(Motif.DISC)));
        bulk.index("edges", json("{image: ?, boxes: [[60, 60, 96, 96]]}", picture(Motif.DISC)));
        Http.Answer answer =
                http.send("POST", "/" + INDEX + "/_bulk?refresh=true", bulk.bytes(), "application/x-ndjson");
        assertEquals(200, answer.status());
        List<String> failures = Http.failures(answer.body());
        assertEquals(4, failures.size(), failures::toString);
        assertTrue(
                failures.get(0).startsWith("bad 400 ") && failures.get(0).contains("field [image] [1]"),
                failures::toString);
        assertTrue(
                failures.get(1).startsWith("outside 400 ") && failures.get(1).contains("has no pixel"),
                failures::toString);
        assertTrue(
                failures.get(2).startsWith("misspelt 400 ") && failures.get(2).contains("field [boxes] is missing"),
                failures::toString);
        assertTrue(
                failures.get(3).startsWith("edges 400 ") && failures.get(3).contains("set [region_format]"),
                failures::toString);
        http.ok("DELETE", "/" + INDEX + "/_doc/good?refresh=true");
    }

    @Test
    void aPictureWithoutBoxesHasNoEntries() {
        http.ok("PUT", "/" + INDEX + "/_doc/none", json("{image: ?, boxes: []}", picture(Motif.DISC)));
        http.ok("POST", "/" + INDEX + "/_update/none?refresh=true", json("{doc: {title: 'x'}}"));
        assertEquals(
                json("{boxes: [], title: 'x'}"),
                http.ok("GET", "/" + INDEX + "/_doc/none").path("_source"));
        http.ok("DELETE", "/" + INDEX + "/_doc/none?refresh=true");
    }

    @Test
    void theNumberIsBounded() {
        http.ok("PUT", "/_cluster/settings", json("{persistent: {'lookalike.image.max_per_document': 2}}"));
        try {
            Http.Answer answer = http.send(
                    "POST",
                    "/" + INDEX + "/_doc",
                    json("{image: ?, boxes: [[0, 0, 9, 9], [0, 0, 8, 8], [0, 0, 7, 7]]}", picture(Motif.DISC)));
            assertEquals(400, answer.status());
            assertTrue(answer.reasons().contains("field [image] has more than [2] pictures"), answer::reasons);
        } finally {
            http.ok("PUT", "/_cluster/settings", json("{persistent: {'lookalike.image.max_per_document': null}}"));
        }
    }
}
