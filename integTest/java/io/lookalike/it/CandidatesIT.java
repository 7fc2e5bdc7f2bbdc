package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.hashing.Buckets;
import io.lookalike.it.PlainSearch.Doc;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Candidates from hash tables and from the graph over the codes, and vectors scaled first, on a node's own fields. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CandidatesIT {
    private static final String INDEX = "candidates";
    private static final String PLAIN = "candidates-plain";
    private static final int DIMS = 16;
    private static final int TABLES = 12;
    private static final int DOCS = 3_000;

    private final Http http;
    private final Random random = new Random(7);
    private final Buckets buckets = new Buckets(DIMS, TABLES, 5, 9, null);
    private final List<float[]> vectors = new ArrayList<>();

    CandidatesIT(Http http) {
        this.http = http;
    }

    @BeforeAll
    void indexVectors() {
        http.ok(
                "PUT",
                "/_lookalike/encoder/candidates",
                json(
                        "{model: 'none', dims: ?, hash: {bits: 128}, buckets: {tables: ?, bits: 5, seed: 9}}",
                        DIMS,
                        TABLES));
        http.ok(
                "PUT",
                "/_ingest/pipeline/candidates",
                json("{processors: [{vector_hash: {field: 'sent', target_field: 'photo', encoder: 'candidates', "
                        + "remove_source: true}}]}"));
        List<float[]> centres = new ArrayList<>();
        for (int c = 0; c < 40; c++) {
            centres.add(gaussian(3));
        }
        Bulk bulk = new Bulk();
        for (int i = 0; i < DOCS; i++) {
            float[] vector = gaussian(1);
            float[] centre = centres.get(random.nextInt(centres.size()));
            for (int d = 0; d < DIMS; d++) {
                vector[d] += centre[d];
            }
            vectors.add(vector);
            bulk.index("d" + i, json("{sent: ?, half: ?}", vector, i % 2));
        }
        for (String index : List.of(INDEX, PLAIN)) {
            ObjectNode body = http.ok("GET", "/_lookalike/encoder/candidates/_mapping?target_field=photo&graph=codes")
                    .deepCopy();
            body.withObject("settings")
                    .put("index.number_of_shards", 1)
                    .put("index.default_pipeline", "candidates")
                    .put("index.refresh_interval", "-1");
            if (index.equals(PLAIN)) {
                // no encoder is named
                body.findParents("meta").forEach(field -> ((ObjectNode) field).remove("meta"));
            }
            http.ok("PUT", "/" + index, body);
            http.bulk("/" + index + "/_bulk", bulk);
            http.ok("POST", "/" + index + "/_forcemerge?max_num_segments=1");
            http.ok("POST", "/" + index + "/_refresh");
        }
    }

    @AfterAll
    void leaveNothingBehind() {
        http.ok("DELETE", "/" + INDEX + "," + PLAIN);
        http.ok("DELETE", "/_ingest/pipeline/candidates");
        http.ok("DELETE", "/_lookalike/encoder/candidates");
    }

    private float[] gaussian(double size) {
        float[] vector = new float[DIMS];
        for (int d = 0; d < DIMS; d++) {
            vector[d] = (float) (size * random.nextGaussian());
        }
        return vector;
    }

    private Map<String, Double> scores(String index, ObjectNode knn) {
        Map<String, Double> scores = new TreeMap<>();
        http.hits(index, json("{size: ?, _source: false, query: {hash_knn: ?}}", DOCS, knn))
                .forEach(hit ->
                        scores.put(hit.path("_id").asText(), hit.path("_score").asDouble()));
        return scores;
    }

    /** By tables that agree, a loop over all. */
    private Map<String, Double> expected(float[] query, int minTables, String without) {
        Set<String> terms = new HashSet<>(buckets.terms(query));
        Map<String, Double> expected = new TreeMap<>();
        for (int i = 0; i < DOCS; i++) {
            long agreeing = buckets.terms(vectors.get(i)).stream()
                    .filter(terms::contains)
                    .count();
            if (agreeing >= minTables && !("d" + i).equals(without)) {
                expected.put("d" + i, agreeing / (double) TABLES);
            }
        }
        return expected;
    }

    private static void same(Map<String, Double> expected, Map<String, Double> found) {
        assertTrue(expected.size() > 10, "only " + expected.size());
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((id, score) -> assertEquals(score, found.get(id), 1e-6, id));
    }

    @Test
    void documentsThatShareBucketsAreCounted() {
        for (int minTables : new int[] {1, 3, 6}) {
            String rest = "candidates: 'lsh', metric: 'tables', k: 3000, num_candidates: 3000, min_tables: ?}";
            float[] query = vectors.get(17).clone();
            query[3] += 0.3f;
            same(
                    expected(query, minTables, null),
                    scores(INDEX, json("{field: 'photo.vector', query_vector: ?, " + rest, query, minTables)));
            // by a stored document, with an encoder and without
            for (String index : List.of(INDEX, PLAIN)) {
                same(
                        expected(vectors.get(23), minTables, "d23"),
                        scores(index, json("{field: 'photo.vector', like: {id: 'd23'}, " + rest, minTables)));
            }
            same(
                    expected(query, minTables, null),
                    scores(
                            PLAIN,
                            json(
                                    "{field: 'photo.vector', encoder: 'candidates', query_vector: ?, " + rest,
                                    query,
                                    minTables)));
        }
    }

    @Test
    void bucketsAreAskedForWhereNobodyCanMakeThem() {
        Http.Answer answer = http.send(
                "POST",
                "/" + PLAIN + "/_search",
                json(
                        "{query: {hash_knn: {field: 'photo.vector', query_vector: ?, candidates: 'lsh'}}}",
                        vectors.get(0)));
        assertEquals(400, answer.status(), answer::text);
        assertTrue(
                answer.reasons()
                        .contains("[candidates] [lsh] needs buckets for the query; name an [encoder] that defines "
                                + "[buckets]"),
                answer::text);
    }

    @Test
    void theGraphOverCodesFindsWhatTheScanFinds() {
        for (String filter : List.of("", ", filter: {term: {half: 1}}")) {
            int same = 0;
            for (int q = 0; q < 20; q++) {
                List<List<String>> found = new ArrayList<>();
                for (String candidates : List.of("hamming", "hnsw")) {
                    ObjectNode body = json(
                            "{size: 10, profile: ?, query: {hash_knn: {field: 'photo.vector', query_vector: ?, "
                                    + "candidates: ?, k: 10, num_candidates: 60"
                                    + filter + "}}}",
                            q == 0,
                            vectors.get(q),
                            candidates);
                    JsonNode answer = http.ok("POST", "/" + INDEX + "/_search", body);
                    found.add(Json.texts(answer.path("hits").path("hits"), "_id"));
                    if (q == 0) {
                        String stage = candidates.equals("hnsw") ? "candidates[codes=0,visited=" : "candidates[codes=";
                        assertTrue(answer.toString().contains(stage), answer::toString);
                    }
                }
                assertEquals(10, found.get(1).size());
                assertEquals("d" + q, filter.isEmpty() ? found.get(1).get(0) : "d" + q);
                found.get(0).retainAll(found.get(1));
                same += found.get(0).size();
            }
            assertTrue(same >= 180, "only " + same + " of 200");
        }
    }

    @Test
    void bothVectorsAreScaledFirst() {
        String index = "candidates-scaled";
        ObjectNode properties =
                json("{float_cosine: {element_type: 'float', similarity: 'cosine'}, float_l2: {element_type: 'float', "
                        + "similarity: 'l2_norm'},"
                        + " bfloat16_l2: {element_type: 'bfloat16', similarity: 'l2_norm'}, byte_cosine: "
                        + "{element_type: 'byte', similarity: 'cosine'},"
                        + " byte_product: {element_type: 'byte', similarity: 'dot_product'}}");
        properties.forEach(
                field -> ((ObjectNode) field).put("type", "dense_vector").put("dims", DIMS));
        List<String> fields = new ArrayList<>();
        properties.fieldNames().forEachRemaining(fields::add);
        http.ok("PUT", "/" + index, json("{mappings: {properties: ?}}", properties));
        try {
            Bulk bulk = new Bulk();
            List<float[]> sent = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                int[] whole = random.ints(DIMS, 0, 100).toArray();
                float[] vector = new float[DIMS];
                ObjectNode document = json("{}");
                for (int d = 0; d < DIMS; d++) {
                    vector[d] = whole[d];
                }
                fields.forEach(name -> document.set(name, Json.MAPPER.valueToTree(whole)));
                sent.add(vector);
                bulk.index("d" + i, document);
            }
            http.bulk("/" + index + "/_bulk", bulk);
            http.ok("POST", "/" + index + "/_refresh");
            float[] query = sent.get(5).clone();
            query[2] += 20;
            for (String field : fields) {
                for (String metric : List.of("l2_norm", "l1", "cosine", "dot_product", "correlation", "chi_squared")) {
                    for (String scale : List.of("l2", "sum")) {
                        Map<String, Double> found = scores(
                                index,
                                json(
                                        "{field: ?, query_vector: ?, candidates: 'all', k: 100, metric: ?, "
                                                + "normalize_vectors: ?}",
                                        field,
                                        query,
                                        metric,
                                        scale));
                        assertEquals(60, found.size());
                        for (int i = 0; i < 60; i++) {
                            double expected = PlainSearch.score(
                                    metric,
                                    scaled(query, scale),
                                    null,
                                    new Doc("d" + i, scaled(sent.get(i), scale), null, null));
                            assertEquals(
                                    expected,
                                    found.get("d" + i),
                                    2e-5,
                                    field + ", " + metric + ", " + scale + ", d" + i);
                        }
                    }
                }
            }
        } finally {
            http.ok("DELETE", "/" + index);
        }
    }

    private static float[] scaled(float[] vector, String scale) {
        double size = 0;
        for (float v : vector) {
            size += scale.equals("l2") ? (double) v * v : Math.abs(v);
        }
        size = scale.equals("l2") ? Math.sqrt(size) : size;
        float[] scaled = new float[DIMS];
        for (int d = 0; d < DIMS; d++) {
            scaled[d] = (float) (vector[d] / size);
        }
        return scaled;
    }
}
