package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertIterableEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A cluster of three nodes gives the answers of one, whichever is asked, and goes on without the one that is killed.
 */
@ExtendWith(SharedNode.class)
class ThreeNodesIT {
    private static final String INDEX = "three-nodes";
    private static final int K = 8;
    private static final int NUM_CANDIDATES = 400;

    private final Http single;
    private final List<Album.Photo> photos = Album.draw(3, 17);

    ThreeNodesIT(Http single) {
        this.single = single;
    }

    @Test
    void threeNodesAnswerAsOneDoes() throws Exception {
        int transport = freePort();
        List<RealNode> nodes = new ArrayList<>();
        List<Http> https = new ArrayList<>();
        try {
            // the first makes the cluster; the others, started together, join it
            nodes.add(start("first", transport, null));
            CompletableFuture<RealNode> second = CompletableFuture.supplyAsync(() -> start("second", 0, transport));
            CompletableFuture<RealNode> third = CompletableFuture.supplyAsync(() -> start("third", 0, transport));
            try {
                nodes.add(second.get());
            } finally {
                nodes.add(third.get());
            }
            nodes.forEach(node -> https.add(new Http(node.uri())));
            https.get(0).ok("GET", "/_cluster/health?wait_for_nodes=3&timeout=60s");
            compare(nodes, https);
        } finally {
            https.forEach(Http::close);
            nodes.forEach(RealNode::close);
            single.ok("DELETE", "/" + INDEX + "?ignore_unavailable=true");
            single.send("DELETE", "/_ingest/pipeline/" + INDEX, null);
            single.send("DELETE", "/_lookalike/encoder/three-nodes", null);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** @param seed transport port of a node to join; null makes a cluster */
    private static RealNode start(String name, int transport, Integer seed) {
        RealNode.Builder builder = RealNode.builder()
                .heap("512m")
                .setting("cluster.name", "three-nodes")
                .setting("node.name", name)
                .setting("transport.port", Integer.toString(transport));
        return (seed == null
                        ? builder.setting("cluster.initial_master_nodes", name)
                        : builder.setting("discovery.seed_hosts", "127.0.0.1:" + seed))
                .start();
    }

    private void compare(List<RealNode> nodes, List<Http> https) {
        JsonNode encoder = json("{model: 'builtin-1', hash: {bits: 128, seed: 3}}");
        https.get(1).ok("PUT", "/_lookalike/encoder/three-nodes", encoder);
        single.ok("PUT", "/_lookalike/encoder/three-nodes", encoder);
        JsonNode export = single.ok("GET", "/_lookalike/encoder/three-nodes?full=true");
        for (Http http : https) {
            assertEquals(export, http.ok("GET", "/_lookalike/encoder/three-nodes?full=true"));
        }
        fill(https);
        assertEquals(
                "green",
                https.get(0)
                        .ok("GET", "/_cluster/health/" + INDEX + "?wait_for_status=green&timeout=60s")
                        .path("status")
                        .asText());

        Map<String, List<String>> expected = answers(single);
        expected.forEach((search, hits) -> assertTrue(hits.size() > 1, search + " found " + hits));
        Set<String> holders = new HashSet<>();
        for (Http http : https) {
            same(expected, answers(http));
            http.ok("GET", "/" + INDEX + "/_search_shards")
                    .path("nodes")
                    .fieldNames()
                    .forEachRemaining(holders::add);
        }
        assertEquals(3, holders.size());

        // the master is among those that may be killed: it is the one that made the cluster
        nodes.get(0).kill();
        List<Http> left = https.subList(1, 3);
        left.get(0)
                .ok(
                        "GET",
                        "/_cluster/health?wait_for_nodes=2&wait_for_no_initializing_shards=true&timeout=60s&"
                                + "master_timeout=60s");
        for (Http http : left) {
            http.ok("GET", "/_cluster/health/" + INDEX + "?wait_for_status=yellow&timeout=60s&master_timeout=60s");
            same(expected, answers(http));
        }
        assertFalse(left.get(1).ok("GET", "/_lookalike/encoder/three-nodes").isEmpty());
    }

    /**
     * Sends pictures to the three nodes in turn, and what became of them to the single one: encoded a second time, in
     * other company, a vector may differ in its last digits.
     */
    private void fill(List<Http> https) {
        for (Http admin : List.of(https.get(2), single)) {
            Album.create(admin, INDEX, "three-nodes", 3);
            admin.ok(
                    "PUT",
                    "/" + INDEX + "/_settings",
                    json("{'index.number_of_replicas': ?}", admin.equals(single) ? 0 : 1));
        }
        for (int from = 0; from < photos.size(); from += 20) {
            List<Album.Photo> some = photos.subList(from, Math.min(photos.size(), from + 20));
            https.get(from / 20 % https.size()).bulk("/" + INDEX + "/_bulk", Album.bulk(some));
        }
        JsonNode documents = https.get(1)
                .hits(INDEX, json("{size: 1000, _source: {exclude_vectors: false}, query: {match_all: {}}}"));
        assertEquals(photos.size(), documents.size());
        Bulk copies = new Bulk();
        documents.forEach(document -> copies.index(document.path("_id").asText(), document.path("_source")));
        single.bulk("/" + INDEX + "/_bulk?pipeline=_none", copies);
    }

    /** Hits of searches of every kind, as {@code score id}. */
    private Map<String, List<String>> answers(Http http) {
        Map<String, List<String>> answers = new LinkedHashMap<>();
        for (int at : new int[] {2, 20, 35}) {
            Album.Photo photo = photos.get(at);
            for (String candidates : List.of("hamming", "all")) {
                ObjectNode knn = json(
                        "{field: 'photo.vector', query_image: ?, k: ?, num_candidates: ?, candidates: ?}",
                        photo.base64(),
                        K,
                        NUM_CANDIDATES,
                        candidates);
                answers.put("picture " + at + ", " + candidates, hits(http, json("{hash_knn: ?}", knn)));
                knn.set("filter", json("{terms: {class: ['fish', 'faces', 'spirals']}}"));
                answers.put("filtered " + at + ", " + candidates, hits(http, json("{hash_knn: ?}", knn)));
            }
            answers.put(
                    "like " + at, hits(http, json("{hash_knn: {field: 'photo.vector', like: {id: ?}}}", photo.id())));
            answers.put(
                    "radius " + at,
                    hits(
                            http,
                            json(
                                    "{hash_radius: {field: 'photo.phash', query_image: ?, max_distance: 28}}",
                                    photo.base64())));
        }
        return answers;
    }

    private static List<String> hits(Http http, ObjectNode query) {
        List<String> hits = new ArrayList<>();
        http.hits(INDEX, json("{size: 100, _source: false, query: ?}", query))
                .forEach(hit -> hits.add(
                        hit.path("_score").asText() + " " + hit.path("_id").asText()));
        hits.sort(null);
        return hits;
    }

    private static void same(Map<String, List<String>> expected, Map<String, List<String>> found) {
        for (String search : expected.keySet()) {
            assertIterableEquals(expected.get(search), found.get(search), search);
        }
    }
}
