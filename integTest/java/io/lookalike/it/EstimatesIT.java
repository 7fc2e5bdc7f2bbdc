package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Candidates that are chosen once more, by estimates from codes and norms, before their vectors are read. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EstimatesIT {
    private static final String INDEX = "estimates";
    private static final int DIMS = 32;
    private static final int DOCS = 3_000;
    private static final int QUERIES = 30;
    private static final int K = 10;

    private final Http http;
    private final Random random = new Random(11);
    private final List<float[]> vectors = new ArrayList<>();
    private final List<float[]> queries = new ArrayList<>();

    EstimatesIT(Http http) {
        this.http = http;
    }

    /** Vectors of very different lengths around a centre that is not the origin: angles alone say little. */
    private float[] vector() {
        float[] vector = new float[DIMS];
        double length = .3 + 2 * random.nextDouble();
        for (int d = 0; d < DIMS; d++) {
            vector[d] = (float) (3 + length * random.nextGaussian() * (d < 6 ? 3 : .5));
        }
        return vector;
    }

    @BeforeAll
    void indexVectors() {
        float[] center = new float[DIMS];
        Arrays.fill(center, 3);
        http.ok(
                "PUT",
                "/_lookalike/encoder/estimates",
                json("{model: 'none', dims: ?, hash: {bits: 128, center: ?}}", DIMS, center));
        http.ok(
                "PUT",
                "/_ingest/pipeline/estimates",
                json("{processors: [{vector_hash: {field: 'sent', target_field: 'photo', encoder: 'estimates', "
                        + "remove_source: true}}]}"));
        ObjectNode body = http.ok("GET", "/_lookalike/encoder/estimates/_mapping?target_field=photo&graph=none")
                .deepCopy();
        assertEquals(
                json("{type: 'float', index: false}"),
                body.at("/mappings/properties/photo/properties/norm"),
                body.toString());
        body.withObject("settings").put("index.number_of_shards", 1).put("index.default_pipeline", "estimates");
        http.ok("PUT", "/" + INDEX, body);
        Bulk bulk = new Bulk();
        for (int i = 0; i < DOCS; i++) {
            vectors.add(vector());
            bulk.index("" + i, json("{sent: ?}", vectors.get(i)));
        }
        for (int q = 0; q < QUERIES; q++) {
            queries.add(vector());
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
    }

    @AfterAll
    void leaveNothingBehind() {
        http.ok("DELETE", "/" + INDEX);
        http.ok("DELETE", "/_ingest/pipeline/estimates");
        http.ok("DELETE", "/_lookalike/encoder/estimates");
    }

    private static double square(float[] a, float[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(d -> (a[d] - b[d]) * (a[d] - b[d]))
                .sum();
    }

    /** The share of the nearest that searches find. */
    private double recall(String rest) {
        int found = 0;
        for (float[] query : queries) {
            List<Integer> nearest = IntStream.range(0, DOCS)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> square(vectors.get(i), query)))
                    .limit(K)
                    .toList();
            Set<Integer> hits = new HashSet<>();
            search(query, rest).forEach(hit -> hits.add(hit.path("_id").asInt()));
            assertEquals(K, hits.size());
            found += (int) nearest.stream().filter(hits::contains).count();
        }
        return (double) found / (K * QUERIES);
    }

    private Iterable<JsonNode> search(float[] query, String rest) {
        ObjectNode knn = json("{field: 'photo.vector', query_vector: ?, k: ?}", query, K);
        knn.setAll(json(rest));
        return http.hits(INDEX, json("{size: ?, _source: false, query: {hash_knn: ?}}", K, knn));
    }

    @Test
    void estimatesFindMoreThanCodesWithAsManyVectorsRead() {
        double byCode = recall("{num_candidates: 40}");
        double estimated = recall("{num_candidates: 600, num_exact: 40}");
        double byAngle = recall("{num_candidates: 600, num_exact: 40, norm_field: 'nowhere'}");
        assertTrue(estimated > byCode + .1 && estimated > byAngle + .05, byCode + " " + byAngle + " " + estimated);
        assertTrue(estimated > .9, "" + estimated);
        assertEquals(recall("{num_candidates: 600}"), recall("{num_candidates: 600, num_exact: 600}"), 0);
    }

    @Test
    void profileShowsWhatWasKept() {
        ObjectNode knn = json(
                "{field: 'photo.vector', query_vector: ?, k: ?, num_candidates: 300, num_exact: 25}",
                queries.get(0),
                K);
        JsonNode answer = http.ok("POST", "/" + INDEX + "/_search", json("{profile: true, query: {hash_knn: ?}}", knn));
        String profile = answer.path("profile").toString();
        assertTrue(profile.contains("estimate[codes="), profile);
        assertTrue(profile.contains(",kept=25]"), profile);
        assertTrue(profile.contains("score[vectors=25,"), profile);
        assertTrue(profile.contains(",num_exact=25"), profile);
    }

    @Test
    void aDocumentSearchesLikeItsVector() {
        String rest = "{num_candidates: 600, num_exact: 40}";
        ObjectNode like = json("{field: 'photo.vector', like: {id: '7'}, include_self: true, k: ?}", K);
        like.setAll(json(rest));
        JsonNode byDocument = http.ok(
                        "POST", "/" + INDEX + "/_search", json("{_source: false, query: {hash_knn: ?}}", like))
                .at("/hits/hits");
        assertEquals("7", byDocument.at("/0/_id").asText());
        List<String> byVector = new ArrayList<>();
        search(vectors.get(7), rest).forEach(hit -> byVector.add(hit.path("_id").asText()));
        List<String> found = new ArrayList<>();
        byDocument.forEach(hit -> found.add(hit.path("_id").asText()));
        assertEquals(byVector, found);
    }

    @Test
    void withoutAnEncoderItIsRefused() {
        ObjectNode mapping = http.ok("GET", "/_lookalike/encoder/estimates/_mapping?target_field=photo")
                .deepCopy();
        mapping.findParents("meta").forEach(field -> ((ObjectNode) field).remove("meta"));
        http.ok("PUT", "/" + INDEX + "-bare", mapping);
        try {
            ObjectNode knn = json(
                    "{field: 'photo.vector', query_vector: ?, query_hash: ?, k: 1, num_exact: 20}",
                    queries.get(0),
                    "00".repeat(16));
            Http.Answer answer = http.send("POST", "/" + INDEX + "-bare/_search", json("{query: {hash_knn: ?}}", knn));
            assertEquals(400, answer.status());
            assertTrue(answer.text().contains("[num_exact] needs the query's projections"), answer::text);
        } finally {
            http.ok("DELETE", "/" + INDEX + "-bare");
        }
    }
}
