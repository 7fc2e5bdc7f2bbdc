package io.lookalike.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Searches of a node by one client: bodies are built before the clock starts, and answers are parsed after it has
 * stopped.
 *
 * <p>Not thread-safe.
 */
final class SearchRequests {
    private static final Pattern ID = Pattern.compile("\"_id\":\"(\\d+)\"");

    private final SearchClient client;
    private final List<String> vectors = new ArrayList<>();

    SearchRequests(SearchClient client, float[][] queries) {
        this.client = client;
        for (float[] query : queries) {
            vectors.add(json(query));
        }
    }

    /** The part of a body before the query's vector, and what comes after it, which may depend on the query. */
    interface Body {
        String of(int query, String vector);
    }

    /** Searches that send a body for each query. */
    SearchWay way(String name, int k, String setting, int queries, String index, SearchWay.Cost cost, Body body) {
        return new SearchWay(name, SearchWay.HTTP, k, setting, queries, cost, new Sent(index, k, body));
    }

    /** The requests of a way over HTTP, for {@code count} queries from {@code first} on. */
    static List<byte[]> of(SearchWay way, int first, int count) {
        return ((Sent) way.runner()).requests(first, count);
    }

    private final class Sent implements SearchWay.Runner {
        private final String index;
        private final int k;
        private final Body body;

        Sent(String index, int k, Body body) {
            this.index = index;
            this.k = k;
            this.body = body;
        }

        List<byte[]> requests(int first, int count) {
            List<byte[]> requests = new ArrayList<>();
            for (int q = first; q < first + count; q++) {
                String text =
                        String.format(Locale.ROOT, "{\"size\":%d,\"_source\":false,%s}", k, body.of(q, vectors.get(q)));
                requests.add(
                        client.request("POST", "/" + index + "/_search", text.getBytes(StandardCharsets.US_ASCII)));
            }
            return requests;
        }

        @Override
        public SearchWay.Pass pass(int first, int count) throws IOException {
            return SearchRequests.this.pass(first, requests(first, count));
        }
    }

    private SearchWay.Pass pass(int first, List<byte[]> requests) throws IOException {
        long[] nanos = new long[requests.size()];
        List<byte[]> answers = new ArrayList<>();
        for (int i = 0; i < nanos.length; i++) {
            byte[] request = requests.get(i);
            long start = System.nanoTime();
            byte[] answer = client.exchange(request);
            nanos[i] = System.nanoTime() - start;
            answers.add(answer);
        }
        return new SearchWay.Pass(
                first, nanos, answers.stream().map(SearchRequests::ids).toArray(int[][]::new));
    }

    /** Ids of the hits in an answer. */
    static int[] ids(byte[] answer) {
        Matcher matcher = ID.matcher(new String(answer, StandardCharsets.UTF_8));
        return matcher.results().mapToInt(id -> Integer.parseInt(id.group(1))).toArray();
    }

    /** An array of numbers, whole ones without a fraction. */
    static String json(float[] vector) {
        StringBuilder json = new StringBuilder("[");
        for (float component : vector) {
            json.append(json.length() == 1 ? "" : ",");
            if (component == (int) component) {
                json.append((int) component);
            } else {
                json.append(component);
            }
        }
        return json.append(']').toString();
    }
}
