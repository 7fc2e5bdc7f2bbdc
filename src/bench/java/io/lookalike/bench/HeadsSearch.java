package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * How much slower searches of one client are on a node that trains a head on one thread. Each round measures the same
 * searches without and with the training. For one thread.
 */
final class HeadsSearch implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int BITS = 256;
    private static final int ROUNDS = 3;
    private static final String INDEX = "heads";
    private static final String TRAIN = "/_lookalike/encoder/learned/_train";
    /** Ends long after the searches do. */
    private static final String BODY = "{\"from\":\"" + INDEX + "\",\"index\":\"" + INDEX
            + "\",\"field\":\"photo.vector\",\"sample\":20000,\"learn\":{\"metric\":{\"label_field\":\"label\","
            + "\"hidden\":256,\"epochs\":1000,\"patience\":1000}}}";

    private final RealNode node;
    private final SearchClient client;
    private final List<byte[]> requests = new ArrayList<>();

    HeadsSearch(HeadsData data) throws IOException {
        node = RealNode.builder()
                .heap("1g")
                .setting("lookalike.training.threads", "1")
                .start();
        client = new SearchClient(node.uri());
        int dims = data.base()[0].length;
        client.send(
                "PUT",
                "/_lookalike/encoder/" + INDEX,
                JSON.readTree("{\"model\":\"none\",\"dims\":" + dims + ",\"hash\":{\"bits\":" + BITS + "}}"));
        String fingerprint = client.send("GET", "/_lookalike/encoder/" + INDEX, null)
                .path(INDEX)
                .path("fingerprint")
                .asText();
        ObjectNode photo = JsonNodeFactory.instance.objectNode();
        photo.set("vector", SearchIndex.vectors(dims, "flat"));
        photo.set("hash", SearchIndex.codes(BITS, "flat"));
        photo.putObject("encoder").put("type", "keyword");
        ObjectNode properties = JsonNodeFactory.instance.objectNode();
        properties.putObject("photo").set("properties", photo);
        properties.putObject("label").put("type", "keyword");
        BinaryCode planes = BinaryCode.random(dims, BITS, 42, null);
        SearchIndex.fill(
                node.uri(),
                INDEX,
                properties,
                data.base().length,
                i -> "{\"photo\":{\"vector\":" + SearchRequests.json(data.base()[i]) + ",\"hash\":\""
                        + HexFormat.of().formatHex(planes.hash(data.base()[i])) + "\",\"encoder\":\"" + fingerprint
                        + "\"},\"label\":\"" + data.labels()[i] + "\"}");
        for (float[] query : data.queries()) {
            requests.add(client.request(
                    "POST",
                    "/" + INDEX + "/_search",
                    ("{\"size\":10,\"_source\":false,\"query\":{\"hash_knn\":{\"field\":\"photo.vector\","
                                    + "\"query_vector\":" + SearchRequests.json(query) + ",\"encoder\":\"" + INDEX
                                    + "\",\"k\":10}}}")
                            .getBytes(StandardCharsets.US_ASCII)));
        }
    }

    /** The median over all rounds of p50 with the training to p50 without. */
    double ratio() throws IOException {
        p50();
        double[] ratios = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            double alone = p50();
            String task = client.send("POST", TRAIN + "?wait_for_completion=false", JSON.readTree(BODY))
                    .path("task")
                    .asText();
            while (!phase().equals("metric")) {
                p50();
            }
            double training = p50();
            if (!phase().equals("metric")) {
                throw new IllegalStateException("the training ended before the searches did");
            }
            client.send("POST", "/_tasks/" + task + "/_cancel?wait_for_completion=true", null);
            ratios[round] = training / alone;
        }
        return Spread.median(ratios);
    }

    private String phase() throws IOException {
        JsonNode shown = client.send("GET", TRAIN, null);
        return shown.path("status").path("phase").asText();
    }

    private double p50() throws IOException {
        double[] nanos = new double[requests.size()];
        for (int i = 0; i < nanos.length; i++) {
            long start = System.nanoTime();
            client.exchange(requests.get(i));
            nanos[i] = System.nanoTime() - start;
        }
        return Spread.median(nanos);
    }

    @Override
    public void close() throws IOException {
        client.close();
        node.close();
    }
}
