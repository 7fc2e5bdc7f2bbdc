package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trainings that are cancelled at different moments end soon, also while searches keep all processors busy. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BusyTrainingIT {
    private static final String INDEX = "busy-training";
    private static final String TRAIN = "/_lookalike/encoder/busy-training-made/_train";
    private static final int DOCUMENTS = 20_000;
    private static final int LINES = 1_000;
    private static final int DIMS = 256;
    private static final int CENTRES = 50;
    /** Usually it takes less than one; other programs may have the processors for some of them. */
    private static final double MOST_SECONDS = 10;
    /** How often the status is asked for before a training is cancelled. */
    private static final List<Integer> LOOKS = List.of(0, 10, 40, 100);

    private final Http http;

    BusyTrainingIT(Http http) {
        this.http = http;
    }

    @BeforeAll
    void indexVectors() {
        http.ok("PUT", "/_lookalike/encoder/" + INDEX, json("{model: 'none', dims: ?, hash: {bits: 64}}", DIMS));
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + INDEX,
                json(
                        "{processors: [{vector_hash: {field: 'sent', target_field: 'photo', encoder: ?, "
                                + "remove_source: true}}]}",
                        INDEX));
        ObjectNode body = http.ok("GET", "/_lookalike/encoder/" + INDEX + "/_mapping?target_field=photo&graph=none")
                .deepCopy();
        body.withObject("settings").put("index.default_pipeline", INDEX);
        body.withObject("mappings").withObject("properties").setAll(json("{class: {type: 'keyword'}}"));
        http.ok("PUT", "/" + INDEX, body);
        Random random = new Random(3);
        List<List<Float>> centres = new ArrayList<>();
        for (int c = 0; c < CENTRES; c++) {
            centres.add(around(random, null));
        }
        for (int from = 0; from < DOCUMENTS; from += LINES) {
            Bulk bulk = new Bulk();
            for (int i = from; i < from + LINES; i++) {
                int centre = random.nextInt(CENTRES);
                bulk.index("" + i, json("{sent: ?, class: ?}", around(random, centres.get(centre)), "class-" + centre));
            }
            http.bulk("/" + INDEX + "/_bulk", bulk);
        }
    }

    private static List<Float> around(Random random, List<Float> centre) {
        List<Float> vector = new ArrayList<>();
        for (int d = 0; d < DIMS; d++) {
            vector.add((centre == null ? 0 : centre.get(d)) + Math.round(100 * random.nextGaussian()) / 100f);
        }
        return vector;
    }

    @AfterAll
    void remove() {
        Mixture.remove(http, INDEX);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{pca: {dims: 200}}",
                "{itq: {bits: 256, iterations: 500}}",
                "{pca_planes: {bits: 1024, dims: 250}}",
                "{kmeans: {clusters: 2000}}",
                "{metric: {label_field: 'class', dims: 128, hidden: 512, loss: {triplet: 1, classification: 1}}}",
                "{hash_head: {label_field: 'class', bits: 256, hidden: 512, loss: {triplet: 1, classification: 1}}}"
            })
    void aCancelledTrainingEndsSoon(String learn) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        List<CompletableFuture<Void>> searches = new ArrayList<>();
        int processors = Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < 2 * processors; i++) {
            searches.add(CompletableFuture.runAsync(() -> search(over), task -> new Thread(task, "searches").start()));
        }
        try {
            for (int looks : LOOKS) {
                double seconds = cancelled(learn, looks);
                assertTrue(seconds < MOST_SECONDS, () -> learn + " took " + seconds + " s to end");
            }
        } finally {
            over.set(true);
            for (CompletableFuture<Void> search : searches) {
                search.get(1, TimeUnit.MINUTES);
            }
        }
    }

    private void search(AtomicBoolean over) {
        JsonNode body = json(
                "{_source: false, query: {hash_knn: {field: 'photo.vector', query_vector: ?, k: 10, "
                        + "candidates: 'all', metric: 'correlation'}}}",
                around(new Random(4), null));
        while (!over.get()) {
            http.ok("POST", "/" + INDEX + "/_search", body);
        }
    }

    /** Starts a training and cancels it after some looks at it; returns the seconds until its task was gone. */
    private double cancelled(String learn, int looks) {
        String body = "{from: ?, index: ?, learn: " + learn + "}";
        String task = http.ok("POST", TRAIN + "?wait_for_completion=false", json(body, INDEX, INDEX))
                .path("task")
                .asText();
        String phase = "sample";
        for (int look = 0; phase.equals("queued") || phase.equals("sample") || look < looks; look++) {
            JsonNode shown = http.ok("GET", TRAIN);
            if (!shown.path("running").asBoolean()) {
                break;
            }
            phase = shown.at("/status/phase").asText();
        }
        long start = System.nanoTime();
        http.send("POST", "/_tasks/" + task + "/_cancel?wait_for_completion=true", null);
        double seconds = (System.nanoTime() - start) / 1e9;
        assertEquals(
                0,
                http.ok("GET", "/_tasks?actions=cluster:admin/lookalike/encoder/train")
                        .path("nodes")
                        .size());
        http.send("DELETE", "/_lookalike/encoder/busy-training-made", null);
        return seconds;
    }
}
