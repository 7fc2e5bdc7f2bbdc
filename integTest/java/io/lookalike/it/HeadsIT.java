package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static io.lookalike.it.Mistake.mistake;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Heads that are learned from the labels of indexed documents, over HTTP. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HeadsIT {
    private static final String INDEX = "heads";
    private static final String MADE = "heads-made";
    private static final String TRAIN = "/_lookalike/encoder/" + MADE + "/_train";
    private static final int DIMS = 24;
    private static final int LABELS = 6;
    private static final int DOCUMENTS = 1200;
    private static final int UNLABELLED = 30;

    private final Http http;
    private final Random random = new Random(4);

    HeadsIT(Http http) {
        this.http = http;
    }

    /** Labels differ in a few components, among others with much noise. */
    private float[] vector(int label) {
        float[] vector = new float[DIMS];
        for (int d = 0; d < DIMS; d++) {
            vector[d] = (float) (random.nextGaussian() * (d < LABELS ? .6 : 3) + (d == label ? 4 : 0) + 1);
        }
        return vector;
    }

    @BeforeAll
    void indexVectors() {
        http.ok(
                "PUT",
                "/_lookalike/encoder/" + INDEX,
                json("{model: 'none', dims: ?, normalize: 'l2', hash: {bits: 32}}", DIMS));
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + INDEX,
                json(
                        "{processors: [{vector_hash: {field: 'sent', target_field: 'photo', encoder: ?, "
                                + "remove_source: true}}]}",
                        INDEX));
        create(INDEX, INDEX, false);
        Bulk bulk = new Bulk();
        for (int i = 0; i < DOCUMENTS; i++) {
            bulk.index("" + i, document(i % LABELS, i));
        }
        for (int i = 0; i < UNLABELLED; i++) {
            bulk.index("none-" + i, json("{sent: ?}", vector(i % LABELS)));
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
    }

    private ObjectNode document(int label, int number) {
        return json(
                "{sent: ?, class: ?, number: ?, several: [?, ?], one: 'same', rare: ?, text: 'some words'}",
                vector(label),
                "class-" + label,
                label,
                "class-" + label,
                label % 2 == 0 ? "even" : "odd",
                number == 0 ? "only once" : "often-" + number % 2);
    }

    private void create(String index, String encoder, boolean nested) {
        ObjectNode body = http.ok(
                        "GET",
                        "/_lookalike/encoder/" + encoder + "/_mapping?target_field=photo&graph=none&nested=" + nested)
                .deepCopy();
        body.withObject("settings")
                .put("index.number_of_shards", 2)
                .put("index.number_of_replicas", 0)
                .put("index.default_pipeline", INDEX);
        body.withObject("settings").remove("index.auto_expand_replicas");
        body.withObject("mappings")
                .withObject("properties")
                .setAll(json("{class: {type: 'keyword'}, several: {type: 'keyword'}, number: {type: 'integer'}, "
                        + "one: {type: 'keyword'}, rare: {type: 'keyword'}, text: {type: 'text'}, "
                        + "unused: {type: 'keyword'}, hidden: {type: 'keyword', doc_values: false}}"));
        http.ok("PUT", "/" + index, body);
    }

    @AfterEach
    void forget() {
        for (String name : List.of(MADE, MADE + "-2", MADE + "-3")) {
            Mixture.remove(http, name);
        }
    }

    @AfterAll
    void leaveNothingBehind() {
        Mixture.remove(http, INDEX);
    }

    private JsonNode train(String id, String learn) {
        return http.ok(
                "POST",
                "/_lookalike/encoder/" + id + "/_train",
                json("{from: ?, index: ?, learn: ?}", INDEX, INDEX, json(learn)));
    }

    /** The share of hits of the query's label, of new vectors, encoded by an encoder and searched in a field. */
    private double precision(String encoder, String field, String more) {
        int found = 0;
        for (int i = 0; i < 60; i++) {
            int label = i % LABELS;
            JsonNode hits = http.hits(
                    INDEX,
                    json(
                            "{size: 10, _source: ['class'], query: {hash_knn: ?}}",
                            json(
                                    "{field: ?, encoder: ?, query_vector: ?, k: 10" + more + "}",
                                    field,
                                    encoder,
                                    vector(label))));
            assertEquals(10, hits.size());
            for (JsonNode hit : hits) {
                found += hit.at("/_source/class").asText().equals("class-" + label) ? 1 : 0;
            }
        }
        return found / 600.;
    }

    @Test
    void aMetricHeadIsOfUseAtOnce() {
        JsonNode answer = train(
                MADE,
                "{metric: {label_field: 'class', dims: 8, hidden: 16, loss: {triplet: 1, classification: 1}, "
                        + "negatives: 'hard', epochs: 12}}");
        JsonNode training = answer.path("training");
        assertEquals(DOCUMENTS, training.path("documents").asInt());
        assertEquals(UNLABELLED, training.path("without_label").asInt());
        assertTrue(
                answer.path("warnings")
                        .toString()
                        .contains("[30] documents have no label in [class] and were left out"),
                answer::toString);
        JsonNode metric = training.path("metric");
        assertEquals(LABELS, metric.path("labels").asInt());
        assertEquals(
                DOCUMENTS,
                metric.path("vectors").asInt() + metric.path("held_out").asInt());
        assertEquals(120, metric.path("held_out").asInt(), 12);
        double before = metric.at("/precision_at_10/before").asDouble();
        double after = metric.at("/precision_at_10/after").asDouble();
        assertTrue(before < .6 && after > .9, metric::toString);
        int epoch = metric.path("epoch").asInt();
        assertEquals(
                after, metric.path("curve").get(epoch).path("precision_at_10").asDouble());
        assertTrue(
                metric.at("/curve/1/loss").asDouble()
                        > metric.path("curve").get(epoch).path("loss").asDouble(),
                metric::toString);
        assertEquals("class", training.at("/learn/metric/label_field").asText());
        assertEquals(training, http.ok("GET", TRAIN).path("training"));

        JsonNode export = http.ok("GET", "/_lookalike/encoder/" + MADE + "?full=true");
        assertEquals("relu", export.at("/project/0/activation").asText());
        assertEquals(16, export.at("/project/0/dims").asInt());
        assertEquals(8, export.at("/project/1/dims").asInt());
        http.ok("PUT", "/_lookalike/encoder/" + MADE + "-2", export);
        assertEquals(
                answer.path("fingerprint"),
                http.ok("GET", "/_lookalike/encoder/" + MADE + "-2?full=true").path("fingerprint"));

        http.ok(
                "POST",
                "/" + INDEX + "/_lookalike/reencode?refresh=true",
                json("{from: ?, to: ?, source_field: 'photo', target_field: 'learned'}", INDEX, MADE));
        float[] sent = vector(2);
        JsonNode encoded = http.ok("POST", "/_lookalike/encoder/" + MADE + "/_encode", json("{vector: ?}", sent));
        JsonNode vector = encoded.path("vector");
        assertEquals(8, vector.size(), encoded::toString);
        assertEquals(
                1,
                IntStream.range(0, 8)
                        .mapToDouble(
                                d -> vector.get(d).asDouble() * vector.get(d).asDouble())
                        .sum(),
                1e-5);
        double raw = precision(INDEX, "photo.vector", "");
        double learned = precision(MADE, "learned.vector", "");
        assertTrue(raw < .6 && learned > .9, raw + " to " + learned);
    }

    @Test
    void aHashHeadLearnsItsCodeToo() {
        JsonNode answer = train(
                MADE,
                "{hash_head: {label_field: 'number', bits: 16, dims: 8, hidden: 16, epochs: 12}, "
                        + "kmeans: {clusters: 6}}");
        assertTrue(answer.at("/training/hash_head/precision_at_10/after").asDouble() > .9, answer::toString);
        JsonNode export = http.ok("GET", "/_lookalike/encoder/" + MADE + "?full=true");
        assertEquals("hash_head", export.at("/hash/method").asText());
        assertEquals(16, export.at("/hash/bits").asInt());
        http.ok(
                "POST",
                "/" + INDEX + "/_lookalike/reencode?refresh=true",
                json("{from: ?, to: ?, source_field: 'photo', target_field: 'hashed'}", INDEX, MADE));
        assertTrue(precision(MADE, "hashed.vector", ", metric: 'hamming'") > .9);
        assertTrue(precision(MADE, "hashed.vector", ", num_candidates: 50") > .9);
        // the same data and seed make the same encoder
        assertEquals(
                answer.path("fingerprint"),
                train(
                                MADE + "-2",
                                "{hash_head: {label_field: 'number', bits: 16, dims: 8, hidden: 16, epochs: 12}, "
                                        + "kmeans: {clusters: 6}}")
                        .path("fingerprint"));
    }

    @Test
    void severalLabelsAndLabelsHeldOut() {
        JsonNode several = train(MADE, "{hash_head: {label_field: 'several', bits: 32, hidden: 16, epochs: 12}}")
                .at("/training/hash_head");
        assertEquals(LABELS + 2, several.path("labels").asInt());
        assertTrue(
                several.at("/precision_at_10/after").asDouble()
                        > several.at("/precision_at_10/before").asDouble() + .1,
                several::toString);
        JsonNode unseen = train(
                        MADE + "-2",
                        "{pca: {dims: 20}, metric: {label_field: 'class', hold_out: {share: 0.3, by: 'label'}}, "
                                + "itq: {bits: 16}}")
                .at("/training/metric");
        assertEquals(2, unseen.path("held_out_labels").size(), unseen::toString);
        assertEquals(DOCUMENTS / LABELS * 2, unseen.path("held_out").asInt());
        JsonNode all = train(
                        MADE + "-3",
                        "{metric: {label_field: 'rare', hold_out: {share: 0}, min_documents: 2, epochs: 7}}")
                .at("/training/metric");
        assertEquals(1, all.path("labels_left_out").asInt());
        assertEquals(DOCUMENTS - 1, all.path("vectors").asInt());
        assertTrue(all.at("/precision_at_10/before").isNull());
        // more than patience, as there is nothing to be patient with
        assertEquals(7, all.path("epoch").asInt());
        assertEquals(1, all.path("vectors_left_out").asInt());
    }

    /** A picture goes through the model and the head, when it is indexed and when it is searched for. */
    @Test
    void picturesAreSearchedThroughAHead() {
        List<Album.Photo> photos = Album.draw(8, 5);
        Album.create(http, MADE, "default", 1);
        http.bulk("/" + MADE + "/_bulk", Album.bulk(photos));
        JsonNode answer = http.ok(
                "POST",
                TRAIN,
                json(
                        "{from: 'default', index: ?, learn: {hash_head: {label_field: 'class', bits: 32, dims: 16}}}",
                        MADE));
        assertTrue(
                answer.at("/training/hash_head/precision_at_10/after").asDouble()
                        >= answer.at("/training/hash_head/precision_at_10/before")
                                .asDouble(),
                answer::toString);
        http.ok(
                "POST",
                "/" + MADE + "/_lookalike/reencode?refresh=true",
                json("{from: 'default', to: ?, target_field: 'learned'}", MADE));
        Album.create(http, MADE + "-2", MADE, 1);
        http.bulk("/" + MADE + "-2/_bulk", Album.bulk(photos));
        Album.Photo photo = photos.get(11);
        for (String index : List.of(MADE, MADE + "-2")) {
            List<String> found = http.ids(
                    index,
                    json(
                            "{_source: false, query: {hash_knn: {field: ?, encoder: ?, query_image: ?, k: 3, "
                                    + "num_candidates: 20}}}",
                            index.equals(MADE) ? "learned.vector" : "photo.vector",
                            MADE,
                            photo.base64()));
            assertEquals(photo.id(), found.getFirst(), index);
        }
    }

    /** Each nested object has the label of its own vector. */
    @Test
    void nestedVectorsHaveTheirOwnLabels() {
        String nested = MADE + "-3";
        ObjectNode body = http.ok(
                        "GET", "/_lookalike/encoder/" + INDEX + "/_mapping?target_field=photo&graph=none&nested=true")
                .deepCopy();
        ((ObjectNode) body.at("/mappings/properties/photo/properties")).setAll(json("{who: {type: 'keyword'}}"));
        http.ok("PUT", "/" + nested, body);
        Bulk bulk = new Bulk();
        String fingerprint = http.ok("GET", "/_lookalike/encoder/" + INDEX + "?full=true")
                .path("fingerprint")
                .asText();
        for (int i = 0; i < 100; i++) {
            ArrayNode photos = Json.MAPPER.createArrayNode();
            for (int j = 0; j < 3; j++) {
                JsonNode made = http.ok(
                        "POST",
                        "/_lookalike/encoder/" + INDEX + "/_encode",
                        json("{vector: ?}", vector((i + j) % LABELS)));
                ObjectNode photo = json("{encoder: [?]}", fingerprint);
                photo.set("vector", made.path("vector"));
                photo.set("hash", made.path("hash"));
                if (j < 2) {
                    photo.put("who", "person-" + (i + j) % LABELS);
                }
                photos.add(photo);
            }
            ObjectNode document = json("{}");
            document.set("photo", photos);
            bulk.index("" + i, document);
        }
        http.bulk("/" + nested + "/_bulk", bulk);
        JsonNode answer = http.ok(
                "POST",
                TRAIN,
                json(
                        "{from: ?, index: ?, learn: {metric: {label_field: 'photo.who', hidden: 16, dims: 8}}}",
                        INDEX,
                        nested));
        JsonNode metric = answer.at("/training/metric");
        assertEquals(
                200, metric.path("vectors").asInt() + metric.path("held_out").asInt(), answer::toString);
        assertTrue(metric.at("/precision_at_10/after").asDouble() > .6, metric::toString);
    }

    @Test
    void aTrainingIsCancelledHalfWay() {
        // what searches of other tests keep for each open segment; a training would hold megabytes
        long before = held();
        String task = http.ok(
                        "POST",
                        TRAIN + "?wait_for_completion=false",
                        json(
                                "{from: ?, index: ?, learn: {metric: {label_field: 'class', hidden: 1024, "
                                        + "epochs: 1000, patience: 1000}}}",
                                INDEX,
                                INDEX))
                .path("task")
                .asText();
        Set<String> steps = new HashSet<>();
        while (steps.stream().noneMatch(step -> step.startsWith("epoch 2"))) {
            JsonNode status = http.ok("GET", TRAIN).path("status");
            steps.add(status.path("step").asText());
            if (status.path("phase").asText().equals("metric")) {
                assertTrue(status.path("of").asLong() >= status.path("done").asLong(), status::toString);
            }
        }
        http.ok("POST", "/_tasks/" + task + "/_cancel?wait_for_completion=true");
        assertEquals(404, http.send("GET", "/_lookalike/encoder/" + MADE, null).status());
        // the body of the request is held until the result of the task is stored
        JsonNode kept = http.ok("GET", "/_tasks/" + task + "?wait_for_completion=true");
        assertEquals("task_cancelled_exception", kept.at("/error/type").asText(), kept::toString);
        long held = held();
        for (int looks = 0; looks < 1000 && held > before; looks++) {
            held = held();
        }
        assertTrue(held <= before, before + " to " + held);
    }

    private long held() {
        JsonNode breakers =
                http.ok("GET", "/_nodes/stats/breaker").path("nodes").elements().next();
        return breakers.at("/breakers/lookalike/estimated_size_in_bytes").asLong(-1);
    }

    static Stream<Mistake> mistakes() {
        List<Mistake> all = new ArrayList<>();
        for (String head : List.of("metric", "hash_head")) {
            String more = head.equals("metric") ? "" : ", bits: 32";
            all.add(wrong(
                    head + " without a field",
                    head,
                    "{dims: 4" + more + "}",
                    "[learn." + head + ".label_field] is missing"));
            all.add(wrong(
                    head + " by an unknown field",
                    head,
                    "{label_field: 'klass'" + more + "}",
                    "no index of [heads] has a field [klass]; name the field of the labels in [learn." + head
                            + ".label_field]"));
            all.add(wrong(
                    head + " by words",
                    head,
                    "{label_field: 'text'" + more + "}",
                    "[learn." + head + ".label_field] [text] is of type [text]; labels need a [keyword]"));
            all.add(wrong(
                    head + " by a keyword without doc values",
                    head,
                    "{label_field: 'hidden'" + more + "}",
                    "has doc values"));
            all.add(wrong(
                    head + " without labels",
                    head,
                    "{label_field: 'unused'" + more + "}",
                    "[1230] of the [1230] documents of [heads] with a vector of encoder [heads] have no label in "
                            + "[unused]"));
            all.add(wrong(
                    head + " of one label",
                    head,
                    "{label_field: 'one'" + more + "}",
                    "the [1200] documents with a label in [one] have [1] label; [" + head + "] learns to tell two"));
            all.add(wrong(
                    head + " of single documents",
                    head,
                    "{label_field: 'rare'" + more + "}",
                    "label field [rare] has [1] labels with only one vector in a sample of [1200], of [3] labels: "
                            + "[only once]",
                    "leave these labels out by [learn." + head + ".min_documents] [2]"));
            all.add(wrong(
                    head + " with too few labels to hold out",
                    head,
                    "{label_field: 'rare', min_documents: 2, hold_out: {by: 'label'}" + more + "}",
                    "[hold_out.by] [label] needs at least [4] labels"));
        }
        return all.stream();
    }

    private static Mistake wrong(String name, String head, String body, String... parts) {
        ObjectNode whole = json("{from: ?, index: ?}", INDEX, INDEX);
        whole.withObject("learn").set(head, json(body));
        return mistake(name, "POST", TRAIN, whole, 400, parts);
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void aMistakeIsAnsweredWithWhatToDo(Mistake mistake) {
        Http.Answer answer = http.send(mistake.method(), mistake.path(), mistake.body());
        assertEquals(mistake.status(), answer.status(), answer::reasons);
        for (String part : mistake.parts()) {
            assertTrue(answer.reasons().contains(part), () -> "[" + part + "] is not in: " + answer.reasons());
        }
        assertEquals(404, http.send("GET", "/_lookalike/encoder/" + MADE, null).status());
    }
}
