package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.hashing.BinaryCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The plugin's searches over HTTP, and those of the rival that filters by the same codes.
 *
 * <p>Codes are those of an encoder on the node and are sent with the vectors. The plugin's searches send the vector and
 * name the encoder, so their time includes hashing; the rival gets the code of its query. For one thread.
 */
final class SearchCodes {
    private static final String FILTERED = "stock_knn_filtered_by_knn";
    private static final HexFormat HEX = HexFormat.of();

    private final SearchHttp http;
    private final SearchClient client;
    private final SearchData data;
    private final SearchGrid grid;

    SearchCodes(SearchHttp http, SearchClient client, SearchData data, SearchGrid grid) {
        this.http = http;
        this.client = client;
        this.data = data;
        this.grid = grid;
    }

    /** Creates the encoders, and fills two indices for each code length. */
    void add() throws IOException {
        add(true);
    }

    /** Creates the encoders, and fills an index of the plugin for each code length. */
    void addOurs() throws IOException {
        add(false);
    }

    private void add(boolean rival) throws IOException {
        for (int bits : grid.bits()) {
            String encoder = "bench_" + bits;
            SearchPlanes learned = SearchPlanes.learn(data, bits);
            client.send("PUT", "/_lookalike/encoder/" + encoder, learned.encoder());
            String fingerprint = client.send("GET", "/_lookalike/encoder/" + encoder, null)
                    .path(encoder)
                    .path("fingerprint")
                    .asText();
            BinaryCode planes = learned.planes();
            List<String> codes = hashed(planes, data.base);
            ours(bits, encoder, fingerprint, codes, planes);
            if (rival) {
                filtered(bits, codes, hashed(planes, data.queries));
            }
        }
    }

    private static List<String> hashed(BinaryCode planes, float[][] vectors) {
        List<String> codes = new ArrayList<>();
        for (float[] vector : vectors) {
            codes.add(HEX.formatHex(planes.hash(vector)));
        }
        return codes;
    }

    private void ours(int bits, String encoder, String fingerprint, List<String> codes, BinaryCode planes)
            throws IOException {
        ObjectNode photo = JsonNodeFactory.instance.objectNode();
        photo.set("vector", SearchIndex.vectors(data.dims(), "flat"));
        photo.set("hash", SearchIndex.codes(bits, "flat"));
        photo.putObject("norm").put("type", "float").put("index", false);
        photo.putObject("encoder").put("type", "keyword");
        ObjectNode properties = JsonNodeFactory.instance.objectNode();
        properties.putObject("photo").set("properties", photo);
        SearchHttp.Index index = http.index(
                "ours_" + bits,
                properties,
                i -> "{\"photo\":{\"vector\":" + http.vector(i) + ",\"hash\":\"" + codes.get(i) + "\",\"norm\":"
                        + planes.norm(data.base[i]) + ",\"encoder\":\"" + fingerprint + "\"}}");
        for (int k : grid.ks()) {
            for (SearchGrid.Chosen chosen : grid.chosen(k)) {
                String rest =
                        ",\"encoder\":\"" + encoder + "\",\"k\":" + k + ",\"num_candidates\":" + chosen.candidates()
                                + (chosen.exact() == chosen.candidates() ? "" : ",\"num_exact\":" + chosen.exact());
                index.search(
                        SearchWay.OURS,
                        k,
                        "bits=" + bits + " " + chosen,
                        data.queries.length,
                        (q, vector) -> ours(vector, rest));
            }
            if (bits == grid.bits().getFirst()) {
                String rest = ",\"k\":" + k + ",\"candidates\":\"all\"";
                index.search(
                        SearchWay.OURS,
                        k,
                        SearchTables.ALL,
                        grid.exactQueries(data.queries.length),
                        (q, vector) -> ours(vector, rest));
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
        SearchHttp.Index index = http.index(
                "filtered_" + bits,
                properties,
                i -> "{\"vector\":" + http.vector(i) + ",\"hash\":\"" + codes.get(i) + "\"}");
        for (int k : grid.ks()) {
            for (int candidates : grid.candidates(k)) {
                index.search(
                        FILTERED,
                        k,
                        "bits=" + bits + " num_candidates=" + candidates,
                        grid.slowQueries(data.queries.length),
                        (q, vector) -> SearchStock.knn(vector, k, k, filter(queryCodes.get(q), candidates)));
            }
        }
    }

    private static String filter(String code, int candidates) {
        return ",\"filter\":{\"knn\":{\"field\":\"hash\",\"query_vector\":\"" + code + "\",\"k\":" + candidates
                + ",\"num_candidates\":" + candidates + "}}";
    }
}
