package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.inference.TinyGraphs;
import io.lookalike.model.Models;
import io.lookalike.node.RealNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Models that run for ever, whatever they are shown, at their first use, or for some pictures: each is refused or set
 * aside after a bounded time, others go on meanwhile, and no thread is busy afterwards.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EndlessModelsIT {
    private static final String STARTING =
            "takes longer than [5s], the limit of [lookalike.inference.start_timeout], to be loaded and tried";
    private static final String RUNNING =
            "takes longer than [2s] for this picture, the limit of [lookalike.inference.timeout]";

    /** Of the one node that takes long: some 12 s on one core. */
    private static final int WINDOW = 300;

    @TempDir
    static Path models;

    private RealNode node;
    private Http http;
    private long pid;

    @BeforeAll
    void start() throws IOException {
        for (String name : List.of("loop-always", "loop-negative", "loop-white")) {
            try (InputStream in = Models.class.getResourceAsStream(name + ".onnx")) {
                TinyGraphs.put(models, name, in.readAllBytes(), null);
            }
        }
        TinyGraphs.put(models, "one-node", TinyGraphs.slowIfBright(WINDOW), null);
        TinyGraphs.put(models, "means", TinyGraphs.means(), null);
        node = RealNode.builder()
                .heap("512m")
                .models(models)
                .setting("lookalike.inference.timeout", "2s")
                .setting("lookalike.inference.start_timeout", "5s")
                .start();
        pid = node.process().pid();
        http = new Http(node.uri());
    }

    @AfterAll
    void stop() {
        http.close();
        node.close();
    }

    @BeforeEach
    void knowsAnother() {
        put("means", "embedding");
    }

    @AfterEach
    void isAsBefore() throws InterruptedException {
        assertTrue(node.process().isAlive());
        assertEquals(pid, node.process().pid());
        assertEquals("green", http.ok("GET", "/_cluster/health").path("status").asText());
        assertWorks("means");
        JsonNode idle = await(stats -> stats.at("/inference/running").asInt() == 0
                && stats.at("/inference/lost_threads").asInt() == 0
                && stats.at("/inference/loading_models").asInt() == 0
                && stats.at("/inference/lost_loading_models").asInt() == 0);
        assertEquals(0, idle.path("waiting_for_model").asInt());
        Duration before = cpu();
        TimeUnit.SECONDS.sleep(2); // what a busy thread would use up
        assertTrue(cpu().minus(before).toMillis() < 1000, "nothing runs any more");
    }

    private Duration cpu() {
        return node.process().toHandle().info().totalCpuDuration().orElseThrow();
    }

    private static String picture(int rgb) {
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 32 * 32; i++) {
            image.setRGB(i % 32, i / 32, rgb);
        }
        return Base64.getEncoder().encodeToString(Album.encode(image, "png"));
    }

    private Http.Answer put(String model, String output) {
        return http.send(
                "PUT", "/_lookalike/encoder/" + model, json("{model: ?, output: ?, normalize: 'none'}", model, output));
    }

    private static ObjectNode image(int rgb) {
        return json("{image: ?}", picture(rgb));
    }

    private Http.Answer encode(String encoder, int rgb) {
        return http.send("POST", "/_lookalike/encoder/" + encoder + "/_encode", image(rgb));
    }

    private void assertWorks(String encoder) {
        Http.Answer answer = encode(encoder, 0x102030);
        assertEquals(200, answer.status(), answer::text);
    }

    private JsonNode stats() {
        return http.ok("GET", "/_lookalike/stats").path("nodes").elements().next();
    }

    private JsonNode await(Predicate<JsonNode> wanted) throws InterruptedException {
        JsonNode stats = stats();
        for (int i = 0; i < 600 && !wanted.test(stats); i++) {
            TimeUnit.MILLISECONDS.sleep(100);
            stats = stats();
        }
        assertTrue(wanted.test(stats), stats::toString);
        return stats;
    }

    @Test
    void aModelThatNeverEndsIsNotTaken() {
        Http.Answer answer = put("loop-always", "y");
        assertEquals(400, answer.status(), answer::text);
        assertTrue(answer.reasons().contains("model [loop-always] " + STARTING), answer::reasons);
        assertEquals(
                404, http.send("GET", "/_lookalike/encoder/loop-always", null).status());
    }

    @Test
    void aFirstUseThatNeverEndsKeepsNobodyWaiting() throws Exception {
        assertEquals(200, put("loop-negative", "y").status());
        List<CompletableFuture<HttpResponse<byte[]>>> users = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            users.add(http.start("POST", "/_lookalike/encoder/loop-negative/_encode", image(i)));
        }
        await(stats -> stats.at("/inference/loading_models").asInt() == 1);
        assertEquals(200, put("means", "embedding").status());
        assertWorks("means");
        assertWorks("default");
        for (CompletableFuture<HttpResponse<byte[]>> user : users) {
            Http.Answer answer = Http.answer(user.get(1, TimeUnit.MINUTES));
            assertEquals(503, answer.status(), answer::text);
            assertTrue(answer.reasons().contains("model [loop-negative] " + STARTING), answer::reasons);
        }
        JsonNode aside = stats().path("set_aside").path(0);
        assertEquals("loop-negative", aside.path("model").asText(), aside::toString);
        assertTrue(aside.path("reason").asText().contains(STARTING), aside::toString);
        JsonNode indicator = null;
        for (int i = 0; i < 200; i++) {
            indicator = http.ok("GET", "/_health_report/lookalike_models").at("/indicators/lookalike_models");
            if (indicator.path("status").asText().equals("yellow")) {
                break;
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertEquals(
                "A node has set the model of an image encoder aside because it runs too long.",
                indicator.path("symptom").asText(),
                indicator::toString);
        assertEquals(
                200,
                http.send("DELETE", "/_lookalike/encoder/loop-negative", null).status());
    }

    private void index(String index, String encoder) {
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + index,
                json(
                        "{processors: [{image_embedding: {field: 'image', target_field: 'photo', encoder: ?, "
                                + "check_mapping: false}}]}",
                        encoder));
        http.ok(
                "PUT",
                "/" + index,
                json(
                        "{settings: {index: {number_of_replicas: 0, default_pipeline: ?}}, mappings: {dynamic: false}}",
                        index));
    }

    /**
     * The loop has no end where the mean of a batch is above 0.97: in one with the white picture, and for that one
     * alone.
     */
    @Test
    void onlyThePictureFailsThatAModelNeverEndsWith() {
        assertEquals(200, put("loop-white", "y").status());
        index("white", "loop-white");
        Bulk bulk = new Bulk();
        for (int i = 0; i < 8; i++) {
            bulk.index("d" + i, image(i == 3 ? 0xffffff : 0xf6f6f6));
        }
        JsonNode answer = http.send("POST", "/white/_bulk?refresh=true", bulk.bytes(), Http.LINES)
                .body();
        List<String> failures = Http.failures(answer);
        assertEquals(1, failures.size(), answer::toString);
        assertTrue(failures.getFirst().startsWith("d3 503 "), failures::toString);
        assertTrue(failures.getFirst().contains("model [loop-white] " + RUNNING), failures::toString);
        assertEquals(7, http.ok("GET", "/white/_count").path("count").asInt());
        assertTrue(stats().at("/inference/timed_out").asInt() >= 1);
    }

    @Test
    void aNodeThatCannotBeEndedIsSetAside() throws Exception {
        assertEquals(200, put("one-node", "embedding").status());
        assertWorks("one-node");
        Http.Answer bright = encode("one-node", 0xffffff);
        assertEquals(503, bright.status(), bright::text);
        String why = "model [one-node] is set aside on this node: it took longer than [2s], the limit of "
                + "[lookalike.inference.timeout], and could not be ended";
        assertTrue(bright.reasons().contains(why), bright::reasons);
        JsonNode stats = stats();
        assertEquals(1, stats.at("/inference/lost_threads").asInt(), stats::toString);
        assertTrue(stats.path("set_aside").toString().contains("could not be ended"), stats::toString);
        Http.Answer dark = encode("one-node", 0x102030);
        assertEquals(503, dark.status(), dark::text);
        for (int i = 0; i < 8; i++) {
            assertWorks("means");
        }
        await(now -> now.at("/inference/lost_threads").asInt() == 0);
        Http.Answer again = encode("one-node", 0x102030);
        for (int i = 0; i < 300 && again.status() == 503; i++) {
            TimeUnit.MILLISECONDS.sleep(100);
            again = encode("one-node", 0x102030);
        }
        assertEquals(200, again.status(), again::text);
        assertEquals("[]", stats().path("set_aside").toString());
    }
}
