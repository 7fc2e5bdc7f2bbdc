package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.hashing.Hyperplanes;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * The part of the search benchmark that asks a node: an index for each rival, all similarity l2_norm, and the plugin's own for each length
 * of code.
 *
 * <p>Codes are those of an encoder on the node. The plugin's searches send the vector and name the encoder, so that hashing is within
 * their time; the rival that filters by codes gets its query's code ready-made.
 */
final class SearchHttp {
    private static final long HASH_SEED = 42;
    private static final List<Integer> OVERSAMPLES = List.of(3, 10, 20);
    private static final HexFormat HEX = HexFormat.of();

    private final URI node;
    private final SearchData data;
    private final SearchGrid grid;
    private final Consumer<String> say;
    private final SearchRequests requests;
    private final SearchClient client;
    private final List<String> vectors = new ArrayList<>();
    private final List<SearchWay> ways = new ArrayList<>();

    private SearchHttp(URI node, SearchClient client, SearchData data, SearchGrid grid, Consumer<String> say) {
        this.node = node;
        this.client = client;
        this.data = data;
        this.grid = grid;
        this.say = say;
        this.requests = new SearchRequests(client, data.queries);
        for (float[] vector : data.base) {
            vectors.add(SearchRequests.json(vector));
        }
    }

    /** Fills a node that runs, and measures it. */
    static List<SearchFigures> measure(URI node, SearchData data, SearchGrid grid, Consumer<String> say)
            throws IOException {
        try (SearchClient client = new SearchClient(node)) {
            SearchHttp http = new SearchHttp(node, client, data, grid, say);
            http.codes();
            http.graph("hnsw", "stock_hnsw", List.of(0));
            http.graph("int8_hnsw", "stock_int8_hnsw", List.of(0));
            http.graph("bbq_hnsw", "stock_bbq_hnsw", OVERSAMPLES);
            http.exact();
            List<SearchFigures> figures = new SearchRounds(data, grid.rounds(), say).measure(http.ways);
            double floor = figures.stream()
                    .filter(f -> f.name().equals(SearchWay.FLOOR))
                    .findFirst()
                    .orElseThrow()
                    .p50Ms();
            return figures.stream().map(f -> f.withFloor(floor)).toList();
        }
    }

    /** The plugin's indices, and for each the one of the rival that filters by the same codes. */
    private void codes() throws IOException {
        float[] mean = data.mean();
        for (int bits : grid.bits()) {
            String encoder = "bench_" + bits;
            client.send("PUT", "/_lookalike/encoder/" + encoder, encoder(bits, mean));
            String fingerprint = client.send("GET", "/_lookalike/encoder/" + encoder, null)
                    .path(encoder)
                    .path("fingerprint")
                    .asText();
            Hyperplanes planes = new Hyperplanes(data.dims(), bits, HASH_SEED, mean);
            List<String> codes = hashed(planes, data.base);
            List<String> queryCodes = hashed(planes, data.queries);
            ours(bits, encoder, fingerprint, codes);
            filtered(bits, codes, queryCodes);
        }
    }

    private static List<String> hashed(Hyperplanes planes, float[][] vectors) {
        List<String> codes = new ArrayList<>();
        for (float[] vector : vectors) {
            codes.add(HEX.formatHex(planes.hash(vector)));
        }
        return codes;
    }

    private ObjectNode encoder(int bits, float[] mean) {
        ObjectNode encoder = JsonNodeFactory.instance
                .objectNode()
                .put("model", "none")
                .put("dims", data.dims())
                .put("normalize", "none");
        ObjectNode hash = encoder.putObject("hash")
                .put("type", "hyperplane")
                .put("bits", bits)
                .put("seed", HASH_SEED);
        for (float component : mean) {
            hash.withArray("center").add(component);
        }
        return encoder;
    }

    private SearchWay.Cost fill(String index, ObjectNode properties, IntFunction<String> documents) throws IOException {
        SearchWay.Cost cost = SearchIndex.fill(node, index, properties, data.base.length, documents);
        say.accept(String.format(
                Locale.ROOT, "               index %s: %.1f s, %.0f MB", index, cost.seconds(), cost.megabytes()));
        return cost;
    }

    private void ours(int bits, String encoder, String fingerprint, List<String> codes) throws IOException {
        ObjectNode photo = JsonNodeFactory.instance.objectNode();
        photo.set("vector", SearchIndex.vectors(data.dims(), "flat"));
        photo.set("hash", SearchIndex.codes(bits, "flat"));
        photo.putObject("encoder").put("type", "keyword");
        ObjectNode properties = JsonNodeFactory.instance.objectNode();
        properties.putObject("photo").set("properties", photo);
        String index = "ours_" + bits;
        SearchWay.Cost cost = fill(
                index,
                properties,
                i -> "{\"photo\":{\"vector\":" + vectors.get(i) + ",\"hash\":\"" + codes.get(i) + "\",\"encoder\":\""
                        + fingerprint + "\"}}");
        for (int k : grid.ks()) {
            for (int candidates : grid.candidates(k)) {
                String rest = ",\"encoder\":\"" + encoder + "\",\"k\":" + k + ",\"num_candidates\":" + candidates;
                ways.add(requests.way(
                        SearchWay.OURS,
                        k,
                        "bits=" + bits + " num_candidates=" + candidates,
                        data.queries.length,
                        index,
                        cost,
                        (q, vector) -> ours(vector, rest)));
            }
            if (bits == grid.bits().getFirst()) {
                String rest = ",\"k\":" + k + ",\"candidates\":\"all\"";
                ways.add(requests.way(
                        SearchWay.OURS,
                        k,
                        SearchTables.ALL,
                        grid.exactQueries(data.queries.length),
                        index,
                        cost,
                        (q, vector) -> ours(vector, rest)));
            }
        }
    }

    private static String ours(String vector, String rest) {
        return "\"query\":{\"hash_knn\":{\"field\":\"photo.vector\",\"query_vector\":" + vector + rest + "}}";
    }

    private void filtered(int bits, List<String> codes, List<String> queryCodes) throws IOException {
        ObjectNode properties = JsonNodeFactory.instance.objectNode();
        properties.set("vector", SearchIndex.vectors(data.dims(), "flat"));
        properties.set("hash", SearchIndex.codes(bits, "hnsw"));
        String index = "filtered_" + bits;
        SearchWay.Cost cost =
                fill(index, properties, i -> "{\"vector\":" + vectors.get(i) + ",\"hash\":\"" + codes.get(i) + "\"}");
        for (int k : grid.ks()) {
            for (int candidates : grid.candidates(k)) {
                ways.add(requests.way(
                        "stock_knn_filtered_by_knn",
                        k,
                        "bits=" + bits + " num_candidates=" + candidates,
                        grid.slowQueries(data.queries.length),
                        index,
                        cost,
                        (q, vector) -> knn(
                                vector,
                                k,
                                k,
                                ",\"filter\":{\"knn\":{\"field\":\"hash\",\"query_vector\":\"" + queryCodes.get(q)
                                        + "\",\"k\":" + candidates + ",\"num_candidates\":" + candidates + "}}")));
            }
        }
    }

    private static String knn(String vector, int k, int numCandidates, String more) {
        return "\"knn\":{\"field\":\"vector\",\"query_vector\":" + vector + ",\"k\":" + k + ",\"num_candidates\":"
                + numCandidates + more + "}";
    }

    /** @param oversamples to rescore by; 0 for no rescoring */
    private void graph(String type, String name, List<Integer> oversamples) throws IOException {
        ObjectNode properties = JsonNodeFactory.instance.objectNode();
        properties.set("vector", SearchIndex.vectors(data.dims(), type));
        SearchWay.Cost cost = fill(name, properties, i -> "{\"vector\":" + vectors.get(i) + "}");
        for (int k : grid.ks()) {
            for (int numCandidates : grid.graph(k)) {
                for (int oversample : oversamples) {
                    String setting =
                            "num_candidates=" + numCandidates + (oversample == 0 ? "" : " oversample=" + oversample);
                    String more = oversample == 0 ? "" : ",\"rescore_vector\":{\"oversample\":" + oversample + "}";
                    ways.add(requests.way(
                            name,
                            k,
                            setting,
                            data.queries.length,
                            name,
                            cost,
                            (q, vector) -> knn(vector, k, numCandidates, more)));
                }
            }
        }
        if (type.equals("hnsw")) {
            ways.add(requests.way(
                    SearchWay.FLOOR,
                    1,
                    "num_candidates=1",
                    data.queries.length,
                    name,
                    cost,
                    (q, vector) -> knn(vector, 1, 1, "")));
        }
    }

    private void exact() throws IOException {
        ObjectNode properties = JsonNodeFactory.instance.objectNode();
        properties.set("vector", SearchIndex.vectors(data.dims(), "flat"));
        SearchWay.Cost cost = fill("stock_flat", properties, i -> "{\"vector\":" + vectors.get(i) + "}");
        for (int k : grid.ks()) {
            ways.add(requests.way(
                    "stock_flat",
                    k,
                    "exact",
                    grid.exactQueries(data.queries.length),
                    "stock_flat",
                    cost,
                    (q, vector) -> knn(vector, k, k, "")));
        }
    }
}
