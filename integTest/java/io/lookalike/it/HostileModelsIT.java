package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lookalike.encoder.TinyGraphs;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that would end the node, or never load, on a small node with users that are told apart: refused, and others go on. */
class HostileModelsIT {
    /** By file, what the refusal says. */
    private static final Map<String, String> HOSTILE = new TreeMap<>(Map.of(
            "func-recursive", "its functions call each other in a circle",
            "nest-27", "it has graphs within graphs deeper than [5]",
            "ext-merged", "a message [AttributeProto] has field [5] twice",
            "fold-3gb", "of them in node [blob] ([ConstantOfShape])",
            "mem-3gb", "of them in node [blob] ([ConstantOfShape])"));

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
        node = RealNode.builder()
                .heap("512m")
                .models(models)
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
