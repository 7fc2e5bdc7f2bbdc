package io.lookalike.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * Indexes pictures through bulk requests.
 *
 * <p>Two clients take pictures from one list until it is empty. Each sends one request at a time, of a limited size.
 * Refused pictures are counted by cause, and the rest goes on. For one use; call {@link #load} from one thread.
 */
final class BulkLoader {
    static final int CLIENTS = 2;

    private static final int BATCH_BYTES = 2 << 20;

    private final Function<byte[], JsonNode> bulk;
    private final String index;
    private final Iterator<Picture> left;
    private final IntConsumer progress;
    private final Set<String> refused = new HashSet<>();
    private final Map<String, Integer> causes = new TreeMap<>();
    private int indexed;

    /**
     * Prepares to index {@code pictures}.
     *
     * @param bulk sends lines as a bulk request and returns the answer; may throw {@link NodeClient.Refused}
     * @param progress takes the number of pictures indexed so far
     */
    BulkLoader(Function<byte[], JsonNode> bulk, String index, List<Picture> pictures, IntConsumer progress) {
        this.bulk = bulk;
        this.index = index;
        this.left = pictures.iterator();
        this.progress = progress;
    }

    /**
     * The result.
     *
     * @param indexed pictures that are in the index now
     * @param seconds from the first request to the last answer
     * @param refused ids of the others
     * @param causes number of refused pictures by cause
     */
    record Outcome(int indexed, double seconds, Set<String> refused, Map<String, Integer> causes) {}

    Outcome load() {
        long start = System.nanoTime();
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            CompletableFuture<?>[] running = new CompletableFuture<?>[CLIENTS];
            for (int i = 0; i < CLIENTS; i++) {
                running[i] = CompletableFuture.runAsync(this::drain, clients);
            }
            CompletableFuture.allOf(running).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        return new Outcome(indexed, (System.nanoTime() - start) / 1e9, refused, causes);
    }

    private void drain() {
        for (Batch batch = next(); !batch.ids.isEmpty(); batch = next()) {
            try {
                judge(bulk.apply(batch.lines.toByteArray()).path("items"));
            } catch (NodeClient.Refused e) {
                refuse(batch.ids, e.getMessage());
            }
        }
    }

    /** The documents of one request and its lines. */
    private record Batch(List<String> ids, ByteArrayOutputStream lines) {}

    private synchronized Batch next() {
        Batch batch = new Batch(new ArrayList<>(), new ByteArrayOutputStream());
        while (left.hasNext() && batch.lines.size() < BATCH_BYTES) {
            Picture picture = left.next();
            try {
                batch.lines.writeBytes(lines(picture).getBytes(StandardCharsets.UTF_8));
                batch.ids.add(picture.id());
            } catch (IOException e) {
                refuse(List.of(picture.id()), "cannot be read any more: " + e.getMessage());
            }
        }
        return batch;
    }

    private String lines(Picture picture) throws IOException {
        ObjectNode action = NodeClient.object();
        action.putObject("index").put("_index", index).put("_id", picture.id());
        ObjectNode document = NodeClient.object()
                .put("name", picture.name())
                .put("class", picture.clazz())
                .put("kind", picture.kind())
                .put("copy_of", picture.copyOf())
                .put("image", picture.content().bytes());
        return action + "\n" + document + "\n";
    }

    private synchronized void judge(JsonNode items) {
        for (JsonNode item : items) {
            JsonNode error = item.path("index").path("error");
            if (error.isMissingNode()) {
                indexed++;
            } else {
                refuse(
                        List.of(item.path("index").path("_id").asText()),
                        error.path("reason").asText(error.toString()));
            }
        }
        progress.accept(indexed);
    }

    /** Counts failures by their reason without its numbers. */
    private synchronized void refuse(List<String> ids, String reason) {
        refused.addAll(ids);
        causes.merge(reason.replaceAll("\\d+", "N"), ids.size(), Integer::sum);
    }
}
