package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The result of {@code _lookalike/evaluate} for an index of seeded vectors, see {@link Mixture}: recall and time of
 * ways to choose candidates, including stock knn, and recall by code length.
 *
 * <p>{@link TradeoffChart} draws the answer. Takes less than three minutes.
 */
final class TradeoffBenchmark implements Benchmark {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int DOCUMENTS = 20_000;
    private static final int BULK = 1_000;
    private static final String INDEX = "tradeoff";
    private static final String EVALUATE = """
            {"request": {"hash_knn": {"field": "photo.vector"}}, "k": 10, "queries": 200,
             "sweep": {"candidates": ["hamming", "lsh", "knn"], "num_candidates": [20, 50, 100, 200, 500, 1000, 2000]},
             "codes": {"bits": [32, 64, 128, 256, 512], "num_candidates": 200, "sample": 20000}}""";

    private TradeoffFigures figures;

    @Override
    public String name() {
        return "tradeoff";
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException {
        if (data.isPresent()) {
            throw new IllegalArgumentException("benchmark [tradeoff] makes its own vectors; leave out [--data]");
        }
        try (RealNode node = RealNode.builder().heap("1g").start();
                SearchClient client = new SearchClient(node.uri())) {
            index(client);
            say.accept(String.format(Locale.ROOT, "%n%,d vectors of %d dims, one shard", DOCUMENTS, Mixture.DIMS));
            JsonNode answer = client.send("POST", "/" + INDEX + "/_lookalike/evaluate", JSON.readTree(EVALUATE));
            figures = TradeoffFigures.of(answer);
            List<ObjectNode> rows = rows(answer);
            rows.forEach(row -> say.accept(line(row)));
            return rows;
        }
    }

    private static void index(SearchClient client) throws IOException {
        client.send(
                "PUT",
                "/_lookalike/encoder/tradeoff",
                JSON.readTree("{\"model\":\"none\",\"dims\":128,\"hash\":{\"bits\":256},\"buckets\":{\"tables\":20,"
                        + "\"bits\":10}}"));
        client.send(
                "PUT",
                "/_ingest/pipeline/tradeoff",
                JSON.readTree("{\"processors\":[{\"vector_hash\":{\"field\":\"sent\",\"target_field\":\"photo\","
                        + "\"encoder\":\"tradeoff\",\"remove_source\":true}}]}"));
        ObjectNode body =
                (ObjectNode) client.send("GET", "/_lookalike/encoder/tradeoff/_mapping?target_field=photo", null);
        body.putObject("settings")
                .put("number_of_shards", 1)
                .put("number_of_replicas", 0)
                .put("default_pipeline", "tradeoff");
        client.send("PUT", "/" + INDEX, body);
        Mixture mixture = new Mixture();
        for (int from = 0; from < DOCUMENTS; from += BULK) {
            StringBuilder lines = new StringBuilder();
            for (int i = from; i < from + BULK; i++) {
                ObjectNode document = JsonNodeFactory.instance.objectNode();
                document.set("sent", JSON.valueToTree(mixture.vector(i)));
                lines.append("{\"index\":{\"_id\":\"")
                        .append(i)
                        .append("\"}}\n")
                        .append(document)
                        .append('\n');
            }
            IngestNode.indexed(client.exchange(client.request(
                    "POST", "/" + INDEX + "/_bulk", lines.toString().getBytes(StandardCharsets.UTF_8))));
        }
        client.send("POST", "/" + INDEX + "/_forcemerge?max_num_segments=1", null);
        client.send("POST", "/" + INDEX + "/_refresh", null);
    }

    /** One for each setting, and one for each cell of the table of codes. */
    static List<ObjectNode> rows(JsonNode answer) {
        List<ObjectNode> rows = new ArrayList<>();
        for (JsonNode setting : answer.path("settings")) {
            ObjectNode row = JsonNodeFactory.instance.objectNode().put("name", "setting");
            row.put("candidates", setting.at("/setting/candidates").asText());
            row.set("num_candidates", setting.at("/setting/num_candidates"));
            for (String figure : List.of("recall", "p50_ms", "p99_ms")) {
                row.set(figure, setting.path(figure));
            }
            rows.add(row);
        }
        for (JsonNode length : answer.at("/codes/table")) {
            length.properties().forEach(cell -> {
                if (!cell.getKey().equals("bits")) {
                    ObjectNode row = JsonNodeFactory.instance.objectNode().put("name", "codes");
                    row.put("method", cell.getKey());
                    row.set("bits", length.path("bits"));
                    row.set("recall", cell.getValue());
                    rows.add(row);
                }
            });
        }
        return rows;
    }

    static String line(ObjectNode row) {
        return row.path("name").asText().equals("codes")
                ? String.format(
                        Locale.ROOT,
                        "%-12s %5d bits        recall %s",
                        row.path("method").asText(),
                        row.path("bits").asInt(),
                        row.path("recall").isNull()
                                ? "-"
                                : String.format(
                                        Locale.ROOT, "%.3f", row.path("recall").asDouble()))
                : String.format(
                        Locale.ROOT,
                        "%-12s %5d candidates  recall %.3f  p50 %.3f ms  p99 %.3f ms",
                        row.path("candidates").asText(),
                        row.path("num_candidates").asInt(),
                        row.path("recall").asDouble(),
                        row.path("p50_ms").asDouble(),
                        row.path("p99_ms").asDouble());
    }

    @Override
    public boolean draws() {
        return true;
    }

    @Override
    public void draw(List<ObjectNode> rows, Path file) throws IOException {
        Files.writeString(file, TradeoffChart.draw(figures));
    }
}
