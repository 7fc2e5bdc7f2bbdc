package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A field alias is searched as the field that it points to, with what lies beside that; what a field of codes holds is
 * what its mapping says.
 */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FieldAliasesIT {
    private static final String INDEX = "aliased";
    private static final String ALIASES =
            "{properties: {v: {type: 'alias', path: 'photo.vector'}, h: {type: 'alias', path: 'photo.hash'},"
                    + " p: {type: 'alias', path: 'photo.phash'}, b: {type: 'alias', path: 'photo.buckets'}, c: "
                    + "{type: 'alias', path: 'class'},"
                    + " look: {properties: {vector: {type: 'alias', path: 'photo.vector'}}}}}";

    private final Http http;
    private final List<Album.Photo> photos = Album.draw(3, 41);

    FieldAliasesIT(Http http) {
        this.http = http;
    }

    @BeforeAll
    void index() {
        Album.create(http, INDEX, "default", 2);
        http.ok("PUT", "/" + INDEX + "/_mapping", json(ALIASES));
        http.bulk("/" + INDEX + "/_bulk?refresh=true", Album.bulk(photos));
    }

    @AfterAll
    void leaveNothingBehind() {
        http.ok("DELETE", "/" + INDEX);
    }

    private JsonNode found(String body) {
        ObjectNode search = json(body.replace("PICTURE", "'" + photos.get(4).base64() + "'"));
        JsonNode hits = http.hits(INDEX, search.put("_source", false).put("size", 12));
        assertFalse(hits.isEmpty(), search.toString());
        return hits;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{query: {hash_knn: {field: 'v', query_image: PICTURE, num_candidates: 12, k: 5}}} | {query: "
                        + "{hash_knn: {field: 'photo.vector', query_image: PICTURE, num_candidates: 12, k: 5}}}",
                "{query: {hash_knn: {field: 'look.vector', query_image: PICTURE, candidates: 'lsh', k: 5}}} | "
                        + "{query: {hash_knn: {field: 'photo.vector', query_image: PICTURE, candidates: 'lsh', k: "
                        + "5}}}",
                "{query: {hash_knn: {field: 'v', buckets_field: 'b', query_image: PICTURE, candidates: 'lsh', "
                        + "metric: 'tables', k: 5}}} | {query: {hash_knn: {field: 'photo.vector', query_image: "
                        + "PICTURE, candidates: 'lsh', metric: 'tables', k: 5}}}",
                "{query: {hash_knn: {field: 'v', query_image: PICTURE, candidates: 'all', metric: 'hamming', k: 5}}} "
                        + "| {query: {hash_knn: {field: 'photo.vector', query_image: PICTURE, candidates: 'all', "
                        + "metric: 'hamming', k: 5}}}",
                "{query: {hash_knn: {field: 'photo.vector', hash_field: 'h', query_image: PICTURE, num_candidates: "
                        + "12, num_exact: 6, k: 5}}} | {query: {hash_knn: {field: 'photo.vector', query_image: "
                        + "PICTURE, num_candidates: 12, num_exact: 6, k: 5}}}",
                "{query: {hash_knn: {field: 'v', like: {id: 'sailboats1'}, num_candidates: 12, k: 5}}} | {query: "
                        + "{hash_knn: {field: 'photo.vector', like: {id: 'sailboats1'}, num_candidates: 12, k: 5}}}",
                "{query: {hash_knn: {field: 'photo.vector', hash_field: 'h', like: {id: 'sailboats1'}, "
                        + "num_candidates: 12, k: 5}}} | {query: {hash_knn: {field: 'photo.vector', like: {id: "
                        + "'sailboats1'}, num_candidates: 12, k: 5}}}",
                "{query: {hash_knn: {field: 'v', buckets_field: 'b', like: {id: 'sailboats1'}, candidates: 'lsh', "
                        + "tables: 4, k: 5}}} | {query: {hash_knn: {field: 'photo.vector', like: {id: 'sailboats1'}, "
                        + "candidates: 'lsh', tables: 4, k: 5}}}",
                "{query: {hash_knn: {field: 'photo.vector', like: {id: 'sailboats1', path: 'look.vector'}, "
                        + "num_candidates: 12, k: 5}}} | {query: {hash_knn: {field: 'photo.vector', like: {id: "
                        + "'sailboats1'}, num_candidates: 12, k: 5}}}",
                "{query: {hash_radius: {field: 'p', query_image: PICTURE, max_distance: 20}}} | {query: "
                        + "{hash_radius: {field: 'photo.phash', query_image: PICTURE, max_distance: 20}}}",
                "{query: {hash_radius: {field: 'p', query_image: PICTURE, max_distance: 20, transforms: "
                        + "'dihedral'}}} | {query: {hash_radius: {field: 'photo.phash', query_image: PICTURE, "
                        + "max_distance: 20, transforms: 'dihedral'}}}",
                "{query: {hash_radius: {field: 'h', query_image: PICTURE, max_distance: 60}}} | {query: "
                        + "{hash_radius: {field: 'photo.hash', query_image: PICTURE, max_distance: 60}}}",
                "{query: {hash_radius: {field: 'h', like: {id: 'sailboats1', path: 'h'}, max_distance: 90}}} | "
                        + "{query: {hash_radius: {field: 'photo.hash', like: {id: 'sailboats1'}, max_distance: 90}}}",
                "{knn: {field: 'v', k: 5, num_candidates: 20, query_vector_builder: {image_embedding: {encoder: "
                        + "'default', image: PICTURE}}}} | {knn: {field: 'photo.vector', k: 5, num_candidates: 20, "
                        + "query_vector_builder: {image_embedding: {encoder: 'default', image: PICTURE}}}}",
                "{query: {hash_knn: {field: 'v', query_image: PICTURE, k: 12}}, collapse: {field: 'c'}} | {query: "
                        + "{hash_knn: {field: 'photo.vector', query_image: PICTURE, k: 12}}, collapse: {field: "
                        + "'class'}}"
            })
    void aSearchFindsWhatTheFieldItselfFinds(String aliased, String plain) {
        JsonNode expected = found(plain);
        JsonNode hits = found(aliased);
        assertEquals(Json.texts(expected, "_id"), Json.texts(hits, "_id"));
        assertEquals(Json.texts(expected, "_score"), Json.texts(hits, "_score"));
    }

    @Test
    void anAliasOfDifferentFieldsIsRefused() {
        String other = INDEX + "-other";
        http.ok(
                "PUT",
                "/" + other,
                json("{mappings: {properties: {w: {type: 'dense_vector', dims: 4}, v: {type: 'alias', path: 'w'}, "
                        + "p: {type: 'dense_vector', element_type: 'bit', dims: 64}}}}"));
        try {
            for (String query : List.of(
                    "{hash_knn: {field: 'v', query_vector: [1, 2, 3, 4]}}",
                    "{hash_radius: {field: 'p', query_hash: '0011223344556677', max_distance: 3}}")) {
                Http.Answer answer =
                        http.send("POST", "/" + INDEX + "," + other + "/_search", json("{query: " + query + "}"));
                assertEquals(400, answer.status(), answer::text);
                assertTrue(
                        answer.reasons().contains("is an alias that means different fields in the indices"),
                        answer::reasons);
            }
            for (String task : List.of("evaluate", "duplicates")) {
                Http.Answer answer = http.send(
                        "POST",
                        "/" + INDEX + "," + other + "/_lookalike/" + task,
                        json(
                                task.equals("evaluate")
                                        ? "{request: {hash_knn: {field: 'v'}}}"
                                        : "{field: 'v', similarity: 0.9}"));
                assertEquals(400, answer.status(), answer::text);
                assertTrue(answer.reasons().contains("[photo.vector, w]; name one of them"), answer::reasons);
            }
        } finally {
            http.ok("DELETE", "/" + other);
        }
    }

    /** What its aliases mean is known of the indices that are searched. */
    @Test
    void anAliasOfAnIndexThatIsNotSearchedIsRefusedWithWhatToDo() {
        String other = INDEX + "-searched";
        Album.create(http, other, "default", 1);
        try {
            String clause = "{query: {hash_knn: {field: 'photo.vector', like: {index: ?, id: 'sailboats1', path: ?}}}}";
            http.ok("POST", "/" + other + "/_search", json(clause, INDEX, "photo.vector"));
            Http.Answer answer = http.send("POST", "/" + other + "/_search", json(clause, INDEX, "v"));
            assertEquals(400, answer.status(), answer::text);
            assertTrue(
                    answer.reasons().contains("if [path] is a field alias, name the field that it points to"),
                    answer::reasons);
        } finally {
            http.ok("DELETE", "/" + other);
        }
    }

    @Test
    void evaluateJudgesTheFieldItself() {
        String body = "{request: {hash_knn: {field: ?, num_candidates: 10}}, k: 5, queries: 10, sweep: {candidates: "
                + "['hamming', 'lsh', 'all']}, codes: {bits: [16], sample: 1000, field: ?}}";
        JsonNode expected =
                http.ok("POST", "/" + INDEX + "/_lookalike/evaluate", json(body, "photo.vector", "photo.vector"));
        JsonNode answer = http.ok("POST", "/" + INDEX + "/_lookalike/evaluate", json(body, "v", "look.vector"));
        assertEquals(3, answer.path("settings").size());
        for (int i = 0; i < 3; i++) {
            for (String figure : List.of("setting", "recall", "codes", "vectors")) {
                assertEquals(
                        expected.at("/settings/" + i).path(figure),
                        answer.at("/settings/" + i).path(figure));
            }
        }
        assertEquals(expected.path("codes"), answer.path("codes"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{field: 'p', max_distance: 12, verify: 'none'} | {field: 'photo.phash', max_distance: 12, "
                        + "verify: 'none'}",
                "{field: 'p', max_distance: 32, verify: 'vector'} | {field: 'photo.phash', max_distance: 32, "
                        + "verify: 'vector'}",
                "{field: 'v', similarity: 0.5, candidates: 'hamming'} | {field: 'photo.vector', similarity: 0.5, "
                        + "candidates: 'hamming'}",
                "{verify: 'none', same: {field: 'p', max_distance: 12}, alike: {field: 'look.vector', similarity: 0.5}}"
                        + " | {verify: 'none', same: {field: 'photo.phash', max_distance: 12}, "
                        + "alike: {field: 'photo.vector', similarity: 0.5}}"
            })
    void duplicatesAreThoseOfTheFieldItself(String aliased, String plain) {
        ObjectNode expected = http.ok("POST", "/" + INDEX + "/_lookalike/duplicates", json(plain))
                .deepCopy();
        ObjectNode answer = http.ok("POST", "/" + INDEX + "/_lookalike/duplicates", json(aliased))
                .deepCopy();
        assertTrue(expected.findValue("groups_total").asInt() > 0, expected::toString);
        expected.remove("took");
        answer.remove("took");
        assertEquals(expected, answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"field: 'v',", "target_field: 'look',", ""})
    void encodersAreTrainedFromTheFieldItselfAndReencodeIt(String named) {
        String id = "aliased-pca";
        JsonNode trained = http.ok(
                "POST",
                "/_lookalike/encoder/" + id + "/_train",
                json("{from: 'default', index: ?, " + named + " learn: {pca: {dims: 4}}}", INDEX));
        try {
            assertEquals(0, trained.findValue("left_out").asInt(-1), trained::toString);
            String target = "again" + named.length();
            JsonNode written = http.ok(
                    "POST",
                    "/" + INDEX + "/_lookalike/reencode?refresh=true",
                    json(
                            "{from: 'default', to: ?, " + (named.isEmpty() ? "" : "source_field: 'look', ")
                                    + "target_field: ?}",
                            id,
                            target));
            assertEquals(photos.size(), written.path("updated").asInt(), written::toString);
            JsonNode hits = found("{query: {hash_radius: {field: '" + target
                    + ".phash', query_image: PICTURE, max_distance: 0, encoder: '" + id + "'}}}");
            assertTrue(Json.texts(hits, "_id").contains(photos.get(4).id()), hits::toString);
        } finally {
            http.ok("DELETE", "/_lookalike/encoder/" + id + "?force=true");
        }
    }

    /** Processors see sources, in which there are no aliases. */
    @Test
    void processorsAreTold() {
        Http.Answer written =
                http.send("PUT", "/" + INDEX + "/_doc/none?pipeline=_none", json("{look: {vector: ?}}", new float[8]));
        assertEquals(400, written.status(), written::text);
        assertTrue(written.reasons().contains("alias [look.vector]"), written::reasons);
        JsonNode simulated = http.ok(
                "POST",
                "/_ingest/pipeline/_simulate",
                json("{pipeline: {processors: [{vector_hash: {field: 'v', target_field: 'photo'}}]}, docs: "
                        + "[{_source: {photo: {vector: [1, 2]}}}]}"));
        assertTrue(simulated.toString().contains("[v]"), simulated::toString);
        assertTrue(simulated.at("/docs/0/error").isObject(), simulated::toString);
    }

    /** Whatever a field is called, what its mapping says counts; where it says nothing, its name does. */
    @Test
    void whatAFieldOfCodesHoldsIsWhatItsMappingSays() {
        Album.Photo photo = photos.get(4);
        JsonNode made = http.ok("POST", "/_lookalike/encoder/default/_encode", json("{image: ?}", photo.base64()));
        int bits = 4 * made.path("hash").asText().length();
        String index = INDEX + "-kinds";
        String field = "{type: 'dense_vector', element_type: 'bit', dims: ?, meta: {lookalike_encoder: 'default'";
        http.ok(
                "PUT",
                "/" + index,
                json(
                        "{mappings: {properties: {encoder: {type: 'keyword'}, pixels: " + field
                                + ", lookalike_kind: 'phash'}}, phash: " + field
                                + ", lookalike_kind: 'hash'}}, old: {properties: {encoder: {type: 'keyword'}, phash: "
                                + field + "}}, hash: " + field + "}}}}}}}",
                        64,
                        bits,
                        64,
                        bits));
        try {
            http.ok(
                    "PUT",
                    "/" + index + "/_doc/1?refresh=true",
                    json(
                            "{encoder: ?, pixels: ?, phash: ?, old: {encoder: ?, phash: ?, hash: ?}}",
                            made.path("encoder"),
                            made.path("phash"),
                            made.path("hash"),
                            made.path("encoder"),
                            made.path("phash"),
                            made.path("hash")));
            for (String name : List.of("pixels", "phash", "old.phash", "old.hash")) {
                boolean perceptual = name.equals("pixels") || name.equals("old.phash");
                ObjectNode radius = json("{field: ?, query_image: ?, max_distance: 0}", name, photo.base64());
                JsonNode hits = http.hits(index, json("{query: {hash_radius: ?}}", radius));
                assertEquals(List.of("1"), Json.texts(hits, "_id"), name);
                Http.Answer turned = http.send(
                        "POST",
                        "/" + index + "/_search",
                        json("{query: {hash_radius: ?}}", radius.put("transforms", "dihedral")));
                assertEquals(perceptual ? 200 : 400, turned.status(), turned::text);
                assertTrue(
                        perceptual || turned.reasons().contains("needs a field of hashes of pixels"), turned::reasons);
            }
        } finally {
            http.ok("DELETE", "/" + index);
        }
    }
}
