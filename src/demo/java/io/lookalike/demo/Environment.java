package io.lookalike.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the figures were measured on. Stateless. */
final class Environment {
    private Environment() {}

    static ObjectNode of(NodeClient client, String heap) {
        JsonNode nodes =
                client.send("GET", "/_nodes?filter_path=nodes.*.version", null).path("nodes");
        String version = nodes.isEmpty()
                ? "unknown"
                : nodes.iterator().next().path("version").asText();
        return NodeClient.object()
                .put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"))
                .put("arch", System.getProperty("os.arch"))
                .put("cpu", cpu())
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("jdk", System.getProperty("java.vendor") + " " + Runtime.version())
                .put("elasticsearch", version)
                .put("heap", heap);
    }

    private static String cpu() {
        Path file = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(file)) {
            return "unknown";
        }
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
