package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.inference.TinyGraphs;
import io.lookalike.node.RealNode;
import io.lookalike.vectors.Hamming;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Codes from a network's output, beside vectors of another network or of another output, on a node. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ModelCodesIT {
    private static final double THRESHOLD = 0.45;
    private static final String ENCODER = "/_lookalike/encoder/";
    private static final List<String> BOTH = List.of("two", "one");

    @TempDir
    static Path models;

    private final List<Album.Photo> photos = Album.draw(3, 3);
    /** The code of each photo, from the values that an encoder stores as its vector. */
    private final Map<String, byte[]> codes = new HashMap<>();

    private final Map<String, double[]> vectors = new HashMap<>();

    private RealNode node;
    private Http http;

    @BeforeAll
    void start() {
        TinyGraphs.put(models, "means", TinyGraphs.means(), "{\"output\":\"embedding\"}");
        TinyGraphs.put(models, "hashnet", TinyGraphs.patchesAlone(16), "{\"image\":{\"normalization\":\"unit\"}}");
        TinyGraphs.put(models, "joint", TinyGraphs.patches(16), null);
        node = RealNode.builder().heap("512m").models(models).start();
        http = new Http(node.uri());
        put(
                "two",
                json(
                        "{model: 'means', normalize: 'none', hash: {type: 'model_output', model: 'hashnet', "
                                + "threshold: ?}}",
                        THRESHOLD));
        put(
                "one",
                json(
                        "{model: 'joint', output: 'embedding', normalize: 'none', hash: {type: 'model_output', "
                                + "output: 'code', threshold: ?}}",
                        THRESHOLD));
        put("values", json("{model: 'joint', output: 'code', normalize: 'none'}"));
        put("means", json("{model: 'means', normalize: 'none'}"));
        for (String encoder : BOTH) {
            Album.create(http, "codes-" + encoder, encoder, 2, "&nested=false&remove_source=false");
            http.bulk("/codes-" + encoder + "/_bulk", Album.bulk(photos));
            http.ok("POST", "/codes-" + encoder + "/_refresh");
        }
        for (Album.Photo photo : photos) {
            JsonNode values = encode("values", photo).path("vector");
            byte[] code = new byte[values.size() / 8];
            for (int i = 0; i < values.size(); i++) {
                code[i / 8] |= (byte) (values.get(i).floatValue() > (float) THRESHOLD ? 0x80 >> i % 8 : 0);
            }
            codes.put(photo.id(), code);
            double[] vector = new double[3];
            JsonNode means = encode("means", photo).path("vector");
            for (int d = 0; d < 3; d++) {
                vector[d] = means.get(d).asDouble();
            }
            vectors.put(photo.id(), vector);
        }
    }

    @AfterAll
    void stop() {
        http.close();
        node.close();
    }

    private void put(String id, ObjectNode body) {
        http.ok("PUT", ENCODER + id, body);
    }

    private JsonNode encode(String encoder, Album.Photo photo) {
        return http.ok("POST", ENCODER + encoder + "/_encode", json("{image: ?}", photo.base64()));
    }

    private void refused(String method, String path, ObjectNode body, String message) {
        Http.Answer answer = http.send(method, path, body);
        assertEquals(400, answer.status(), answer::text);
        assertTrue(answer.reasons().contains(message), answer::reasons);
    }

    private int distance(Album.Photo one, String other) {
        return Hamming.distance(codes.get(one.id()), codes.get(other));
    }

    @Test
    void bitsAreThoseOfTheValues() {
        assertTrue(codes.values().stream()
                        .map(HexFormat.of()::formatHex)
                        .distinct()
                        .count()
                > 4);
        for (String encoder : BOTH) {
            for (Album.Photo photo : photos) {
                JsonNode made = encode(encoder, photo);
                String expected = HexFormat.of().formatHex(codes.get(photo.id()));
                assertEquals(expected, made.path("hash").asText());
                JsonNode stored =
                        http.ok("GET", "/codes-" + encoder + "/_doc/" + photo.id() + "?_source_exclude_vectors=false");
                JsonNode bytes = stored.at("/_source/photo/hash");
                for (int i = 0; i < 6; i++) {
                    assertEquals(codes.get(photo.id())[i], (byte) bytes.path(i).asInt());
                }
                assertEquals(3, made.path("vector").size());
                assertFalse(made.has("norm"));
            }
        }
    }

    @Test
    void searchesByPictureFilterByTheCodesAndRankByTheVectors() {
        for (Album.Photo photo : photos.subList(0, 6)) {
            for (int within : new int[] {0, 4, 48}) {
                List<String> near = photos.stream()
                        .map(Album.Photo::id)
                        .filter(id -> distance(photo, id) <= within)
                        .toList();
                JsonNode all = http.hits(
                        "codes-two",
                        json(
                                "{size: 100, query: {hash_radius: {field: 'photo.hash', query_image: ?, "
                                        + "max_distance: ?}}}",
                                photo.base64(),
                                within));
                assertEquals(new TreeSet<>(near), new TreeSet<>(Json.texts(all, "_id")));
                List<String> found = new ArrayList<>(http.ids(
                        "codes-two",
                        json(
                                "{size: 100, query: {hash_knn: {field: 'photo.vector', query_image: ?, k: 100, "
                                        + "num_candidates: 100, max_distance: ?}}}",
                                photo.base64(),
                                within)));
                assertEquals(new TreeSet<>(near), new TreeSet<>(found));
                double before = 0;
                for (String id : found) {
                    double now = squareDistance(vectors.get(photo.id()), vectors.get(id));
                    assertTrue(now >= before - 1e-6, id);
                    before = now;
                }
            }
        }
    }

    private static double squareDistance(double[] one, double[] other) {
        double sum = 0;
        for (int d = 0; d < one.length; d++) {
            sum += (one[d] - other[d]) * (one[d] - other[d]);
        }
        return sum;
    }

    @Test
    void nothingWithinTheDistanceIsNoError() {
        byte[] inverse = codes.get(photos.getFirst().id()).clone();
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = (byte) ~inverse[i];
        }
        String hex = HexFormat.of().formatHex(inverse);
        int nearest = photos.stream()
                .mapToInt(photo -> Hamming.distance(inverse, codes.get(photo.id())))
                .min()
                .orElseThrow();
        assertTrue(nearest > 0);
        String query = "{size: 100, query: {hash_knn: {field: 'photo.vector', query_vector: [0.1, 0.2, 0.3], "
                + "query_hash: ?, k: 100, num_candidates: 100, max_distance: ?}}}";
        assertEquals(List.of(), http.ids("codes-two", json(query, hex, nearest - 1)));
        assertFalse(http.ids("codes-two", json(query, hex, nearest)).isEmpty());
    }

    @Test
    void aDocumentIsFoundByItsStoredCode() {
        Album.Photo photo = photos.get(2);
        List<String> near = photos.stream()
                .map(Album.Photo::id)
                .filter(id -> !id.equals(photo.id()) && distance(photo, id) <= 12)
                .toList();
        List<String> found = http.ids(
                "codes-one",
                json(
                        "{size: 100, query: {hash_knn: {field: 'photo.vector', like: {id: ?}, k: 100, "
                                + "num_candidates: 100, max_distance: 12}}}",
                        photo.id()));
        assertEquals(new TreeSet<>(near), new TreeSet<>(found));
    }

    @Test
    void aVectorAloneHasNoCode() {
        String message = "encoder [two] takes the codes of pictures from model [hashnet], and makes none of vectors; ";
        String vector = "{size: 3, query: {hash_knn: {field: 'photo.vector', query_vector: [0.1, 0.2, 0.3], k: 3?}}}";
        refused(
                "POST",
                "/codes-two/_search",
                json(vector.replace("?", "")),
                message + "add [query_hash], search by [query_image] or [like], or use [candidates] [all] with a "
                        + "metric other than [hamming]");
        refused(
                "POST",
                "/codes-two/_search",
                json(vector.replace("?", ", candidates: 'all', metric: 'hamming'")),
                message);
        for (String instead :
                List.of("candidates: 'all'", "candidates: 'lsh', min_tables: 1", "query_hash: '000000000000'")) {
            assertEquals(
                    3,
                    http.hits("codes-two", json(vector.replace("?", ", " + instead)))
                            .size(),
                    instead);
        }
        JsonNode encoded = http.ok("POST", ENCODER + "two/_encode", json("{vector: [1, 2, 3]}"));
        assertTrue(encoded.has("vector") && encoded.has("buckets") && !encoded.has("hash"), encoded::toString);
        String built = "{query: {hash_knn: {field: 'photo.vector', k: 3, query_vector_builder: "
                + "{image_embedding: {encoder: 'two', image: ?}}}}}";
        refused("POST", "/codes-two/_search", json(built, photos.getFirst().base64()), message);
        refused(
                "POST",
                "/codes-two/_search",
                json(
                        "{query: {hash_knn: {field: 'photo.vector', query_image: ?, k: 3, num_candidates: 8, "
                                + "num_exact: 4}}}",
                        photos.getFirst().base64()),
                "[num_exact] estimates distances by the planes of a code, and encoder [two] has none, because it takes "
                        + "codes from a model; leave [num_exact] out");
        refused(
                "PUT",
                "/_ingest/pipeline/codes-vectors",
                json("{processors: [{vector_hash: {field: 'v', target_field: 'photo', encoder: 'two'}}]}"),
                "[two] takes the codes of pictures from model [hashnet], and makes none of vectors; use the processor "
                        + "[image_embedding], or name another encoder");
        refused(
                "POST",
                "/codes-two/_lookalike/reencode",
                json("{from: 'means', to: 'two', target_field: 'other'}"),
                message + "index the pictures again with [two]");
        refused(
                "POST",
                ENCODER + "learned/_train",
                json("{from: 'two', index: 'codes-two', learn: {kmeans: {clusters: 2}}}"),
                message + "encoder [learned] would keep them");
    }

    @Test
    void aCodeIsLearnedFromItsVectors() {
        http.ok(
                "POST",
                ENCODER + "learned/_train",
                json("{from: 'two', index: 'codes-two', learn: {pca_planes: {bits: 16}}}"));
        assertEquals(
                "planes",
                http.ok("GET", ENCODER + "learned").at("/learned/hash/type").asText());
        JsonNode done = http.ok(
                "POST",
                "/codes-two/_lookalike/reencode",
                json("{from: 'two', to: 'learned', target_field: 'learned'}"));
        assertEquals(photos.size(), done.path("updated").asInt(), done::toString);
        http.ok("DELETE", ENCODER + "learned?force=true");
    }

    @Test
    void anEvaluationSearchesByDocuments() {
        JsonNode report = http.ok(
                "POST",
                "/codes-two/_lookalike/evaluate",
                json("{queries: 4, k: 3, request: {query: {hash_knn: {field: 'photo.vector', k: 3, "
                        + "num_candidates: 100}}}}"));
        assertTrue(report.toString().contains("recall"), report::toString);
    }

    @Test
    void bothModelsAreListedExportedAndWatched() {
        JsonNode two = http.ok("GET", ENCODER + "two").path("two");
        JsonNode export = http.ok("GET", ENCODER + "two?full=true");
        String sha256 =
                http.ok("GET", ENCODER + "means").at("/means/model_sha256").asText();
        assertEquals(sha256, export.path("model_sha256").asText());
        assertEquals("hashnet", export.at("/hash/model").asText());
        assertEquals(64, export.at("/hash/model_sha256").asText().length());
        assertEquals(48, two.at("/hash/bits").asInt());
        put("imported", export.deepCopy());
        assertEquals(
                two.path("fingerprint"), http.ok("GET", ENCODER + "imported").at("/imported/fingerprint"));
        http.ok("DELETE", ENCODER + "imported");
        JsonNode loaded =
                http.ok("GET", "/_lookalike/stats").path("nodes").elements().next();
        assertTrue(loaded.toString().contains("hashnet"), loaded::toString);
        JsonNode explained = http.ok(
                "POST",
                ENCODER + "two/_encode?explain",
                json("{image: ?}", photos.getFirst().base64()));
        assertEquals(json("{s: [1, 3, 16, 16]}").path("s"), explained.at("/explain/hash/tensor/shape"));
        assertEquals(json("{s: [1, 3, 8, 8]}").path("s"), explained.at("/explain/tensor/shape"));
    }

    @Test
    void mistakesAreExplained() {
        refused(
                "PUT",
                ENCODER + "wrong",
                json("{model: 'means', hash: {type: 'model_output', model: 'missing'}}"),
                "missing");
        refused(
                "PUT",
                ENCODER + "wrong",
                json("{model: 'means', hash: {type: 'model_output', model: 'joint', output: 'embedding'}}"),
                "output [embedding] of model [joint] has shape [1, 3]; a code needs [1, D], a bit for "
                        + "each value, and D "
                        + "must be a multiple of [8] from [16] to [4096]");
        refused(
                "PUT",
                ENCODER + "wrong",
                json("{model: 'none', dims: 3, hash: {type: 'model_output', model: 'joint', output: 'code'}}"),
                "[hash.type] [model_output] needs pictures");
    }
}
