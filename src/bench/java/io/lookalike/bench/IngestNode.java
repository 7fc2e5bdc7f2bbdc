package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Indexes into a node: three clients, each with one bulk request at a time over a connection that stays open.
 *
 * <p>One shard, no replica, a refresh every 30 seconds, other settings by default; the mapping comes from the encoder.
 * Requests are built before the clock starts. For one thread.
 */
final class IngestNode {
    private static final JsonMapper JSON = new JsonMapper();
    static final int CLIENTS = 3;
    static final int BULK = 50;
    private static final String DEFAULT_SIZE = null;

    private final URI node;
    private final IngestModel model;
    private final List<byte[]> bulks;
    private final String index;

    IngestNode(URI node, IngestModel model, IngestPictures pictures) {
        this.node = node;
        this.model = model;
        this.bulks = pictures.bulks(BULK);
        this.index = "photos-" + model.id();
    }

    /** Creates encoder, pipeline and index. */
    void create() throws IOException {
        try (SearchClient client = new SearchClient(node)) {
            client.send("PUT", "/_lookalike/encoder/" + model.id(), model.encoder());
            ObjectNode pipeline = JsonNodeFactory.instance.objectNode();
            pipeline.putArray("processors")
                    .addObject()
                    .putObject("image_embedding")
                    .put("field", "image")
                    .put("target_field", "photo")
                    .put("encoder", model.id());
            client.send("PUT", "/_ingest/pipeline/" + index, pipeline);
            ObjectNode body = (ObjectNode)
                    client.send("GET", "/_lookalike/encoder/" + model.id() + "/_mapping?target_field=photo", null);
            body.putObject("settings")
                    .put("number_of_shards", 1)
                    .put("number_of_replicas", 0)
                    .put("refresh_interval", "30s")
                    .put("default_pipeline", index);
            client.send("PUT", "/" + index, body);
        }
    }

    /** Switches batches on, as they are by default, or off. */
    void batching(boolean on) throws IOException {
        try (SearchClient client = new SearchClient(node)) {
            ObjectNode settings = JsonNodeFactory.instance.objectNode();
            ObjectNode persistent = settings.putObject("persistent");
            if (on) {
                persistent.put("lookalike.inference.batch_size", DEFAULT_SIZE);
            } else {
                persistent.put("lookalike.inference.batch_size", 1);
            }
            client.send("PUT", "/_cluster/settings", settings);
        }
    }

    /** Indexes for about as many seconds; returns the number of documents when the last request is answered. */
    int run(double seconds) throws IOException {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
            CompletableFuture<?>[] clients = new CompletableFuture<?>[CLIENTS];
            for (int i = 0; i < CLIENTS; i++) {
                clients[i] = CompletableFuture.runAsync(() -> send(next, done, end), threads);
            }
            CompletableFuture.allOf(clients).join();
        } catch (CompletionException e) {
            throw new IOException("cannot index: " + e.getCause().getMessage(), e);
        }
        return done.get();
    }

    private void send(AtomicInteger next, AtomicInteger done, long end) {
        try (SearchClient client = new SearchClient(node)) {
            while (System.nanoTime() < end) {
                byte[] bulk = bulks.get(next.getAndIncrement() % bulks.size());
                done.addAndGet(indexed(client.exchange(client.request("POST", "/" + index + "/_bulk", bulk))));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The number of documents in a bulk response; all must have been indexed. */
    static int indexed(byte[] answer) throws IOException {
        JsonNode json = JSON.readTree(answer);
        if (json.path("errors").asBoolean()) {
            for (JsonNode item : json.path("items")) {
                if (item.path("index").has("error")) {
                    throw new IOException("a document was refused: "
                            + item.path("index").path("error").path("reason").asText());
                }
            }
        }
        return json.path("items").size();
    }
}
