package io.lookalike.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.Machine;

/** Describes the machine of the figures. Stateless. */
final class Environment {
    private Environment() {}

    static ObjectNode of(NodeClient client, String heap) {
        JsonNode nodes =
                client.send("GET", "/_nodes?filter_path=nodes.*.version", null).path("nodes");
        String version = nodes.isEmpty()
                ? "unknown"
                : nodes.iterator().next().path("version").asText();
        return Machine.facts().put("elasticsearch", version).put("heap", heap);
    }
}
