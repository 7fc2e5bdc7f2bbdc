package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.inference.TinyGraphs;
import io.lookalike.node.RealNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that has lost a model serves all that needs no inference, and says of pictures which model they need. */
class WithoutModelIT {
    private static final String INDEX = "lost";
    private static final String LACKS = "no such model [means]; known models are ";

    private final List<Album.Photo> photos = Album.draw(3, 77);

    @TempDir
    Path data;

    @TempDir
    Path models;

    @Test
    void whatNeedsNoInferenceIsServedWithoutTheModel() {
        TinyGraphs.put(models, "means", TinyGraphs.means(), null);
        Map<String, ObjectNode> searches;
        List<List<String>> expected = new ArrayList<>();
        JsonNode vector;
        JsonNode code;
        try (RealNode node = RealNode.builder()
                        .heap("512m")
                        .data(data)
                        .models(models)
                        .start();
                Http http = new Http(node.uri())) {
            http.ok("PUT", "/_lookalike/encoder/lost", json("{model: 'means', output: 'embedding', hash: {bits: 64}}"));
            Album.create(http, INDEX, "lost", 1);
            http.ok(
                    "PUT",
                    "/_ingest/pipeline/lost-vectors",
                    json("{processors: [{vector_hash: {field: 'v', target_field: 'photo', encoder: 'lost'}}]}"));
            http.bulk("/" + INDEX + "/_bulk", Album.bulk(photos));
            vector = source(http, photos.get(7).id()).at("/photo/vector");
            code = http.ok("POST", "/_lookalike/encoder/lost/_encode", json("{vector: ?}", vector))
                    .path("hash");
            searches = searches(vector, code);
            for (ObjectNode search : searches.values()) {
                List<String> found = http.ids(INDEX, search);
                assertTrue(found.size() > 1, search::toString);
                expected.add(found);
            }
        }
        try (RealNode node = RealNode.builder().heap("512m").data(data).start();
                Http http = new Http(node.uri())) {
            List<List<String>> found = new ArrayList<>();
            searches.values().forEach(search -> found.add(http.ids(INDEX, search)));
            assertEquals(expected, found);
            JsonNode judged = http.ok(
                    "POST",
                    "/" + INDEX + "/_lookalike/evaluate",
                    json("{request: {hash_knn: {field: 'photo.vector'}}, k: 3, queries: 10}"));
            assertEquals(10, judged.path("queries").asInt(), judged::toString);
            assertTrue(http.ok("POST", "/" + INDEX + "/_lookalike/duplicates", json("{field: 'photo.phash'}"))
                    .path("complete")
                    .asBoolean());
            http.ok("PUT", "/" + INDEX + "/_doc/v?pipeline=lost-vectors&refresh=true", json("{v: ?}", vector));
            assertTrue(http.ids(INDEX, searches.get("vector")).subList(0, 2).contains("v"));
            assertEquals(
                    code,
                    http.ok("POST", "/_lookalike/encoder/lost/_encode", json("{vector: ?}", vector))
                            .path("hash"));
            String picture = photos.get(7).base64();
            lacks(http, "PUT", "/" + INDEX + "/_doc/new", photos.get(0).document());
            lacks(http, "POST", "/_lookalike/encoder/lost/_encode", json("{image: ?}", picture));
            // told before it learns, for hours perhaps
            Http.Answer training = http.send(
                    "POST",
                    "/_lookalike/encoder/learned/_train?wait_for_completion=false",
                    json("{from: 'lost', index: ?, learn: {pca: {dims: 2}}}", INDEX));
            assertEquals(503, training.status(), training::text);
            assertTrue(
                    training.reasons().contains("lack model [means] with SHA-256 [")
                            && training.reasons()
                                    .contains("put the same model.onnx into config/lookalike/models/means"),
                    training::reasons);
            String search = "/" + INDEX + "/_search";
            lacks(http, "POST", search, json("{query: {hash_knn: {field: 'photo.vector', query_image: ?}}}", picture));
            lacks(
                    http,
                    "POST",
                    search,
                    json(
                            "{knn: {field: 'photo.vector', k: 3, num_candidates: 9, query_vector_builder: "
                                    + "{image_embedding: {encoder: 'lost', image: ?}}}}",
                            picture));
        }
    }

    @Test
    void theModelOfCodesIsMissedToo() throws InterruptedException {
        TinyGraphs.put(models, "means", TinyGraphs.means(), null);
        Path without = models.resolve("without");
        TinyGraphs.put(without, "means", TinyGraphs.means(), null);
        TinyGraphs.put(models, "hashnet", TinyGraphs.patchesAlone(16), null);
        Album.Photo photo = photos.get(7);
        ObjectNode like = json("{query: {hash_knn: {field: 'photo.vector', like: {id: ?}, k: 5}}}", photo.id());
        List<String> expected;
        try (RealNode node = RealNode.builder()
                        .heap("512m")
                        .data(data)
                        .models(models)
                        .start();
                Http http = new Http(node.uri())) {
            http.ok(
                    "PUT",
                    "/_lookalike/encoder/two",
                    json("{model: 'means', output: 'embedding', hash: {type: 'model_output', model: 'hashnet', "
                            + "threshold: 0.5}}"));
            Album.create(http, INDEX, "two", 1);
            http.bulk("/" + INDEX + "/_bulk", Album.bulk(photos));
            expected = http.ids(INDEX, like);
            assertEquals(
                    "green", MonitoringIT.health(http, "green").path("status").asText());
        }
        try (RealNode node = RealNode.builder()
                        .heap("512m")
                        .data(data)
                        .models(without)
                        .start();
                Http http = new Http(node.uri())) {
            assertEquals(expected, http.ids(INDEX, like));
            JsonNode indicator = MonitoringIT.health(http, "yellow");
            assertEquals("yellow", indicator.path("status").asText(), indicator::toString);
            assertEquals("hashnet", indicator.at("/details/models/0/model").asText(), indicator::toString);
            assertEquals(1, indicator.at("/details/models").size(), indicator::toString);
            Http.Answer encoded =
                    http.send("POST", "/_lookalike/encoder/two/_encode", json("{image: ?}", photo.base64()));
            assertEquals(503, encoded.status(), encoded::text);
            assertTrue(encoded.reasons().contains("no such model [hashnet]"), encoded::reasons);
            Http.Answer training = http.send(
                    "POST",
                    "/_lookalike/encoder/learned/_train",
                    json("{from: 'two', index: ?, learn: {pca_planes: {bits: 16}}}", INDEX));
            assertEquals(503, training.status(), training::text);
            assertTrue(training.reasons().contains("lack model [hashnet] with SHA-256 ["), training::reasons);
        }
    }

    private Map<String, ObjectNode> searches(JsonNode vector, JsonNode code) {
        String id = photos.get(7).id();
        Map<String, ObjectNode> searches = new LinkedHashMap<>();
        searches.put("vector", json("{query: {hash_knn: {field: 'photo.vector', query_vector: ?}}}", vector));
        searches.put("like", json("{query: {hash_knn: {field: 'photo.vector', like: {id: ?}, num_exact: 10}}}", id));
        searches.put(
                "code", json("{query: {hash_radius: {field: 'photo.hash', query_hash: ?, max_distance: 20}}}", code));
        searches.put(
                "like by pixels",
                json("{query: {hash_radius: {field: 'photo.phash', like: {id: ?}, max_distance: 32}}}", id));
        searches.put(
                "pixels",
                json(
                        "{query: {hash_radius: {field: 'photo.phash', query_image: ?, max_distance: 32}}}",
                        photos.get(7).base64()));
        searches.put("stock", json("{knn: {field: 'photo.vector', k: 5, query_vector: ?}}", vector));
        return searches;
    }

    private static void lacks(Http http, String method, String path, ObjectNode body) {
        Http.Answer answer = http.send(method, path, body);
        assertEquals(503, answer.status(), answer::text);
        assertTrue(answer.reasons().contains(LACKS), answer::reasons);
    }

    private static JsonNode source(Http http, String id) {
        return http.ok("GET", "/" + INDEX + "/_doc/" + id + "?_source_exclude_vectors=false")
                .path("_source");
    }
}
