package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.demo.Alteration;
import io.lookalike.demo.DrawnPictures;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the plugin is for: pictures go in through a pipeline, similar pictures come out of a search. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MainJobIT {
    private static final String INDEX = "main-job";
    private static final int PER_CLASS = 6;

    private final List<Album.Photo> photos = Album.draw(PER_CLASS, 11);
    private final Http http;

    MainJobIT(Http http) {
        this.http = http;
    }

    @BeforeAll
    void indexThePictures() {
        Album.create(http, INDEX, "default", 2);
        http.bulk("/" + INDEX + "/_bulk", Album.bulk(photos));
    }

    private static ObjectNode search(int size, ObjectNode query) {
        return json("{size: ?, _source: false, query: ?}", size, query);
    }

    private static ObjectNode hashKnn(Album.Photo photo, int k, String candidates) {
        return json(
                "{hash_knn: {field: 'photo.vector', query_image: ?, k: ?, candidates: ?}}",
                photo.base64(),
                k,
                candidates);
    }

    private static String clazz(String id) {
        return id.replaceAll("[0-9]", "");
    }

    /** Mean share of the first five others that are of the query's class; chance is 5 in 95, that is, 0.05. */
    private double precision(Function<Album.Photo, List<String>> search) {
        double sum = 0;
        for (Album.Photo photo : photos) {
            List<String> found = search.apply(photo);
            assertEquals(photo.id(), found.get(0), "a picture is most similar to itself");
            sum += found.stream()
                            .skip(1)
                            .filter(id -> clazz(id).equals(photo.clazz()))
                            .count()
                    / (double) (PER_CLASS - 1);
        }
        return sum / photos.size();
    }

    @Test
    void everyDocumentHasWhatTheEncoderMakes() {
        JsonNode hits =
                http.hits(INDEX, json("{size: 200, _source: {exclude_vectors: false}, query: {match_all: {}}}"));
        assertEquals(photos.size(), hits.size());
        String fingerprint = http.ok("GET", "/_lookalike/encoder/default")
                .path("default")
                .path("fingerprint")
                .asText();
        int dims = http.ok("GET", "/_lookalike/encoder/default")
                .path("default")
                .path("dims")
                .asInt();
        Map<String, Album.Photo> byId = new HashMap<>();
        photos.forEach(photo -> byId.put(photo.id(), photo));
        for (JsonNode hit : hits) {
            JsonNode source = hit.path("_source");
            JsonNode made = source.path("photo");
            Album.Photo photo = byId.get(hit.path("_id").asText());
            assertAll(
                    photo.id(),
                    () -> assertFalse(source.has("image"), "the picture itself is not stored"),
                    () -> assertEquals(dims, made.path("vector").size()),
                    () -> assertEquals(fingerprint, made.path("encoder").asText()),
                    () -> assertEquals(64, hex(made.path("hash")).length()),
                    () -> assertEquals(16, hex(made.path("phash")).length()),
                    () -> assertTrue(made.path("quality").asInt(-1) > 20, made::toString),
                    () -> assertEquals(10, made.path("buckets").size()),
                    () -> assertTrue(made.path("width").asInt() >= 224
                            && made.path("width").asInt() <= 288),
                    () -> assertTrue(made.path("height").asInt() >= 161
                            && made.path("height").asInt() <= 225),
                    () -> assertEquals(
                            photo.format().replace("jpg", "jpeg"),
                            made.path("format").asText()));
        }
    }

    @Test
    void aPictureFindsItselfFirstAndThenItsClass() {
        double hamming = precision(p -> http.ids(INDEX, search(PER_CLASS, hashKnn(p, PER_CLASS, "hamming"))));
        double exact = precision(p -> http.ids(INDEX, search(PER_CLASS, hashKnn(p, PER_CLASS, "all"))));
        double stock = precision(p -> http.ids(
                INDEX,
                json(
                        "{size: ?, knn: {field: 'photo.vector', k: ?, num_candidates: 100, query_vector_builder: "
                                + "{image_embedding: {encoder: 'default', image: ?}}}}",
                        PER_CLASS,
                        PER_CLASS,
                        p.base64())));
        assertTrue(exact > 0.5, "precision of exact search " + exact);
        assertEquals(exact, hamming, 0.03);
        assertEquals(exact, stock, 0.03);
    }

    @Test
    void exactAndStockSearchAgreeOnScores() {
        for (Album.Photo photo : photos.subList(0, 20)) {
            JsonNode exact = http.hits(INDEX, search(10, hashKnn(photo, 10, "all")));
            JsonNode stock = http.hits(
                    INDEX,
                    json(
                            "{size: 10, knn: {field: 'photo.vector', k: 10, num_candidates: 100, "
                                    + "query_vector_builder: {image_embedding: {image: ?}}}}",
                            photo.base64()));
            assertEquals(10, exact.size());
            for (int i = 0; i < 10; i++) {
                assertEquals(
                        stock.get(i).path("_score").asDouble(),
                        exact.get(i).path("_score").asDouble(),
                        1e-4,
                        photo.id() + " at " + i);
            }
        }
    }

    @Test
    void asManyDocumentsComeBackAsAskedFor() {
        Album.Photo photo = photos.get(17);
        for (String candidates : List.of("hamming", "all")) {
            for (int k : new int[] {1, 2, 50, photos.size(), photos.size() + 10}) {
                assertEquals(
                        Math.min(k, photos.size()),
                        new HashSet<>(http.ids(INDEX, search(k, hashKnn(photo, k, candidates)))).size(),
                        candidates + " " + k);
            }
        }
    }

    @Test
    void theDefaultOfKIsTheSizeOfTheSearch() {
        ObjectNode query = json(
                "{hash_knn: {field: 'photo.vector', query_image: ?}}",
                photos.get(3).base64());
        assertEquals(7, http.ids(INDEX, search(7, query)).size());
        assertEquals(60, http.ids(INDEX, search(60, query)).size());
    }

    @Test
    void nearDuplicatesAreFoundByPerceptualHash() {
        String clazz = "sailboats";
        Album.Photo original = photos.stream()
                .filter(p -> p.id().equals(clazz + 2))
                .findFirst()
                .orElseThrow();
        for (Alteration alteration : Alteration.values()) {
            if (!alteration.expected()) {
                continue;
            }
            String copy = Base64.getEncoder().encodeToString(alteration.encode(DrawnPictures.draw(clazz, 2, 11)));
            JsonNode hits = http.hits(
                    INDEX,
                    json(
                            "{size: 100, query: {hash_radius: {field: 'photo.phash', query_image: ?, max_distance: "
                                    + "14}}}",
                            copy));
            assertTrue(Json.texts(hits, "_id").contains(original.id()), alteration + " is not found");
            double previous = 1;
            for (JsonNode hit : hits) {
                double score = hit.path("_score").asDouble();
                assertTrue(score >= (64 - 14) / 64.0 && score <= previous, alteration + " " + score);
                previous = score;
            }
        }
        JsonNode itself = http.hits(
                INDEX,
                json(
                        "{query: {hash_radius: {field: 'photo.phash', query_image: ?, max_distance: 0}}}",
                        original.base64()));
        assertEquals(List.of(original.id()), Json.texts(itself, "_id"));
        assertEquals(1.0, itself.path(0).path("_score").asDouble());
    }

    @Test
    void likeLeavesItsOwnDocumentOut() {
        for (String id : List.of("fish0", "clocks3")) {
            ObjectNode like = json("{hash_knn: {field: 'photo.vector', like: {index: ?, id: ?}, k: 10}}", INDEX, id);
            List<String> others = http.ids(INDEX, search(10, like));
            assertEquals(10, others.size());
            assertFalse(others.contains(id));
            like.withObject("hash_knn").put("include_self", true);
            List<String> withSelf = http.ids(INDEX, search(11, like));
            assertEquals(id, withSelf.get(0));
            assertEquals(others, withSelf.subList(1, 11));

            ObjectNode radius = json("{hash_radius: {field: 'photo.hash', like: {id: ?}, max_distance: 256}}", id);
            List<String> all = http.ids(INDEX, search(200, radius));
            assertEquals(photos.size() - 1, all.size());
            assertFalse(all.contains(id));
            radius.withObject("hash_radius").put("include_self", true);
            assertEquals(id, http.ids(INDEX, search(200, radius)).get(0));
        }
    }

    @Test
    void aFilterAppliesBeforeCandidatesAreChosen() {
        Album.Photo photo = photos.get(0);
        for (String clazz : List.of("spirals", "faces")) {
            for (String candidates : List.of("hamming", "all")) {
                ObjectNode query = hashKnn(photo, PER_CLASS, candidates);
                ObjectNode knn = query.withObject("hash_knn");
                knn.set("filter", json("{f: [{term: {class: ?}}]}", clazz).get("f"));
                if (candidates.equals("hamming")) {
                    knn.put("num_candidates", PER_CLASS);
                }
                Set<String> expected = new HashSet<>();
                IntStream.range(0, PER_CLASS).forEach(i -> expected.add(clazz + i));
                assertEquals(expected, new HashSet<>(http.ids(INDEX, search(100, query))), candidates);
            }
        }
    }

    @Test
    void changesOfDocumentsAreFollowed() {
        String index = "main-job-changes";
        Album.create(http, index, "default", 1);
        List<Album.Photo> few = new ArrayList<>(photos.subList(0, 30));
        http.bulk("/" + index + "/_bulk", Album.bulk(few));
        Album.Photo changed = few.get(4);
        Album.Photo deleted = few.get(9);
        JsonNode before = document(index, changed.id());

        http.bulk(
                "/" + index + "/_bulk",
                new Bulk().update(changed.id(), json("{note: 'second'}")).delete(deleted.id()));

        JsonNode after = document(index, changed.id());
        assertEquals("second", after.path("note").asText());
        assertEquals(before.path("photo"), after.path("photo"), "an update of another field leaves the encoding alone");
        assertFalse(after.path("photo").path("vector").isEmpty());
        for (String candidates : List.of("hamming", "all")) {
            assertEquals(
                    changed.id(),
                    http.ids(index, search(1, hashKnn(changed, 1, candidates))).get(0));
            List<String> left = http.ids(index, search(100, hashKnn(deleted, 40, candidates)));
            assertEquals(29, left.size());
            assertFalse(left.contains(deleted.id()));
        }

        Album.Photo other = photos.get(60);
        // unlike those of a bulk, an update of one document goes through the pipeline again
        update(index, changed.id(), json("{note: 'third'}"));
        assertEquals(before.path("photo"), document(index, changed.id()).path("photo"));
        update(index, changed.id(), json("{image: ?}", other.base64()));
        assertEquals(
                changed.id(),
                http.ids(index, search(1, hashKnn(other, 1, "hamming"))).get(0));
        assertEquals("third", document(index, changed.id()).path("note").asText());
        assertFalse(document(index, changed.id()).has("image"));
    }

    private void update(String index, String id, JsonNode part) {
        http.ok("POST", "/" + index + "/_update/" + id + "?refresh=true", json("{doc: ?}", part));
    }

    private JsonNode document(String index, String id) {
        return http.ok("GET", "/" + index + "/_doc/" + id + "?_source_exclude_vectors=false")
                .path("_source");
    }

    @Test
    void simulateShowsWhatAPipelineMakes() {
        JsonNode answer = http.ok(
                "POST",
                "/_ingest/pipeline/" + INDEX + "/_simulate",
                json(
                        "{docs: [{_source: {image: ?}}, {_source: {image: 'not a picture'}}, {_source: {note: "
                                + "'none'}}]}",
                        photos.get(0).base64()));
        JsonNode made = answer.path("docs").path(0).path("doc").path("_source").path("photo");
        assertEquals(hex(document(INDEX, photos.get(0).id()).path("photo").path("hash")), hex(made.path("hash")));
        assertTrue(Http.reasons(answer.path("docs").path(1).path("error")).contains("field [image]"), answer::toString);
        assertTrue(
                Http.reasons(answer.path("docs").path(2).path("error")).contains("field [image] is missing"),
                answer::toString);
    }

    @Test
    void aBadPictureFailsItsOwnDocumentOnly() {
        String index = "main-job-failures";
        Album.create(http, index, "default", 1);
        byte[] truncated = Arrays.copyOf(photos.get(1).bytes(), 40);
        Bulk bulk = new Bulk()
                .index("good", photos.get(0).document())
                .index("bad", json("{image: ?}", Base64.getEncoder().encodeToString(truncated)))
                .index("empty", json("{image: ''}"))
                .index("also-good", photos.get(2).document());
        Http.Answer answer = http.send("POST", "/" + index + "/_bulk?refresh=true", bulk.bytes(), Http.LINES);
        assertEquals(200, answer.status());
        List<String> failures = Http.failures(answer.body());
        assertEquals(2, failures.size(), failures::toString);
        assertTrue(failures.get(0).startsWith("bad 400 "), failures::toString);
        assertTrue(failures.get(0).contains("cannot decode field [image]"), failures::toString);
        assertTrue(failures.get(1).startsWith("empty 400 "), failures::toString);
        assertEquals(Set.of("good", "also-good"), Set.copyOf(http.ids(index, search(10, json("{match_all: {}}")))));
    }

    @Test
    void onFailureAndIgnoreFailureWork() {
        String index = "main-job-on-failure";
        // pictures that no processor could take stay in their documents
        Album.create(http, index, "default", 1, "&remove_source=false");
        // no other processor is at hand here that could note the failure: the handler tries another field
        http.ok("PUT", "/_ingest/pipeline/" + index, json("""
                {processors: [
                  {image_embedding: {field: 'image', target_field: 'photo',
                    on_failure: [{image_embedding: {field: 'spare', target_field: 'photo'}}]}},
                  {image_embedding: {field: 'second', target_field: 'more', ignore_failure: true}}]}"""));
        http.bulk(
                "/" + index + "/_bulk",
                new Bulk()
                        .index(
                                "a",
                                json(
                                        "{image: 'AAAA', spare: ?, second: 'AAAA'}",
                                        photos.get(5).base64())));
        JsonNode made = document(index, "a");
        assertFalse(made.has("more"));
        assertEquals(
                document(INDEX, photos.get(5).id()).path("photo").path("hash"),
                made.path("photo").path("hash"));
    }

    @Test
    void missingPicturesMayBeIgnored() {
        String index = "main-job-missing";
        Album.create(http, index, "default", 1);
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + index,
                json("{processors: [{image_embedding: {field: 'image', target_field: 'photo', ignore_missing: "
                        + "true}}]}"));
        http.bulk(
                "/" + index + "/_bulk",
                new Bulk()
                        .index("without", json("{note: 'x'}"))
                        .index("with", photos.get(0).document()));
        assertEquals(List.of("with"), http.ids(index, search(10, hashKnn(photos.get(50), 10, "hamming"))));
        assertEquals(List.of("with"), http.ids(index, search(10, hashKnn(photos.get(50), 10, "all"))));
    }

    /** Queries too; {@code _encode} as well. */
    @Test
    void queriesBringPicturesInEveryFormThatCarriesBytes() {
        Album.Photo photo = photos.get(33);
        JsonNode encoded = http.ok("POST", "/_lookalike/encoder/default/_encode", json("{image: ?}", photo.base64()));
        Map<String, Map<?, ?>> searches = Map.of(
                "hash_knn",
                Map.of("query", Map.of("hash_knn", Map.of("field", "photo.vector", "query_image", photo.bytes()))),
                "hash_radius",
                Map.of(
                        "query",
                        Map.of(
                                "hash_radius",
                                Map.of("field", "photo.phash", "query_image", photo.bytes(), "max_distance", "0"))),
                "knn",
                Map.of(
                        "knn",
                        Map.of(
                                "field",
                                "photo.vector",
                                "query_vector_builder",
                                Map.of("image_embedding", Map.of("image", photo.bytes())))));
        for (String type : List.of("application/smile", "application/cbor")) {
            boolean smile = type.endsWith("smile");
            searches.forEach((name, body) -> {
                Http.Answer answer = http.send(
                        "POST", "/" + INDEX + "/_search", smile ? BinaryJson.smile(body) : BinaryJson.cbor(body), type);
                assertEquals(200, answer.status(), () -> name + " in " + type + ": " + answer.text());
                assertEquals(photo.id(), answer.body().at("/hits/hits/0/_id").asText(), answer::text);
            });
            Map<String, Object> body = Map.of("image", photo.bytes());
            Http.Answer answer = http.send(
                    "POST",
                    "/_lookalike/encoder/default/_encode",
                    smile ? BinaryJson.smile(body) : BinaryJson.cbor(body),
                    type);
            assertEquals(200, answer.status(), answer::text);
            assertEquals(encoded.path("phash"), answer.body().path("phash"));
        }
    }

    @Test
    void picturesComeInEveryFormThatCarriesBytes() {
        String index = "main-job-forms";
        Album.create(http, index, "default", 1);
        Album.Photo photo = photos.get(33);
        Map<String, Object> binary = Map.of("image", photo.bytes(), "class", photo.clazz());
        ByteArrayOutputStream bulk = new ByteArrayOutputStream();
        bulk.writeBytes(BinaryJson.smile(Map.of("index", Map.of("_id", "smile-bulk"))));
        bulk.write(0xFF);
        bulk.writeBytes(BinaryJson.smile(binary));
        bulk.write(0xFF);
        Http.Answer smile = http.send("POST", "/" + index + "/_bulk", bulk.toByteArray(), "application/smile");
        assertEquals(200, smile.status(), smile::text);
        assertEquals(List.of(), Http.failures(smile.body()));
        put(index, "smile", BinaryJson.smile(binary), "application/smile");
        put(index, "cbor", BinaryJson.cbor(binary), "application/cbor");
        http.bulk(
                "/" + index + "/_bulk",
                new Bulk()
                        .index("json", photo.document())
                        .index(
                                "data-url",
                                json("{image: ?}", "data:image/" + photo.format() + ";base64," + photo.base64()))
                        .index(
                                "lines",
                                json("{image: ?}", Base64.getMimeEncoder().encodeToString(photo.bytes()))));
        JsonNode expected = document(INDEX, photo.id()).path("photo");
        for (String id : List.of("smile-bulk", "smile", "cbor", "json", "data-url", "lines")) {
            assertSameEncoding(expected, document(index, id).path("photo"), id);
        }
    }

    /** The batch that a picture was in changes the last bits of its vector. */
    private static void assertSameEncoding(JsonNode expected, JsonNode made, String id) {
        JsonNode vector = made.path("vector");
        assertEquals(expected.path("vector").size(), vector.size(), id);
        for (int d = 0; d < vector.size(); d++) {
            assertEquals(
                    expected.path("vector").path(d).asDouble(), vector.path(d).asDouble(), 1e-6, id);
        }
        ObjectNode rest = made.deepCopy();
        rest.set("vector", expected.path("vector"));
        assertEquals(expected, rest, id);
    }

    private void put(String index, String id, byte[] document, String type) {
        Http.Answer answer = http.send("PUT", "/" + index + "/_doc/" + id + "?refresh=true", document, type);
        assertEquals(201, answer.status(), answer::text);
    }

    @Test
    void explainShowsDistancesAndScore() {
        Album.Photo photo = photos.get(8);
        JsonNode query = json(
                "{query: {hash_knn: {field: 'photo.vector', query_image: ?, k: 5, metric: 'l2_norm'}}}",
                photo.base64());
        Album.Photo other = photos.get(9);
        JsonNode itself = http.ok(
                        "POST", "/" + INDEX + "/_search", ((ObjectNode) query.deepCopy()).put("explain", true))
                .path("hits")
                .path("hits")
                .path(0);
        JsonNode explanation = itself.path("_explanation");
        assertEquals(photo.id(), itself.path("_id").asText());
        assertEquals(itself.path("_score").asDouble(), explanation.path("value").asDouble(), 1e-6);
        JsonNode details = explanation.path("details");
        assertEquals(0, details.path(0).path("value").asInt());
        assertEquals(
                "hamming distance of [photo.hash] to the query's code, of 256 bits",
                details.path(0).path("description").asText());
        assertEquals(0, details.path(1).path("value").asDouble(), 1e-3);
        assertEquals(
                "l2_norm of [photo.vector] to the query's vector",
                details.path(1).path("description").asText());

        // the hash_radius query of another document says why it does not match
        JsonNode no = http.ok(
                "POST",
                "/" + INDEX + "/_explain/" + photo.id(),
                json(
                        "{query: {hash_radius: {field: 'photo.phash', query_hash: ?, max_distance: 0}}}",
                        flipped(hex(document(INDEX, other.id()).path("photo").path("phash")))));
        assertFalse(no.path("matched").asBoolean(true), no::toString);
        assertTrue(no.toString().contains("hamming distance of [photo.phash]"), no::toString);
    }

    /** A code, which a pipeline makes as hex and a document shows as signed bytes. */
    private static String hex(JsonNode code) {
        if (code.isTextual()) {
            return code.asText();
        }
        StringBuilder hex = new StringBuilder();
        code.forEach(value -> hex.append(HexFormat.of().toHexDigits((byte) value.asInt())));
        return hex.toString();
    }

    private static String flipped(String hex) {
        StringBuilder flipped = new StringBuilder();
        hex.chars().forEach(digit -> flipped.append(Character.forDigit(15 - Character.digit(digit, 16), 16)));
        return flipped.toString();
    }

    @Test
    void profileShowsTheStages() {
        ObjectNode body = search(5, hashKnn(photos.get(12), 5, "hamming")).put("profile", true);
        body.withObject("query").withObject("hash_knn").put("num_candidates", 20);
        JsonNode shards =
                http.ok("POST", "/" + INDEX + "/_search", body).path("profile").path("shards");
        assertEquals(2, shards.size());
        int codes = 0;
        for (JsonNode shard : shards) {
            JsonNode query = shard.path("searches").path(0).path("query").path(0);
            List<String> stages = Json.texts(query.path("children"), "description");
            assertEquals(3, stages.size(), query::toString);
            assertTrue(stages.get(0).startsWith("accept["), stages::toString);
            assertTrue(stages.get(1).startsWith("candidates["), stages::toString);
            assertTrue(stages.get(2).startsWith("score["), stages::toString);
            codes += figure(stages.get(1), "codes");
            int candidates = figure(stages.get(1), "candidates");
            assertTrue(candidates >= 20 && candidates <= 80, stages::toString);
            assertEquals(candidates, figure(stages.get(2), "vectors"));
            for (JsonNode stage : query.path("children")) {
                assertTrue(stage.path("time_in_nanos").asLong() > 0, stage::toString);
            }
        }
        assertEquals(photos.size(), codes);
    }

    private static int figure(String stage, String name) {
        Matcher figure = Pattern.compile("\\b" + name + "=(\\d+)").matcher(stage);
        assertTrue(figure.find(), name + " in " + stage);
        return Integer.parseInt(figure.group(1));
    }

    @Test
    void clausesMixWithOtherQueries() {
        Album.Photo photo = photos.get(20);
        ObjectNode bool = json(
                "{bool: {should: [?, {term: {class: {value: 'faces', boost: 0}}}], filter: [{terms: {class: ['fish', "
                        + "'faces']}}]}}",
                hashKnn(photo, photos.size(), "all"));
        List<String> found = http.ids(INDEX, search(200, bool));
        assertEquals(2 * PER_CLASS, found.size());
        List<String> all = new ArrayList<>(http.ids(INDEX, search(200, hashKnn(photo, photos.size(), "all"))));
        all.removeIf(id -> !Set.of("fish", "faces").contains(clazz(id)));
        assertEquals(all, found);
        ObjectNode boosted = hashKnn(photo, 3, "all");
        boosted.withObject("hash_knn").put("boost", 2).put("_name", "named");
        JsonNode hit = http.hits(INDEX, search(1, boosted)).path(0);
        assertEquals(2.0, hit.path("_score").asDouble(), 1e-4);
        assertEquals("named", hit.path("matched_queries").path(0).asText());
    }

    @Test
    void similarityIsALeastScore() {
        Album.Photo photo = photos.get(20);
        List<Double> scores = new ArrayList<>();
        http.hits(INDEX, search(200, hashKnn(photo, photos.size(), "all")))
                .forEach(hit -> scores.add(hit.path("_score").asDouble()));
        assertEquals(photos.size(), scores.size());
        assertEquals(scores.stream().sorted(Collections.reverseOrder()).toList(), scores);
        double least = (scores.get(30) + scores.get(31)) / 2;
        ObjectNode query = hashKnn(photo, photos.size(), "all");
        query.withObject("hash_knn").put("similarity", least);
        assertEquals(
                scores.stream().filter(s -> s >= least).count(),
                http.ids(INDEX, search(200, query)).size());
    }
}
