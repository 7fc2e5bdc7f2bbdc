package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings are judged by {@code _lookalike/evaluate} as plain searches judge them. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EvaluateIT {
    private static final String INDEX = "evaluate";
    private static final int DIMS = 24;
    private static final int DOCS = 1_500;
    private static final int CLASSES = 12;
    private static final int CLUSTERS = 24;
    private static final int K = 10;
    /** Figures are rounded to five decimals. */
    private static final double ROUNDED = 6e-6;

    private final Http http;
    private final List<Set<String>> labels = new ArrayList<>();
    private final List<float[]> vectors = new ArrayList<>();

    EvaluateIT(Http http) {
        this.http = http;
    }

    @BeforeAll
    void indexVectors() {
        Random random = new Random(3);
        float[][] centres = new float[CLASSES][DIMS];
        for (float[] centre : centres) {
            for (int d = 0; d < DIMS; d++) {
                centre[d] = (float) random.nextGaussian() + 1;
            }
        }
        for (int i = 0; i < DOCS; i++) {
            float[] centre = centres[random.nextInt(CLASSES)];
            int clazz = List.of(centres).indexOf(centre);
            float[] vector = new float[DIMS];
            for (int d = 0; d < DIMS; d++) {
                vector[d] = centre[d] + (float) random.nextGaussian() * .8f * (d < 8 ? 2 : .5f);
            }
            vectors.add(vector);
            // some have two labels, some none
            labels.add(
                    i % 25 == 0
                            ? Set.of()
                            : i % 7 == 0 ? Set.of("c" + clazz, "c" + (clazz + 1) % CLASSES) : Set.of("c" + clazz));
        }
        http.ok(
                "PUT",
                "/_lookalike/encoder/evaluate",
                json(
                        "{model: 'none', dims: ?, hash: {bits: 64}, buckets: {tables: 8, bits: 5}, clusters: {count: "
                                + "?, centroids: ?}}",
                        DIMS,
                        CLUSTERS,
                        vectors.subList(0, CLUSTERS)));
        http.ok(
                "PUT",
                "/_ingest/pipeline/evaluate",
                json("{processors: [{vector_hash: {field: 'sent', target_field: 'photo', encoder: 'evaluate', "
                        + "remove_source: true}}]}"));
        create(INDEX, 1, "evaluate");
        create(INDEX + "-shards", 3, "evaluate");
        http.ok(
                "POST",
                "/_aliases",
                json(
                        "{actions: [{add: {index: ?, alias: 'evaluate-even', filter: {term: {even: true}}}}]}",
                        INDEX + "-shards"));
    }

    private void create(String index, int shards, String pipeline) {
        ObjectNode body = http.ok("GET", "/_lookalike/encoder/evaluate/_mapping?target_field=photo&graph=none")
                .deepCopy();
        body.withObject("settings").put("index.number_of_shards", shards).put("index.default_pipeline", pipeline);
        ObjectNode fields = body.withObject("mappings").withObject("properties");
        fields.set("class", json("{type: 'keyword'}"));
        fields.set("number", json("{type: 'integer'}"));
        fields.set("even", json("{type: 'boolean'}"));
        fields.set("text", json("{type: 'text'}"));
        fields.set("half", json("{type: 'half_float'}"));
        http.ok("PUT", "/" + index, body);
        Bulk bulk = new Bulk();
        for (int i = 0; i < DOCS; i++) {
            ObjectNode document = json("{sent: ?, even: ?, number: ?}", vectors.get(i), i % 2 == 0, i % 3);
            if (!labels.get(i).isEmpty()) {
                document.set("class", Json.MAPPER.valueToTree(labels.get(i)));
            }
            bulk.index("" + i, document);
        }
        http.bulk("/" + index + "/_bulk", bulk);
    }

    @AfterAll
    void leaveNothingBehind() {
        http.ok("DELETE", "/" + INDEX + "," + INDEX + "-shards");
        http.ok("DELETE", "/_ingest/pipeline/evaluate");
        http.ok("DELETE", "/_lookalike/encoder/evaluate");
    }

    private JsonNode evaluate(String index, ObjectNode body) {
        return http.ok("POST", "/" + index + "/_lookalike/evaluate", body);
    }

    private static ObjectNode request(String rest) {
        ObjectNode body = json("{request: {hash_knn: {field: 'photo.vector'}}, k: ?}", K);
        body.setAll(json(rest));
        return body;
    }

    private JsonNode search(String index, String id, String rest) {
        ObjectNode knn = json("{field: 'photo.vector', like: {id: ?}, k: ?}", id, K);
        knn.setAll(json(rest));
        return http.hits(index, json("{size: ?, _source: false, query: {hash_knn: ?}}", K, knn));
    }

    private Set<String> labels(JsonNode hit) {
        return labels.get(hit.path("_id").asInt());
    }

    private static boolean share(Set<String> a, Set<String> b) {
        return a.stream().anyMatch(b::contains);
    }

    /** Recall, precision and mAP of plain searches by these documents, which leave out the document. */
    private double[] judge(String index, List<String> ids, String rest) {
        double recall = 0;
        double precision = 0;
        double map = 0;
        int labelled = 0;
        for (String id : ids) {
            Set<String> truth = new HashSet<>(Json.texts(search(index, id, "{candidates: 'all'}"), "_id"));
            assertEquals(K, truth.size());
            JsonNode hits = search(index, id, rest);
            recall += share(truth, hits);
            Set<String> own = labels.get(Integer.parseInt(id));
            if (own.isEmpty()) {
                continue;
            }
            labelled++;
            long others = labels.stream().filter(other -> share(own, other)).count() - 1;
            int found = 0;
            double sum = 0;
            for (int i = 0; i < hits.size(); i++) {
                if (share(own, labels(hits.get(i)))) {
                    found++;
                    sum += (double) found / (i + 1);
                }
            }
            precision += (double) found / K;
            map += sum / Math.min(K, others);
        }
        return new double[] {recall / ids.size(), precision / labelled, map / labelled};
    }

    private static double share(Set<String> truth, JsonNode hits) {
        return (double) Json.texts(hits, "_id").stream().filter(truth::contains).count() / K;
    }

    private static List<String> someIds() {
        return IntStream.range(0, 30).mapToObj(i -> "" + 37 * i).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-shards"})
    void figuresAreThoseOfPlainSearches(String shards) {
        String index = INDEX + shards;
        List<String> ids = someIds();
        ObjectNode body = request(
                "{label_field: 'class', queries: 100, sweep: {candidates: ['hamming', 'lsh', 'clusters', 'all'], "
                        + "num_candidates: [12, 40],"
                        + " num_exact: [11], probes: [1, 8]}}");
        body.set("query", json("{ids: {values: ?}}", ids));
        JsonNode answer = evaluate(index, body);
        assertEquals(30, answer.path("queries").asInt());
        assertEquals(2, answer.at("/labels/queries_without").asInt(), answer::toString);
        assertEquals(DOCS / 25, answer.at("/labels/documents_without").asInt(), answer::toString);
        assertEquals(9, answer.path("settings").size(), answer::toString);
        for (JsonNode row : answer.path("settings")) {
            ObjectNode setting = row.path("setting").deepCopy();
            setting.remove("field");
            double[] expected = judge(index, ids, setting.toString());
            assertEquals(expected[0], row.path("recall").asDouble(), ROUNDED, row::toString);
            assertEquals(expected[1], row.path("precision").asDouble(), ROUNDED, row::toString);
            assertEquals(expected[2], row.path("map").asDouble(), ROUNDED, row::toString);
            assertTrue(row.path("p50_ms").asDouble() > 0, row::toString);
            assertTrue(row.path("p99_ms").asDouble() >= row.path("p50_ms").asDouble(), row::toString);
        }
        assertEquals(DOCS, answer.at("/settings/0/codes").asInt(), answer::toString);
        assertEquals(1, answer.at("/settings/0/codes_share").asDouble(), 0);
        assertTrue(answer.at("/settings/2/codes").asInt() > 0, answer::toString);
        double[] exact = judge(index, ids, "{candidates: 'all'}");
        assertEquals(exact[1], answer.at("/exact/0/precision").asDouble(), ROUNDED);
        assertEquals(exact[2], answer.at("/exact/0/map").asDouble(), ROUNDED);
        assertEquals(DOCS, answer.at("/exact/0/documents").asInt());
    }

    /** Whatever else would find the document that is searched by. */
    @ParameterizedTest
    @ValueSource(strings = {"", "-shards"})
    void aSearchOfSeveralClausesIsThatOfAnIndexWithoutTheDocument(String shards) {
        String index = INDEX + shards;
        List<String> ids = someIds();
        double recall = 0;
        for (String id : ids) {
            // many are as near as the last
            JsonNode truth = besideOthers(index, id, "{candidates: 'all'}");
            double least = truth.get(K - 1).path("_score").asDouble() * (1 - 1e-6);
            List<String> nearest = Json.texts(truth, "_id");
            for (JsonNode hit : besideOthers(index, id, "{num_candidates: 12}")) {
                boolean right = nearest.contains(hit.path("_id").asText())
                        || hit.path("_score").asDouble() >= least;
                recall += right ? 1. / K / ids.size() : 0;
            }
        }
        ObjectNode body = json(
                "{request: ?, k: ?, queries: 100, query: {ids: {values: ?}}}",
                besideOthers(json("{field: 'photo.vector', boost: 2, num_candidates: 12}")),
                K,
                ids);
        assertEquals(recall, evaluate(index, body).at("/settings/0/recall").asDouble(), ROUNDED);
    }

    private static ObjectNode besideOthers(ObjectNode knn) {
        return json("{bool: {should: [{hash_knn: ?}, {term: {even: true}}]}}", knn);
    }

    private JsonNode besideOthers(String index, String id, String rest) {
        ObjectNode knn = json("{field: 'photo.vector', boost: 2, like: {id: ?}, k: ?}", id, K);
        knn.setAll(json(rest));
        return http.hits(
                index,
                json(
                        "{size: ?, _source: false, query: {bool: {must: ?, must_not: {ids: {values: ?}}}}}",
                        K,
                        besideOthers(knn),
                        List.of(id)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-shards"})
    void stockKnnIsJudgedAsPlainSearchesOfIt(String shards) {
        String index = INDEX + shards;
        List<String> ids = someIds();
        ObjectNode body = json(
                "{request: {knn: {field: 'photo.vector', num_candidates: 12, filter: {term: {even: true}}}}, k: ?, "
                        + "queries: 100, label_field: 'class',"
                        + " query: {ids: {values: ?}}}",
                K,
                ids);
        double precision = 0;
        int labelled = 0;
        for (String id : ids) {
            Set<String> own = labels.get(Integer.parseInt(id));
            if (own.isEmpty()) {
                continue;
            }
            labelled++;
            JsonNode hits = http.hits(
                    index,
                    json(
                            "{size: ?, _source: false, knn: {field: 'photo.vector', num_candidates: 12, k: ?, "
                                    + "query_vector: ?,"
                                    + " filter: {bool: {filter: {term: {even: true}}, must_not: {ids: {values: ?}}}}}}",
                            K,
                            K,
                            vectors.get(Integer.parseInt(id)),
                            List.of(id)));
            for (JsonNode hit : hits) {
                precision += share(own, labels(hit)) ? 1. / K : 0;
            }
        }
        JsonNode answer = evaluate(index, body);
        assertEquals(precision / labelled, answer.at("/settings/0/precision").asDouble(), ROUNDED, answer::toString);
    }

    @Test
    void aDocumentInSeveralTablesIsLookedAtOnce() {
        List<String> ids = someIds().subList(0, 9);
        ObjectNode body = request("{sweep: {candidates: ['lsh', 'hamming'], num_candidates: [40]}}");
        body.set("query", json("{ids: {values: ?}}", ids));
        long inBuckets = 0;
        long postings = 0;
        for (String id : ids) {
            JsonNode terms = http.hits(
                            INDEX,
                            json("{query: {ids: {values: ?}}, fields: ['photo.buckets'], _source: false}", List.of(id)))
                    .at("/0/fields/photo.buckets");
            inBuckets += count(terms);
            for (JsonNode term : terms) {
                postings += count(Json.MAPPER.createArrayNode().add(term));
            }
        }
        JsonNode answer = evaluate(INDEX, body);
        JsonNode lsh = answer.at("/settings/0");
        assertTrue(postings > inBuckets);
        assertEquals(postings / 9., lsh.path("codes").asDouble(), .5, answer::toString);
        assertEquals(inBuckets / 9. / DOCS, lsh.path("codes_share").asDouble(), ROUNDED, answer::toString);
    }

    private long count(JsonNode buckets) {
        return http.ok("POST", "/" + INDEX + "/_count", json("{query: {terms: {'photo.buckets': ?}}}", buckets))
                .path("count")
                .asLong();
    }

    @Test
    void shareOfWhatIsLookedAtIsNeverAboveOne() {
        String index = INDEX + "-superseded";
        create(index, 1, "evaluate");
        try {
            Bulk again = new Bulk();
            for (int i = 0; i < DOCS / 2; i++) {
                again.index("" + i, json("{sent: ?}", vectors.get(i)));
            }
            http.bulk("/" + index + "/_bulk", again);
            JsonNode answer = evaluate(
                    index,
                    json("{request: {hash_knn: {field: 'photo.vector'}}, k: 400, queries: 10,"
                            + " sweep: {candidates: ['hamming', 'lsh', 'clusters'], probes: [1, 24], "
                            + "num_candidates: [1000]}}"));
            for (JsonNode row : answer.path("settings")) {
                double share = row.path("codes_share").asDouble();
                assertTrue(share > .2 && share <= 1, answer::toString);
            }
            assertEquals(1, answer.at("/settings/0/codes_share").asDouble(), 0);
            assertTrue(answer.at("/settings/1/codes").asInt() > DOCS, answer::toString);
            // where one cluster does not hold k, more are looked into, from the first again
            assertTrue(answer.at("/settings/2/codes").asInt() > DOCS + DOCS / 2, answer::toString);
            assertEquals(1, answer.at("/settings/3/codes_share").asDouble(), 0);
        } finally {
            http.ok("DELETE", "/" + index);
        }
    }

    /**
     * Against candidates that are chosen here: with all of them scored exactly, what is found is what of the truth is
     * among them.
     */
    @Test
    void sweepsOfBitsAndTablesChooseByTheFirstOfThem() {
        List<String> ids = someIds();
        JsonNode stored =
                http.hits(INDEX, json("{size: ?, _source: false, fields: ['photo.hash', 'photo.buckets']}", DOCS));
        Map<String, BitSet> codes = new HashMap<>();
        Map<String, Set<String>> buckets = new HashMap<>();
        for (JsonNode hit : stored) {
            String id = hit.path("_id").asText();
            byte[] code = new byte[8];
            for (int i = 0; i < code.length; i++) {
                code[i] = (byte) hit.path("fields").path("photo.hash").path(i).asInt();
            }
            // the first bit is the highest of the first byte
            codes.put(id, new BitSet());
            for (int bit = 0; bit < 64; bit++) {
                codes.get(id).set(bit, (code[bit / 8] >> (7 - bit % 8) & 1) == 1);
            }
            Set<String> terms = new HashSet<>();
            hit.path("fields").path("photo.buckets").forEach(term -> terms.add(term.asText()));
            buckets.put(id, terms);
        }
        ObjectNode body = request(
                "{sweep: {candidates: ['hamming', 'lsh', 'clusters'], num_candidates: [400], bits: [16, 40, 64], "
                        + "tables: [2, 5, 8], probes: [24]}}");
        body.set("query", json("{ids: {values: ?}}", ids));
        JsonNode answer = evaluate(INDEX, body);
        assertEquals(9, answer.path("settings").size(), answer::toString);
        Map<String, Set<String>> truths = new HashMap<>();
        ids.forEach(id -> truths.put(id, Set.copyOf(Json.texts(search(INDEX, id, "{candidates: 'all'}"), "_id"))));
        Set<Double> recalls = new HashSet<>();
        for (JsonNode row : answer.path("settings")) {
            int bits = row.at("/setting/bits").asInt();
            int tables = row.at("/setting/tables").asInt();
            double recall = 0;
            for (String id : ids) {
                Map<String, Integer> distances = new HashMap<>();
                for (String other : codes.keySet()) {
                    if (other.equals(id)) {
                        continue;
                    }
                    BitSet differing = (BitSet) codes.get(id).clone();
                    differing.xor(codes.get(other));
                    int agreeing = (int) buckets.get(id).stream()
                            .filter(term -> Integer.parseInt(term.substring(0, term.indexOf('_'))) < tables)
                            .filter(buckets.get(other)::contains)
                            .count();
                    if (tables == 0 || agreeing > 0) {
                        distances.put(
                                other, tables == 0 ? differing.get(0, bits).cardinality() : tables - agreeing);
                    }
                }
                List<Integer> sorted = distances.values().stream().sorted().toList();
                int cut = sorted.get(Math.min(400, sorted.size()) - 1);
                long candidates =
                        sorted.stream().filter(distance -> distance <= cut).count();
                assertTrue(candidates <= 1600, candidates + " are more than are looked at");
                recall += (double) truths.get(id).stream()
                                .filter(other -> distances.getOrDefault(other, Integer.MAX_VALUE) <= cut)
                                .count()
                        / K
                        / ids.size();
            }
            assertEquals(recall, row.path("recall").asDouble(), ROUNDED, row::toString);
            recalls.add(row.path("recall").asDouble());
        }
        assertTrue(recalls.size() > 3, answer::toString);
    }

    @Test
    void recallGrowsWithCandidatesAndTheCheapestIsTold() {
        JsonNode answer = evaluate(
                INDEX, request("{queries: 60, recall: 0.9, sweep: {num_candidates: [10, 20, 40, 80, 160, 1500]}}"));
        double last = 0;
        double cheapest = Double.POSITIVE_INFINITY;
        JsonNode expected = null;
        for (JsonNode row : answer.path("settings")) {
            assertTrue(row.path("recall").asDouble() >= last, answer::toString);
            last = row.path("recall").asDouble();
            if (last >= .9 && row.path("p50_ms").asDouble() < cheapest) {
                cheapest = row.path("p50_ms").asDouble();
                expected = row;
            }
        }
        assertEquals(1, last, 0);
        assertEquals(expected.path("setting"), answer.at("/cheapest/setting"), answer::toString);
        // what it answers can be searched with
        ObjectNode found = answer.at("/cheapest/request").deepCopy();
        found.withObject("/query/hash_knn").set("query_vector", Json.MAPPER.valueToTree(vectors.get(7)));
        assertEquals("7", http.ids(INDEX, found.put("_source", false)).get(0));

        JsonNode none = evaluate(INDEX, request("{queries: 60, recall: 1, sweep: {num_candidates: [10, 20]}}"));
        assertTrue(none.path("cheapest").isNull(), none::toString);
        assertEquals(20, none.at("/best/setting/num_candidates").asInt(), none::toString);
        assertTrue(none.path("advice").asText().contains("try a greater [num_candidates]"), none::toString);
    }

    @Test
    void theSameSeedAnswersTheSameButForTheTimes() {
        ObjectNode body =
                request("{queries: 25, seed: 9, label_field: 'number', sweep: {candidates: ['hamming', 'lsh', 'knn']},"
                        + " codes: {sample: 1000, bits: [16], num_candidates: 100}}");
        JsonNode first = withoutTimes(evaluate(INDEX, body));
        assertEquals(first, withoutTimes(evaluate(INDEX, body)));
        assertNotEquals(
                first.path("settings"),
                withoutTimes(evaluate(INDEX, body.put("seed", 10))).path("settings"));
    }

    private static JsonNode withoutTimes(JsonNode answer) {
        ObjectNode kept = answer.deepCopy();
        kept.remove(List.of("took", "cheapest", "best", "advice", "seed"));
        kept.findParents("p50_ms").forEach(row -> ((ObjectNode) row).remove(List.of("p50_ms", "p99_ms")));
        return kept;
    }

    @Test
    void filtersAliasesAndShardsHold() {
        JsonNode all = evaluate(
                "evaluate-even", request("{queries: 30, label_field: 'even', sweep: {num_candidates: [40, 1500]}}"));
        assertEquals(DOCS / 2, all.at("/exact/0/documents").asInt(), all::toString);
        assertEquals(1, all.at("/exact/0/precision").asDouble(), 0);
        assertEquals(1, all.at("/settings/1/recall").asDouble(), 0);
        ObjectNode filtered = json(
                "{request: {hash_knn: {field: 'photo.vector', num_candidates: 1500, filter: {term: {number: 1}}}}, "
                        + "queries: 20,"
                        + " label_field: 'number', query: {term: {number: 2}}}");
        JsonNode answer = evaluate(INDEX + "," + INDEX + "-shards", filtered);
        assertEquals(1, answer.at("/settings/0/recall").asDouble(), 0);
        assertEquals(0, answer.at("/exact/0/precision").asDouble(1), 0);
        // a query around it leaves as many of the exact answer as of any other
        ObjectNode around =
                json("{request: {bool: {must: [{hash_knn: {field: 'photo.vector', num_candidates: 1500}}], filter: "
                        + "[{term: {even: true}}]}}, queries: 20}");
        assertEquals(1, evaluate(INDEX, around).at("/settings/0/recall").asDouble(), 0);
    }

    /** Its stored vectors look like those that it takes: they must not be projected again. */
    @Test
    void anEncoderThatKeepsTheNumberOfDimsIsSearchedByStoredVectors() {
        String index = INDEX + "-turned";
        float[] weights = new float[DIMS * DIMS];
        for (int d = 0; d < DIMS; d++) {
            weights[d * DIMS + (d * 7 + 3) % DIMS] = d % 3 == 0 ? 3 : .3f;
        }
        http.ok(
                "PUT",
                "/_lookalike/encoder/" + index,
                json(
                        "{model: 'none', dims: ?, project: [{dims: ?, weights: ?}], hash: {bits: 64}}",
                        DIMS,
                        DIMS,
                        weights));
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + index,
                json(
                        "{processors: [{vector_hash: {field: 'sent', target_field: 'photo', encoder: ?, "
                                + "remove_source: true}}]}",
                        index));
        ObjectNode body = http.ok("GET", "/_lookalike/encoder/" + index + "/_mapping?target_field=photo&graph=none")
                .deepCopy();
        body.withObject("settings").put("index.number_of_shards", 1).put("index.default_pipeline", index);
        http.ok("PUT", "/" + index, body);
        try {
            Bulk bulk = new Bulk();
            for (int i = 0; i < 300; i++) {
                bulk.index("" + i, json("{sent: ?}", vectors.get(i)));
            }
            http.bulk("/" + index + "/_bulk", bulk);
            List<String> ids = IntStream.range(0, 20).mapToObj(i -> "" + 13 * i).toList();
            ObjectNode request = request("{sweep: {num_candidates: [20, 300]}}");
            request.set("query", json("{ids: {values: ?}}", ids));
            JsonNode answer = evaluate(index, request);
            double recall = 0;
            for (String id : ids) {
                Set<String> truth = new HashSet<>(Json.texts(search(index, id, "{candidates: 'all'}"), "_id"));
                List<String> found = Json.texts(search(index, id, "{num_candidates: 20}"), "_id");
                recall += (double) found.stream().filter(truth::contains).count() / K / ids.size();
            }
            assertEquals(recall, answer.at("/settings/0/recall").asDouble(), ROUNDED, answer::toString);
            assertEquals(1, answer.at("/settings/1/recall").asDouble(), 0);
        } finally {
            http.ok("DELETE", "/" + index);
            http.ok("DELETE", "/_ingest/pipeline/" + index);
            http.ok("DELETE", "/_lookalike/encoder/" + index);
        }
    }

    /** The code of each document of an index, in the order of its nested objects if it has some. */
    private Map<String, List<byte[]>> storedCodes(String index, String fields) {
        Map<String, List<byte[]>> codes = new HashMap<>();
        for (JsonNode hit : http.hits(index, json("{size: ?, _source: false, fields: [?]}", DOCS, fields))) {
            JsonNode found = hit.path("fields");
            List<byte[]> own = new ArrayList<>();
            if (found.has("photo")) {
                found.path("photo").forEach(each -> own.add(bytes(each.path("hash"))));
            } else {
                own.add(bytes(found.path("photo.hash")));
            }
            codes.put(hit.path("_id").asText(), own);
        }
        return codes;
    }

    private static byte[] bytes(JsonNode numbers) {
        byte[] bytes = new byte[numbers.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) numbers.path(i).asInt();
        }
        return bytes;
    }

    private static int distance(List<byte[]> query, List<byte[]> codes) {
        return codes.stream()
                .mapToInt(code -> {
                    int distance = 0;
                    for (int i = 0; i < code.length; i++) {
                        distance += Integer.bitCount((code[i] ^ query.getFirst()[i]) & 0xFF);
                    }
                    return distance;
                })
                .min()
                .orElseThrow();
    }

    /** The mean average precision of rankings by code, of random orders of the tied ones; and the precision of K. */
    private static double[] byCode(
            List<String> queries, Map<String, List<byte[]>> codes, Map<String, Set<String>> labels) {
        Random random = new Random(6);
        int draws = 20;
        double map = 0;
        double precision = 0;
        for (String query : queries) {
            List<String> others = new ArrayList<>(new TreeSet<>(codes.keySet()));
            others.remove(query);
            Map<String, Integer> distances = new HashMap<>();
            others.forEach(other -> distances.put(other, distance(codes.get(query), codes.get(other))));
            for (int draw = 0; draw < draws; draw++) {
                Collections.shuffle(others, random);
                others.sort(Comparator.comparing(distances::get));
                int found = 0;
                double sum = 0;
                for (int i = 0; i < others.size(); i++) {
                    if (share(labels.get(query), labels.get(others.get(i)))) {
                        found++;
                        sum += (double) found / (i + 1);
                        precision += i < K ? 1. / K : 0;
                    }
                }
                map += sum / found;
            }
        }
        return new double[] {map / queries.size() / draws, precision / queries.size() / draws};
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-shards"})
    void storedCodesAreJudgedByLabelsOverAllDocuments(String shards) {
        String index = INDEX + shards;
        Map<String, Set<String>> labelled = new HashMap<>();
        IntStream.range(0, DOCS).forEach(i -> labelled.put("" + i, labels.get(i)));
        ObjectNode body = request("{label_field: 'class', queries: 100, by_code: true}");
        body.set("query", json("{ids: {values: ?}}", someIds()));
        JsonNode answer = evaluate(index, body).at("/labels/by_code");
        List<String> ids =
                someIds().stream().filter(id -> !labelled.get(id).isEmpty()).toList();
        double[] expected = byCode(ids, storedCodes(index, "photo.hash"), labelled);
        assertEquals("photo.hash", answer.path("field").asText(), answer::toString);
        assertEquals(64, answer.path("bits").asInt(), answer::toString);
        assertEquals(DOCS, answer.path("documents").asInt(), answer::toString);
        assertEquals(0, answer.path("documents_without_code").asInt(-1), answer::toString);
        assertEquals(28, answer.path("queries").asInt(), answer::toString);
        assertEquals(2, answer.path("queries_without_label").asInt(), answer::toString);
        assertEquals(0, answer.path("queries_without_relevant").asInt(-1), answer::toString);
        assertEquals(expected[0], answer.path("map").asDouble(), 2e-3, answer::toString);
        assertEquals(expected[1], answer.path("precision_at_k").asDouble(), 2e-2, answer::toString);
        assertTrue(expected[0] > .2 && expected[0] < .95, answer::toString);

        Map<String, List<byte[]>> even = storedCodes("evaluate-even", "photo.hash");
        body.withObject("query").removeAll().setAll(json("{match_all: {}}"));
        JsonNode alias = evaluate("evaluate-even", body).at("/labels/by_code");
        assertEquals(even.size(), alias.path("documents").asInt(), alias::toString);
        body.withObject("request").withObject("hash_knn").set("filter", json("{term: {number: 1}}"));
        JsonNode filtered = evaluate(index, body).at("/labels/by_code");
        assertEquals(DOCS / 3, filtered.path("documents").asInt(), filtered::toString);
    }

    @Test
    void stockKnnIsJudgedToo() {
        JsonNode answer = evaluate(
                INDEX,
                json("{request: {knn: {field: 'photo.vector', k: 5, num_candidates: 20}}, queries: 20, "
                        + "label_field: 'class'}"));
        assertEquals(5, answer.path("k").asInt());
        // mapped flat, which is exact
        assertEquals(1, answer.at("/settings/0/recall").asDouble(), 0);
        assertEquals(answer.at("/exact/0/precision"), answer.at("/settings/0/precision"), answer::toString);
    }

    @Test
    void nestedPicturesAreSearchedByTheirFirst() {
        String index = INDEX + "-nested";
        ObjectNode body = http.ok(
                        "GET", "/_lookalike/encoder/evaluate/_mapping?target_field=photo&graph=none&nested=true")
                .deepCopy();
        body.withObject("mappings")
                .withObject("properties")
                .withObject("photo")
                .withObject("properties")
                .set("class", json("{type: 'keyword'}"));
        http.ok("PUT", "/_ingest/pipeline/evaluate-nested", json("{processors: []}"));
        http.ok("PUT", "/" + index, body);
        try {
            JsonNode codes = http.ok(
                    "POST",
                    "/" + INDEX + "/_search",
                    json("{size: 400, _source: false, sort: 'number', fields: ['photo.vector', 'photo.hash', "
                            + "'photo.encoder', 'class']}"));
            List<JsonNode> pictures = new ArrayList<>();
            for (JsonNode hit : codes.at("/hits/hits")) {
                ObjectNode picture = json("{}");
                for (String field : List.of("vector", "hash", "encoder")) {
                    JsonNode value = hit.path("fields").path("photo." + field);
                    picture.set(field, field.equals("encoder") ? value.get(0) : value);
                }
                picture.set("class", hit.path("fields").path("class"));
                pictures.add(picture);
            }
            Bulk bulk = new Bulk();
            for (int i = 0; i < 200; i++) {
                bulk.index("" + i, json("{photo: ?}", List.of(pictures.get(2 * i), pictures.get(2 * i + 1))));
            }
            http.bulk("/" + index + "/_bulk", bulk);
            JsonNode answer = evaluate(
                    index,
                    json("{request: {hash_knn: {field: 'photo.vector'}}, queries: 20, k: 5, sweep: "
                            + "{num_candidates: [6, 200]}}"));
            Map<String, Set<String>> labelled = new HashMap<>();
            for (int i = 0; i < 200; i++) {
                Set<String> own = new HashSet<>();
                pictures.get(2 * i).path("class").forEach(label -> own.add(label.asText()));
                pictures.get(2 * i + 1).path("class").forEach(label -> own.add(label.asText()));
                labelled.put("" + i, own);
            }
            List<String> ids = IntStream.range(0, 25)
                    .mapToObj(i -> "" + 7 * i)
                    .filter(id -> !labelled.get(id).isEmpty())
                    .toList();
            JsonNode byCode = evaluate(
                            index,
                            json(
                                    "{request: {hash_knn: {field: 'photo.vector'}}, k: ?, label_field: 'photo.class', "
                                            + "by_code: true, query: {ids: {values: ?}}}",
                                    K,
                                    ids))
                    .at("/labels/by_code");
            JsonNode heldOut = evaluate(
                    index,
                    json("{request: {hash_knn: {field: 'photo.vector'}}, label_field: 'photo.class', hold_out: "
                            + "{labels: ['c2']}, codes: {bits: [16]}, by_code: true}"));
            int held = (int)
                    labelled.values().stream().filter(own -> own.contains("c2")).count();
            assertEquals(held, heldOut.path("queries").asInt(), heldOut::toString);
            assertEquals(held, heldOut.at("/labels/by_code/queries").asInt(), heldOut::toString);
            assertEquals(200 - held, heldOut.at("/codes/learned_from").asInt(), heldOut::toString);
            assertTrue(heldOut.at("/codes/map/0/hash_head").asDouble() > 0, heldOut::toString);
            double[] expected = byCode(ids, storedCodes(index, "photo.hash"), labelled);
            assertEquals(200, byCode.path("documents").asInt(), byCode::toString);
            assertEquals(ids.size(), byCode.path("queries").asInt(), byCode::toString);
            assertEquals(expected[0], byCode.path("map").asDouble(), 5e-3, byCode::toString);
            assertEquals(expected[1], byCode.path("precision_at_k").asDouble(), 2e-2, byCode::toString);
            assertEquals(200, answer.at("/exact/0/documents").asInt(), answer::toString);
            assertTrue(answer.at("/settings/0/recall").asDouble() < 1, answer::toString);
            assertEquals(1, answer.at("/settings/1/recall").asDouble(), answer.toString());
            assertTrue(answer.at("/cheapest/request/query/nested").isObject(), answer::toString);
        } finally {
            http.ok("DELETE", "/" + index);
            http.ok("DELETE", "/_ingest/pipeline/evaluate-nested");
        }
    }

    @Test
    void fieldsWithoutAnEncoderAreSearchedByTheirStoredCodes() {
        String index = INDEX + "-bare";
        http.ok(
                "PUT",
                "/" + index,
                json("{mappings: {properties: {v: {type: 'dense_vector', dims: 8, similarity: 'l2_norm', "
                        + "index_options: {type: 'flat'}},"
                        + " h: {type: 'dense_vector', element_type: 'bit', dims: 8, index_options: {type: "
                        + "'flat'}}}}}"));
        try {
            Bulk bulk = new Bulk();
            Random random = new Random(8);
            for (int i = 0; i < 120; i++) {
                float[] vector = new float[8];
                int code = 0;
                for (int d = 0; d < 8; d++) {
                    vector[d] = (float) random.nextGaussian();
                    code |= vector[d] > 0 ? 0x80 >> d : 0;
                }
                bulk.index("" + i, json("{v: ?, h: ?}", vector, List.of((int) (byte) code)));
            }
            http.bulk("/" + index + "/_bulk", bulk);
            JsonNode answer = evaluate(
                    index,
                    json("{request: {hash_knn: {field: 'v', hash_field: 'h'}}, k: 3, queries: 30, sweep: "
                            + "{candidates: ['hamming', 'knn', 'all'], num_candidates: [10, 120]}}"));
            assertEquals(1, answer.at("/settings/1/recall").asDouble(), answer.toString());
            assertTrue(answer.at("/settings/0/recall").asDouble() > .2, answer::toString);
            Http.Answer lsh = http.send(
                    "POST",
                    "/" + index + "/_lookalike/evaluate",
                    json("{request: {hash_knn: {field: 'v', hash_field: 'h', candidates: 'lsh'}}}"));
            assertEquals(400, lsh.status());
            assertTrue(lsh.reasons().contains("[candidates] [lsh] needs buckets for the query"), lsh::reasons);
            Http.Answer codes = http.send(
                    "POST", "/" + index + "/_lookalike/evaluate", json("{request: {hash_knn: {field: 'v'}}}"));
            assertEquals(400, codes.status());
            assertTrue(codes.reasons().contains("[candidates] [hamming] needs a code for the query"), codes::reasons);
        } finally {
            http.ok("DELETE", "/" + index);
        }
    }

    @Test
    void codesOfSeveralLengthsAreComparedInOneTable() {
        JsonNode codes = evaluate(
                        INDEX,
                        request("{queries: 60, codes: {bits: [8, 16, 24, 64], num_candidates: 60, sample: 1200, "
                                + "iterations: 20}}"))
                .path("codes");
        assertEquals(4, codes.path("table").size(), codes::toString);
        assertEquals(60, codes.path("queries").asInt(), codes::toString);
        int documents = codes.path("documents").asInt();
        assertTrue(documents > 1000 && documents <= 1200, codes::toString);
        double last = 0;
        for (JsonNode row : codes.path("table")) {
            double hyperplane = row.path("hyperplane").asDouble();
            assertTrue(hyperplane > last && hyperplane <= 1, codes::toString);
            last = hyperplane;
            boolean learned = row.path("bits").asInt() <= DIMS;
            assertEquals(learned, row.path("itq").isNumber(), codes::toString);
            assertEquals(learned, row.path("pca_sign").isNumber(), codes::toString);
            if (learned) {
                assertTrue(row.path("itq").asDouble() > hyperplane, codes::toString);
            }
        }
        assertTrue(codes.at("/missing/itq").asText().contains("[" + DIMS + "]"), codes::toString);
    }

    @Test
    void codesAreRankedByLabelsToo() {
        ObjectNode body = request("{label_field: 'class', codes: {bits: [8, 16, 64], sample: 1200, iterations: 20}}");
        body.set("query", json("{ids: {values: ?}}", someIds()));
        JsonNode codes = evaluate(INDEX, body).path("codes");
        assertEquals(30, codes.path("queries").asInt(), codes::toString);
        assertEquals(28, codes.path("queries_ranked").asInt(), codes::toString);
        for (String table : List.of("table", "map", "precision_at_k")) {
            for (JsonNode row : codes.path(table)) {
                int bits = row.path("bits").asInt();
                assertTrue(row.path("hyperplane").asDouble() > 0, codes::toString);
                assertEquals(bits <= DIMS, row.path("itq").isNumber(), codes::toString);
                assertEquals(bits >= 16, row.path("hash_head").isNumber(), codes::toString);
            }
            assertEquals(3, codes.path(table).size(), codes::toString);
        }
        for (int row : List.of(1, 2)) {
            JsonNode maps = codes.path("map").path(row);
            assertTrue(
                    maps.path("hash_head").asDouble() > maps.path("hyperplane").asDouble() + .1, codes::toString);
        }
        assertEquals(
                "a head makes codes of [16] to [512] bits",
                codes.at("/missing/hash_head").asText());
        Http.Answer text = http.send(
                "POST", "/" + INDEX + "/_lookalike/evaluate", request("{label_field: 'half', codes: {bits: [16]}}"));
        assertEquals(400, text.status(), text::text);
        assertTrue(
                text.reasons().contains("[label_field] [half] is of type [half_float]; labels need a [keyword]"),
                text::text);
    }

    @Test
    void labelsThatAreHeldOutAreTheQueriesAndAreNotLearnedFrom() {
        ObjectNode body =
                request("{queries: 400, label_field: 'class', hold_out: {labels: ['c3', 'c5', 'c99']}, query: "
                        + "{term: {even: true}}, codes: {bits: [16], sample: 2000}}");
        long[] held = IntStream.range(0, DOCS)
                .filter(i -> share(labels.get(i), Set.of("c3", "c5")))
                .mapToLong(i -> i % 2)
                .toArray();
        int queries = (int) Arrays.stream(held).filter(odd -> odd == 0).count();
        for (String index : List.of(INDEX, INDEX + "-shards")) {
            JsonNode answer = evaluate(index, body);
            assertEquals(queries, answer.path("queries").asInt(), answer::toString);
            assertEquals(0, answer.at("/labels/queries_without").asInt(), answer::toString);
            assertEquals(DOCS, answer.at("/exact/0/documents").asInt(), answer::toString);
            assertEquals(
                    "[\"no document has the labels [c99] of [hold_out.labels] in [class]\"]",
                    answer.path("warnings").toString());
            JsonNode codes = answer.path("codes");
            assertEquals(DOCS - queries, codes.path("documents").asInt(), codes::toString);
            assertEquals(DOCS - held.length, codes.path("learned_from").asInt(), codes::toString);
        }
        Http.Answer none = http.send(
                "POST",
                "/" + INDEX + "/_lookalike/evaluate",
                request("{label_field: 'class', hold_out: {labels: [" + "'c0','c1','c2','c3','c4','c5','c6','c7','c8',"
                        + "'c9','c10','c11']}, query: {bool: {must_not: {exists: {field: 'class'}}}}}"));
        assertEquals(400, none.status(), none::text);
        assertTrue(
                none.reasons().contains("matches [query] and has a label of [hold_out] and has a vector"), none::text);
    }

    @Test
    void chartsAreDrawnByTheBenchmark() {
        Http.Answer answer = http.send("POST", "/" + INDEX + "/_lookalike/evaluate?format=svg", request("{}"));
        assertEquals(400, answer.status());
        assertEquals(
                "[format] must not be [svg]: an evaluation answers JSON; to draw a chart, use [bin/bench tradeoff]",
                answer.reasons());
    }

    @Test
    void aTaskShowsHowFarItIsAndCanBeCancelled() {
        ObjectNode body = request(
                "{queries: 1400, label_field: 'class', sweep: {num_candidates: [10, 20, 30, 40, 50, 60, 70, 80, 90]}}");
        String task = http.ok("POST", "/" + INDEX + "/_lookalike/evaluate?wait_for_completion=false", body)
                .path("task")
                .asText();
        Set<String> phases = new TreeSet<>();
        while (!phases.contains("recall")) {
            JsonNode seen = http.ok("GET", "/_tasks/" + task);
            assertFalse(seen.path("completed").asBoolean(), seen::toString);
            JsonNode status = seen.at("/task/status");
            phases.add(status.path("phase").asText());
            assertTrue(status.path("done").asLong() <= status.path("of").asLong(Long.MAX_VALUE), seen::toString);
        }
        JsonNode shown = http.ok("GET", "/_tasks?actions=indices:data/read/lookalike/evaluate&detailed=true");
        assertTrue(shown.toString().contains("evaluate [9] settings of a search of [evaluate]"), shown::toString);
        http.ok("POST", "/_tasks/" + task + "/_cancel");
        JsonNode ended = http.ok("GET", "/_tasks/" + task + "?wait_for_completion=true");
        assertEquals("task_cancelled_exception", ended.at("/error/type").asText(), ended::toString);
        JsonNode left = http.ok("GET", "/_tasks?actions=indices:data/read/*");
        long evaluations = StreamSupport.stream(left.path("nodes").spliterator(), false)
                .filter(each -> each.path("tasks").toString().contains("evaluate"))
                .count();
        assertEquals(0, evaluations, left::toString);
    }

    @Test
    void anAnswerThatNobodyWaitedForIsKept() {
        String task = http.ok(
                        "POST", "/" + INDEX + "/_lookalike/evaluate?wait_for_completion=false", request("{queries: 5}"))
                .path("task")
                .asText();
        JsonNode ended = http.ok("GET", "/_tasks/" + task + "?wait_for_completion=true");
        assertEquals(5, ended.at("/response/queries").asInt(), ended::toString);
        assertTrue(ended.at("/response/settings/0/recall").asDouble() > 0, ended::toString);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{request: {hash_knn: {field: 'photo.vectr'}}} | no index of [evaluate] has a field [photo.vectr]",
                "{request: {hash_knn: {field: 'class'}}} | field [class] is of type [keyword]; [field] must be a "
                        + "dense_vector",
                "{request: {hash_knn: {field: 'photo.hash'}}} | field [photo.hash] holds codes (element_type [bit])",
                "{request: {match_all: {}}} | [request] needs a [hash_knn] or [knn] clause",
                "{request: {hash_knn: {field: 'photo.vector', foo: 1}}} | [hash_knn] unknown field [foo]",
                "{request: {hash_knn: {field: 'photo.vector'}}, label_field: 'text'} | [label_field] [text] is of "
                        + "type [text]",
                "{request: {hash_knn: {field: 'photo.vector'}}, by_code: true} | [by_code] judges codes by the labels",
                "{request: {hash_knn: {field: 'photo.vector', hash_field: 'nix', candidates: 'all'}}, label_field: "
                        + "'class', by_code: true} | [by_code] needs codes beside field [photo.vector], and there are "
                        + "none; name their field in [hash_field] of [request]",
                "{request: {hash_knn: {field: 'photo.vector', hash_field: 'photo.vector', candidates: 'all'}}, "
                        + "label_field: 'class', by_code: true} | query documents has one in [photo.vector]",
                "{request: {hash_knn: {field: 'photo.vector'}}, label_field: 'class', hold_out: {labels: ['ferry', "
                        + "'c99']}} | no document of [evaluate] has one of the labels [ferry, c99] in [class]; name in "
                        + "[hold_out.labels] some that documents have",
                "{request: {hash_knn: {field: 'photo.vector'}}, label_field: 'number', hold_out: {labels: [7]}} | no "
                        + "document of [evaluate] has one of the labels [7] in [number]",
                "{request: {hash_knn: {field: 'photo.vector'}}, label_field: 'none'} | has a field [none]; name the "
                        + "field of the labels",
                "{request: {hash_knn: {field: 'photo.vector'}}, queries: 10001} | [queries] must be an integer from "
                        + "[1] to [10000]",
                "{request: {hash_knn: {field: 'photo.vector'}}, query: {term: {class: 'zzz'}}} | matches [query] and "
                        + "has a vector in [photo.vector]",
                "{request: {hash_knn: {field: 'photo.vector'}}, query: {tem: {class: 'zzz'}}} | unknown query [tem]",
                "{request: {hash_knn: {field: 'photo.vector', candidates: 'hnsw'}}} | has no graph for [candidates] "
                        + "[hnsw]",
                "{request: {hash_knn: {field: 'photo.vector', candidates: 'lsh', min_tables: 99}}} | [min_tables] "
                        + "must be at most [8]",
                "{request: {hash_knn: {field: 'photo.vector', metric: 'hamming'}}, codes: {}} | [codes] compares "
                        + "vectors, but [metric] [hamming] compares codes or buckets",
                "{request: {hash_knn: {field: 'photo.vector'}}, sweep: {bits: [72]}} | [bits] must be at most [64], "
                        + "the bits of a code; got [72]",
                "{request: {hash_knn: {field: 'photo.vector'}}, sweep: {bits: [12]}} | [bits] must be a multiple of "
                        + "[8]",
                "{request: {hash_knn: {field: 'photo.vector', candidates: 'lsh'}}, sweep: {tables: [9]}} | [tables] "
                        + "must be at most [8], the hash tables of the query's buckets; got [9]",
                "{request: {hash_knn: {field: 'photo.vector'}}, k: 20, query: {ids: {values: ['1']}}, sweep: "
                        + "{num_candidates: [5]}} | from [20] to [10000]"
            })
    void mistakesAreAnsweredWithWhatToDo(String body, String part) {
        for (String wait : List.of("", "?wait_for_completion=false")) {
            Http.Answer answer = http.send("POST", "/" + INDEX + "/_lookalike/evaluate" + wait, json(body));
            assertEquals(400, answer.status(), answer::text);
            assertTrue(answer.reasons().contains(part), answer::reasons);
        }
    }

    @Test
    void whatIsNotThereIsNotFound() {
        for (String path : List.of("/evaluate-nowhere/_lookalike/evaluate")) {
            assertEquals(404, http.send("POST", path, request("{}")).status());
        }
        Http.Answer encoder = http.send(
                "POST",
                "/" + INDEX + "/_lookalike/evaluate",
                json("{request: {hash_knn: {field: 'photo.vector', encoder: 'nix'}}}"));
        assertEquals(404, encoder.status(), encoder::text);
        assertTrue(encoder.reasons().contains("no such encoder [nix]"), encoder::reasons);
    }
}
