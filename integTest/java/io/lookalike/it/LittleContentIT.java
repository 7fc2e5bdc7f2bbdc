package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.demo.DrawnPictures;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pictures that a perceptual hash cannot tell apart: what has little in it, and white on nothing. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LittleContentIT {
    private static final String INDEX = "little-content";
    private static final String NESTED = "little-content-nested";
    private static final String SHARDS = "little-content-shards";
    private static final String LIGHT = "little-content-light";
    private static final String SHAPES = "little-content-shapes";
    private static final Set<String> FLAT = Set.of("white", "blue", "tiny");
    private static final String WHY =
            "too little content to tell them by, and were left out; set [min_quality] to [0] to ";

    private final Http http;
    /** By id. */
    private final Map<String, byte[]> pictures = new TreeMap<>();

    LittleContentIT(Http http) {
        this.http = http;
    }

    private static byte[] flat(int side, int rgb) {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < side * side; i++) {
            image.setRGB(i % side, i / side, rgb);
        }
        return Album.encode(image, "png");
    }

    @BeforeAll
    void index() {
        pictures.put("white", flat(100, 0xffffff));
        pictures.put("blue", flat(80, 0x2040c0));
        pictures.put("tiny", flat(1, 0x808080));
        for (String clazz : DrawnPictures.classes()) {
            pictures.put(clazz, Album.encode(DrawnPictures.draw(clazz, 1, 5), "png"));
        }
        Album.create(http, INDEX, "default", 1);
        Bulk bulk = new Bulk();
        pictures.forEach((id, picture) -> bulk.index(id, json("{image: ?}", base64(picture))));
        http.bulk("/" + INDEX + "/_bulk", bulk);
        http.ok("PUT", "/_lookalike/encoder/" + SHAPES, json("{model: 'builtin-1'}"));
    }

    @AfterAll
    void remove() {
        for (String index : List.of(INDEX, NESTED, LIGHT, SHARDS)) {
            http.ok("DELETE", "/" + index + "?ignore_unavailable=true");
            http.send("DELETE", "/_ingest/pipeline/" + index, null);
        }
        http.ok("DELETE", "/_lookalike/encoder/" + SHAPES);
    }

    private static String base64(byte[] picture) {
        return Base64.getEncoder().encodeToString(picture);
    }

    private Set<String> allButFlat() {
        Set<String> ids = new TreeSet<>(pictures.keySet());
        ids.removeAll(FLAT);
        return ids;
    }

    private Http.Answer radius(String clause, Object... values) {
        return http.send(
                "POST",
                "/" + INDEX + "/_search",
                json(
                        "{size: 100, profile: true, query: {hash_radius: {field: 'photo.phash', " + clause + "}}}",
                        values));
    }

    private static Set<String> ids(Http.Answer answer) {
        assertEquals(200, answer.status(), answer::text);
        return new TreeSet<>(Json.texts(answer.body().at("/hits/hits"), "_id"));
    }

    @Test
    void qualityIsStored() {
        for (JsonNode hit : http.hits(INDEX, json("{size: 100, query: {range: {'photo.quality': {lt: 20}}}}"))) {
            assertTrue(FLAT.contains(hit.path("_id").asText()), hit::toString);
            assertEquals(0, hit.at("/_source/photo/quality").asInt(-1), hit::toString);
        }
        assertEquals(
                allButFlat(),
                new TreeSet<>(
                        http.ids(INDEX, json("{size: 100, query: {range: {'photo.quality': {gte: 20, lte: 100}}}}"))));
    }

    @Test
    void flatPicturesAreNoNeighbours() {
        String hash = encoded("default", pictures.get("white")).path("phash").asText();
        Http.Answer found = radius("query_hash: ?, max_distance: 64", hash);
        assertEquals(allButFlat(), ids(found));
        assertEquals(1, found.warnings().size(), found.warnings()::toString);
        assertTrue(
                found.warnings()
                        .getFirst()
                        .contains("[3] documents of shard [" + INDEX
                                + "][0] are within [max_distance] but have a [photo.quality] under [20], " + WHY
                                + "get them"),
                found.warnings()::toString);
        assertTrue(found.body().path("profile").toString().contains("quality[min_quality=20,left_out=3]"), found::text);
        Http.Answer all = radius("query_hash: ?, max_distance: 64, min_quality: 0", hash);
        assertEquals(pictures.keySet(), ids(all));
        assertEquals(List.of(), all.warnings());
        // of what is near only the flat ones, which are left out; farther away there is nothing to tell
        assertEquals(FLAT, ids(radius("query_hash: ?, max_distance: 0, min_quality: 0", hash)));
        assertEquals(Set.of(), ids(radius("query_hash: ?, max_distance: 0", hash)));
        Http.Answer near = radius(
                "query_image: ?, max_distance: 2",
                base64(pictures.get(allButFlat().iterator().next())));
        assertEquals(1, ids(near).size());
        assertEquals(List.of(), near.warnings());
        JsonNode explained = http.ok(
                "POST",
                "/" + INDEX + "/_explain/blue",
                json("{query: {hash_radius: {field: 'photo.phash', query_hash: ?, max_distance: 64}}}", hash));
        assertFalse(explained.path("matched").asBoolean(true));
        assertEquals(
                "[photo.quality] is under [min_quality] [20]",
                explained.at("/explanation/description").asText(),
                explained::toString);
    }

    @Test
    void aFlatPictureIsNotSearchedBy() {
        for (String transforms : List.of("none", "dihedral")) {
            Http.Answer refused =
                    radius("query_image: ?, max_distance: 4, transforms: ?", base64(pictures.get("blue")), transforms);
            assertEquals(400, refused.status(), refused::text);
            assertTrue(
                    refused.reasons()
                            .contains("the picture of [query_image] has quality [0], under [min_quality] [20]: it has "
                                    + "too little content to be told apart by its pixels, because all such pictures "
                                    + "have nearly the same hash; search by another picture, or set [min_quality] to "
                                    + "[0]"),
                    refused::reasons);
        }
        Http.Answer like = radius("like: {id: 'tiny'}, max_distance: 4");
        assertEquals(400, like.status(), like::text);
        assertTrue(
                like.reasons().contains("the picture of [like] has quality [0], under [min_quality] [20]"),
                like::reasons);
        assertEquals(Set.of("white", "blue"), ids(radius("like: {id: 'tiny'}, max_distance: 4, min_quality: 0")));
        assertEquals(
                FLAT, ids(radius("query_image: ?, max_distance: 4, min_quality: 0", base64(pictures.get("blue")))));
        Http.Answer codes = http.send(
                "POST",
                "/" + INDEX + "/_search",
                json("{query: {hash_radius: {field: 'photo.hash', like: {id: 'tiny'}, max_distance: 4, "
                        + "min_quality: 1}}}"));
        assertEquals(400, codes.status(), codes::text);
        assertTrue(codes.reasons().contains("which has no quality; leave [min_quality] out"), codes::reasons);
        // codes of embeddings have no quality
        JsonNode hits = http.hits(
                INDEX,
                json(
                        "{query: {hash_radius: {field: 'photo.hash', query_image: ?, max_distance: 0}}}",
                        base64(pictures.get("blue"))));
        assertTrue(Json.texts(hits, "_id").contains("blue"), hits::toString);
    }

    /** One warning of what all shards leave out, whatever the order in which they answer. */
    @Test
    void ofSeveralShardsAllIsCounted() {
        Album.create(http, SHARDS, "default", 6);
        Bulk bulk = new Bulk();
        for (int i = 0; i < 40; i++) {
            bulk.index("flat" + i, json("{image: ?}", base64(pictures.get(i % 2 == 0 ? "white" : "blue"))));
        }
        for (String clazz : allButFlat()) {
            bulk.index(clazz, json("{image: ?}", base64(pictures.get(clazz))));
        }
        http.bulk("/" + SHARDS + "/_bulk", bulk);
        String hash = encoded("default", pictures.get("white")).path("phash").asText();
        ObjectNode near = json("{hash_radius: {field: 'photo.phash', query_hash: ?, max_distance: 64}}", hash);
        ObjectNode farther = json(
                "{hash_radius: {field: 'photo.phash', like: {id: ?}, max_distance: 64}}",
                allButFlat().iterator().next());
        for (ObjectNode query : List.of(near, json("{bool: {should: [?, ?]}}", near, near))) {
            Http.Answer answer = counted(query);
            assertEquals(1, answer.warnings().size(), answer.warnings()::toString);
            assertTrue(
                    answer.warnings()
                            .getFirst()
                            .contains("[40] documents are within [max_distance] but have a [photo.quality] under [20], "
                                    + WHY + "get them"),
                    answer.warnings()::toString);
            assertEquals(allButFlat(), ids(answer));
        }
        // both clauses say the same, and each text is shown once
        assertEquals(
                1,
                counted(json("{bool: {should: [?, ?]}}", near, farther))
                        .warnings()
                        .size());
        Http.Answer all = http.send(
                "POST",
                "/" + SHARDS + "/_search",
                json(
                        "{query: {hash_radius: {field: 'photo.phash', query_hash: ?, max_distance: 64, min_quality: "
                                + "0}}}",
                        hash));
        assertEquals(List.of(), all.warnings());
        Http.Answer nothing = http.send(
                "POST",
                "/" + SHARDS + "/_search",
                json(
                        "{query: {hash_radius: {field: 'photo.phash', like: {id: ?}, max_distance: 0}}}",
                        allButFlat().iterator().next()));
        assertEquals(List.of(), nothing.warnings());
    }

    /** The first answer that waited for the count; before, warnings are of single shards. */
    private Http.Answer counted(ObjectNode query) {
        Http.Answer answer = null;
        for (int i = 0; i < 200; i++) {
            answer = http.send("POST", "/" + SHARDS + "/_search", json("{size: 100, query: ?}", query));
            if (answer.warnings().stream().anyMatch(each -> each.contains("] documents are within ["))) {
                return answer;
            }
            for (String warning : answer.warnings()) {
                assertTrue(warning.contains("] documents of shard [" + SHARDS + "]["), warning);
            }
        }
        return answer;
    }

    private Http.Answer duplicates(String index, String body) {
        Http.Answer answer = http.send("POST", "/" + index + "/_lookalike/duplicates", json(body));
        assertEquals(200, answer.status(), answer::text);
        return answer;
    }

    private static Set<Set<String>> groups(JsonNode section) {
        return StreamSupport.stream(section.path("groups").spliterator(), false)
                .map(group -> Set.copyOf(Json.texts(group.path("members"), "_id")))
                .collect(Collectors.toSet());
    }

    @Test
    void flatPicturesAreNoDuplicates() {
        for (String body : List.of(
                "{field: 'photo.phash', max_distance: 0}",
                "{field: 'photo.vector', similarity: 0.99}",
                "{same: {field: 'photo.phash'}, alike: {field: 'photo.vector', similarity: 0.99}}")) {
            JsonNode found = duplicates(INDEX, body).body();
            assertEquals(3, found.path("low_quality").asInt(-1), found::toString);
            assertEquals(
                    "[3] pictures have a quality under [min_quality] [20], " + WHY + "compare them too",
                    found.at("/warnings/0").asText(),
                    found::toString);
            assertEquals(pictures.size() - 3, found.path("documents").asInt(-1), found::toString);
            assertTrue(
                    groups(found.has("same") ? found.path("same") : found).stream()
                            .noneMatch(group -> group.contains("white")),
                    found::toString);
        }
        JsonNode all = duplicates(INDEX, "{field: 'photo.phash', max_distance: 0, min_quality: 0, verify: 'none'}")
                .body();
        assertEquals(Set.of(FLAT), groups(all));
        assertFalse(all.has("low_quality"));
        assertFalse(all.has("warnings"));
    }

    /** Pictures of before, without a quality, are found and grouped. */
    @Test
    void nestedPicturesAndThoseWithoutAQuality() {
        JsonNode mapping =
                http.ok("GET", "/_lookalike/encoder/default/_mapping?target_field=photo&nested=true&graph=none");
        http.ok("PUT", "/" + NESTED, mapping);
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + NESTED,
                json("{processors: [{image_embedding: {field: 'image', target_field: 'photo'}}]}"));
        List<String> ids = new ArrayList<>(allButFlat());
        String first = base64(pictures.get(ids.get(0)));
        String second = base64(pictures.get(ids.get(1)));
        String blue = base64(pictures.get("blue"));
        Bulk bulk = new Bulk();
        bulk.index("a", json("{image: [?, ?]}", blue, first));
        bulk.index("b", json("{image: [?]}", blue));
        bulk.index("c", json("{image: [?, ?, ?]}", second, blue, blue));
        http.bulk("/" + NESTED + "/_bulk?pipeline=" + NESTED, bulk);
        String hash = encoded("default", pictures.get("white")).path("phash").asText();
        String fingerprint = http.ok("GET", "/_lookalike/encoder/default?full=true")
                .path("fingerprint")
                .asText();
        ObjectNode search = json(
                "{query: {nested: {path: 'photo', score_mode: 'max', inner_hits: {}, query: {hash_radius: {field: "
                        + "'photo.phash', query_hash: ?, max_distance: 64}}}}}",
                hash);
        JsonNode hits = http.hits(NESTED, search);
        assertEquals(Set.of("a", "c"), new HashSet<>(Json.texts(hits, "_id")), hits::toString);
        for (JsonNode hit : hits) {
            JsonNode inner = hit.at("/inner_hits/photo/hits/hits");
            assertEquals(1, inner.size(), hit::toString);
            assertEquals(
                    hit.path("_id").asText().equals("a") ? 1 : 0,
                    inner.at("/0/_nested/offset").asInt(-1),
                    hit::toString);
        }
        JsonNode found =
                duplicates(NESTED, "{field: 'photo.phash', max_distance: 0}").body();
        assertEquals(4, found.path("low_quality").asInt(-1), found::toString);
        assertEquals(0, found.path("groups_total").asInt(-1), found::toString);

        Bulk old = new Bulk();
        for (String id : List.of("d", "e")) {
            old.index(id, json("{photo: [{phash: ?, encoder: ?}]}", hash, fingerprint));
        }
        http.bulk("/" + NESTED + "/_bulk", old);
        assertEquals(
                Set.of(Set.of("d", "e")),
                groups(duplicates(NESTED, "{field: 'photo.phash', max_distance: 0}")
                        .body()));
        search.withObject("query")
                .withObject("nested")
                .withObject("query")
                .withObject("hash_radius")
                .put("max_distance", 0);
        assertEquals(Set.of("d", "e"), new HashSet<>(http.ids(NESTED, search)));
    }

    /** Shapes of one colour, and nothing around them. */
    private static byte[] shape(int number, Color colour) {
        BufferedImage image = new BufferedImage(120, 90, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(colour);
        int x = 8 + number * 5;
        switch (number % 4) {
            case 0 -> graphics.fillOval(x, 10, 40, 60);
            case 1 -> graphics.fillRect(x, 20, 30, 30 + 3 * number);
            case 2 -> graphics.fillPolygon(new int[] {x, x + 40, x + 20}, new int[] {80, 80, 10}, 3);
            default -> {
                graphics.fillRect(x, 10, 10, 70);
                graphics.fillRect(x, 10 + number, 45, 10);
            }
        }
        graphics.dispose();
        return Album.encode(image, "png");
    }

    private JsonNode encoded(String encoder, byte[] picture) {
        return http.ok("POST", "/_lookalike/encoder/" + encoder + "/_encode", json("{image: ?}", base64(picture)));
    }

    @Test
    void whiteShapesOnNothing() {
        Set<String> before = new HashSet<>();
        Set<String> now = new HashSet<>();
        for (int i = 0; i < 12; i++) {
            JsonNode white = encoded("default", shape(i, Color.WHITE));
            before.add(white.path("phash").asText());
            assertEquals(0, white.path("quality").asInt(-1), white::toString);
            JsonNode shown = encoded(SHAPES, shape(i, Color.WHITE));
            now.add(shown.path("phash").asText());
            assertTrue(shown.path("quality").asInt(-1) >= 50, shown::toString);
            JsonNode black = encoded(SHAPES, shape(i, Color.BLACK));
            assertEquals(encoded("default", shape(i, Color.BLACK)).path("phash"), black.path("phash"));
            assertEquals(encoded("default", shape(i, Color.BLACK)).path("vector"), black.path("vector"));
        }
        assertEquals(1, before.size());
        assertEquals(12, now.size());
    }

    private static void assertVanished(Http.Answer answer, String... whats) {
        assertEquals(200, answer.status(), answer::text);
        assertEquals(whats.length, answer.warnings().size(), answer.warnings()::toString);
        for (String what : whats) {
            String warning = what
                    + " light on transparency, and encoder [default] lays it over white, where nothing of it is "
                    + "left: all such pictures are alike to it; index and search with a new encoder whose "
                    + "[image.background] is [contrast]";
            assertTrue(
                    answer.warnings().stream().anyMatch(each -> each.contains(warning)),
                    () -> what + " is not in " + answer.warnings());
        }
    }

    private Http.Answer search(String body, Object... values) {
        return http.send("POST", "/" + INDEX + "/_search", json(body, values));
    }

    @Test
    void whiteShapesOnNothingAreWarnedOf() {
        String white = base64(shape(1, Color.WHITE));
        String black = base64(shape(1, Color.BLACK));
        String knn = "{query: {hash_knn: {field: 'photo.vector', encoder: 'default', query_image: ?}}}";
        String radius =
                "{query: {hash_radius: {field: 'photo.phash', query_image: ?, max_distance: 4, min_quality: 0}}}";
        String stock = "{knn: {field: 'photo.vector', k: 2, num_candidates: 9, query_vector_builder: {image_embedding: "
                + "{image: ?}}}}";
        String built =
                "{query: {hash_knn: {field: 'photo.vector', query_vector_builder: {image_embedding: {image: ?}}}}}";
        assertVanished(search(knn, white), "[query_image] is");
        assertVanished(search(radius, white), "[query_image] is");
        assertVanished(
                search(radius.replace("min_quality", "transforms: 'dihedral', min_quality"), white),
                "[query_image] is");
        assertVanished(search(stock, white), "[image] is");
        assertVanished(search(built, white), "[image] is");
        String encode = "/_lookalike/encoder/default/_encode";
        assertVanished(http.send("POST", encode, json("{image: ?}", white)), "[image] is");
        assertVanished(http.send("POST", encode + "?explain", json("{image: ?}", white)), "[image] is");
        assertVanished(http.send("POST", encode, shape(1, Color.WHITE), "image/png"), "[image] is");
        for (String body : List.of(knn, radius, stock, built)) {
            assertVanished(search(body, black));
            assertVanished(search(body, base64(pictures.get("white"))));
        }
        assertVanished(http.send("POST", "/_lookalike/encoder/" + SHAPES + "/_encode", json("{image: ?}", white)));
        Http.Answer flat =
                search("{query: {hash_radius: {field: 'photo.phash', query_image: ?, max_distance: 4}}}", white);
        assertEquals(400, flat.status(), flat::text);
        assertTrue(flat.reasons().contains("[image.background] is [contrast]"), flat::reasons);
    }

    /** One warning for all documents of a bulk. */
    @Test
    void whiteShapesOnNothingAreWarnedOfWhenTheyAreIndexed() {
        Album.create(http, LIGHT, "default", 3);
        Bulk bulk = new Bulk();
        for (int i = 0; i < 30; i++) {
            bulk.index("white" + i, json("{image: ?}", base64(shape(i % 12, Color.WHITE))));
            bulk.index("black" + i, json("{image: ?}", base64(shape(i % 12, Color.BLACK))));
        }
        Http.Answer answer = http.send("POST", "/" + LIGHT + "/_bulk", bulk.bytes(), Http.LINES);
        assertFalse(answer.body().path("errors").asBoolean(true), answer::text);
        assertEquals(1, answer.warnings().size(), answer.warnings()::toString);
        assertTrue(
                answer.warnings()
                        .getFirst()
                        .contains("[30] pictures in field [image] of index [" + LIGHT
                                + "], of which that of document [white"),
                answer.warnings()::toString);
        assertVanished(answer, "] is one, are each");
        for (String path : List.of("/_doc/one", "/_create/two")) {
            Http.Answer one = http.send("PUT", "/" + LIGHT + path, json("{image: ?}", base64(shape(1, Color.WHITE))));
            assertEquals(201, one.status(), one::text);
            assertEquals(1, one.warnings().size(), one.warnings()::toString);
        }
        Http.Answer update = http.send(
                "POST", "/" + LIGHT + "/_update/one", json("{doc: {image: ?}}", base64(shape(2, Color.WHITE))));
        assertVanished(update, "] is one, are each");
        Http.Answer black =
                http.send("PUT", "/" + LIGHT + "/_doc/one", json("{image: ?}", base64(shape(1, Color.BLACK))));
        assertEquals(List.of(), black.warnings());
        Http.Answer simulated = http.send(
                "POST",
                "/_ingest/pipeline/" + LIGHT + "/_simulate",
                json("{docs: [{_index: ?, _id: 'a', _source: {image: ?}}]}", LIGHT, base64(shape(1, Color.WHITE))));
        assertVanished(simulated, "] is one, are each");
    }

    @Test
    void encodersKeepTheirBackground() {
        JsonNode standard = http.ok("GET", "/_lookalike/encoder/default?full=true");
        assertEquals("white", standard.at("/image/background").asText(), standard::toString);
        JsonNode shapes = http.ok("GET", "/_lookalike/encoder/" + SHAPES + "?full=true");
        assertEquals("contrast", shapes.at("/image/background").asText(), shapes::toString);
        String copy = "/_lookalike/encoder/little-content-copy";
        // as it was exported before there was a choice; as it is now; and as it may be written
        ObjectNode old = standard.deepCopy();
        old.withObject("image").remove("background");
        JsonNode written = json("{model: 'builtin-1', image: {background: 'white'}, hash: {bits: 256}, "
                + "buckets: {tables: 10, bits: 8}}");
        for (JsonNode body : List.of(old, standard, written)) {
            http.ok("PUT", copy, body);
            assertEquals(
                    standard.path("fingerprint"),
                    http.ok("GET", copy + "?full=true").path("fingerprint"),
                    body::toString);
            http.ok("DELETE", copy);
        }
        http.ok("PUT", copy, shapes);
        assertEquals(
                shapes.path("fingerprint"), http.ok("GET", copy + "?full=true").path("fingerprint"));
        http.ok("PUT", copy, json("{model: 'builtin-1'}"));
        assertEquals(
                409,
                http.send("PUT", copy, json("{model: 'builtin-1', image: {background: 'white'}}"))
                        .status());
        http.ok("DELETE", copy);
        Http.Answer refused = http.send("PUT", copy, json("{model: 'builtin-1', image: {background: 'black'}}"));
        assertEquals(400, refused.status());
        assertTrue(
                refused.reasons().contains("[image.background] must be one of [white, contrast]; got [black]"),
                refused::reasons);
    }
}
