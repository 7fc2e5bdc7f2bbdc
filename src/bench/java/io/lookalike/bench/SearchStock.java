package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;

/**
 * Searches over HTTP without the plugin: {@code knn} on three kinds of graphs, exact {@code knn}, and a nearly empty
 * search. For one thread.
 */
final class SearchStock {
    private static final List<Integer> OVERSAMPLES = List.of(3, 10, 20);

    private final SearchHttp http;
    private final SearchData data;
    private final SearchGrid grid;

    SearchStock(SearchHttp http, SearchData data, SearchGrid grid) {
        this.http = http;
        this.data = data;
        this.grid = grid;
    }

    /** Fills an index for each rival. */
    void add() throws IOException {
        SearchHttp.Index hnsw = addGraphs();
        SearchHttp.Index flat = index("flat", "stock_flat");
        for (int k : grid.ks()) {
            flat.search(
                    "stock_flat",
                    k,
                    "exact",
                    grid.exactQueries(data.queries.length),
                    (q, vector) -> knn(vector, k, k, ""));
        }
        hnsw.search(SearchWay.FLOOR, 1, "num_candidates=1", data.queries.length, (q, vector) -> knn(vector, 1, 1, ""));
    }

    /** Fills an index for each kind of graph; returns that of {@code hnsw}. */
    SearchHttp.Index addGraphs() throws IOException {
        SearchHttp.Index hnsw = addGraph("hnsw", "stock_hnsw");
        addGraph("int8_hnsw", "stock_int8_hnsw");
        SearchHttp.Index bbq = index("bbq_hnsw", "stock_bbq_hnsw");
        for (int k : grid.ks()) {
            for (int oversample : OVERSAMPLES) {
                oversampled(bbq, k, oversample);
            }
        }
        return hnsw;
    }

    /** An index of vectors, named after the rival. */
    private SearchHttp.Index index(String type, String name) throws IOException {
        ObjectNode properties = JsonNodeFactory.instance.objectNode();
        properties.set("vector", SearchIndex.vectors(data.dims(), type));
        return http.index(name, properties, i -> "{\"vector\":" + http.vector(i) + "}");
    }

    SearchHttp.Index addGraph(String type, String name) throws IOException {
        SearchHttp.Index index = index(type, name);
        for (int k : grid.ks()) {
            for (int numCandidates : grid.graph(k)) {
                index.search(
                        name,
                        k,
                        "num_candidates=" + numCandidates,
                        data.queries.length,
                        (q, vector) -> knn(vector, k, numCandidates, ""));
            }
        }
        return index;
    }

    /** There are at least as many candidates as rescored vectors, so fewer would repeat the same search. */
    private void oversampled(SearchHttp.Index index, int k, int oversample) {
        List<Integer> candidates = grid.graph(k);
        for (int numCandidates : candidates) {
            if (numCandidates >= k * oversample || numCandidates == candidates.getLast()) {
                index.search(
                        "stock_bbq_hnsw",
                        k,
                        "num_candidates=" + numCandidates + " oversample=" + oversample,
                        data.queries.length,
                        (q, vector) -> knn(
                                vector, k, numCandidates, ",\"rescore_vector\":{\"oversample\":" + oversample + "}"));
            }
        }
    }

    /** The part of a body that asks for the nearest. */
    static String knn(String vector, int k, int numCandidates, String more) {
        return "\"knn\":{\"field\":\"vector\",\"query_vector\":" + vector + ",\"k\":" + k + ",\"num_candidates\":"
                + numCandidates + more + "}";
    }
}
