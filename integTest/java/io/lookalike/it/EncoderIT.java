package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoders as users make, look at, carry and delete them, and the rule that holds ingest and search together. */
@ExtendWith(SharedNode.class)
class EncoderIT {
    private static final String PATH = "/_lookalike/encoder/";

    private final Http http;

    EncoderIT(Http http) {
        this.http = http;
    }

    private String fingerprint(String id) {
        String fingerprint =
                http.ok("GET", PATH + id).path(id).path("fingerprint").asText();
        assertTrue(fingerprint.matches("[0-9a-f]{64}"), fingerprint);
        return fingerprint;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{model: 'builtin-1', hash: {bits: 128, seed: 3}, buckets: {tables: 4, bits: 6, seed: 1}, "
                        + "perceptual: 'dhash'}",
                "{model: 'builtin-2', hash: {bits: 192, seed: 3}}",
                "{model: 'none', dims: 6, normalize: 'l2', hash: {bits: 64, center: [0.1, -0.25, 3e-7, 1e10, 0, "
                        + "12345.678]}}"
            })
    void anExportMakesTheSameEncoderAgain(String body) {
        assertTrue(http.ok("PUT", PATH + "exported", json(body))
                .path("acknowledged")
                .asBoolean());
        String fingerprint = fingerprint("exported");
        JsonNode export = http.ok("GET", PATH + "exported?full=true");
        assertEquals(fingerprint, export.path("fingerprint").asText());
        http.ok("DELETE", PATH + "exported");
        assertEquals(404, http.send("GET", PATH + "exported", null).status());

        http.ok("PUT", PATH + "imported", export);
        assertEquals(fingerprint, fingerprint("imported"));
        assertEquals(export, http.ok("GET", PATH + "imported?full=true"));
        http.ok("PUT", PATH + "imported", json(body));
        ObjectNode other = json(body);
        other.withObject("hash").put("seed", 4);
        assertEquals(409, http.send("PUT", PATH + "imported", other).status());
        http.ok("PUT", PATH + "other", other);
        assertNotEquals(fingerprint, fingerprint("other"));
        http.ok("DELETE", PATH + "other");
        http.ok("DELETE", PATH + "imported");
    }

    @Test
    void encodersAreListedWithTheBuiltInOne() {
        http.ok("PUT", PATH + "listed", json("{model: 'none', dims: 3}"));
        JsonNode all = http.ok("GET", "/_lookalike/encoder");
        assertEquals(
                fingerprint("listed"), all.path("listed").path("fingerprint").asText());
        assertEquals("builtin-1", all.path("default").path("model").asText());
        assertEquals(256, all.path("default").path("hash").path("bits").asInt());
        JsonNode models = http.ok("GET", "/_lookalike/model").path("nodes");
        assertEquals(1, models.size());
        JsonNode builtIn = models.elements().next().path("models").path(0);
        assertEquals("builtin-1", builtIn.path("id").asText());
        assertEquals(
                builtIn.path("sha256").asText(),
                all.path("default").path("model_sha256").asText());
        http.ok("DELETE", PATH + "listed");
        assertFalse(http.ok("GET", "/_lookalike/encoder").has("listed"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vectors", "codes", "none"})
    void theMappingIsReadyToUse(String graph) {
        String index = "encoder-mapping-" + graph;
        JsonNode body = http.ok("GET", PATH + "default/_mapping?target_field=made.of.it&graph=" + graph);
        http.ok("PUT", "/" + index, body);
        JsonNode fields = http.ok("GET", "/" + index + "/_mapping")
                .at("/" + index + "/mappings/properties/made/properties/of/properties/it/properties");
        assertEquals(
                "vectors".equals(graph) ? "hnsw" : "flat",
                fields.at("/vector/index_options/type").asText());
        assertEquals(
                "codes".equals(graph) ? "hnsw" : "flat",
                fields.at("/hash/index_options/type").asText());
        assertEquals("bit", fields.at("/hash/element_type").asText());
        assertEquals(64, fields.at("/phash/dims").asInt());
        assertEquals("keyword", fields.at("/encoder/type").asText());
        for (String field : List.of("vector", "hash", "phash")) {
            assertEquals(
                    "default",
                    fields.at("/" + field + "/meta/lookalike_encoder").asText(),
                    field);
        }

        Album.Photo photo = Album.draw(1, 3).get(0);
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + index,
                json("{processors: [{image_embedding: {field: 'image', target_field: 'made.of.it'}}]}"));
        http.bulk("/" + index + "/_bulk?pipeline=" + index, new Bulk().index("a", photo.document()));
        assertEquals(
                List.of("a"),
                http.ids(
                        index,
                        json("{query: {hash_knn: {field: 'made.of.it.vector', query_image: ?}}}", photo.base64())));
        http.ok("DELETE", "/" + index);
    }

    @Test
    void encodeShowsWhatIngestWouldStore() {
        Album.Photo photo = Album.draw(1, 3).get(1);
        JsonNode fromText = http.ok("POST", PATH + "default/_encode", json("{image: ?}", photo.base64()));
        for (String type : List.of("image/png", "application/octet-stream", "image/anything")) {
            Http.Answer raw = http.send("POST", PATH + "default/_encode", photo.bytes(), type);
            assertEquals(200, raw.status(), raw::text);
            assertEquals(fromText, raw.body(), type);
        }
        JsonNode simulated = http.ok(
                        "POST",
                        "/_ingest/pipeline/_simulate",
                        json(
                                "{pipeline: {processors: [{image_embedding: {field: 'image', target_field: 'p'}}]}, "
                                        + "docs: [{_source: {image: ?}}]}",
                                photo.base64()))
                .at("/docs/0/doc/_source/p");
        assertEquals(simulated, fromText);

        JsonNode again = http.ok("POST", PATH + "default/_encode", json("{vector: ?}", fromText.path("vector")));
        assertEquals(fromText.path("hash"), again.path("hash"));
        assertEquals(fromText.path("buckets"), again.path("buckets"));
        assertEquals(fromText.path("encoder"), again.path("encoder"));
        assertFalse(again.has("phash"));
        double squares = 0;
        for (JsonNode value : again.path("vector")) {
            squares += value.asDouble() * value.asDouble();
        }
        assertEquals(1, squares, 1e-5);
    }

    @Test
    void theSecondBuiltInModelEncodesPictures() {
        http.ok("PUT", PATH + "second", json("{model: 'builtin-2'}"));
        Album.Photo photo = Album.draw(1, 3).get(1);
        JsonNode encoded = http.ok("POST", PATH + "second/_encode", json("{image: ?}", photo.base64()));
        assertEquals(998, encoded.path("vector").size());
        double squares = 0;
        for (JsonNode value : encoded.path("vector")) {
            squares += value.asDouble() * value.asDouble();
        }
        assertEquals(1, squares, 1e-5);
        http.ok("DELETE", PATH + "second");
    }

    @Test
    void documentsOfAnotherEncoderAreLeftOutAndCounted() {
        String index = "encoder-rule";
        http.ok("PUT", "/" + index, json("""
                        {settings: {'index.number_of_replicas': 0}, mappings: {properties: {photo: {properties: {
                          vector: {type: 'dense_vector', dims: 8, similarity: 'l2_norm', index_options: {type: 'flat'}},
                          hash: {type: 'dense_vector', element_type: 'bit', dims: 64, index_options: {type: 'flat'}},
                          encoder: {type: 'keyword'}}}}}}"""));
        Random random = new Random(4);
        for (String encoder : List.of("rule-a", "rule-b")) {
            http.ok(
                    "PUT",
                    PATH + encoder,
                    json("{model: 'none', dims: 8, hash: {bits: 64, seed: ?}}", encoder.hashCode()));
            http.ok(
                    "PUT",
                    "/_ingest/pipeline/" + encoder,
                    json(
                            "{processors: [{vector_hash: {field: 'v', target_field: 'photo', encoder: ?, "
                                    + "remove_source: true, check_mapping: false}}]}",
                            encoder));
            Bulk bulk = new Bulk();
            int count = encoder.equals("rule-a") ? 7 : 5;
            for (int i = 0; i < count; i++) {
                bulk.index(encoder + i, json("{v: ?}", random.doubles(8).toArray()));
            }
            http.bulk("/" + index + "/_bulk?pipeline=" + encoder, bulk);
        }
        double[] query = random.doubles(8).toArray();
        left(
                index,
                5,
                "rule-a",
                json("{hash_knn: {field: 'photo.vector', query_vector: ?, encoder: 'rule-a', k: 50}}", query),
                7);
        left(
                index,
                7,
                "rule-b",
                json(
                        "{hash_knn: {field: 'photo.vector', query_vector: ?, encoder: 'rule-b', k: 50, candidates: "
                                + "'all'}}",
                        query),
                5);
        left(
                index,
                5,
                "rule-a",
                json(
                        "{hash_radius: {field: 'photo.hash', query_hash: ?, encoder: 'rule-a', max_distance: 64}}",
                        "00".repeat(8)),
                7);

        http.ok("POST", "/" + index + "/_forcemerge?max_num_segments=1");
        http.ok("POST", "/" + index + "/_refresh");
        left(
                index,
                5,
                "rule-a",
                json("{hash_knn: {field: 'photo.vector', query_vector: ?, encoder: 'rule-a', k: 50}}", query),
                7);

        // without an encoder no fingerprint is asked for
        Http.Answer all = http.send(
                "POST",
                "/" + index + "/_search",
                json(
                        "{size: 50, query: {hash_knn: {field: 'photo.vector', query_vector: ?, candidates: 'all', k: "
                                + "50}}}",
                        query));
        assertEquals(12, all.body().at("/hits/hits").size(), all::text);
        assertEquals(List.of(), all.warnings());
        Http.Answer like = http.send(
                "POST",
                "/" + index + "/_search",
                json("{query: {hash_knn: {field: 'photo.vector', like: {id: 'rule-b1'}, encoder: 'rule-a'}}}"));
        assertEquals(400, like.status());
        assertTrue(like.reasons().contains("encoder [rule-a] has fingerprint"), like::reasons);
    }

    private void left(String index, int out, String encoder, ObjectNode query, int found) {
        Http.Answer answer = http.send("POST", "/" + index + "/_search", json("{size: 50, query: ?}", query));
        assertEquals(200, answer.status(), answer::text);
        List<String> ids = Json.texts(answer.body().at("/hits/hits"), "_id");
        assertEquals(found, Set.copyOf(ids).size(), answer::text);
        assertTrue(ids.stream().allMatch(id -> id.startsWith(encoder)), ids::toString);
        assertEquals(1, answer.warnings().size(), answer.warnings()::toString);
        String warning = answer.warnings().get(0);
        assertTrue(warning.contains("[" + out + "] documents"), warning);
        assertTrue(warning.contains("encoder [" + encoder + "]"), warning);
        assertTrue(warning.contains("index them again through its pipeline"), warning);
    }

    @Test
    void anEncoderInUseIsDeletedByForceOnly() {
        http.ok("PUT", PATH + "forced", json("{model: 'none', dims: 2}"));
        http.ok(
                "PUT",
                "/_ingest/pipeline/forced",
                json("{processors: [{vector_hash: {field: 'v', target_field: 'p', encoder: 'forced'}}]}"));
        assertEquals(409, http.send("DELETE", PATH + "forced", null).status());
        http.ok("DELETE", PATH + "forced?force=true");
        Http.Answer answer = http.send("PUT", "/encoder-forced/_doc/a?pipeline=forced", json("{v: [1, 2]}"));
        assertEquals(404, answer.status(), answer::text);
        assertTrue(answer.reasons().contains("no such encoder [forced]"), answer::reasons);
        http.ok("DELETE", "/_ingest/pipeline/forced");
    }

    @Test
    void numbersThatABuiltInModelIsNotMadeForAreToldOf() {
        for (String image :
                List.of("{scale: 1}", "{normalization: 'half'}", "{mean: [0.5]}", "{scale: 1, mean: [0], std: [1]}")) {
            Http.Answer answer =
                    http.send("PUT", PATH + "fed-wrongly", json("{model: 'builtin-1', image: " + image + "}"));
            assertEquals(200, answer.status(), answer::text);
            assertEquals(1, answer.warnings().size(), answer.warnings()::toString);
            assertTrue(
                    answer.warnings().get(0).contains("the model's own defaults make numbers from [0.0] to [1.0]"),
                    answer.warnings()::toString);
            http.ok("DELETE", PATH + "fed-wrongly");
        }
        Http.Answer turned =
                http.send("PUT", PATH + "fed-wrongly", json("{model: 'builtin-2', image: {channels: 'bgr'}}"));
        assertEquals(1, turned.warnings().size(), turned::text);
        assertTrue(
                turned.warnings().get(0).contains("feeds model [builtin-2] channels [bgr]"),
                turned.warnings()::toString);
        http.ok("DELETE", PATH + "fed-wrongly");
        // what the model is made for is no reason to warn, however it is said
        for (String image :
                List.of("{scale: 0.00392156862745098}", "{normalization: 'unit'}", "{normalization: null}")) {
            Http.Answer answer = http.send("PUT", PATH + "fed", json("{model: 'builtin-1', image: " + image + "}"));
            assertEquals(200, answer.status(), answer::text);
            assertEquals(List.of(), answer.warnings(), image);
            http.ok("DELETE", PATH + "fed");
        }
    }

    @Test
    void templatesOfOthersAreNeitherReplacedNorLeftWithoutTheirParts() {
        http.ok(
                "PUT",
                "/_component_template/lookalike@template",
                json("{template: {settings: {refresh_interval: '7s'}}}"));
        Http.Answer taken = http.send("PUT", PATH + "template", json("{model: 'none', dims: 3}"));
        assertEquals(409, taken.status(), taken::text);
        assertTrue(taken.reasons().contains("component template [lookalike@template] exists"), taken::reasons);
        assertEquals(404, http.send("GET", PATH + "template", null).status());
        assertTrue(http.ok("GET", "/_component_template/lookalike@template")
                .toString()
                .contains("7s"));
        http.ok("DELETE", "/_component_template/lookalike@template");
        http.ok("PUT", PATH + "template", json("{model: 'none', dims: 3}"));
        http.ok(
                "PUT",
                "/_index_template/encoder-template",
                json("{index_patterns: ['encoder-template'], composed_of: ['lookalike@template']}"));
        Http.Answer used = http.send("DELETE", PATH + "template?force=true", null);
        assertEquals(409, used.status(), used::text);
        assertTrue(used.reasons().contains("index templates [encoder-template]"), used::reasons);
        http.ok("DELETE", "/_index_template/encoder-template");
        http.ok("DELETE", PATH + "template");
    }
}
