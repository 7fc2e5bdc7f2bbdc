package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An index that is filled by hand, with what two encoders make, or some of it: no task passes documents over, or mixes
 * them, without a word.
 */
@ExtendWith(SharedNode.class)
class HandMadeTasksIT {
    private static final String INDEX = "hand-made-tasks";
    private static final String OTHER = INDEX + "-other";
    private static final String MADE = INDEX + "-made";
    private static final String KEYWORD = "{type: 'keyword'}";
    private static final String WITH_KEYWORD =
            "{type: 'text', fields: {keyword: {type: 'keyword', ignore_above: 256}}}";
    private static final int DOCUMENTS = 40;
    private static final int DIMS = 8;
    private static final String EVALUATE =
            "{request: {hash_knn: {field: 'photo.vector'}}, k: 3, queries: 5, sweep: {candidates: ['hamming', 'lsh', "
                    + "'all', 'knn']}}";
    private static final String ALIKE = "{field: 'photo.vector', similarity: 0.99999}";

    private final Http http;

    HandMadeTasksIT(Http http) {
        this.http = http;
    }

    @BeforeEach
    void create() {
        for (String id : List.of(INDEX, OTHER)) {
            http.ok(
                    "PUT",
                    "/_lookalike/encoder/" + id,
                    json(
                            "{model: 'none', dims: ?, hash: {bits: 64, seed: ?}, buckets: {tables: 4, bits: 4}}",
                            DIMS,
                            id.length()));
        }
    }

    @AfterEach
    void remove() {
        http.ok("DELETE", "/" + INDEX + "?ignore_unavailable=true");
        for (String id : List.of(MADE, MADE + "-2", OTHER, INDEX)) {
            Mixture.remove(http, id);
        }
    }

    /**
     * Of each vector a document of either encoder.
     *
     * @param encoder how the fingerprints are mapped; empty where they are not
     * @param change of every other document of the first encoder
     */
    private void fill(String encoder, UnaryOperator<ObjectNode> change) {
        ObjectNode body = http.ok("GET", "/_lookalike/encoder/" + INDEX + "/_mapping?target_field=photo")
                .deepCopy();
        body.withObject("settings").put("index.number_of_shards", 1);
        ObjectNode photo = body.withObject("mappings").withObject("properties").withObject("photo");
        if (encoder.isEmpty()) {
            photo.put("dynamic", false).withObject("properties").remove("encoder");
        } else {
            photo.withObject("properties").set("encoder", json(encoder));
        }
        http.ok("PUT", "/" + INDEX, body);
        Bulk bulk = new Bulk();
        for (int i = 0; i < DOCUMENTS; i++) {
            List<Double> vector = new ArrayList<>();
            for (int d = 0; d < DIMS; d++) {
                vector.add(Math.sin(1 + i / 2 * DIMS + d));
            }
            ObjectNode made = (ObjectNode) http.ok(
                    "POST",
                    "/_lookalike/encoder/" + (i % 2 == 0 ? INDEX : OTHER) + "/_encode",
                    json("{vector: ?}", vector));
            bulk.index("" + i, json("{photo: ?}", i % 4 == 0 ? change.apply(made) : made));
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
    }

    private Http.Answer send(String task, String body, Object... values) {
        return http.send("POST", "/" + INDEX + "/_lookalike/" + task, json(body, values));
    }

    private JsonNode ok(Http.Answer answer) {
        assertEquals(200, answer.status(), answer::text);
        return answer.body();
    }

    private Http.Answer reencode() {
        return http.send(
                "POST",
                "/" + INDEX + "/_lookalike/reencode?refresh=true",
                json("{from: ?, to: ?, target_field: 'again'}", INDEX, OTHER));
    }

    private Http.Answer train() {
        return http.send(
                "POST",
                "/_lookalike/encoder/" + MADE + "/_train",
                json("{from: ?, index: ?, learn: {kmeans: {clusters: 2}}}", INDEX, INDEX));
    }

    private static void warns(JsonNode answer, String... warnings) {
        assertEquals(warnings.length, answer.path("warnings").size(), answer::toString);
        for (int i = 0; i < warnings.length; i++) {
            String warning = answer.path("warnings").get(i).asText();
            assertTrue(warning.contains(warnings[i]), warning);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {KEYWORD, WITH_KEYWORD})
    void encodersAreToldApart(String mapping) {
        fill(mapping, made -> made);
        JsonNode duplicates = ok(send("duplicates", ALIKE));
        assertEquals(0, duplicates.path("groups_total").asInt(-1), duplicates::toString);
        assertEquals(2, duplicates.path("encoders").size(), duplicates::toString);
        warns(duplicates, "pictures of [2] encoders");
        JsonNode trained = ok(train());
        warns(
                trained,
                "[20] documents have a vector in [photo.vector] but not the fingerprint of encoder [" + INDEX + "]");
        JsonNode training = trained.path("training");
        assertEquals(DOCUMENTS / 2, training.path("documents").asInt());
        assertEquals(DOCUMENTS / 2, training.path("left_out").asInt());
        JsonNode reencoded = ok(reencode());
        assertEquals(DOCUMENTS / 2, reencoded.path("left_out").asInt(), reencoded::toString);
        warns(reencoded, "[20] documents have a vector in [photo.vector] but not the fingerprint");
        assertEquals(DOCUMENTS / 2, reencoded.path("updated").asInt(), reencoded::toString);
        JsonNode evaluated = ok(send("evaluate", EVALUATE));
        assertEquals(DOCUMENTS / 2, evaluated.at("/exact/0/documents").asInt(), evaluated::toString);
        warns(
                evaluated,
                "[20] documents carry another fingerprint in [photo.encoder] than the encoder that is searched with "
                        + "has, or none, and are left out, but found by stock [knn]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{type: 'text'} | [text]",
                "{type: 'keyword', doc_values: false} | [keyword], in some index without doc values"
            })
    void whereEncodersCannotBeToldApartNothingIsDone(String mapping, String type) {
        fill(mapping, made -> made);
        for (Http.Answer answer : List.of(send("duplicates", ALIKE), train(), reencode())) {
            assertEquals(400, answer.status(), answer::text);
            assertEquals(
                    "field [photo.encoder] is of type " + type
                            + ", and cannot hold the fingerprints of encoders; it must be a [keyword] with doc values "
                            + "in all indices, as GET /_lookalike/encoder/{id}/_mapping answers it: _reindex "
                            + "into an index with that mapping",
                    answer.body().at("/error/reason").asText());
        }
    }

    @Test
    void whatSaysNoEncoderIsToldOf() {
        fill("", made -> made);
        JsonNode duplicates = ok(send("duplicates", ALIKE));
        assertEquals(DOCUMENTS / 2, duplicates.path("groups_total").asInt(), duplicates::toString);
        warns(duplicates, "[40] pictures have no fingerprint in the field [encoder] beside them");
        assertEquals(400, train().status());
        JsonNode reencoded = ok(reencode());
        assertEquals(0, reencoded.path("total").asInt(), reencoded::toString);
        warns(reencoded, "[40] documents have a vector in [photo.vector] but not the fingerprint");
        assertEquals(400, send("evaluate", EVALUATE).status());
    }

    @Test
    void whatHasNoVectorIsToldOf() {
        fill(KEYWORD, made -> made.without("vector"));
        JsonNode duplicates = ok(send("duplicates", ALIKE));
        assertEquals(30, duplicates.path("pictures").asInt(), duplicates::toString);
        warns(
                duplicates,
                "[10] documents name an encoder in [photo.encoder] but have no [photo.vector]",
                "pictures of [2] encoders");
        String lacking = "[10] documents name encoder [" + INDEX + "] in [photo.encoder] but have no [photo.vector]";
        warns(ok(train()), "[20] documents have a vector", lacking);
        JsonNode reencoded = ok(reencode());
        assertEquals(10, reencoded.path("updated").asInt(), reencoded::toString);
        assertEquals(30, reencoded.path("left_out").asInt(), reencoded::toString);
        warns(reencoded, "[20] documents have a vector", lacking);
        JsonNode evaluated = ok(send("evaluate", EVALUATE));
        assertEquals(10, evaluated.at("/exact/0/documents").asInt(), evaluated::toString);
        warns(
                evaluated,
                "[20] documents carry another fingerprint",
                "[10] documents name the encoder in [photo.encoder] but have no [photo.vector]");
    }

    @Test
    void whatHasNoCodeIsToldOf() {
        fill(KEYWORD, made -> made.without(List.of("hash", "buckets")));
        JsonNode duplicates = ok(send("duplicates", "{field: 'photo.vector', similarity: 0.9, candidates: 'hamming'}"));
        warns(
                duplicates,
                "[10] pictures were not compared: they have no code in [photo.hash]",
                "pictures of [2] encoders");
        assertFalse(duplicates.path("complete").asBoolean());
        warns(ok(send("duplicates", ALIKE)), "pictures of [2] encoders");
        JsonNode evaluated = ok(send("evaluate", EVALUATE));
        assertEquals(20, evaluated.at("/exact/0/documents").asInt(), evaluated::toString);
        warns(
                evaluated,
                "[20] documents carry another fingerprint",
                "[10] documents have no [photo.hash], and are not found with [candidates] [hamming]",
                "[10] documents have no [photo.buckets], and are not found with [candidates] [lsh]");
    }

    @Test
    void whatWasReencodedWithoutAVectorIsReencodedAgain() {
        fill(KEYWORD, made -> made);
        ok(reencode());
        String id = "4";
        http.ok("POST", "/" + INDEX + "/_update/" + id + "?refresh=true", json("{doc: {again: {vector: null}}}"));
        JsonNode again = ok(reencode());
        assertEquals(1, again.path("updated").asInt(), again::toString);
        assertEquals(DOCUMENTS / 2 - 1, again.path("skipped").asInt(), again::toString);
    }

    @Test
    void whereWhatIsDoneCannotBeToldNothingIsReencoded() {
        fill(KEYWORD, made -> made);
        ObjectNode target = http.ok("GET", "/_lookalike/encoder/" + OTHER + "/_mapping?target_field=again")
                .path("mappings")
                .deepCopy();
        target.withObject("properties")
                .withObject("again")
                .withObject("properties")
                .set("encoder", json("{type: 'text'}"));
        http.ok("PUT", "/" + INDEX + "/_mapping", target);
        Http.Answer answer = reencode();
        assertEquals(400, answer.status(), answer::text);
        assertTrue(
                answer.reasons()
                        .contains("field [again.encoder] of index [hand-made-tasks] is not mapped as a [keyword] with "
                                + "doc values; name a new field in [target_field]"),
                answer::reasons);
    }

    @Test
    void anEvaluationThatFindsNothingIsRefused() {
        fill(KEYWORD, made -> made);
        for (String[] refused : new String[][] {
            {
                "{request: {hash_knn: {field: 'photo.vector', filter: {ids: {values: ['0', '1']}}}}}",
                "[request] can find [1] documents of [hand-made-tasks] and needs at least [2], because a query "
                        + "document does not find itself"
            },
            {
                "{request: {hash_knn: {field: 'photo.vector', similarity: 1}}, queries: 3}",
                "even the exact search finds nothing for any of the [3] queries"
            },
            {
                "{request: {hash_knn: {field: 'image'}}}",
                "no index of [hand-made-tasks] has a field [image]; [field] must be a dense_vector: did you mean one "
                        + "of [photo.vector]?"
            },
            {
                "{request: {hash_knn: {field: 'photo'}}}",
                "no index of [hand-made-tasks] has a field [photo]; [field] must be a dense_vector: did you mean one "
                        + "of [photo.vector]?"
            }
        }) {
            Http.Answer answer = send("evaluate", refused[0]);
            assertEquals(400, answer.status(), answer::text);
            assertTrue(answer.reasons().contains(refused[1]), answer::reasons);
        }
    }

    /** They are of one kind, whatever else encoders make of a picture. */
    @Test
    void perceptualHashesOfSeveralEncodersAreCompared() {
        http.ok(
                "PUT",
                "/" + INDEX,
                json("{mappings: {properties: {photo: {properties: {phash: {type: 'dense_vector', element_type: "
                        + "'bit', dims: 64}, encoder: {type: 'keyword'}}}}}}"));
        Bulk bulk = new Bulk();
        for (String id : List.of(MADE, MADE + "-2")) {
            http.ok(
                    "PUT",
                    "/_lookalike/encoder/" + id,
                    json("{model: 'builtin-1', hash: {bits: 64, seed: ?}}", id.length()));
            bulk.index(
                    id,
                    json(
                            "{photo: {phash: '0123456789abcdef', encoder: ?}}",
                            http.ok("GET", "/_lookalike/encoder/" + id + "?full=true")
                                    .path("fingerprint")));
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
        JsonNode duplicates = ok(send("duplicates", "{field: 'photo.phash'}"));
        assertEquals(1, duplicates.path("groups_total").asInt(), duplicates::toString);
        assertEquals(2, duplicates.path("encoders").size(), duplicates::toString);
        warns(duplicates, "no field [photo.quality] of whole numbers is mapped");
    }

    @Test
    void namesOfEncodersAreCut() {
        fill(KEYWORD, made -> made.put("encoder", "x".repeat(5_000)));
        JsonNode duplicates = ok(send("duplicates", ALIKE));
        assertEquals(
                10,
                duplicates
                        .path("encoders")
                        .path("x".repeat(80) + "… (5000 letters)")
                        .asInt(),
                duplicates::toString);
        warns(duplicates, "pictures of [3] encoders");
    }

    private ObjectNode encoded(String id, double... vector) {
        return (ObjectNode) http.ok("POST", "/_lookalike/encoder/" + id + "/_encode", json("{vector: ?}", vector));
    }

    private ObjectNode mapping() {
        ObjectNode body = http.ok("GET", "/_lookalike/encoder/" + INDEX + "/_mapping?target_field=photo")
                .deepCopy();
        body.withObject("settings").put("index.number_of_shards", 1);
        return body;
    }

    /**
     * Of what another encoder made of the first picture of each document the distances mean nothing: here it is near to
     * the other class.
     */
    @Test
    void nestedPicturesOfAnotherEncoderAreNotSearchedBy() {
        ObjectNode body = mapping();
        ObjectNode fields = body.withObject("mappings").withObject("properties");
        fields.withObject("photo").put("type", "nested");
        fields.set("class", json(KEYWORD));
        http.ok("PUT", "/" + INDEX, body);
        Bulk bulk = new Bulk();
        for (int i = 0; i < 12; i++) {
            int clazz = i % 2;
            double[] own = new double[DIMS];
            own[clazz] = 1;
            own[2] = i / 100.;
            double[] other = new double[DIMS];
            other[1 - clazz] = 1;
            other[3] = i / 100.;
            bulk.index(
                    "" + i, json("{class: ?, photo: [?, ?]}", "c" + clazz, encoded(OTHER, other), encoded(INDEX, own)));
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
        JsonNode evaluated = ok(send(
                "evaluate", "{request: {hash_knn: {field: 'photo.vector'}}, k: 3, queries: 12, label_field: 'class'}"));
        assertEquals(1, evaluated.at("/exact/0/precision").asDouble(), evaluated::toString);
        warns(evaluated, "[12] documents carry another fingerprint in [photo.encoder]");
        JsonNode trained = ok(train());
        assertEquals(12, trained.at("/training/documents").asInt(), trained::toString);
        assertEquals(12, trained.at("/training/left_out").asInt(), trained::toString);
        warns(trained, "[12] documents have a vector in [photo.vector] but not the fingerprint");
    }

    @Test
    void fewerClustersThanAskedForAreToldOf() {
        http.ok("PUT", "/" + INDEX, mapping());
        Bulk bulk = new Bulk();
        for (int i = 0; i < 12; i++) {
            bulk.index("" + i, json("{photo: ?}", encoded(INDEX, 1, 2, 3, 4, 5, 6, 7, 8)));
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
        JsonNode trained = ok(train());
        assertEquals(1, trained.at("/training/kmeans/clusters").asInt(), trained::toString);
        warns(trained, "[1] clusters were learned and not the [2]");
    }

    @Test
    void byTablesDocumentsWithoutBucketsAreNotFound() {
        fill(KEYWORD, made -> made.without("buckets"));
        JsonNode evaluated = ok(send(
                "evaluate",
                "{request: {hash_knn: {field: 'photo.vector', candidates: 'all', metric: 'tables'}}, k: 3, "
                        + "queries: 5}"));
        assertEquals(10, evaluated.at("/exact/0/documents").asInt(), evaluated::toString);
        warns(
                evaluated,
                "[20] documents carry another fingerprint",
                "[10] documents have no [photo.buckets], and are not found with [candidates] [all]");
    }
}
