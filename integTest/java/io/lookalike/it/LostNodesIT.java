package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** Nodes that are killed while an encoder is trained: the training fails in words, and leaves no half of an encoder. */
class LostNodesIT {
    private static final String INDEX = "lost";
    private static final String MADE = "lost-made";
    private static final String TRAIN = "/_lookalike/encoder/" + MADE + "/_train";
    /** Each of which scores every document, and waits in a queue of 1,000. */
    private static final int CLAUSES = 600;

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static RealNode start(String name, int transport, Integer seed) {
        RealNode.Builder builder = RealNode.builder()
                .heap("512m")
                .setting("cluster.name", "lost-nodes")
                .setting("node.name", name)
                .setting("transport.port", Integer.toString(transport));
        return (seed == null
                        ? builder.setting("cluster.initial_master_nodes", name)
                        // a master that cannot be lost: two of two would have to agree
                        : builder.setting("discovery.seed_hosts", "127.0.0.1:" + seed)
                                .setting("node.roles", "data,ingest"))
                .start();
    }

    /** Documents whose sampling takes long. */
    private static ObjectNode slow(Mixture mixture) {
        ObjectNode query = json("{bool: {should: []}}");
        ArrayNode clauses = (ArrayNode) query.at("/bool/should");
        for (int i = 0; i < CLAUSES; i++) {
            clauses.add(json(
                    "{hash_knn: {field: 'photo.vector', query_vector: ?, k: 10, candidates: 'all', metric: "
                            + "'correlation'}}",
                    mixture.vectors.get(i)));
        }
        return query;
    }

    @Test
    void nothingHalfIsLeft() throws Exception {
        int transport = freePort();
        try (RealNode master = start("first", transport, null);
                RealNode data = start("second", 0, transport);
                Http first = new Http(master.uri());
                Http second = new Http(data.uri())) {
            first.ok("GET", "/_cluster/health?wait_for_nodes=2&timeout=60s");
            Mixture mixture = new Mixture(first, INDEX, 6_000, 1, 2).index(32, 2);
            first.ok("GET", "/_cluster/health/" + INDEX + "?wait_for_status=green&timeout=60s");

            // the node that trains
            CompletableFuture<HttpResponse<byte[]>> training = second.start(
                    "POST",
                    TRAIN,
                    json("{from: ?, index: ?, learn: {itq: {bits: 48, iterations: 1000}}}", INDEX, INDEX));
            await(first, training, "itq");
            data.kill();
            assertThrows(ExecutionException.class, training::get);
            first.ok("GET", "/_cluster/health?wait_for_nodes=1&timeout=60s");
            Http.Answer gone = first.send("GET", TRAIN, null);
            assertEquals(404, gone.status(), gone::reasons);
            assertTrue(gone.reasons().contains("ended with its node"), gone::reasons);
            assertEquals(
                    404, first.send("GET", "/_lookalike/encoder/" + MADE, null).status());
            Http.Answer lacking =
                    first.send("POST", TRAIN, json("{from: ?, index: ?, learn: {itq: {bits: 48}}}", INDEX, INDEX));
            assertEquals(503, lacking.status(), lacking::reasons);

            data.restart();
            first.ok("GET", "/_cluster/health/" + INDEX + "?wait_for_nodes=2&wait_for_status=green&timeout=60s");

            // a node with documents
            ObjectNode request = json("{from: ?, index: ?, learn: {itq: {bits: 48}}}", INDEX, INDEX);
            request.set("query", slow(mixture));
            CompletableFuture<HttpResponse<byte[]>> sampling = first.start("POST", TRAIN, request);
            await(first, sampling, "sample");
            data.kill();
            Http.Answer failed = Http.answer(sampling.get());
            assertEquals(503, failed.status(), failed::reasons);
            assertTrue(failed.reasons().contains("node [second] left while documents were read"), failed::reasons);
            assertEquals(404, first.send("GET", TRAIN, null).status());
            assertEquals(
                    404, first.send("GET", "/_lookalike/encoder/" + MADE, null).status());

            data.restart();
            first.ok("GET", "/_cluster/health/" + INDEX + "?wait_for_nodes=2&wait_for_status=green&timeout=60s");
            JsonNode made =
                    first.ok("POST", TRAIN, json("{from: ?, index: ?, learn: {itq: {bits: 48}}}", INDEX, INDEX));
            assertEquals(6_000, made.at("/training/documents").asInt());
            assertEquals(
                    made.path("fingerprint"),
                    second.ok("GET", "/_lookalike/encoder/" + MADE + "?full=true")
                            .path("fingerprint"));
        }
    }

    private static void await(Http http, CompletableFuture<?> training, String phase) {
        String seen = "";
        while (!seen.equals(phase)) {
            assertTrue(!training.isDone(), "it ended after phase [" + seen + "]");
            seen = http.send("GET", TRAIN, null).body().at("/status/phase").asText();
        }
    }
}
