package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Encoders with learned arrays that a user sends: what documents get, what searches find, how they are carried. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LearnedEncoderIT {
    private static final String ENCODERS = "/_lookalike/encoder/";
    private static final String INDEX = "learned";
    private static final int INPUT = 8;
    private static final int DIMS = 4;
    private static final int BITS = 64;
    private static final int CLUSTERS = 3;
    private static final int DOCS = 1_000;
    private static final int K = 10;

    private final Http http;
    private final Random random = new Random(12);
    private final Learned learned = new Learned(INPUT, false);
    private final List<float[]> vectors = new ArrayList<>();

    LearnedEncoderIT(Http http) {
        this.http = http;
    }

    private float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            // of few digits, so that two bytes hold them
            numbers[i] = (random.nextInt(129) - 64) / 32f;
        }
        return numbers;
    }

    private static String base64(float[] values, int bytes) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            int bits = Float.floatToIntBits(value);
            if (bytes == 2) {
                buffer.putShort((short) (bits >>> 16));
            } else {
                buffer.putInt(bits);
            }
        }
        return Base64.getEncoder().encodeToString(buffer.array());
    }

    /** Arrays, and what comes of a vector by them. */
    private final class Learned {
        private final int input;
        private final boolean normalized;
        private final float[] weights;
        private final float[] bias = numbers(DIMS);
        private final float[] planes = numbers(BITS * DIMS);
        private final float[] thresholds = numbers(BITS);
        private final float[] center = numbers(DIMS);
        private final float[] centroids = numbers(CLUSTERS * DIMS);

        Learned(int input, boolean normalized) {
            this.input = input;
            this.normalized = normalized;
            this.weights = numbers(DIMS * input);
        }

        ObjectNode body(ObjectNode source) {
            source.setAll(json(
                    "{project: [{dims: ?, weights: ?, bias: ?, normalize: ?}], hash: {type: 'planes', method: 'itq', "
                            + "bits: ?, center: ?, weights: ?, thresholds: ?, scale: 0.02}, clusters: {count: ?, "
                            + "centroids: ?}, training: {parent: 'nobody'}}",
                    DIMS,
                    base64(weights, 4),
                    base64(bias, 4),
                    normalized ? "l2" : "none",
                    BITS,
                    base64(center, 4),
                    base64(planes, 4),
                    base64(thresholds, 4),
                    CLUSTERS,
                    base64(centroids, 2)));
            return source;
        }

        double[] project(float[] vector) {
            double[] made = new double[DIMS];
            double squares = 0;
            for (int i = 0; i < DIMS; i++) {
                made[i] = bias[i];
                for (int d = 0; d < input; d++) {
                    made[i] += (double) weights[i * input + d] * vector[d];
                }
                squares += made[i] * made[i];
            }
            for (int i = 0; normalized && i < DIMS; i++) {
                made[i] /= Math.sqrt(squares);
            }
            return made;
        }

        int cluster(double[] made) {
            return IntStream.range(0, CLUSTERS)
                    .boxed()
                    .min(Comparator.comparingDouble(c -> IntStream.range(0, DIMS)
                            .mapToDouble(d -> Math.pow(centroids[c * DIMS + d] - made[d], 2))
                            .sum()))
                    .orElseThrow();
        }

        /** A document's fields, as far as rounding leaves them sure. */
        void check(JsonNode stored, double[] made) {
            assertEquals(DIMS, stored.path("vector").size());
            double squares = 0;
            for (int d = 0; d < DIMS; d++) {
                assertEquals(made[d], stored.path("vector").get(d).asDouble(), 1e-4);
                squares += Math.pow(made[d] - center[d], 2);
            }
            assertEquals(Math.sqrt(squares), stored.path("norm").asDouble(), 1e-4);
            byte[] code = code(stored.path("hash"));
            assertEquals(BITS / 8, code.length);
            for (int bit = 0; bit < BITS; bit++) {
                double product = -thresholds[bit];
                for (int d = 0; d < DIMS; d++) {
                    product += planes[bit * DIMS + d] * (made[d] - center[d]);
                }
                if (Math.abs(product) > 1e-3) {
                    assertEquals(product > 0, (code[bit / 8] >> (7 - bit % 8) & 1) == 1, "bit " + bit);
                }
            }
            assertEquals(json("{c: [?]}", "" + cluster(made)).path("c"), stored.path("cluster"));
        }
    }

    /** Hex as it was sent, or bytes as a node gives back what it holds. */
    private static byte[] code(JsonNode hash) {
        if (hash.isTextual()) {
            return HexFormat.of().parseHex(hash.asText());
        }
        byte[] code = new byte[hash.size()];
        for (int i = 0; i < code.length; i++) {
            code[i] = (byte) hash.get(i).asInt();
        }
        return code;
    }

    private float[] vector() {
        float[] vector = new float[INPUT];
        for (int d = 0; d < INPUT; d++) {
            vector[d] = (float) (random.nextGaussian() * (1 + d % 3));
        }
        return vector;
    }

    private void index(String encoder, String processor) {
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + encoder,
                json(
                        "{processors: [{" + processor
                                + ": {field: 'sent', target_field: 'photo', encoder: ?, remove_source: true}}]}",
                        encoder));
        ObjectNode body = http.ok("GET", ENCODERS + encoder + "/_mapping?target_field=photo")
                .deepCopy();
        body.withObject("settings").put("index.number_of_shards", 2).put("index.default_pipeline", encoder);
        http.ok("PUT", "/" + encoder, body);
    }

    @BeforeAll
    void indexVectors() {
        http.ok("PUT", ENCODERS + INDEX, learned.body(json("{model: 'none', dims: ?}", INPUT)));
        index(INDEX, "vector_hash");
        Bulk bulk = new Bulk();
        for (int i = 0; i < DOCS; i++) {
            vectors.add(vector());
            bulk.index("" + i, json("{sent: ?}", vectors.get(i)));
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
    }

    @AfterAll
    void leaveNothingBehind() {
        http.ok("DELETE", "/" + INDEX);
        http.ok("DELETE", "/_ingest/pipeline/" + INDEX);
        http.ok("DELETE", ENCODERS + INDEX);
    }

    @Test
    void documentsGetWhatTheArraysMake() {
        JsonNode fields =
                http.ok("GET", "/" + INDEX + "/_mapping").at("/" + INDEX + "/mappings/properties/photo/properties");
        assertEquals(DIMS, fields.at("/vector/dims").asInt());
        assertEquals("l2_norm", fields.at("/vector/similarity").asText());
        assertEquals("keyword", fields.at("/cluster/type").asText());
        assertEquals("float", fields.at("/norm/type").asText());
        int[] counts = new int[CLUSTERS];
        for (int i = 0; i < DOCS; i++) {
            double[] made = learned.project(vectors.get(i));
            counts[learned.cluster(made)]++;
            if (i < 50) {
                JsonNode stored = http.ok("GET", "/" + INDEX + "/_doc/" + i + "?_source_exclude_vectors=false")
                        .at("/_source/photo");
                learned.check(stored, made);
                JsonNode encoded = http.ok("POST", ENCODERS + INDEX + "/_encode", json("{vector: ?}", vectors.get(i)));
                assertArrayEquals(code(stored.path("hash")), code(encoded.path("hash")));
                learned.check(encoded, made);
            }
        }
        for (int c = 0; c < CLUSTERS; c++) {
            assertEquals(
                    counts[c],
                    http.ok("POST", "/" + INDEX + "/_count", json("{query: {term: {'photo.cluster': ?}}}", "" + c))
                            .path("count")
                            .asInt());
        }
    }

    private List<Integer> nearest(float[] query) {
        double[] made = learned.project(query);
        return IntStream.range(0, DOCS)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> {
                    double[] other = learned.project(vectors.get(i));
                    return IntStream.range(0, DIMS)
                            .mapToDouble(d -> Math.pow(made[d] - other[d], 2))
                            .sum();
                }))
                .limit(K)
                .toList();
    }

    private List<Integer> search(Object vector, String rest) {
        ObjectNode knn = json("{field: 'photo.vector', query_vector: ?, k: ?}", vector, K);
        knn.setAll(json(rest));
        List<Integer> found = new ArrayList<>();
        http.hits(INDEX, json("{size: ?, _source: false, query: {hash_knn: ?}}", K, knn))
                .forEach(hit -> found.add(hit.path("_id").asInt()));
        return found;
    }

    @Test
    void searchesTakeVectorsAsTheyAreSentAndAsTheyAreStored() {
        for (int round = 0; round < 10; round++) {
            float[] query = vector();
            List<Integer> expected = nearest(query);
            assertEquals(expected, search(query, "{candidates: 'all'}"));
            assertEquals(expected, search(learned.project(query), "{candidates: 'all'}"));
            assertEquals(expected, search(query, "{num_candidates: 1000, num_exact: 1000}"));
        }
        ObjectNode knn = json("{field: 'photo.vector', query_vector: [1, 2, 3]}");
        Http.Answer answer = http.send("POST", "/" + INDEX + "/_search", json("{query: {hash_knn: ?}}", knn));
        assertEquals(400, answer.status());
        assertTrue(
                answer.text()
                        .contains("[query_vector] has [3] dims but encoder [learned] takes [8], or [4] as it stores "
                                + "them"),
                answer::text);
    }

    /** Estimates know the thresholds by the codes, and lengths by the norms. */
    @Test
    void estimatesFindMoreThanCodes() {
        int byCode = 0;
        int estimated = 0;
        for (int round = 0; round < 30; round++) {
            float[] query = vector();
            Set<Integer> expected = new HashSet<>(nearest(query));
            byCode += (int) search(query, "{num_candidates: 40}").stream()
                    .filter(expected::contains)
                    .count();
            estimated += (int) search(query, "{num_candidates: 400, num_exact: 40}").stream()
                    .filter(expected::contains)
                    .count();
        }
        assertTrue(estimated > byCode, byCode + " " + estimated);
        assertTrue(estimated > .9 * 30 * K, "" + estimated);
    }

    @Test
    void aDocumentSearchesLikeItsVector() {
        ObjectNode like = json(
                "{field: 'photo.vector', like: {id: '7', index: ?}, include_self: true, k: ?, num_candidates: 400, "
                        + "num_exact: 40}",
                INDEX,
                K);
        assertEquals(
                search(vectors.get(7), "{num_candidates: 400, num_exact: 40}").stream()
                        .map(i -> "" + i)
                        .toList(),
                http.ids(INDEX, json("{size: ?, _source: false, query: {hash_knn: ?}}", K, like)));
    }

    @Test
    void anExportMakesTheSameEncoderAgain() {
        JsonNode export = http.ok("GET", ENCODERS + INDEX + "?full=true");
        http.ok("PUT", ENCODERS + "learned-copy", export);
        try {
            assertEquals(
                    export.path("fingerprint"),
                    http.ok("GET", ENCODERS + "learned-copy?full=true").path("fingerprint"));
            // what is told of the training decides nothing
            ObjectNode retold = export.deepCopy();
            retold.withObject("training").put("parent", "somebody");
            assertTrue(http.ok("PUT", ENCODERS + "learned-copy", retold)
                    .path("acknowledged")
                    .asBoolean());
            ObjectNode other = export.deepCopy();
            other.remove(List.of("fingerprint", "clusters"));
            assertEquals(409, http.send("PUT", ENCODERS + "learned-copy", other).status());
            http.ok("PUT", ENCODERS + "learned-other", other);
            assertNotEquals(
                    export.path("fingerprint"),
                    http.ok("GET", ENCODERS + "learned-other?full=true").path("fingerprint"));
            http.ok("DELETE", ENCODERS + "learned-other");
        } finally {
            http.ok("DELETE", ENCODERS + "learned-copy");
        }
        JsonNode shown = http.ok("GET", ENCODERS + INDEX).path(INDEX);
        assertEquals(
                "… [1368] letters; see ?full=true",
                shown.path("hash").path("weights").asText());
        assertEquals("nobody", shown.path("training").path("parent").asText());
        assertEquals(DIMS, shown.path("project").path(0).path("dims").asInt());
    }

    @Test
    void arraysThatDoNotFitAreRefused() {
        ObjectNode body = learned.body(json("{model: 'none', dims: ?}", INPUT));
        body.withObject("clusters").put("count", CLUSTERS + 1);
        refused(body, "[clusters.centroids] must have [16] numbers, [4] clusters x [4] dims of the vectors; got [12]");
        body = learned.body(json("{model: 'none', dims: ?}", INPUT + 1));
        refused(
                body,
                "[project[0].weights] must have [36] numbers, [4] dims x [9] of the vectors that it takes; got [32]");
        body = learned.body(json("{model: 'none', dims: ?}", INPUT));
        body.withObject("hash").put("weights", base64(new float[] {Float.NaN}, 4));
        refused(body, "[hash.weights[0]] must be a finite float32; got [NaN]");
    }

    private void refused(ObjectNode body, String message) {
        Http.Answer answer = http.send("PUT", ENCODERS + "learned-wrong", body);
        assertEquals(400, answer.status(), answer::text);
        assertTrue(answer.reasons().contains(message), answer::text);
    }

    @Test
    void picturesAreProjectedHashedAndSorted() {
        int input = http.ok("GET", ENCODERS + "default").at("/default/dims").asInt();
        Learned arrays = new Learned(input, true);
        String encoder = "learned-pictures";
        http.ok("PUT", ENCODERS + encoder, arrays.body(json("{model: 'builtin-1'}")));
        index(encoder, "image_embedding");
        try {
            List<Album.Photo> photos = Album.draw(1, 5);
            Bulk bulk = new Bulk();
            for (Album.Photo photo : photos) {
                bulk.index(photo.id(), json("{sent: ?}", photo.base64()));
            }
            http.bulk("/" + encoder + "/_bulk", bulk);
            for (Album.Photo photo : photos) {
                JsonNode plain = http.ok("POST", ENCODERS + "default/_encode", json("{image: ?}", photo.base64()));
                float[] vector = new float[input];
                for (int d = 0; d < input; d++) {
                    vector[d] = plain.path("vector").get(d).floatValue();
                }
                JsonNode stored = http.ok(
                                "GET", "/" + encoder + "/_doc/" + photo.id() + "?_source_exclude_vectors=false")
                        .at("/_source/photo");
                arrays.check(stored, arrays.project(vector));
                assertArrayEquals(code(plain.path("phash")), code(stored.path("phash")));
                findsItself(
                        encoder,
                        photo,
                        json("{query: {hash_knn: {field: 'photo.vector', query_image: ?, k: 1}}}", photo.base64()));
                ObjectNode builder = json("{image_embedding: {encoder: ?, image: ?}}", encoder, photo.base64());
                findsItself(
                        encoder,
                        photo,
                        json(
                                "{knn: {field: 'photo.vector', k: 1, num_candidates: 100, query_vector_builder: ?}}",
                                builder));
                findsItself(
                        encoder,
                        photo,
                        json(
                                "{query: {hash_knn: {field: 'photo.vector', k: 1, num_exact: 20, "
                                        + "query_vector_builder: ?}}}",
                                builder));
            }
        } finally {
            http.ok("DELETE", "/" + encoder);
            http.ok("DELETE", "/_ingest/pipeline/" + encoder);
            http.ok("DELETE", ENCODERS + encoder);
        }
    }

    private void findsItself(String index, Album.Photo photo, ObjectNode search) {
        JsonNode hit = http.hits(index, search.put("_source", false)).path(0);
        assertEquals(photo.id(), hit.path("_id").asText());
        assertEquals(1, hit.path("_score").asDouble(), 1e-3);
    }

    @Test
    void eachOfSeveralVectorsIsSorted() {
        JsonNode simulated = http.ok(
                        "POST",
                        "/_ingest/pipeline/" + INDEX + "/_simulate",
                        json("{docs: [{_id: 'a', _source: {sent: ?}}]}", (Object)
                                new float[][] {vectors.get(0), vectors.get(1)}))
                .at("/docs/0/doc/_source/photo");
        assertEquals(2, simulated.size());
        assertFalse(simulated.path(0).path("hash").equals(simulated.path(1).path("hash")));
        for (int i = 0; i < 2; i++) {
            learned.check(simulated.path(i), learned.project(vectors.get(i)));
        }
    }
}
