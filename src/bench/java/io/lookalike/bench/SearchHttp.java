package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * The HTTP part of the search benchmark: one index for each rival and for each code length, and one client for all
 * searches.
 *
 * <p>For one thread.
 */
final class SearchHttp {
    /** The indexed vectors, as JSON. */
    private final List<String> vectors = new ArrayList<>();

    private final URI node;
    private final SearchData data;
    private final Consumer<String> say;
    private final SearchRequests requests;
    private final List<SearchWay> ways = new ArrayList<>();

    SearchHttp(URI node, SearchClient client, SearchData data, Consumer<String> say) {
        this.node = node;
        this.data = data;
        this.say = say;
        this.requests = new SearchRequests(client, data.queries);
        for (float[] vector : data.base) {
            vectors.add(SearchRequests.json(vector));
        }
    }

    /** Fills a running node, and measures it. */
    static List<SearchFigures> measure(URI node, SearchData data, SearchGrid grid, Consumer<String> say)
            throws IOException {
        try (SearchClient client = new SearchClient(node)) {
            say.accept("over HTTP      indexing with two clients, then merging to one segment");
            SearchHttp http = new SearchHttp(node, client, data, say);
            new SearchCodes(http, client, data, grid).add();
            new SearchStock(http, data, grid).add();
            List<SearchFigures> figures = new SearchRounds(data, grid.rounds(), say).measure(http.ways);
            double floor = figures.stream()
                    .filter(f -> f.name().equals(SearchWay.FLOOR))
                    .findFirst()
                    .orElseThrow()
                    .p50Ms();
            return figures.stream().map(f -> f.withFloor(floor)).toList();
        }
    }

    /** The settings to measure, on all indices so far. */
    List<SearchWay> ways() {
        return ways;
    }

    /** The JSON of a vector that is indexed. */
    String vector(int ordinal) {
        return vectors.get(ordinal);
    }

    /**
     * Creates and fills an index.
     *
     * @param properties of its mapping
     * @param documents the JSON of each, by its ordinal
     */
    Index index(String name, ObjectNode properties, IntFunction<String> documents) throws IOException {
        SearchWay.Cost cost = SearchIndex.fill(node, name, properties, data.base.length, documents);
        say.accept(String.format(
                Locale.ROOT, "               index %s: %.1f s, %.0f MB", name, cost.seconds(), cost.megabytes()));
        return new Index(name, cost);
    }

    /** A filled index. */
    final class Index {
        private final String index;
        private final SearchWay.Cost cost;

        private Index(String index, SearchWay.Cost cost) {
            this.index = index;
            this.cost = cost;
        }

        /** Adds a setting to measure on this index. */
        void search(String name, int k, String setting, int queries, SearchRequests.Body body) {
            ways.add(requests.way(name, k, setting, queries, index, cost, body));
        }
    }
}
