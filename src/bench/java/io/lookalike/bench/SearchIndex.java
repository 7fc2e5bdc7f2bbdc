package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * Fills an index of a node: two clients send bulk requests, then it is merged to one segment.
 *
 * <p>The seconds count from the first request to the end of the merge. One shard, no replica, no refresh. Stateless.
 */
final class SearchIndex {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int CLIENTS = 2;
    private static final int BATCH = 500;

    private SearchIndex() {}

    /** A field of float vectors under l2_norm. */
    static ObjectNode vectors(int dims, String indexType) {
        return field("float", dims, indexType);
    }

    /** A field of codes. */
    static ObjectNode codes(int bits, String indexType) {
        return field("bit", bits, indexType);
    }

    private static ObjectNode field(String elementType, int dims, String indexType) {
        ObjectNode field = JsonNodeFactory.instance
                .objectNode()
                .put("type", "dense_vector")
                .put("element_type", elementType)
                .put("dims", dims)
                .put("index", true)
                .put("similarity", "l2_norm");
        field.putObject("index_options").put("type", indexType);
        return field;
    }

    /**
     * Creates and fills an index.
     *
     * @param properties of its mapping
     * @param documents the JSON of each, by its ordinal, which becomes its id
     */
    static SearchWay.Cost fill(URI node, String name, ObjectNode properties, int count, IntFunction<String> documents)
            throws IOException {
        try (SearchClient client = new SearchClient(node)) {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            body.putObject("settings")
                    .put("number_of_shards", 1)
                    .put("number_of_replicas", 0)
                    .put("refresh_interval", "-1");
            body.putObject("mappings").put("dynamic", "strict").set("properties", properties);
            client.send("PUT", "/" + name, body);
            long start = System.nanoTime();
            bulk(node, name, count, documents);
            client.send("POST", "/" + name + "/_forcemerge?max_num_segments=1", null);
            client.send("POST", "/" + name + "/_refresh", null);
            double seconds = (System.nanoTime() - start) / 1e9;
            client.send("POST", "/" + name + "/_flush?force=true&wait_if_ongoing=true", null);
            JsonNode total = client.send("GET", "/" + name + "/_stats/store,docs,segments", null)
                    .path("_all")
                    .path("primaries");
            int documentsThere = total.path("docs").path("count").asInt();
            int segments = total.path("segments").path("count").asInt();
            if (documentsThere != count || segments != 1) {
                throw new IOException("index [" + name + "] has [" + documentsThere + "] documents in [" + segments
                        + "] segments; expected [" + count + "] in [1]");
            }
            return new SearchWay.Cost(
                    seconds, total.path("store").path("size_in_bytes").asLong() / 1e6);
        }
    }

    private static void bulk(URI node, String name, int count, IntFunction<String> documents) throws IOException {
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            CompletableFuture<?>[] running = new CompletableFuture<?>[CLIENTS];
            for (int i = 0; i < CLIENTS; i++) {
                running[i] = CompletableFuture.runAsync(() -> send(node, name, count, documents, next), clients);
            }
            CompletableFuture.allOf(running).join();
        } catch (CompletionException e) {
            throw new IOException(
                    "cannot fill index [" + name + "]: " + e.getCause().getMessage(), e);
        }
    }

    private static void send(URI node, String name, int count, IntFunction<String> documents, AtomicInteger next) {
        try (SearchClient client = new SearchClient(node)) {
            for (int first = next.getAndAdd(BATCH); first < count; first = next.getAndAdd(BATCH)) {
                ByteArrayOutputStream lines = new ByteArrayOutputStream();
                for (int i = first; i < Math.min(count, first + BATCH); i++) {
                    String line = "{\"index\":{\"_id\":\"" + i + "\"}}\n" + documents.apply(i) + "\n";
                    lines.writeBytes(line.getBytes(StandardCharsets.US_ASCII));
                }
                JsonNode answer = JSON.readTree(
                        client.exchange(client.request("POST", "/" + name + "/_bulk", lines.toByteArray())));
                if (answer.path("errors").asBoolean()) {
                    throw new IOException("a document was refused: "
                            + answer.path("items").path(0).path("index").path("error"));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
