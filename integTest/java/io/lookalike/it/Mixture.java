package io.lookalike.it;

import static io.lookalike.it.Json.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Vectors around some centres, which lie in few directions more than in others, in an index with an encoder and a
 * pipeline for them.
 */
final class Mixture {
    static final int DIMS = 48;

    private static final int CENTRES = 30;
    private static final int LINES = 500;

    final List<float[]> vectors = new ArrayList<>();
    final List<float[]> queries = new ArrayList<>();
    private final Http http;

    /** Its index, pipeline and encoder have the same name. */
    final String name;

    Mixture(Http http, String name, int documents, int queries, long seed) {
        this.http = http;
        this.name = name;
        Random random = new Random(seed);
        float[][] centres = new float[CENTRES][];
        for (int c = 0; c < CENTRES; c++) {
            centres[c] = vector(random, new float[DIMS], 1);
        }
        for (int i = 0; i < documents + queries; i++) {
            (i < documents ? this.vectors : this.queries).add(vector(random, centres[random.nextInt(CENTRES)], 1));
        }
    }

    private static float[] vector(Random random, float[] around, double spread) {
        float[] vector = new float[DIMS];
        for (int d = 0; d < DIMS; d++) {
            vector[d] = (float) (around[d] + spread * random.nextGaussian() / (1 + d / 8.0));
        }
        return vector;
    }

    /** Puts the encoder, with random planes, and indexes the vectors as {@code photo} through it. */
    Mixture index(int bits, int shards) {
        http.ok("PUT", "/_lookalike/encoder/" + name, json("{model: 'none', dims: ?, hash: {bits: ?}}", DIMS, bits));
        index(name, name, shards);
        return this;
    }

    /** Indexes the vectors as {@code photo} through an encoder. */
    void index(String index, String encoder, int shards) {
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + index,
                json(
                        "{processors: [{vector_hash: {field: 'sent', target_field: 'photo', encoder: ?, "
                                + "remove_source: true}}]}",
                        encoder));
        ObjectNode body = http.ok("GET", "/_lookalike/encoder/" + encoder + "/_mapping?target_field=photo&graph=none")
                .deepCopy();
        body.withObject("settings")
                .put("index.number_of_shards", shards)
                .put("index.number_of_replicas", 0)
                .put("index.default_pipeline", index);
        body.withObject("settings").remove("index.auto_expand_replicas");
        body.withObject("mappings").withObject("properties").setAll(json("{group: {type: 'keyword'}}"));
        http.ok("PUT", "/" + index, body);
        for (int from = 0; from < vectors.size(); from += LINES) {
            Bulk bulk = new Bulk();
            for (int i = from; i < Math.min(vectors.size(), from + LINES); i++) {
                bulk.index("" + i, json("{sent: ?, group: ?}", vectors.get(i), i % 2 == 0 ? "even" : "odd"));
            }
            http.bulk("/" + index + "/_bulk", bulk);
        }
    }

    /** Removes index, pipeline and encoder of this name. */
    void remove() {
        remove(http, name);
    }

    /** Removes what there is of this name. */
    static void remove(Http http, String name) {
        http.send("DELETE", "/" + name, null);
        http.send("DELETE", "/_ingest/pipeline/" + name, null);
        http.send("DELETE", "/_lookalike/encoder/" + name + "?force=true", null);
    }

    /** The share of the true nearest that searches of a field find among so many candidates. */
    double recall(String index, String field, int candidates) {
        int k = 10;
        int found = 0;
        for (float[] query : queries) {
            List<Integer> nearest = IntStream.range(0, vectors.size())
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> square(vectors.get(i), query)))
                    .limit(k)
                    .toList();
            Set<Integer> hits = new HashSet<>();
            JsonNode answer = http.hits(
                    index,
                    json(
                            "{size: ?, _source: false, query: {hash_knn: {field: ?, query_vector: ?, k: ?, "
                                    + "num_candidates: ?}}}",
                            k,
                            field,
                            query,
                            k,
                            candidates));
            answer.forEach(hit -> hits.add(hit.path("_id").asInt()));
            found += (int) nearest.stream().filter(hits::contains).count();
        }
        return (double) found / (k * queries.size());
    }

    private static double square(float[] a, float[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(d -> (a[d] - b[d]) * (a[d] - b[d]))
                .sum();
    }
}
