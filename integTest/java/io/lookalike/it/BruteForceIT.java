package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.it.PlainSearch.Doc;
import io.lookalike.search.DefaultCandidates;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Searches over random vectors against {@link PlainSearch}: several shards, segments, deletes, filters, before and
 * after a merge. Each run takes another seed, which every failure names; {@code -Dlookalike.seed} takes it again.
 */
@ExtendWith(SharedNode.class)
class BruteForceIT {
    private static final String INDEX = "brute-force";
    private static final int DIMS = 24;
    private static final int BITS = 64;
    private static final int DOCS = 600;
    private static final int K = 12;
    private static final int NUM_CANDIDATES = 30;
    private static final double TOLERANCE = 2e-5;
    private static final long SEED = Long.getLong("lookalike.seed", System.nanoTime());

    private final Http http;
    private final Map<String, Doc> docs = new TreeMap<>();
    private final List<List<Doc>> shards = new ArrayList<>();
    private Random random;
    private boolean encoded;
    private BinaryCode planes;

    BruteForceIT(Http http) {
        this.http = http;
    }

    @AfterEach
    void leaveNothingBehind() {
        http.ok("DELETE", "/" + INDEX + "?ignore_unavailable=true");
        if (encoded) {
            http.ok("DELETE", "/_ingest/pipeline/brute-force");
            http.ok("DELETE", "/_lookalike/encoder/brute-force");
        }
    }

    static Stream<Arguments> settings() {
        return Stream.of(
                Arguments.of("cosine", 1, true),
                Arguments.of("cosine", 3, true),
                Arguments.of("cosine", 3, false),
                Arguments.of("l2_norm", 3, true),
                Arguments.of("l2_norm", 1, false),
                Arguments.of("dot_product", 3, true));
    }

    @ParameterizedTest(name = "similarity {0}, {1} shards, encoder {2}")
    @MethodSource("settings")
    void answersAreThoseOfBruteForce(String similarity, int shardCount, boolean withEncoder) {
        prepare(similarity, shardCount, withEncoder);
        compareAll("segments", 2);
        http.ok("POST", "/" + INDEX + "/_forcemerge?max_num_segments=1&flush=true");
        http.ok("POST", "/" + INDEX + "/_refresh");
        compareAll("merged", 1);
    }

    @Test
    void tiesAtTheCutAreCandidates() {
        seed(99);
        create("l2_norm", 1, false, 16);
        Bulk bulk = new Bulk();
        for (int i = 0; i < 300; i++) {
            byte[] code = {0, (byte) (i % 3 == 0 ? 0x00 : i % 3 == 1 ? 0x01 : 0xFF)};
            add(bulk, "d" + i, vector("l2_norm"), code, "a");
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
        float[] query = vector("l2_norm");
        // 100 documents lie at distance 0, 100 at 1, 100 at 8
        assertEquals(80, candidates(query, 20), "4 x 20 of the 100 ties");
        assertEquals(100, candidates(query, 40));
        assertEquals(100, candidates(query, 100));
        assertEquals(200, candidates(query, 101));
        assertEquals(300, candidates(query, 300));
        List<Doc> near = docs.values().stream()
                .filter(doc -> doc.code()[1] != (byte) 0xFF)
                .toList();
        Map<String, Double> best = PlainSearch.best(List.of(near), "l2_norm", query, new byte[2], 101);
        assertEquals(
                best.keySet(),
                new HashSet<>(http.ids(INDEX, hashKnn(query, new byte[2], "l2_norm", "hamming", 101, 101, null))));
    }

    private int candidates(float[] query, int wanted) {
        ObjectNode body = hashKnn(query, new byte[2], "l2_norm", "hamming", 1, wanted, null);
        String profile = http.ok("POST", "/" + INDEX + "/_search", body.put("profile", true))
                .toString();
        int at = profile.indexOf(",candidates=", profile.indexOf("candidates[codes=300"));
        return Integer.parseInt(profile.substring(at + 12, profile.indexOf(',', at + 12)));
    }

    @Test
    void chiSquaredSkipsNegativeVectors() {
        seed(98);
        create("l2_norm", 1, false, BITS);
        Bulk bulk = new Bulk();
        for (int i = 0; i < 100; i++) {
            float[] vector = vector("l2_norm");
            if (i % 2 == 0) {
                for (int d = 0; d < DIMS; d++) {
                    vector[d] = d == 3 ? 0 : Math.abs(vector[d]);
                }
            } else {
                vector[0] = -1;
            }
            add(bulk, "d" + i, vector, code(vector), "a");
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
        shards.add(List.copyOf(docs.values()));
        float[] query = docs.get("d0").vector();
        compare("chi_squared", "all", query, code(query), null, 100);
        assertEquals(
                50,
                http.ids(INDEX, hashKnn(query, code(query), "chi_squared", "all", 100, null, null))
                        .size());
    }

    private void seed(int of) {
        random = new Random(SEED + of);
    }

    private void prepare(String similarity, int shardCount, boolean withEncoder) {
        seed(31 * similarity.hashCode() + shardCount);
        create(similarity, shardCount, withEncoder, BITS);
        for (int from = 0; from < DOCS; from += 150) {
            Bulk bulk = new Bulk();
            for (int i = from; i < from + 150; i++) {
                float[] vector = vector(similarity);
                add(bulk, "d" + i, vector, code(vector), i % 4 == 0 ? "a" : "b");
            }
            for (int i = 0; i < 20 && from > 0; i++) {
                String id = "d" + random.nextInt(from);
                if (docs.containsKey(id)) {
                    if (i % 2 == 0) {
                        docs.remove(id);
                        bulk.delete(id);
                    } else {
                        float[] vector = vector(similarity);
                        add(bulk, id, vector, code(vector), "a");
                    }
                }
            }
            http.bulk("/" + INDEX + "/_bulk", bulk);
        }
        for (int shard = 0; shard < shardCount; shard++) {
            List<String> ids = Json.texts(
                    http.ok(
                                    "POST",
                                    "/" + INDEX + "/_search?preference=_shards:" + shard,
                                    json("{size: ?, _source: false}", DOCS))
                            .path("hits")
                            .path("hits"),
                    "_id");
            shards.add(ids.stream().map(docs::get).toList());
        }
        assertEquals(docs.size(), shards.stream().mapToInt(List::size).sum());
        int segments = 0;
        for (JsonNode copies : http.ok("GET", "/" + INDEX + "/_segments")
                .path("indices")
                .path(INDEX)
                .path("shards")) {
            segments += copies.path(0).path("segments").size();
        }
        assertTrue(segments > shardCount, "only " + segments + " segments");
    }

    private void create(String similarity, int shardCount, boolean withEncoder, int bits) {
        encoded = withEncoder;
        planes = BinaryCode.random(DIMS, bits, 5, null);
        String vectorField = withEncoder ? "photo.vector" : "features";
        ObjectNode properties = json("{group: {type: 'keyword'}, 'photo.encoder': {type: 'keyword'}}");
        properties.set(
                vectorField,
                json(
                        "{type: 'dense_vector', dims: ?, similarity: ?, index_options: {type: ?}}",
                        DIMS,
                        similarity,
                        random.nextBoolean() ? "flat" : "hnsw"));
        properties.set(
                withEncoder ? "photo.hash" : "code",
                json("{type: 'dense_vector', element_type: 'bit', dims: ?, index_options: {type: 'flat'}}", bits));
        ObjectNode settings = json(
                "{'index.number_of_shards': ?, 'index.number_of_replicas': 0, 'index.refresh_interval': '-1'}",
                shardCount);
        if (withEncoder) {
            http.ok(
                    "PUT",
                    "/_lookalike/encoder/brute-force",
                    json("{model: 'none', dims: ?, hash: {type: 'hyperplane', bits: ?, seed: 5}}", DIMS, bits));
            http.ok(
                    "PUT",
                    "/_ingest/pipeline/brute-force",
                    json("{processors: [{vector_hash: {field: 'sent', target_field: 'photo', encoder: "
                            + "'brute-force', remove_source: true}}]}"));
            settings.put("index.default_pipeline", "brute-force");
        }
        http.ok("PUT", "/" + INDEX, json("{settings: ?, mappings: {properties: ?}}", settings, properties));
    }

    private float[] vector(String similarity) {
        double size = Math.exp(random.nextGaussian());
        float[] vector = new float[DIMS];
        for (int d = 0; d < DIMS; d++) {
            vector[d] = (float) (size * random.nextGaussian());
        }
        return similarity.equals("dot_product") ? PlainSearch.unit(vector) : vector;
    }

    private byte[] code(float[] vector) {
        return planes.hash(vector);
    }

    private void add(Bulk bulk, String id, float[] vector, byte[] code, String group) {
        docs.put(id, new Doc(id, vector, code, group));
        bulk.index(
                id,
                encoded
                        ? json("{sent: ?, group: ?}", vector, group)
                        : json(
                                "{features: ?, code: ?, group: ?}",
                                vector,
                                HexFormat.of().formatHex(code),
                                group));
    }

    /** @param numCandidates null for the default */
    private ObjectNode hashKnn(
            float[] vector, byte[] code, String metric, String candidates, int k, Integer numCandidates, String group) {
        ObjectNode knn = json("{query_vector: ?, metric: ?, candidates: ?, k: ?}", vector, metric, candidates, k);
        if (encoded) {
            knn.put("field", "photo.vector").put("encoder", "brute-force");
        } else {
            knn.put("field", "features")
                    .put("hash_field", "code")
                    .put("query_hash", HexFormat.of().formatHex(code));
        }
        if (numCandidates != null) {
            knn.put("num_candidates", numCandidates);
        }
        if (group != null) {
            knn.set("filter", json("{term: {group: ?}}", group));
        }
        return json("{size: ?, _source: false, query: {hash_knn: ?}}", DOCS, knn);
    }

    private void compareAll(String state, int queries) {
        for (int i = 0; i < queries; i++) {
            float[] query = PlainSearch.unit(vector("dot_product"));
            for (String metric : List.of("l2_norm", "l1", "cosine", "dot_product", "correlation", "hamming")) {
                for (String group : new String[] {null, "a"}) {
                    compare(metric, "all", query, code(query), group, K);
                    compare(metric, "hamming", query, code(query), group, K);
                    compare(metric, "default", query, code(query), group, K);
                }
            }
            radius(query, state);
        }
    }

    /** @param candidates {@code default} for those of a scan whose number is the default of each shard */
    private void compare(String metric, String candidates, float[] query, byte[] code, String group, int k) {
        List<List<Doc>> considered = new ArrayList<>();
        boolean byDocuments = candidates.equals("default");
        for (List<Doc> shard : shards) {
            List<Doc> accepted = shard.stream()
                    .filter(doc -> group == null || group.equals(doc.group()))
                    .toList();
            int most = byDocuments ? DefaultCandidates.of(shard.size(), BITS, DIMS, k) : NUM_CANDIDATES;
            considered.add(candidates.equals("all") ? accepted : PlainSearch.candidates(accepted, code, most));
        }
        Map<String, Double> expected = PlainSearch.best(considered, metric, query, code, k);
        Map<String, Double> found = new LinkedHashMap<>();
        for (JsonNode hit : http.hits(
                INDEX,
                hashKnn(
                        query,
                        code,
                        metric,
                        byDocuments ? "hamming" : candidates,
                        k,
                        candidates.equals("hamming") ? NUM_CANDIDATES : null,
                        group))) {
            found.put(hit.path("_id").asText(), hit.path("_score").asDouble());
        }
        String where = String.format(
                Locale.ROOT, "%s, candidates %s, filter %s, -Dlookalike.seed=%d", metric, candidates, group, SEED);
        same(expected, found, considered, metric, query, code, where);
    }

    /**
     * The same scores, in order, within the tolerance of floats; and each document found has the score that is its own.
     */
    private static void same(
            Map<String, Double> expected,
            Map<String, Double> found,
            List<List<Doc>> considered,
            String metric,
            float[] query,
            byte[] code,
            String where) {
        assertEquals(expected.size(), found.size(), where);
        List<Double> scores = List.copyOf(expected.values());
        Map<String, Doc> byId = new TreeMap<>();
        considered.forEach(shard -> shard.forEach(doc -> byId.put(doc.id(), doc)));
        int at = 0;
        for (Map.Entry<String, Double> hit : found.entrySet()) {
            double tolerance = TOLERANCE * Math.max(1, scores.get(at));
            String message = where + ", hit " + at + " is " + hit.getKey();
            assertEquals(scores.get(at), hit.getValue(), tolerance, message);
            assertTrue(byId.containsKey(hit.getKey()), message + ", which is no candidate");
            assertEquals(
                    PlainSearch.score(metric, query, code, byId.get(hit.getKey())), hit.getValue(), tolerance, message);
            at++;
        }
    }

    private void radius(float[] query, String state) {
        byte[] code = code(query);
        for (int radius : new int[] {0, 20, 26, 32, 64}) {
            ObjectNode body = json(
                    "{size: ?, query: {hash_radius: {field: ?, query_hash: ?, max_distance: ?}}}",
                    DOCS,
                    encoded ? "photo.hash" : "code",
                    HexFormat.of().formatHex(code),
                    radius);
            Map<String, Double> expected = new TreeMap<>();
            docs.values().stream()
                    .filter(doc -> PlainSearch.hamming(code, doc.code()) <= radius)
                    .forEach(doc -> expected.put(doc.id(), 1 - PlainSearch.hamming(code, doc.code()) / (double) BITS));
            Map<String, Double> found = new TreeMap<>();
            http.hits(INDEX, body)
                    .forEach(hit -> found.put(
                            hit.path("_id").asText(), hit.path("_score").asDouble()));
            assertEquals(expected, found, "radius " + radius + ", " + state + ", -Dlookalike.seed=" + SEED);
        }
    }
}
