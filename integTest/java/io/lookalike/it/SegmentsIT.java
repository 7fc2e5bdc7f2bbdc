package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertIterableEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same documents in 20 segments and in one, searched by eight threads and by one: hits are the same to the last
 * bit.
 */
class SegmentsIT {
    /** Enough that the codes, and the vectors, of one segment are cut into slices: several MiB each. */
    private static final int DOCS = 50_000;

    private static final int SEGMENTS = 20;
    private static final int DIMS = 16;
    private static final int BITS = 512;
    private static final int TABLES = 8;
    private static final String MANY = "segments-many";
    private static final String ONE = "segments-one";

    private final Random random = new Random(3);

    @TempDir
    Path directory;

    @Test
    void hitsDependNeitherOnSegmentsNorOnThreads() {
        Map<String, ObjectNode> searches = searches();
        Path data = directory.resolve("data");
        Map<String, List<String>> expected;
        try (RealNode node = start(data, 8);
                Http http = new Http(node.uri())) {
            fill(http);
            merge(http);
            expected = answers(http, MANY, searches);
            expected.forEach((name, hits) -> assertFalse(hits.isEmpty(), name));
            compare(expected, answers(http, ONE, searches), "one segment, 8 threads");
        }
        try (RealNode node = start(data, 1);
                Http http = new Http(node.uri())) {
            compare(expected, answers(http, MANY, searches), SEGMENTS + " segments, 1 thread");
            compare(expected, answers(http, ONE, searches), "one segment, 1 thread");
        }
    }

    private static RealNode start(Path data, int threads) {
        return RealNode.builder()
                .data(data)
                .heap("1g")
                .setting("node.name", "segments")
                .setting("thread_pool.search.size", Integer.toString(threads))
                .start();
    }

    /** One bulk for each segment; what it deletes lies in segments before. */
    private void fill(Http http) {
        http.ok("PUT", "/" + MANY, json("""
                {settings: {'index.number_of_replicas': 0, 'index.refresh_interval': '-1',
                   'index.merge.policy.segments_per_tier': 100, 'index.merge.policy.floor_segment': '1kb'},
                 mappings: {properties: {n: {type: 'integer'}, buckets: {type: 'keyword'},
                   v: {type: 'dense_vector', dims: ?, similarity: 'l2_norm', index_options: {type: 'flat'}},
                   code: {type: 'dense_vector', element_type: 'bit', dims: ?, index_options: {type: 'flat'}}}}}""", DIMS, BITS));
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < DOCS; i++) {
            float[] vector = vector();
            lines.append("{\"index\":{\"_id\":\"")
                    .append(i)
                    .append("\"}}\n{\"n\":")
                    .append(i);
            if (i % 7 != 0) {
                lines.append(",\"v\":")
                        .append(Arrays.toString(vector))
                        .append(",\"code\":\"")
                        .append(code(vector))
                        .append("\",\"buckets\":")
                        .append(buckets(vector));
            }
            lines.append("}\n");
            if (i % 100 == 50) {
                lines.append("{\"delete\":{\"_id\":\"")
                        .append(7 * random.nextInt(i / 7) + 3)
                        .append("\"}}\n");
            }
            if ((i + 1) % (DOCS / SEGMENTS) == 0) {
                JsonNode answer = http.send(
                                "POST",
                                "/" + MANY + "/_bulk?refresh=true",
                                lines.toString().getBytes(US_ASCII),
                                Http.LINES)
                        .body();
                assertEquals(List.of(), Http.failures(answer));
                lines.setLength(0);
            }
        }
        http.ok("POST", "/" + MANY + "/_flush");
        assertEquals(SEGMENTS, segments(http, MANY));
    }

    /** Makes a copy of the index and merges it. */
    private static void merge(Http http) {
        http.ok("PUT", "/" + MANY + "/_settings", json("{'index.blocks.write': true}"));
        http.ok(
                "PUT",
                "/" + MANY + "/_clone/" + ONE + "?wait_for_active_shards=1",
                json("{settings: {'index.blocks.write': null}}"));
        http.ok("POST", "/" + ONE + "/_forcemerge?max_num_segments=1&flush=true");
        http.ok("POST", "/" + ONE + "/_refresh");
        assertEquals(1, segments(http, ONE));
    }

    private static int segments(Http http, String index) {
        return http.ok("GET", "/" + index + "/_stats/segments")
                .at("/_all/primaries/segments/count")
                .asInt();
    }

    private float[] vector() {
        float[] vector = new float[DIMS];
        for (int d = 0; d < DIMS; d++) {
            vector[d] = (float) random.nextGaussian();
        }
        return vector;
    }

    /** For each component, which of 32 bounds it exceeds. */
    private static String code(float[] vector) {
        StringBuilder hex = new StringBuilder();
        for (float component : vector) {
            int bits = 0;
            for (int bound = -16; bound < 16; bound++) {
                bits = bits << 1 | (component > bound / 10.0 ? 1 : 0);
            }
            hex.append(HexFormat.of().toHexDigits(bits));
        }
        return hex.toString();
    }

    /** A term for each table: in which of 16 squares a pair of components lies. */
    private static List<String> buckets(float[] vector) {
        List<String> buckets = new ArrayList<>();
        for (int table = 0; table < TABLES; table++) {
            buckets.add("\"" + table + "/" + square(vector[2 * table]) + square(vector[2 * table + 1]) + "\"");
        }
        return buckets;
    }

    private static int square(float component) {
        return component < -0.7 ? 0 : component < 0 ? 1 : component < 0.7 ? 2 : 3;
    }

    /** By name. */
    private Map<String, ObjectNode> searches() {
        Map<String, ObjectNode> searches = new LinkedHashMap<>();
        List<String> filters = List.of(
                "{match_all: {}}",
                "{range: {n: {lt: 30000}}}",
                "{range: {n: {gte: 20000, lt: 20900}}}",
                "{terms: {n: [5, 6, 777, 41000, 41001, 41002, 41003, 49999]}}");
        for (String candidates : List.of("hamming", "all", "lsh")) {
            for (String metric : List.of("l2_norm", "cosine", "correlation")) {
                for (String filter : metric.equals("l2_norm") ? filters : filters.subList(0, 1)) {
                    ObjectNode knn = json(
                            "{field: 'v', hash_field: 'code', like: {id: ?}, k: 50, num_candidates: 300, candidates: "
                                    + "?, metric: ?}",
                            Integer.toString(7 * random.nextInt(1000) + 1),
                            candidates,
                            metric);
                    if (candidates.equals("lsh")) {
                        // few agree in so many tables: no ties are left out
                        knn.put("num_candidates", 3000).put("min_tables", filters.indexOf(filter) < 2 ? 3 : 1);
                    }
                    if (!filter.contains("match_all")) {
                        knn.set("filter", json(filter));
                    }
                    searches.put(candidates + ", " + metric + ", " + filter, json("{hash_knn: ?}", knn));
                }
            }
        }
        for (int radius : new int[] {100, 120}) {
            searches.put(
                    "radius " + radius,
                    json("{hash_radius: {field: 'code', query_hash: ?, max_distance: ?}}", code(vector()), radius));
        }
        return searches;
    }

    /** Hits of each search as {@code score id}, the score to its last digit, sorted. */
    private static Map<String, List<String>> answers(Http http, String index, Map<String, ObjectNode> searches) {
        Map<String, List<String>> answers = new LinkedHashMap<>();
        for (int round = 0; round < 2; round++) {
            searches.forEach((name, query) -> {
                List<String> hits = new ArrayList<>();
                http.hits(index, json("{size: 10000, _source: false, query: ?}", query))
                        .forEach(hit -> hits.add(hit.path("_score").asText() + " "
                                + hit.path("_id").asText()));
                hits.sort(null);
                List<String> before = answers.put(name, hits);
                assertTrue(before == null || before.equals(hits), name + ", asked again");
            });
        }
        return answers;
    }

    private static void compare(Map<String, List<String>> expected, Map<String, List<String>> found, String where) {
        for (String name : expected.keySet()) {
            assertIterableEquals(expected.get(name), found.get(name), where + ": " + name);
        }
    }
}
