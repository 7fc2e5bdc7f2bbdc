package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static io.lookalike.it.Mistake.mistake;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Encoders that are trained from indexed documents, over HTTP. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrainIT {
    private static final String INDEX = "train";
    private static final String MADE = "train-made";
    private static final String TRAIN = "/_lookalike/encoder/" + MADE + "/_train";
    private static final int DOCUMENTS = 3_000;
    private static final int BITS = 32;

    private final Http http;
    private final Mixture mixture;

    TrainIT(Http http) {
        this.http = http;
        this.mixture = new Mixture(http, INDEX, DOCUMENTS, 40, 5);
    }

    @BeforeAll
    void indexVectors() {
        mixture.index(BITS, 3);
        // made by another encoder, and by none
        http.ok(
                "PUT",
                "/_lookalike/encoder/train-other",
                json("{model: 'none', dims: ?, hash: {bits: ?, seed: 5}}", Mixture.DIMS, BITS));
        http.ok(
                "PUT",
                "/_ingest/pipeline/train-other",
                json("{processors: [{vector_hash: {field: 'sent', target_field: 'photo', encoder: 'train-other', "
                        + "remove_source: true, check_mapping: false}}]}"));
        Bulk others = new Bulk();
        for (int i = 0; i < 7; i++) {
            others.index("other-" + i, json("{sent: ?, group: 'other'}", mixture.vectors.get(i)));
        }
        http.bulk("/" + INDEX + "/_bulk?pipeline=train-other", others);
        http.ok("PUT", "/" + INDEX + "/_doc/without?refresh=true&pipeline=_none", json("{group: 'even'}"));
        http.ok(
                "PUT",
                "/train-empty",
                json(
                        "{settings: {'index.number_of_replicas': 0}, mappings: ?}",
                        http.ok("GET", "/" + INDEX + "/_mapping").at("/" + INDEX + "/mappings")));
    }

    @AfterEach
    void forget() {
        for (String name : List.of(MADE, MADE + "-2", MADE + "-3")) {
            Mixture.remove(http, name);
        }
    }

    @AfterAll
    void leaveNothingBehind() {
        mixture.remove();
        Mixture.remove(http, "train-other");
        Mixture.remove(http, "train-empty");
    }

    private JsonNode train(String id, String body, Object... values) {
        return http.ok("POST", "/_lookalike/encoder/" + id + "/_train", json(body, values));
    }

    @Test
    void aTrainedEncoderIsOfUseAtOnce() {
        JsonNode answer = train(
                MADE,
                "{from: ?, index: ?, learn: {pca: {dims: 40}, itq: {bits: 40, iterations: 20}, kmeans: {clusters: "
                        + "25, assign: 2}}}",
                INDEX,
                INDEX);
        assertTrue(answer.path("acknowledged").asBoolean());
        JsonNode training = answer.path("training");
        assertEquals(INDEX, training.at("/from/encoder").asText());
        assertEquals(DOCUMENTS, training.path("documents").asInt());
        assertEquals(7, training.path("left_out").asInt());
        assertEquals(DOCUMENTS, training.path("sample").asInt());
        assertEquals("photo.vector", training.path("field").asText());
        double explained = training.at("/pca/explained_variance").asDouble();
        assertTrue(explained > .9 && explained < 1, training::toString);
        assertTrue(
                training.at("/itq/quantization_error").asDouble()
                        < training.at("/itq/quantization_error_before").asDouble(),
                training::toString);
        JsonNode choices = training.at("/itq/choices");
        assertTrue(choices.size() > 5, training::toString);
        assertEquals("learned_rotation", choices.at("/0/planes").asText(), training::toString);
        for (JsonNode choice : choices) {
            double recall = choice.path("recall").asDouble();
            assertTrue(recall > 0 && recall <= choices.at("/0/recall").asDouble() + .02, training::toString);
        }
        assertEquals(25, training.at("/kmeans/clusters").asInt());
        assertTrue(training.at("/kmeans/sizes/min").asInt()
                <= training.at("/kmeans/sizes/median").asInt());
        assertTrue(training.at("/recall_at_10/codes").asDouble()
                > training.at("/recall_at_10/codes_before").asDouble());
        assertTrue(training.at("/recall_at_10/vectors").asDouble() > .8, training::toString);
        for (String phase : List.of("sample", "pca", "itq", "kmeans", "measure")) {
            assertTrue(training.at("/seconds/" + phase).isNumber(), phase);
        }
        JsonNode shown = http.ok("GET", TRAIN);
        assertFalse(shown.path("running").asBoolean(true));
        assertEquals(training, shown.path("training"));
        JsonNode export = http.ok("GET", "/_lookalike/encoder/" + MADE + "?full=true");
        assertEquals(training, export.path("training"));
        // listings show the first choices only
        JsonNode listed = http.ok("GET", "/_lookalike/encoder/" + MADE).at("/" + MADE + "/training");
        assertEquals(choices.get(0), listed.at("/itq/choices/0"), listed::toString);
        assertEquals(training.path("recall_at_10"), listed.path("recall_at_10"));

        assertEquals(answer.path("fingerprint"), export.path("fingerprint"));
        http.ok("PUT", "/_lookalike/encoder/" + MADE + "-2", export);
        assertEquals(
                answer.path("fingerprint"),
                http.ok("GET", "/_lookalike/encoder/" + MADE + "-2?full=true").path("fingerprint"));

        mixture.index(MADE, MADE, 1);
        JsonNode stored = http.ok("GET", "/" + MADE + "/_doc/3?_source_exclude_vectors=false")
                .at("/_source/photo");
        assertEquals(40, stored.path("vector").size());
        assertEquals(2, stored.path("cluster").size());
        List<String> found = http.ids(
                MADE,
                json(
                        "{_source: false, query: {hash_knn: {field: 'photo.vector', query_vector: ?, k: 5}}}",
                        mixture.vectors.get(3)));
        assertEquals("3", found.get(0));
        assertTrue(mixture.recall(MADE, "photo.vector", DOCUMENTS) > .8);
    }

    @Test
    void learnedCodesFindMore() {
        train(MADE, "{from: ?, index: ?, learn: {itq: {bits: ?}}}", INDEX, INDEX, BITS);
        mixture.index(MADE, MADE, 1);
        mixture.index(MADE + "-2", INDEX, 1);
        double random = mixture.recall(MADE + "-2", "photo.vector", 20);
        double learned = mixture.recall(MADE, "photo.vector", 20);
        assertTrue(learned > random + .1, random + " " + learned);
    }

    @Test
    void codesThatFindLessThanTheirParentsAreReported() {
        JsonNode better = train(MADE, "{from: ?, index: ?, learn: {itq: {bits: 48}}}", INDEX, INDEX);
        assertFalse(better.path("warnings").toString().contains("recall"), better::toString);
        mixture.index(MADE, MADE, 1);
        JsonNode worse = train(MADE + "-2", "{from: ?, index: ?, learn: {pca_sign: {bits: 48}}}", MADE, MADE);
        JsonNode recall = worse.at("/training/recall_at_10");
        assertTrue(recall.path("codes").asDouble() < recall.path("codes_before").asDouble(), worse::toString);
        assertTrue(
                worse.path("warnings")
                        .toString()
                        .contains(String.format(
                                Locale.ROOT,
                                "the new codes of [48] bits recall [%.3f] of the nearest of vectors that were held "
                                        + "out, but those of [%s], of [48] bits, recall [%.3f]: keep [%s]",
                                recall.path("codes").asDouble(),
                                MADE,
                                recall.path("codes_before").asDouble(),
                                MADE)),
                worse::toString);
        JsonNode fewer = train(MADE + "-3", "{from: ?, index: ?, learn: {itq: {bits: 16}}}", MADE, MADE);
        assertFalse(fewer.path("warnings").toString().contains("recall"), fewer::toString);
    }

    @Test
    void aSeedMeansTheSameSample() {
        String body = "{from: ?, index: ?, sample: 600, seed: ?, learn: {pca_planes: {bits: 64, dims: 20}}}";
        JsonNode first = train(MADE, body, INDEX, INDEX, 4);
        assertEquals(600, first.at("/training/sample").asInt());
        JsonNode second = train(MADE + "-2", body, INDEX, List.of(INDEX), 4);
        JsonNode third = train(MADE + "-3", body, INDEX, INDEX, 5);
        assertEquals(first.path("fingerprint"), second.path("fingerprint"));
        assertNotEquals(first.path("fingerprint"), third.path("fingerprint"));
    }

    @Test
    void aQueryChoosesDocuments() {
        JsonNode answer = train(
                MADE,
                "{from: ?, index: ?, query: {term: {group: 'even'}}, learn: {pca_sign: {bits: 24}}}",
                INDEX,
                INDEX);
        assertEquals(DOCUMENTS / 2, answer.at("/training/documents").asInt());
        assertEquals(0, answer.at("/training/left_out").asInt());
        assertEquals("even", answer.at("/training/query/term/group/value").asText(), answer.toString());
    }

    @Test
    void trainingsFollowEachOther() {
        train(MADE, "{from: ?, index: ?, learn: {pca: {dims: 40, normalize: 'l2'}}}", INDEX, INDEX);
        mixture.index(MADE, MADE, 2);
        train(MADE + "-2", "{from: ?, index: ?, learn: {pca: {dims: 24}, itq: {bits: 24}}}", MADE, MADE);
        JsonNode encoder = http.ok("GET", "/_lookalike/encoder/" + MADE + "-2").path(MADE + "-2");
        assertEquals(Mixture.DIMS, encoder.path("dims").asInt());
        assertEquals(List.of("40", "24"), Json.texts(encoder.path("project"), "dims"));
        // that of the encoder before
        assertEquals(List.of("l2", "l2"), Json.texts(encoder.path("project"), "normalize"));
        assertEquals("itq", encoder.at("/hash/method").asText());
        mixture.index(MADE + "-2", MADE + "-2", 1);
        train(MADE + "-3", "{from: ?, index: ?, learn: {pca_sign: {bits: 16}}}", MADE + "-2", MADE + "-2");
        JsonNode third = http.ok("GET", "/_lookalike/encoder/" + MADE + "-3").path(MADE + "-3");
        assertEquals(2, third.path("project").size());
        assertEquals("pca_sign", third.at("/hash/method").asText());
        Http.Answer refused = http.send(
                "POST",
                "/_lookalike/encoder/train-refused/_train",
                json("{from: ?, index: ?, learn: {pca: {dims: 16}}}", MADE + "-2", MADE + "-2"));
        assertEquals(400, refused.status());
        assertTrue(refused.reasons().contains("add [itq], [pca_sign] or [pca_planes] to [learn]"), refused::reasons);
    }

    @Test
    void picturesAndNestedPicturesAreLearnedFrom() {
        List<Album.Photo> photos = Album.draw(4, 3);
        Album.create(http, MADE, "default", 2);
        try {
            http.bulk("/" + MADE + "/_bulk", Album.bulk(photos));
            JsonNode answer =
                    train(MADE + "-2", "{from: 'default', index: ?, learn: {pca: {dims: 32}, itq: {bits: 32}}}", MADE);
            assertEquals(photos.size(), answer.at("/training/documents").asInt());
            Album.create(http, MADE + "-2", MADE + "-2", 1);
            http.bulk("/" + MADE + "-2/_bulk", Album.bulk(photos));
            Album.Photo photo = photos.get(9);
            List<String> found = http.ids(
                    MADE + "-2",
                    json(
                            "{_source: false, query: {hash_knn: {field: 'photo.vector', query_image: ?, k: 3}}}",
                            photo.base64()));
            assertEquals(photo.id(), found.get(0));
        } finally {
            Mixture.remove(http, MADE);
        }
        ObjectNode nested = http.ok("GET", "/_lookalike/encoder/default/_mapping?target_field=photo&nested=true")
                .deepCopy();
        nested.withObject("settings").put("index.default_pipeline", MADE);
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + MADE,
                json("{processors: [{image_embedding: {field: 'image', target_field: 'photo'}}]}"));
        http.ok("PUT", "/" + MADE, nested);
        Bulk bulk = new Bulk();
        for (int i = 0; i + 1 < photos.size(); i += 2) {
            bulk.index(
                    "" + i,
                    json(
                            "{image: [?, ?]}",
                            photos.get(i).base64(),
                            photos.get(i + 1).base64()));
        }
        http.bulk("/" + MADE + "/_bulk", bulk);
        JsonNode answer = train(MADE + "-3", "{from: 'default', index: ?, learn: {pca_sign: {bits: 32}}}", MADE);
        assertEquals(photos.size() / 2, answer.at("/training/documents").asInt());
        assertEquals(photos.size(), answer.at("/training/sample").asInt());
    }

    @Test
    void aTrainingIsWatchedAndCancelled() {
        String task = http.ok(
                        "POST",
                        TRAIN + "?wait_for_completion=false",
                        json("{from: ?, index: ?, learn: {itq: {bits: 48, iterations: 1000}}}", INDEX, INDEX))
                .path("task")
                .asText();
        Http.Answer second =
                http.send("POST", TRAIN, json("{from: ?, index: ?, learn: {pca: {dims: 8}}}", INDEX, INDEX));
        assertEquals(409, second.status(), second::reasons);
        assertTrue(second.reasons().contains("is being trained by task [" + task + "]"), second::reasons);
        JsonNode status;
        do {
            JsonNode shown = http.ok("GET", TRAIN);
            assertEquals(task, shown.path("task").asText(), shown::toString);
            status = shown.path("status");
        } while (!status.path("phase").asText().equals("itq"));
        assertEquals(MADE, status.path("encoder").asText());
        assertEquals(DOCUMENTS, status.path("documents").asInt());
        JsonNode listed = http.ok("GET", "/_tasks/" + task);
        assertEquals(
                "cluster:admin/lookalike/encoder/train",
                listed.at("/task/action").asText());
        assertTrue(listed.at("/task/cancellable").asBoolean());
        assertEquals(
                "train encoder [" + MADE + "] from [" + INDEX + "] on [" + INDEX + "]",
                listed.at("/task/description").asText());
        http.ok("POST", "/_tasks/" + task + "/_cancel?wait_for_completion=true");
        Http.Answer gone = http.send("GET", TRAIN, null);
        assertEquals(404, gone.status(), gone::text);
        assertTrue(gone.reasons().contains("was cancelled"), gone::reasons);
        assertEquals(404, http.send("GET", "/_lookalike/encoder/" + MADE, null).status());
        JsonNode kept = http.ok("GET", "/_tasks/" + task + "?wait_for_completion=true");
        assertEquals("task_cancelled_exception", kept.at("/error/type").asText(), kept::toString);
        JsonNode breakers =
                http.ok("GET", "/_nodes/stats/breaker").path("nodes").elements().next();
        assertEquals(
                0, breakers.at("/breakers/lookalike/estimated_size_in_bytes").asLong(-1));
    }

    @Test
    void anAnswerIsKeptForWhoeverDoesNotWait() {
        String task = http.ok(
                        "POST",
                        TRAIN + "?wait_for_completion=false",
                        json("{from: ?, index: ?, learn: {kmeans: {clusters: 5}}}", INDEX, INDEX))
                .path("task")
                .asText();
        JsonNode kept = http.ok("GET", "/_tasks/" + task + "?wait_for_completion=true");
        assertTrue(kept.path("completed").asBoolean());
        assertEquals(MADE, kept.at("/response/encoder").asText(), kept::toString);
        assertEquals(
                5,
                http.ok("GET", "/_lookalike/encoder/" + MADE)
                        .at("/" + MADE + "/clusters/count")
                        .asInt());
    }

    @Test
    void queuesAreShort() {
        String slow = "{from: ?, index: ?, learn: {itq: {bits: 48, iterations: 1000}}}";
        List<String> tasks = new ArrayList<>();
        try {
            for (int i = 0; i < 5; i++) {
                tasks.add(http.ok(
                                "POST",
                                "/_lookalike/encoder/train-queued-" + i + "/_train?wait_for_completion=false",
                                json(slow, INDEX, INDEX))
                        .path("task")
                        .asText());
            }
            assertEquals(
                    "queued",
                    http.ok("GET", "/_lookalike/encoder/train-queued-4/_train")
                            .at("/status/phase")
                            .asText());
            Http.Answer refused = http.send("POST", TRAIN, json(slow, INDEX, INDEX));
            assertEquals(429, refused.status(), refused::reasons);
            assertTrue(refused.reasons().contains("[4] wait; send it again"), refused::reasons);
        } finally {
            for (int i = tasks.size() - 1; i >= 0; i--) {
                http.ok("POST", "/_tasks/" + tasks.get(i) + "/_cancel?wait_for_completion=true");
            }
            for (int i = 0; i < 5; i++) {
                http.send("DELETE", "/_lookalike/encoder/train-queued-" + i, null);
            }
        }
    }

    static Stream<Mistake> mistakes() {
        return Stream.of(
                wrong(
                        "id in use",
                        "/_lookalike/encoder/train/_train",
                        "{learn: {pca: {dims: 8}}}",
                        409,
                        "exists and cannot change"),
                wrong(
                        "id not allowed",
                        "/_lookalike/encoder/Ab/_train",
                        "{learn: {pca: {dims: 8}}}",
                        400,
                        "[Ab] is not allowed"),
                wrong(
                        "built-in id",
                        "/_lookalike/encoder/default/_train",
                        "{learn: {pca: {dims: 8}}}",
                        400,
                        "built in"),
                wrong(
                        "no such encoder",
                        TRAIN,
                        "{from: 'nobody', learn: {pca: {dims: 8}}}",
                        404,
                        "no such encoder [nobody]"),
                wrong("no from", TRAIN, "{from: null, learn: {pca: {dims: 8}}}", 400, "[from] is missing"),
                wrong("no index", TRAIN, "{index: null, learn: {pca: {dims: 8}}}", 400, "[index] is missing"),
                wrong(
                        "no such index",
                        TRAIN,
                        "{index: 'nowhere', learn: {pca: {dims: 8}}}",
                        404,
                        "no such index [nowhere]"),
                wrong(
                        "pattern of nothing",
                        TRAIN,
                        "{index: 'nowhere*', learn: {pca: {dims: 8}}}",
                        400,
                        "no index matches [nowhere*]"),
                wrong(
                        "empty index",
                        TRAIN,
                        "{index: 'train-empty', learn: {pca: {dims: 8}}}",
                        400,
                        "no document of [train-empty]",
                        "refresh"),
                wrong("nothing to learn", TRAIN, "{learn: {}}", 400, "[learn] is empty"),
                wrong(
                        "unknown learner",
                        TRAIN,
                        "{learn: {pcq: {dims: 8}}}",
                        400,
                        "unknown field [learn.pcq]",
                        "kmeans"),
                wrong(
                        "unknown field",
                        TRAIN,
                        "{lern: {}, learn: {pca: {dims: 8}}}",
                        400,
                        "unknown field [lern]; _train takes"),
                wrong("no dims", TRAIN, "{learn: {pca: {}}}", 400, "[learn.pca.dims] is missing"),
                wrong(
                        "too many dims",
                        TRAIN,
                        "{learn: {pca: {dims: 49}}}",
                        400,
                        "[learn.pca.dims] is [49] but vectors have [48] dims"),
                wrong(
                        "too many bits",
                        TRAIN,
                        "{learn: {itq: {bits: 56}}}",
                        400,
                        "[learn.itq.bits] is [56]",
                        "at most [48]"),
                wrong(
                        "too many bits after pca",
                        TRAIN,
                        "{learn: {pca: {dims: 20}, itq: {bits: 24}}}",
                        400,
                        "at most [16]"),
                wrong("odd bits", TRAIN, "{learn: {itq: {bits: 33}}}", 400, "a multiple of [8]"),
                wrong("two codes", TRAIN, "{learn: {itq: {bits: 16}, pca_sign: {bits: 16}}}", 400, "give one of them"),
                wrong(
                        "more clusters than vectors",
                        TRAIN,
                        "{learn: {kmeans: {clusters: 3001}}}",
                        400,
                        "cannot train [3001] clusters from [3000] vectors"),
                wrong(
                        "more clusters than the sample",
                        TRAIN,
                        "{sample: 50, learn: {kmeans: {clusters: 51}}}",
                        400,
                        "cannot train [51] clusters from [50] vectors"),
                wrong(
                        "too large",
                        TRAIN,
                        "{learn: {kmeans: {clusters: 70000}}}",
                        400,
                        "would take [8960",
                        "learn.kmeans=8960000"),
                wrong(
                        "other encoder",
                        TRAIN,
                        "{from: 'default', field: 'photo.vector', learn: {pca: {dims: 8}}}",
                        400,
                        "none of the [3007] documents",
                        "carries the fingerprint"),
                wrong(
                        "field that no mapping tells",
                        TRAIN,
                        "{from: 'default', learn: {pca: {dims: 8}}}",
                        400,
                        "no field of vectors of [train] names encoder [default]",
                        "[photo.vector]"),
                wrong(
                        "no such field",
                        TRAIN,
                        "{field: 'picture.vector', learn: {pca: {dims: 8}}}",
                        400,
                        "field [picture.vector] of [train] is missing or no dense_vector"),
                wrong("codes", TRAIN, "{field: 'photo.hash', learn: {pca: {dims: 8}}}", 400, "holds a code"),
                wrong(
                        "two fields",
                        TRAIN,
                        "{field: 'photo.vector', target_field: 'photo', learn: {pca: {dims: 8}}}",
                        400,
                        "give one of [field] and [target_field]"),
                wrong(
                        "query of nothing",
                        TRAIN,
                        "{query: {term: {group: 'none'}}, learn: {pca: {dims: 8}}}",
                        400,
                        "that matches [query]"),
                wrong(
                        "no such query",
                        TRAIN,
                        "{query: {trem: {group: 'none'}}, learn: {pca: {dims: 8}}}",
                        400,
                        "unknown query [trem]"),
                wrong(
                        "query that is none",
                        TRAIN,
                        "{query: [], learn: {pca: {dims: 8}}}",
                        400,
                        "[query] must be a query"),
                wrong(
                        "sample of none",
                        TRAIN,
                        "{sample: 0, learn: {pca: {dims: 8}}}",
                        400,
                        "[sample] must be an integer from [1]"),
                mistake("not trained", "GET", "/_lookalike/encoder/train/_train", null, 404, "was not trained"),
                mistake("never begun", "GET", TRAIN, null, 404, "no node trains encoder [train-made]"));
    }

    /** @param body over one that names encoder and index */
    private static Mistake wrong(String name, String path, String body, int status, String... parts) {
        ObjectNode whole = json("{from: ?, index: ?}", INDEX, INDEX);
        whole.setAll(json(body));
        return mistake(name, "POST", path, whole, status, parts);
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void aMistakeIsAnsweredWithWhatToDo(Mistake mistake) {
        for (String wait : mistake.method().equals("GET") ? List.of("true") : List.of("true", "false")) {
            if (wait.equals("false") && mistake.name().equals("codes")) {
                // is found when the first document is read
                continue;
            }
            Http.Answer answer = http.send(
                    mistake.method(),
                    mistake.path() + (mistake.body() == null ? "" : "?wait_for_completion=" + wait),
                    mistake.body());
            assertEquals(mistake.status(), answer.status(), answer::reasons);
            for (String part : mistake.parts()) {
                assertTrue(answer.reasons().contains(part), () -> "[" + part + "] is not in: " + answer.reasons());
            }
        }
        assertEquals(404, http.send("GET", "/_lookalike/encoder/" + MADE, null).status());
    }
}
