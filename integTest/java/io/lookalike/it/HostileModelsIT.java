package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lookalike.inference.TinyGraphs;
import io.lookalike.node.RealNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Models that would end the node, or never load, on a small node with users that are told apart: refused, and others go
 * on.
 */
class HostileModelsIT {
    /** By file, what the refusal says. */
    private static final Map<String, String> HOSTILE = new TreeMap<>(Map.of(
            "func-recursive", "its functions call each other in a circle",
            "nest-27", "it has graphs within graphs deeper than [5]",
            "ext-merged", "its graph has a part twice",
            "fold-3gb", "wants [3200000000] bytes of native memory",
            "mem-3gb", "wants [3200000000] bytes of native memory"));

    /** Of these only a run shows what they take. */
    private static final List<String> LOADED = List.of("fold-3gb", "mem-3gb");

    private static final int MAX_MEGABYTES = 256;

    /** What the process may grow by beside its models: threads, code, buffers. */
    private static final int SLACK_MEGABYTES = 100;

    @TempDir
    static Path directory;

    private static RealNode node;
    private static Http http;

    @BeforeAll
    static void start() throws IOException {
        Path models = Files.createDirectories(directory.resolve("models"));
        for (String name : HOSTILE.keySet()) {
            try (InputStream in = TinyGraphs.class.getResourceAsStream("/io/lookalike/model/" + name + ".onnx")) {
                TinyGraphs.put(models, name, in.readAllBytes(), null);
            }
        }
        // the file that the first of its two locations names, which is checked
        Files.write(models.resolve("ext-merged").resolve("weights.bin"), new byte[100]);
        TinyGraphs.put(models, "good", TinyGraphs.means(), null);
        TinyGraphs.put(models, "fills", TinyGraphs.fills(400), null);
        node = RealNode.builder()
                .heap("512m")
                .models(models)
                .setting("lookalike.model.max_memory", MAX_MEGABYTES + "mb")
                .alsoPlugin(GuardZip.in(directory))
                .setting("guard.may.putter.actions", "cluster:admin/lookalike/encoder/put")
                .setting("guard.may.watcher.actions", "cluster:monitor/*")
                .start();
        http = new Http(node.uri());
    }

    @AfterAll
    static void stop() {
        http.close();
        node.close();
    }

    @Test
    void hostileModelsAreRefusedAndOthersGoOn() {
        long process = node.process().pid();
        Http admin = http.as("admin");
        List<String> wrong = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            JsonNode listed = admin.ok("GET", "/_lookalike/model");
            HOSTILE.forEach((model, reason) -> {
                for (String path : List.of("/_lookalike/encoder/x-" + model, "/_lookalike/encoder/y-" + model)) {
                    Http.Answer answer = admin.send("PUT", path, json("{model: ?}", model));
                    if (answer.status() != 400 || !answer.reasons().contains(reason)) {
                        wrong.add(model + ": " + answer.status() + " " + answer.reasons());
                    }
                }
                for (JsonNode found : listed.findValue("models")) {
                    if (found.path("id").asText().equals(model)
                            && !LOADED.contains(model)
                            && !found.path("error").asText().contains(reason)) {
                        wrong.add("listed " + found);
                    }
                }
            });
        }
        assertEquals(List.of(), wrong);
        admin.ok("PUT", "/_lookalike/encoder/good", json("{model: 'good', output: 'embedding'}"));
        assertEquals(process, node.process().pid());
        assertTrue(node.process().isAlive());
        assertEquals("green", admin.ok("GET", "/_cluster/health").path("status").asText());
    }

    /** Four at once that want up to twice the memory there is, beside others. */
    @Test
    void runsNeverTakeMoreMemoryThanTheyMay() throws Exception {
        Http admin = http.as("admin");
        admin.ok("PUT", "/_lookalike/encoder/fills", json("{model: 'fills', output: 'embedding'}"));
        admin.ok("PUT", "/_lookalike/encoder/good", json("{model: 'good', output: 'embedding'}"));
        encode(admin, "fills", 40);
        long before = peakMegabytes();
        List<String> wrong = new ArrayList<>();
        try (ExecutorService clients = Executors.newFixedThreadPool(6)) {
            List<Future<?>> running = new ArrayList<>();
            for (int client = 0; client < 6; client++) {
                boolean good = client >= 4;
                running.add(clients.submit(() -> {
                    for (int i = 0; i < 30; i++) {
                        // a third fits beside others, a third alone, a third never
                        int bright = List.of(20, 95, 240).get(i % 3);
                        Http.Answer answer = encode(admin, good ? "good" : "fills", bright);
                        for (int retry = 0; !good && i % 3 < 2 && answer.status() == 503 && retry < 100; retry++) {
                            answer = encode(admin, "fills", bright);
                        }
                        boolean right = answer.status() == 200;
                        if (!good && i % 3 == 2) {
                            String why = answer.status() == 503 ? "while others run" : "bytes of native memory";
                            right = !right && answer.reasons().contains(why);
                        }
                        if (!right) {
                            synchronized (wrong) {
                                wrong.add(good + " " + bright + ": " + answer.status() + " " + answer.reasons());
                            }
                        }
                    }
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        }
        assertEquals(List.of(), wrong);
        Http.Answer alone = encode(admin, "fills", 255);
        assertEquals(400, alone.status(), alone::text);
        assertTrue(alone.reasons().contains("its node [ConstantOfShape] wants ["), alone::reasons);
        JsonNode stats = admin.ok("GET", "/_lookalike/stats");
        assertTrue(stats.findValue("repeated_for_memory").asInt() > 0, stats::toString);
        long grown = peakMegabytes() - before;
        assertTrue(grown < MAX_MEGABYTES + SLACK_MEGABYTES, "the process grew by " + grown + " MB");
    }

    private static Http.Answer encode(Http client, String encoder, int bright) {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64; i++) {
            image.setRGB(i % 8, i / 8, bright * 0x10101);
        }
        String picture = Base64.getEncoder().encodeToString(Album.encode(image, "png"));
        return client.send("POST", "/_lookalike/encoder/" + encoder + "/_encode", json("{image: ?}", picture));
    }

    /** The most that was ever resident. */
    private static long peakMegabytes() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/" + node.process().pid() + "/status")).stream()
                .filter(each -> each.startsWith("VmHWM:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
    }

    /** Nodes are asked for their models as the system: PUT takes its own right, and health is not refused. */
    @Test
    void putAndHealthNeedNoOtherRights() {
        Http putter = http.as("putter");
        putter.ok("PUT", "/_lookalike/encoder/put", json("{model: 'good', output: 'embedding'}"));
        assertEquals(403, putter.send("GET", "/_lookalike/model", null).status());
        Http watcher = http.as("watcher");
        JsonNode health = watcher.ok("GET", "/_health_report/lookalike_models");
        for (int i = 0;
                health.at("/indicators/lookalike_models/status").asText().equals("unknown");
                i++) {
            assertTrue(i < 1000, health::toString);
            health = watcher.ok("GET", "/_health_report/lookalike_models");
        }
        assertEquals("green", health.at("/indicators/lookalike_models/status").asText(), health::toString);
        JsonNode guard = http.as("admin").ok("GET", "/_guard");
        assertEquals("[]", guard.path("violations").toString());
        assertFalse(guard.path("done").isEmpty());
    }
}
