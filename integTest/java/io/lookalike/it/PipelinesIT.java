package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A document never carries the vector of another picture, and nothing is indexed where no search would find it. */
@ExtendWith(SharedNode.class)
class PipelinesIT {
    private static final String INDEX = "pipelines";
    private static final String STREAM = "pipelines-stream";
    private static final List<Album.Photo> PHOTOS = Album.draw(1, 77);

    private final Http http;

    PipelinesIT(Http http) {
        this.http = http;
    }

    @BeforeEach
    void put() {
        pipeline(INDEX, "{image_embedding: {field: 'image', target_field: 'photo'}}");
    }

    @AfterEach
    void remove() {
        for (String path : List.of(
                "/" + INDEX,
                "/" + INDEX + "-2",
                "/_data_stream/" + STREAM,
                "/_index_template/" + STREAM,
                "/_ingest/pipeline/" + INDEX,
                "/_lookalike/encoder/" + INDEX + "?force=true")) {
            http.send("DELETE", path, null);
        }
    }

    private void pipeline(String name, String processors) {
        http.ok("PUT", "/_ingest/pipeline/" + name, json("{processors: [" + processors + "]}"));
    }

    private ObjectNode mapping(String parameters) {
        return http.ok("GET", "/_lookalike/encoder/default/_mapping?target_field=photo" + parameters)
                .deepCopy();
    }

    private static String picture(int i) {
        return PHOTOS.get(i).base64();
    }

    private static JsonNode document(int i) {
        return json("{image: ?}", picture(i));
    }

    private JsonNode stored(String id) {
        return http.ok("GET", "/" + INDEX + "/_doc/" + id + "?_source_exclude_vectors=false")
                .path("_source");
    }

    private void refused(String part, String method, String path, JsonNode body) {
        Http.Answer answer = http.send(method, path, body);
        assertEquals(400, answer.status(), answer::text);
        assertTrue(answer.reasons().contains(part), () -> part + ": " + answer.text());
        assertTrue(answer.text().length() < 5000, () -> answer.text().length() + " characters");
    }

    private JsonNode bulk(Bulk lines) {
        return http.send("POST", "/" + INDEX + "/_bulk", lines.bytes(), "application/x-ndjson")
                .body();
    }

    /** The code that a document has; Elasticsearch shows it as a list of bytes. */
    private String storedCode(String field) {
        StringBuilder hex = new StringBuilder();
        stored("1")
                .at("/" + field + "/hash")
                .forEach(each -> hex.append(HexFormat.of().toHexDigits((byte) each.asInt())));
        return hex.toString();
    }

    private String codeOf(int i) {
        return http.ok("POST", "/_lookalike/encoder/default/_encode", document(i))
                .path("hash")
                .asText();
    }

    @Test
    void aPictureThatNoPipelineTookIsRefused() {
        http.ok("PUT", "/" + INDEX, mapping(""));
        http.ok("PUT", "/" + INDEX + "/_doc/1?pipeline=" + INDEX, document(0));
        String part = "field [image] of index [pipelines] takes pictures through an ingest pipeline";
        refused(part, "PUT", "/" + INDEX + "/_doc/1", document(1));
        refused(part, "PUT", "/" + INDEX + "/_doc/1", json("{image: [?, ?]}", picture(1), picture(2)));
        refused(part, "PUT", "/" + INDEX + "/_doc/1", json("{image: {data: ?}}", picture(1)));
        refused("set [index.default_pipeline]", "POST", "/" + INDEX + "/_update/1", json("{doc: ?}", document(1)));
        List<String> failures =
                Http.failures(bulk(new Bulk().update("1", document(1)).update("1", json("{a: 1}"))));
        assertEquals(1, failures.size(), failures::toString);
        assertTrue(failures.getFirst().contains(part), failures::toString);
        assertEquals(codeOf(0), storedCode("photo"));
    }

    @Test
    void theDefaultPipelineIsInTheMapping() {
        http.ok("PUT", "/" + INDEX, mapping("&pipeline=" + INDEX));
        http.ok("PUT", "/" + INDEX + "/_doc/1", document(0));
        http.ok("POST", "/" + INDEX + "/_update/1", json("{doc: ?}", document(1)));
        assertEquals(codeOf(1), storedCode("photo"));
        http.ok("POST", "/" + INDEX + "/_update/1", json("{doc: {title: 'x'}}"));
        assertEquals(codeOf(1), storedCode("photo"));
        // Elasticsearch runs no pipeline for these
        List<String> failures = Http.failures(bulk(new Bulk().update("1", document(2))));
        assertTrue(failures.getFirst().contains("use POST /pipelines/_update/1"), failures::toString);
        http.ok("PUT", "/" + INDEX + "/_doc/2", document(0));
        Http.Answer emptied = http.send(
                "POST",
                "/" + INDEX + "/_bulk",
                new Bulk().update("2", json("{image: null}")).bytes(),
                "application/x-ndjson");
        assertEquals(1, emptied.warnings().size(), emptied::text);
        assertTrue(emptied.warnings().getFirst().contains("[photo] are still of the picture before"));
        refused("that of the index is [pipelines]", "PUT", "/" + INDEX + "/_doc/1?pipeline=_none", document(2));
        assertEquals(codeOf(1), storedCode("photo"));
        http.ok("POST", "/" + INDEX + "/_update/1", json("{doc: {image: null}}"));
        assertFalse(stored("1").has("photo"));
        assertEquals("x", stored("1").path("title").asText());
        http.ok("POST", "/" + INDEX + "/_update/1", json("{doc: {title: 'y'}}"));
        assertEquals("y", stored("1").path("title").asText());
    }

    @Test
    void aPictureThatIsKeptIsNotIndexedAndAnUpdatePastThePipelineIsToldOf() {
        pipeline(INDEX, "{image_embedding: {field: 'image', target_field: 'photo', remove_source: false}}");
        http.ok("PUT", "/" + INDEX, mapping("&remove_source=false"));
        Http.Answer answer = http.send("PUT", "/" + INDEX + "/_doc/1?pipeline=" + INDEX, document(0));
        assertEquals(List.of(), answer.warnings());
        assertEquals(picture(0), stored("1").path("image").asText());
        assertEquals(
                0, http.hits(INDEX, json("{query: {exists: {field: 'image'}}}")).size());
        for (Http.Answer told : List.of(
                http.send("POST", "/" + INDEX + "/_update/1", json("{doc: ?}", document(1))),
                http.send(
                        "POST",
                        "/" + INDEX + "/_bulk",
                        new Bulk()
                                .update("1", document(2))
                                .update("1", document(1))
                                .bytes(),
                        "application/x-ndjson"),
                http.send("POST", "/" + INDEX + "/_update/1", json("{doc: {image: null}}")),
                http.send("PUT", "/" + INDEX + "/_doc/2", document(1)))) {
            assertEquals(200, told.status() / 100 * 100, told::text);
            assertEquals(1, told.warnings().size(), () -> told.text() + told.warnings());
            assertTrue(told.warnings().getFirst().contains("no pipeline ran"), told.warnings()::toString);
        }
        for (Http.Answer fine : List.of(
                http.send("POST", "/" + INDEX + "/_update/1", json("{doc: {title: 'x'}}")),
                http.send("PUT", "/" + INDEX + "/_doc/3?pipeline=" + INDEX, document(1)),
                http.send("PUT", "/" + INDEX + "/_doc/4", json("{title: 'none'}")))) {
            assertEquals(List.of(), fine.warnings());
        }
        http.ok("PUT", "/" + INDEX + "/_settings", json("{'index.default_pipeline': ?}", INDEX));
        Http.Answer update = http.send("POST", "/" + INDEX + "/_update/1", json("{doc: ?}", document(2)));
        assertEquals(List.of(), update.warnings());
        assertEquals(codeOf(2), storedCode("photo"));
        // of these, Elasticsearch runs the pipeline for what was sent alone
        for (JsonNode sent : List.of(document(1), json("{image: null}"))) {
            Http.Answer upsert = http.send(
                    "POST", "/" + INDEX + "/_bulk", new Bulk().upsert("1", sent).bytes(), "application/x-ndjson");
            assertEquals(List.of(), Http.failures(upsert.body()));
            assertEquals(sent.path("image").isNull() ? 1 : 0, upsert.warnings().size(), upsert.warnings()::toString);
            assertEquals(codeOf(1), storedCode("photo"));
        }
    }

    /** What searches answered wrongly without a word. */
    @Test
    void searchesThatMeanSomethingElseAreRefused() {
        http.ok("PUT", "/_lookalike/encoder/" + INDEX, json("{model: 'builtin-1', hash: {bits: 64}}"));
        http.ok("PUT", "/" + INDEX, mapping("&pipeline=" + INDEX));
        String path = "/" + INDEX + "/_search";
        String picture = picture(0);
        refused(
                "field [image] is an object without vectors or codes",
                "POST",
                path,
                json("{query: {hash_knn: {field: 'image', encoder: 'default', query_image: ?}}}", picture));
        refused(
                "[max_distance] must be a whole number; got [0.15]",
                "POST",
                path,
                json("{query: {hash_radius: {field: 'photo.phash', query_image: ?, max_distance: 0.15}}}", picture));
        refused(
                "encodes with encoder [pipelines] but the search is by encoder [default]",
                "POST",
                path,
                json(
                        "{query: {hash_knn: {field: 'photo.vector', query_vector_builder: {image_embedding: "
                                + "{encoder: 'pipelines', image: ?}}}}}",
                        picture));
    }

    @Test
    void severalEncodersAndSeveralProcessorsReadOnePicture() {
        http.ok("PUT", "/_lookalike/encoder/" + INDEX, json("{model: 'builtin-1', hash: {bits: 64}}"));
        ObjectNode body = mapping("&pipeline=" + INDEX);
        for (String field : List.of("second", "third")) {
            body.withObject("mappings").withObject("properties").setAll((ObjectNode)
                    http.ok("GET", "/_lookalike/encoder/" + INDEX + "/_mapping?target_field=" + field)
                            .at("/mappings/properties"));
        }
        http.ok("PUT", "/" + INDEX, body);
        pipeline(
                INDEX,
                "{image_embedding: {field: 'image', encoders: [{target_field: 'photo'}, {encoder: 'pipelines', "
                        + "target_field: 'second'}]}},"
                        + "{image_embedding: {field: 'image', encoder: 'pipelines', target_field: 'third'}}");
        http.ok("PUT", "/" + INDEX + "/_doc/1", document(0));
        JsonNode before = stored("1");
        assertFalse(before.has("image"));
        assertEquals(before.at("/second/phash"), before.at("/third/phash"));
        assertEquals(16, storedCode("second").length());
        http.ok("POST", "/" + INDEX + "/_update/1", json("{doc: ?}", document(1)));
        JsonNode after = stored("1");
        assertEquals(codeOf(1), storedCode("photo"));
        assertNotEquals(before.at("/second/vector"), after.at("/second/vector"));
        for (String field : List.of("second", "third")) {
            // a batch changes the last bits of vectors
            assertEquals(after.at("/photo/phash"), after.at("/" + field + "/phash"));
            assertEquals(before.at("/" + field + "/encoder"), after.at("/" + field + "/encoder"));
        }
        JsonNode simulated = http.ok(
                "POST",
                "/_ingest/pipeline/" + INDEX + "/_simulate?verbose",
                json("{docs: [{_source: ?}]}", document(1)));
        JsonNode last = simulated.at("/docs/0/processor_results/1/doc/_source");
        assertTrue(last.at("/second/hash").isTextual() && last.at("/third/hash").isTextual(), simulated::toString);
    }

    @Test
    void anIndexWithoutTheMappingIsRefused() {
        String doc = "/_doc/1?pipeline=" + INDEX;
        refused("[pipelines] does not exist, and no template has a mapping", "PUT", "/" + INDEX + doc, document(0));
        http.ok("PUT", "/" + INDEX, json("{}"));
        refused("index [pipelines] has no mapping for [photo.vector", "PUT", "/" + INDEX + doc, document(0));
        http.ok("PUT", "/" + INDEX + "-2", mapping(""));
        http.ok("PUT", "/" + INDEX + "-2/_alias/" + INDEX + "-alias");
        http.ok("PUT", "/" + INDEX + "-alias" + doc, document(0));
        refused(
                "is not nested and cannot take several pictures",
                "PUT",
                "/" + INDEX + "-2" + doc,
                json("{image: [?]}", picture(1)));
        http.ok("PUT", "/_lookalike/encoder/" + INDEX, json("{model: 'builtin-1', hash: {bits: 256, seed: 5}}"));
        pipeline(INDEX, "{image_embedding: {field: 'image', target_field: 'photo', encoder: 'pipelines'}}");
        refused(
                "[photo.vector] of index [pipelines-2] is mapped for encoder [default], not for [pipelines]",
                "PUT",
                "/" + INDEX + "-2" + doc,
                document(0));
        pipeline(
                INDEX,
                "{image_embedding: {field: 'image', target_field: 'photo', encoder: 'pipelines', check_mapping: "
                        + "false}}");
        http.ok("PUT", "/" + INDEX + "-2" + doc, document(0));
    }

    private JsonNode simulated(String key, JsonNode value) {
        ObjectNode request = json("{docs: [{_index: 'pipelines', _id: '1', _source: ?}]}", document(0));
        if (key != null) {
            request.set(key, value);
        }
        return http.ok("POST", "/_ingest/_simulate?pipeline=" + INDEX, request).at("/docs/0/doc");
    }

    @Test
    void aSimulationIsJudgedByTheMappingThatItBrings() {
        http.ok("PUT", "/" + INDEX, json("{}"));
        String part = "index [pipelines] has no mapping for [photo.vector";
        assertTrue(simulated(null, null).at("/error/reason").asText().contains(part));
        JsonNode mapping = mapping("").path("mappings");
        JsonNode template = json("{index_patterns: ['pipelines'], template: {mappings: ?}}", mapping);
        for (JsonNode done : List.of(
                simulated("mapping_addition", mapping),
                simulated("index_template_substitutions", json("{mine: ?}", template)))) {
            assertFalse(done.has("error"), done::toString);
            assertTrue(done.at("/_source/photo/hash").isTextual(), done::toString);
        }
        JsonNode half = simulated("mapping_addition", json("{properties: {title: {type: 'text'}}}"));
        assertTrue(half.at("/error/reason").asText().contains(part), half::toString);
    }

    @Test
    void dataStreamsAndTheirTemplates() {
        http.ok(
                "PUT",
                "/_index_template/" + STREAM,
                json(
                        "{index_patterns: ['pipelines-stream*'], data_stream: {}, template: ?}",
                        mapping("&pipeline=" + INDEX)));
        JsonNode document = json("{'@timestamp': '2026-11-30T00:00:00Z', image: ?}", picture(0));
        http.ok("POST", "/" + STREAM + "/_doc?refresh=true", document);
        http.ok("POST", "/" + STREAM + "/_rollover", json("{}"));
        http.ok("POST", "/" + STREAM + "/_doc?refresh=true", document);
        JsonNode hits =
                http.hits(STREAM, json("{query: {hash_knn: {field: 'photo.vector', query_image: ?}}}", picture(0)));
        assertEquals(2, hits.size(), hits::toString);
        assertEquals(1, hits.at("/0/_score").asDouble(), 1e-4);
        http.ok("POST", "/_index_template/" + STREAM, json("{index_patterns: ['pipelines-stream*'], data_stream: {}}"));
        http.ok("POST", "/" + STREAM + "/_rollover", json("{}"));
        refused("has no mapping for", "POST", "/" + STREAM + "/_doc?pipeline=" + INDEX, document);
    }

    @Test
    void aDocumentThatWasReadWithoutItsVectorsIsNotTakenBack() {
        http.ok("PUT", "/" + INDEX, mapping("&pipeline=" + INDEX));
        http.ok("PUT", "/" + INDEX + "/_doc/1", document(0));
        JsonNode shown = http.ok("GET", "/" + INDEX + "/_doc/1").path("_source");
        refused("_source_exclude_vectors=false", "PUT", "/" + INDEX + "/_doc/1", shown);
        http.ok("PUT", "/" + INDEX + "/_doc/1", stored("1"));
        assertEquals(codeOf(0), storedCode("photo"));
        // leaving vectors out of _source would do the same to every update
        http.send("DELETE", "/" + INDEX, null);
        ObjectNode body = mapping("&pipeline=" + INDEX);
        body.withObject("mappings").set("_source", json("{excludes: ['photo.vector']}"));
        http.ok("PUT", "/" + INDEX, body);
        refused("leaves out [photo.vector] but not [photo.encoder]", "PUT", "/" + INDEX + "/_doc/1", document(0));
    }
}
