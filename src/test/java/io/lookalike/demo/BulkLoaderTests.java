package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class BulkLoaderTests {
    @Test
    void countsRefusedPicturesByCauseAndGoesOn() {
        BulkLoader.Outcome outcome = load(pictures(5, 1), lines -> {
            ObjectNode answer = NodeClient.object();
            ArrayNode items = answer.putArray("items");
            for (String id : ids(lines)) {
                ObjectNode item = items.addObject().putObject("index").put("_id", id);
                if (id.equals("p1") || id.equals("p3")) {
                    item.putObject("error").put("reason", "cannot decode (1" + id.substring(1) + "7 bytes)");
                }
            }
            return answer;
        });
        assertEquals(3, outcome.indexed());
        assertEquals(Set.of("p1", "p3"), outcome.refused());
        assertEquals(Map.of("cannot decode (N bytes)", 2), outcome.causes());
    }

    @Test
    void aRefusedRequestAndAnUnreadableFileStopNothing() {
        List<Picture> pictures = new ArrayList<>(pictures(2, 1));
        pictures.add(Picture.original(2, "gone", "c", () -> {
            throw new IOException("no such file");
        }));
        BulkLoader.Outcome outcome = load(pictures, lines -> {
            throw new NodeClient.Refused("POST", "/_bulk", 429, "queue full");
        });
        assertEquals(0, outcome.indexed());
        assertEquals(Set.of("p0", "p1", "p2"), outcome.refused());
        assertEquals(
                Map.of("POST /_bulk was answered with N: queue full", 2, "cannot be read any more: no such file", 1),
                outcome.causes());
    }

    @Test
    void sendsEveryPictureOnceInSeveralRequests() {
        Set<String> sent = new ConcurrentSkipListSet<>();
        Set<Integer> sizes = new ConcurrentSkipListSet<>();
        BulkLoader.Outcome outcome = load(pictures(20, 1 << 19), lines -> {
            List<String> ids = ids(lines);
            sizes.add(ids.size());
            ObjectNode answer = NodeClient.object();
            ArrayNode items = answer.putArray("items");
            ids.forEach(id -> items.addObject().putObject("index").put("_id", sent.add(id) ? id : "twice"));
            return answer;
        });
        assertEquals(20, outcome.indexed());
        assertEquals(20, sent.size());
        // 700 kB of base64 each, cut when 2 MiB are reached
        assertEquals(Set.of(2, 3), sizes);
    }

    private static BulkLoader.Outcome load(List<Picture> pictures, Function<byte[], JsonNode> bulk) {
        return new BulkLoader(bulk, "demo", pictures, indexed -> {}).load();
    }

    private static List<String> ids(byte[] lines) {
        List<String> ids = new ArrayList<>();
        String[] split = new String(lines, StandardCharsets.UTF_8).split("\n", -1);
        for (int i = 0; i + 1 < split.length; i += 2) {
            ids.add(split[i].replaceAll(".*\"_id\":\"([^\"]*)\".*", "$1"));
        }
        return ids;
    }

    private static List<Picture> pictures(int count, int bytes) {
        List<Picture> pictures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pictures.add(Picture.original(i, "name", "class", () -> new byte[bytes]));
        }
        return pictures;
    }
}
