package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Only stock fields are used: take the plugin away, and every index still opens and stock searches on it still work.
 */
class WithoutPluginIT {
    private static final String INDEX = "stock";

    private final List<Album.Photo> photos = Album.draw(3, 31);

    @TempDir
    Path data;

    @Test
    void indicesOutliveThePlugin() {
        JsonNode vector;
        JsonNode code;
        List<String> expected;
        List<String> expectedByCode;
        List<JsonNode> sources = new ArrayList<>();
        JsonNode export;
        JsonNode learned;
        ObjectNode learn =
                json("{from: 'vectors', index: 'vectors', seed: 3, learn: {pca: {dims: 24}, itq: {bits: 24}}}");
        try (RealNode node = RealNode.builder().heap("512m").data(data).start();
                Http http = new Http(node.uri())) {
            http.ok("PUT", "/_lookalike/encoder/stock", json("{model: 'builtin-1', hash: {bits: 192}}"));
            new Mixture(http, "vectors", 300, 0, 5).index(64, 1);
            http.ok("POST", "/_lookalike/encoder/learned/_train", learn);
            http.ok("PUT", "/_lookalike/encoder/deleted", json("{model: 'none', dims: 3}"));
            http.ok("DELETE", "/_lookalike/encoder/deleted");
            export = http.ok("GET", "/_lookalike/encoder/stock?full=true");
            learned = http.ok("GET", "/_lookalike/encoder/learned?full=true");
            Album.create(http, INDEX, "stock", 2);
            http.bulk("/" + INDEX + "/_bulk", Album.bulk(photos));
            JsonNode made = http.ok(
                    "POST",
                    "/_lookalike/encoder/stock/_encode",
                    json("{image: ?}", photos.get(20).base64()));
            vector = made.path("vector");
            code = source(http, photos.get(20).id()).at("/photo/hash");
            expected = http.ids(INDEX, knn("photo.vector", vector));
            expectedByCode = http.ids(INDEX, knn("photo.hash", code));
            photos.forEach(photo -> sources.add(source(http, photo.id())));
            assertEquals(photos.get(20).id(), expected.get(0));
            assertEquals(10, expected.size());
        }
        try (RealNode node = RealNode.builder()
                        .heap("512m")
                        .data(data)
                        .withoutPlugin()
                        .start();
                Http http = new Http(node.uri())) {
            assertEquals(400, http.send("GET", "/_lookalike/encoder", null).status());
            assertEquals(
                    "green",
                    http.ok("GET", "/_cluster/health/" + INDEX).path("status").asText());
            assertEquals(expected, http.ids(INDEX, knn("photo.vector", vector)));
            assertEquals(expectedByCode, http.ids(INDEX, knn("photo.hash", code)));
            for (int i = 0; i < sources.size(); i++) {
                assertEquals(sources.get(i), source(http, photos.get(i).id()));
            }
            ObjectNode terms = json(
                    "{query: {bool: {filter: [{terms: {'photo.buckets': ?}}]}}}",
                    sources.get(4).at("/photo/buckets"));
            assertTrue(http.ids(INDEX, terms).size() >= 1);
            // its own documents need the pipeline, which says what it lacks; others can bypass it
            Http.Answer refused =
                    http.send("PUT", "/" + INDEX + "/_doc/new", photos.get(0).document());
            assertTrue(refused.status() >= 400 && refused.reasons().contains("image_embedding"), refused::text);
            http.ok("PUT", "/" + INDEX + "/_doc/new?pipeline=_none&refresh=true", json("{photo: {vector: ?}}", vector));
            assertTrue(
                    http.ids(INDEX, knn("photo.vector", vector)).subList(0, 2).contains("new"));
            http.ok("POST", "/" + INDEX + "/_forcemerge?max_num_segments=1");
        }
        try (RealNode node = RealNode.builder().heap("512m").data(data).start();
                Http http = new Http(node.uri())) {
            JsonNode restored = http.ok("GET", "/_lookalike/encoder");
            assertFalse(restored.has("deleted"), restored::toString);
            assertEquals(export, http.ok("GET", "/_lookalike/encoder/stock?full=true"));
            assertEquals(learned, http.ok("GET", "/_lookalike/encoder/learned?full=true"));
            assertEquals("green", health(http).path("status").asText());
            List<String> found = new ArrayList<>(http.ids(
                    INDEX,
                    json(
                            "{size: 10, query: {hash_knn: {field: 'photo.vector', query_image: ?, candidates: 'all'}}}",
                            photos.get(20).base64())));
            assertEquals(expected, found);
            http.bulk(
                    "/" + INDEX + "/_bulk",
                    new Bulk().index("again", photos.get(0).document()));
            // the same data and seed, over other segments
            http.ok("DELETE", "/_lookalike/encoder/learned");
            http.ok("POST", "/vectors/_forcemerge?max_num_segments=1");
            assertEquals(
                    learned.path("fingerprint"),
                    http.ok("POST", "/_lookalike/encoder/learned/_train", learn).path("fingerprint"));
        }
        // and once more, since what was restored must be copied again
        RealNode.builder().heap("512m").data(data).withoutPlugin().start().close();
        try (RealNode node = RealNode.builder().heap("512m").data(data).start();
                Http http = new Http(node.uri())) {
            assertEquals(export, http.ok("GET", "/_lookalike/encoder/stock?full=true"));
            http.ok("DELETE", "/_component_template/lookalike@stock");
            http.ok("DELETE", "/_lookalike/encoder/stock?force=true");
            assertEquals(
                    404,
                    http.send("GET", "/_component_template/lookalike@stock", null)
                            .status());
            JsonNode health = health(http);
            assertEquals("red", health.path("status").asText(), health::toString);
            JsonNode missing = health.at("/details/missing");
            assertEquals(1, missing.size(), health::toString);
            assertEquals("stock", missing.at("/0/encoder").asText());
            assertEquals(INDEX, missing.at("/0/pipelines/0").asText());
            assertEquals(INDEX, missing.at("/0/indices/0").asText());
            http.ok("PUT", "/_lookalike/encoder/stock", export);
            assertEquals("green", health(http).path("status").asText());
        }
    }

    private static JsonNode health(Http http) {
        return http.ok("GET", "/_health_report/lookalike_encoders").at("/indicators/lookalike_encoders");
    }

    private static JsonNode source(Http http, String id) {
        return http.ok("GET", "/" + INDEX + "/_doc/" + id + "?_source_exclude_vectors=false")
                .path("_source");
    }

    private static ObjectNode knn(String field, JsonNode vector) {
        return json("{size: 10, knn: {field: ?, k: 10, num_candidates: 100, query_vector: ?}}", field, vector);
    }
}
