package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static io.lookalike.it.Mistake.mistake;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fields of a trained encoder that are written beside those of the one before, from stored vectors. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReencodeIT {
    private static final String INDEX = "reencode";
    private static final String TO = "reencode-to";
    private static final String REENCODE = "/" + INDEX + "/_lookalike/reencode";
    private static final int DOCUMENTS = 1_200;

    private final Http http;
    private final Mixture mixture;

    ReencodeIT(Http http) {
        this.http = http;
        this.mixture = new Mixture(http, INDEX, DOCUMENTS, 20, 8);
    }

    @BeforeAll
    void train() {
        mixture.index(32, 2);
        http.ok(
                "POST",
                "/_lookalike/encoder/" + TO + "/_train",
                json(
                        "{from: ?, index: ?, learn: {pca: {dims: 40}, itq: {bits: 40}, kmeans: {clusters: 20}}}",
                        INDEX,
                        INDEX));
        // from now on every document that goes through it fails
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + INDEX,
                json("{processors: [{vector_hash: {field: 'absent', target_field: 'never', encoder: ?}}]}", INDEX));
    }

    @AfterAll
    void leaveNothingBehind() {
        mixture.remove();
        Mixture.remove(http, TO);
    }

    private ObjectNode body(String target) {
        return json("{from: ?, to: ?, target_field: ?}", INDEX, TO, target);
    }

    private int count(String query, Object... values) {
        return http.ok("POST", "/" + INDEX + "/_count", json("{query: " + query + "}", values))
                .path("count")
                .asInt();
    }

    private JsonNode source(String id) {
        return http.ok("GET", "/" + INDEX + "/_doc/" + id + "?_source_exclude_vectors=false")
                .path("_source");
    }

    @Test
    void fieldsAreThoseThatTheEncoderMakes() {
        JsonNode answer =
                http.ok("POST", REENCODE + "?refresh=true", body("whole").put("batch_size", 100));
        assertEquals(DOCUMENTS, answer.path("total").asInt());
        assertEquals(DOCUMENTS, answer.path("updated").asInt(), answer::toString);
        assertEquals(12, answer.path("batches").asInt());
        assertEquals(0, answer.path("failures").size());
        JsonNode before = http.ok("GET", "/_lookalike/encoder/" + INDEX + "?full=true");
        JsonNode after = http.ok("GET", "/_lookalike/encoder/" + TO + "?full=true");
        for (int i = 0; i < DOCUMENTS; i += 97) {
            JsonNode made = http.ok(
                    "POST", "/_lookalike/encoder/" + TO + "/_encode", json("{vector: ?}", mixture.vectors.get(i)));
            JsonNode source = source("" + i);
            ObjectNode stored = (ObjectNode) source.path("whole");
            assertEquals(names(made), names(stored));
            assertEquals(made.path("encoder"), stored.path("encoder"));
            assertEquals(made.path("vector"), stored.path("vector"));
            assertEquals(made.path("buckets"), stored.path("buckets"));
            assertEquals(made.path("cluster"), stored.path("cluster"));
            assertEquals(before.path("fingerprint"), source.at("/photo/encoder"));
            assertEquals(after.path("fingerprint"), source.at("/whole/encoder"));
            assertEquals(i % 2 == 0 ? "even" : "odd", source.path("group").asText());
        }
        JsonNode mapping =
                http.ok("GET", "/" + INDEX + "/_mapping").at("/" + INDEX + "/mappings/properties/whole/properties");
        assertEquals(40, mapping.at("/vector/dims").asInt());
        assertEquals("flat", mapping.at("/vector/index_options/type").asText());
        assertEquals(TO, mapping.at("/vector/meta/lookalike_encoder").asText());
        // either encoder goes on to find what it found
        assertTrue(mixture.recall(INDEX, "photo.vector", DOCUMENTS) == 1);
        assertTrue(mixture.recall(INDEX, "whole.vector", DOCUMENTS) > .8);

        JsonNode again = http.ok("POST", REENCODE, body("whole"));
        assertEquals(0, again.path("updated").asInt(), again::toString);
        assertEquals(DOCUMENTS, again.path("skipped").asInt(), again::toString);
        assertEquals(DOCUMENTS, again.path("total").asInt(), again::toString);
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new HashSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void whatWasCancelledIsGoneOnWith() {
        String task = http.ok(
                        "POST",
                        REENCODE + "?wait_for_completion=false&requests_per_second=100",
                        body("resumed").put("batch_size", 50))
                .path("task")
                .asText();
        JsonNode status;
        do {
            status = http.ok("GET", "/_tasks/" + task).at("/task/status");
        } while (status.path("updated").asInt() < 100);
        assertEquals("reencode", status.path("phase").asText());
        assertEquals(DOCUMENTS, status.path("of").asInt());
        http.ok("POST", "/_tasks/" + task + "/_cancel?wait_for_completion=true");
        JsonNode kept = http.ok("GET", "/_tasks/" + task + "?wait_for_completion=true");
        assertEquals("task_cancelled_exception", kept.at("/error/type").asText(), kept::toString);
        http.ok("POST", "/" + INDEX + "/_refresh");
        int done = count("{exists: {field: 'resumed.vector'}}");
        assertTrue(done >= 100 && done < DOCUMENTS, "" + done);

        JsonNode rest = http.ok("POST", REENCODE + "?refresh=true", body("resumed"));
        assertEquals(done, rest.path("skipped").asInt(), rest::toString);
        assertEquals(DOCUMENTS - done, rest.path("updated").asInt(), rest::toString);
        assertEquals(DOCUMENTS, count("{exists: {field: 'resumed.vector'}}"));
    }

    @Test
    void aQueryChoosesDocuments() {
        ObjectNode odd = body("chosen");
        odd.set("query", json("{term: {group: 'odd'}}"));
        JsonNode answer = http.ok("POST", REENCODE + "?refresh=true", odd);
        assertEquals(DOCUMENTS / 2, answer.path("updated").asInt());
        assertEquals(
                DOCUMENTS / 2, count("{bool: {filter: [{exists: {field: 'chosen.vector'}}, {term: {group: 'odd'}}]}}"));
        assertEquals(DOCUMENTS / 2, count("{exists: {field: 'chosen.vector'}}"));
    }

    /** Every third document is changed after it was read, or before, or in between. */
    @Test
    void whatOthersWriteMeanwhileIsKept() throws Exception {
        CompletableFuture<HttpResponse<byte[]>> running =
                http.start("POST", REENCODE + "?refresh=true", body("shared").put("batch_size", 400));
        for (int i = 0; i < DOCUMENTS; i += 3) {
            Http.Answer answer;
            do {
                answer = http.send(
                        "POST",
                        "/" + INDEX + "/_bulk",
                        new Bulk()
                                .update("" + i, json("{note: ?}", "note " + i))
                                .bytes(),
                        Http.LINES);
            } while (answer.body().path("errors").asBoolean(true));
        }
        Http.Answer ended = Http.answer(running.get());
        assertEquals(200, ended.status(), ended::text);
        // whoever goes on writing until the end may leave conflicts, which another run takes up
        http.ok("POST", "/" + INDEX + "/_refresh");
        JsonNode rest = http.ok("POST", REENCODE + "?refresh=true", body("shared"));
        assertEquals(0, rest.path("conflicts").asInt());
        assertEquals(DOCUMENTS, count("{exists: {field: 'shared.vector'}}"));
        for (int i = 0; i < DOCUMENTS; i += 3) {
            JsonNode source = source("" + i);
            assertEquals("note " + i, source.path("note").asText());
            assertTrue(source.at("/shared/encoder").isTextual(), "" + i);
        }
    }

    @Test
    void picturesKeepWhatIsOfThePicture() {
        List<Album.Photo> photos = Album.draw(2, 11);
        String name = "reencode-pictures";
        ObjectNode mapping = http.ok("GET", "/_lookalike/encoder/default/_mapping?target_field=photo&nested=true")
                .deepCopy();
        mapping.withObject("settings").put("index.default_pipeline", name);
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + name,
                json("{processors: [{image_embedding: {field: 'image', target_field: 'photo', regions_field: "
                        + "'boxes'}}]}"));
        http.ok("PUT", "/" + name, mapping);
        try {
            Bulk bulk = new Bulk();
            for (int i = 0; i + 1 < photos.size(); i += 2) {
                bulk.index(
                        "" + i,
                        json(
                                "{image: [?, ?], boxes: [null, [[0, 0, 0.5, 0.5], [0.25, 0.25, 0.5, 0.5]]]}",
                                photos.get(i).base64(),
                                photos.get(i + 1).base64()));
            }
            http.bulk("/" + name + "/_bulk", bulk);
            http.ok(
                    "POST",
                    "/_lookalike/encoder/" + name + "/_train",
                    json("{from: 'default', index: ?, learn: {pca: {dims: 24}, itq: {bits: 24}}}", name));
            JsonNode answer = http.ok(
                    "POST",
                    "/" + name + "/_lookalike/reencode?refresh=true",
                    json("{from: 'default', to: ?, source_field: 'photo', target_field: 'other'}", name));
            assertEquals(photos.size() / 2, answer.path("updated").asInt(), answer::toString);
            JsonNode source = http.ok("GET", "/" + name + "/_doc/4?_source_exclude_vectors=false")
                    .path("_source");
            assertEquals(3, source.path("other").size(), source::toString);
            for (int entry = 0; entry < 3; entry++) {
                JsonNode before = source.path("photo").path(entry);
                JsonNode after = source.path("other").path(entry);
                assertEquals(24, after.path("vector").size());
                for (String field : List.of("phash", "quality", "width", "height", "format", "picture", "region")) {
                    assertEquals(before.path(field), after.path(field), field);
                }
                assertEquals(entry > 0, after.path("region").isObject());
            }
            Album.Photo photo = photos.get(4);
            List<String> found = http.ids(
                    name,
                    json(
                            "{_source: false, query: {nested: {path: 'other', score_mode: 'max', query: {hash_knn: "
                                    + "{field: 'other.vector', query_image: ?, k: 3}}}}}",
                            photo.base64()));
            assertEquals("4", found.get(0));
            assertEquals(
                    List.of("4"),
                    http.ids(
                            name,
                            json(
                                    "{_source: false, query: {nested: {path: 'other', query: {hash_radius: {field: "
                                            + "'other.phash', query_image: ?, max_distance: 0}}}}}",
                                    photo.base64())));
            assertEquals(
                    photos.size() / 2,
                    http.ok(
                                    "POST",
                                    "/" + name + "/_lookalike/reencode",
                                    json("{from: 'default', to: ?, target_field: 'other'}", name))
                            .path("skipped")
                            .asInt());
        } finally {
            Mixture.remove(http, name);
        }
    }

    @Test
    void anIndexThatMustNotBeWrittenIsLeftAlone() {
        http.ok(
                "PUT",
                "/reencode-blocked",
                http.ok("GET", "/_lookalike/encoder/" + INDEX + "/_mapping?target_field=photo"));
        try {
            JsonNode photo = source("1").path("photo");
            http.bulk("/reencode-blocked/_bulk", new Bulk().index("1", json("{photo: ?}", photo)));
            http.ok("PUT", "/reencode-blocked/_settings", json("{'index.blocks.write': true}"));
            Http.Answer blocked = http.send("POST", "/reencode-blocked/_lookalike/reencode", body("other"));
            assertEquals(403, blocked.status(), blocked::reasons);
            http.ok("PUT", "/reencode-blocked/_settings", json("{'index.blocks.write': null}"));
            JsonNode answer = http.ok("POST", "/reencode-blocked/_lookalike/reencode", body("other"));
            assertEquals(1, answer.path("updated").asInt(), answer::toString);
        } finally {
            http.ok("DELETE", "/reencode-blocked");
        }
    }

    static Stream<Mistake> mistakes() {
        return Stream.of(
                wrong("no target", "{target_field: null}", 400, "[target_field] must be the name of a new field"),
                wrong("no from", "{from: null}", 400, "[from] is missing"),
                wrong("no to", "{to: null}", 400, "[to] is missing"),
                wrong("one encoder", "{to: 'reencode'}", 400, "[from] and [to] are both [reencode]"),
                wrong("no such encoder", "{to: 'nobody'}", 404, "no such encoder [nobody]"),
                wrong(
                        "the way back",
                        "{from: 'reencode-to', to: 'reencode'}",
                        400,
                        "index the pictures again with [reencode]"),
                wrong("other encoder", "{to: 'default'}", 400, "was not trained from it"),
                wrong(
                        "in place",
                        "{target_field: 'photo'}",
                        400,
                        "must not equal, contain or lie inside [source_field] [photo]"),
                wrong("within", "{target_field: 'photo.more'}", 400, "never changed in place"),
                wrong(
                        "a keyword",
                        "{target_field: 'group'}",
                        400,
                        "field [group] of index [reencode] is of type [keyword]"),
                wrong(
                        "no such source",
                        "{source_field: 'picture'}",
                        400,
                        "field [picture.vector] of [reencode] is missing"),
                wrong("unknown field", "{targetfield: 'x'}", 400, "unknown field [targetfield]; reencode takes"),
                wrong("unknown graph", "{graph: 'hnsw'}", 400, "[graph] must be one of [vectors, codes, none]"),
                wrong("batches of none", "{batch_size: 0}", 400, "[batch_size] must be an integer from [1] to [10000]"),
                wrong("no such query", "{query: {trem: {}}}", 400, "unknown query [trem]"),
                mistake(
                        "no such index",
                        "POST",
                        "/nowhere/_lookalike/reencode",
                        json("{from: 'reencode', to: 'reencode-to', target_field: 'x'}"),
                        404,
                        "no such index [nowhere]"),
                mistake(
                        "no documents a second",
                        "POST",
                        REENCODE + "?requests_per_second=0",
                        json("{from: 'reencode', to: 'reencode-to', target_field: 'x'}"),
                        400,
                        "[requests_per_second] must be above [0]"));
    }

    /** @param body over one that is right */
    private static Mistake wrong(String name, String body, int status, String... parts) {
        ObjectNode whole = json("{from: ?, to: ?, target_field: 'never'}", INDEX, TO);
        whole.setAll(json(body));
        return mistake(name, "POST", REENCODE, whole, status, parts);
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void aMistakeIsAnsweredWithWhatToDo(Mistake mistake) {
        for (String wait : List.of("true", "false")) {
            Http.Answer answer = http.send(
                    mistake.method(),
                    mistake.path() + (mistake.path().contains("?") ? "&" : "?") + "wait_for_completion=" + wait,
                    mistake.body());
            assertEquals(mistake.status(), answer.status(), answer::reasons);
            for (String part : mistake.parts()) {
                assertTrue(answer.reasons().contains(part), () -> "[" + part + "] is not in: " + answer.reasons());
            }
        }
        JsonNode mapping = http.ok("GET", "/" + INDEX + "/_mapping").at("/" + INDEX + "/mappings/properties");
        assertTrue(mapping.path("never").isMissingNode(), mapping::toString);
    }
}
