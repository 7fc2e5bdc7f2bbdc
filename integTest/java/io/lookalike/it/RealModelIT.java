package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Networks that users bring, on photographs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealModelIT {
    private static final String INDEX = "real-model";
    private static final int CLASSES = 10;
    private static final int PER_CLASS = 20;
    private static final int K = 10;

    private Path photographs;
    private RealNode node;
    private Http http;

    @BeforeAll
    void start() {
        photographs = Data.directory("caltech20x50");
        Path models = Data.directory("models");
        node = RealNode.builder().heap("512m").models(models).start();
        http = new Http(node.uri());
    }

    @AfterAll
    void stop() {
        if (node != null) {
            http.close();
            node.close();
        }
    }

    private static ObjectNode mobilenet() {
        return json("""
                {model: 'mobilenet_v2', output: 'embedding', hash: {bits: 512}, image: {
                  resize: {width: 224, height: 224, mode: 'stretch', filter: 'bilinear'},
                  channels: 'rgb', layout: 'nchw', scale: 1, mean: [128, 128, 128], std: [128, 128, 128]}}""");
    }

    @Test
    void photographsFindTheirClass() throws IOException {
        http.ok("PUT", "/_lookalike/encoder/mobilenet", mobilenet());
        assertEquals(
                1280,
                http.ok("GET", "/_lookalike/encoder/mobilenet")
                        .at("/mobilenet/dims")
                        .asInt());
        Album.create(http, INDEX, "mobilenet", 1);
        Map<String, String> classes = new LinkedHashMap<>();
        for (List<Path> clazz : byClass().values().stream().limit(CLASSES).toList()) {
            Bulk bulk = new Bulk();
            for (Path file : clazz.subList(0, PER_CLASS)) {
                String name = file.getParent().getFileName().toString();
                String id = name + "-" + file.getFileName();
                classes.put(id, name);
                bulk.index(
                        id,
                        json(
                                "{image: ?, class: ?}",
                                Base64.getEncoder().encodeToString(Files.readAllBytes(file)),
                                name));
            }
            http.bulk("/" + INDEX + "/_bulk", bulk);
        }
        double exact = precision(classes, "all", K);
        double hamming = precision(classes, "hamming", 50);
        assertTrue(exact > 0.9, "precision of exact search " + exact);
        assertEquals(exact, hamming, 0.02);
    }

    private double precision(Map<String, String> classes, String candidates, int least) {
        double sum = 0;
        for (Map.Entry<String, String> query : classes.entrySet()) {
            ObjectNode knn = json(
                    "{hash_knn: {field: 'photo.vector', like: {id: ?}, candidates: ?, k: ?, num_candidates: ?}}",
                    query.getKey(),
                    candidates,
                    K,
                    least);
            List<String> found = http.ids(INDEX, json("{size: ?, _source: false, query: ?}", K, knn));
            assertEquals(K, found.size());
            sum += found.stream()
                            .filter(id -> classes.get(id).equals(query.getValue()))
                            .count()
                    / (double) K;
        }
        return sum / classes.size();
    }

    private Map<String, List<Path>> byClass() throws IOException {
        Map<String, List<Path>> byClass = new TreeMap<>();
        for (Path file : Data.files(photographs)) {
            if (file.toString().endsWith(".jpg")) {
                byClass.merge(
                        file.getParent().getFileName().toString(),
                        List.of(file),
                        (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
            }
        }
        return byClass;
    }

    @Test
    void assumptionsAboutAModelAreSaidAloud() {
        Http.Answer silent = http.send(
                "PUT", "/_lookalike/encoder/assumed", json("{model: 'mobilenet_v1_025', output: 'embedding'}"));
        assertEquals(200, silent.status(), silent::text);
        assertEquals(1, silent.warnings().size(), silent.warnings()::toString);
        assertTrue(silent.warnings().get(0).contains("pixels scaled to [0,1]"), silent.warnings()::toString);
        JsonNode assumed = http.ok("GET", "/_lookalike/encoder/assumed").path("assumed");
        assertEquals(0, assumed.at("/image/mean/0").asDouble(-1));
        ObjectNode said = mobilenet();
        Http.Answer loud = http.send("PUT", "/_lookalike/encoder/said", said);
        assertEquals(200, loud.status(), loud::text);
        assertEquals(List.of(), loud.warnings());
        Http.Answer named = http.send("PUT", "/_lookalike/encoder/named", imageOf("normalization: 'imagenet'"));
        assertEquals(200, named.status(), named::text);
        assertEquals(List.of(), named.warnings());
        Http.Answer scaled = http.send("PUT", "/_lookalike/encoder/scaled", imageOf("scale: 1"));
        assertEquals(200, scaled.status(), scaled::text);
        assertEquals(1, scaled.warnings().size(), scaled.warnings()::toString);
        assertTrue(
                scaled.warnings().get(0).contains("numbers from [0.0] to [255.0], because [image] says [scale]"),
                scaled.warnings()::toString);
        for (String model : List.of("builtin-1", "builtin-2")) {
            Http.Answer built = http.send("PUT", "/_lookalike/encoder/built", json("{model: ?}", model));
            assertEquals(200, built.status(), built::text);
            assertEquals(List.of(), built.warnings());
            http.ok("DELETE", "/_lookalike/encoder/built");
        }
        Http.Answer few = http.send("PUT", "/_lookalike/encoder/few", json("{model: 'builtin-2', hash: {bits: 128}}"));
        assertEquals(200, few.status(), few::text);
        assertEquals(1, few.warnings().size(), few.warnings()::toString);
        assertTrue(few.warnings().get(0).contains("codes of [128] bits find"), few.warnings()::toString);
        Http.Answer alike =
                http.send("PUT", "/_lookalike/encoder/alike", imageOf("mean: [123.7, 116.3, 103.5], std: [1]"));
        assertEquals(200, alike.status(), alike::text);
        assertEquals(1, alike.warnings().size(), alike.warnings()::toString);
        assertTrue(alike.warnings().get(0).contains("lies far from all pixels"), alike.warnings()::toString);
        for (String wrong : List.of(
                "scale: 1, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]",
                "mean: [123.7, 116.3, 103.5], std: [58.4, 57.1, 57.4]")) {
            Http.Answer warned = http.send("PUT", "/_lookalike/encoder/wrong", imageOf(wrong));
            assertEquals(200, warned.status(), warned::text);
            assertEquals(1, warned.warnings().size(), warned.warnings()::toString);
            assertTrue(warned.warnings().get(0).contains("apart of black and white"), warned.warnings()::toString);
            http.ok("DELETE", "/_lookalike/encoder/wrong");
        }
    }

    private static ObjectNode imageOf(String said) {
        return json("{model: 'mobilenet_v1_025', output: 'embedding', image: {resize: {width: 128, height: 128}, "
                + said + "}}");
    }

    @Test
    void aDetectorIsRefusedWithItsOutputs() {
        Http.Answer answer = http.send("PUT", "/_lookalike/encoder/faces", json("{model: 'ultraface'}"));
        assertEquals(400, answer.status(), answer::text);
        assertTrue(
                answer.reasons()
                        .contains("model [ultraface] has outputs [scores float32[1, 4420, 2], boxes float32[1, 4420, "
                                + "4]]; name the one to use in [output]"),
                answer::reasons);
        Http.Answer none =
                http.send("PUT", "/_lookalike/encoder/faces", json("{model: 'ultraface', output: 'embedding'}"));
        assertEquals(400, none.status(), none::text);
        assertTrue(
                none.reasons()
                        .contains("no output [embedding]; it has [scores float32[1, 4420, 2], boxes float32[1, 4420, "
                                + "4]]"),
                none::reasons);
    }
}
