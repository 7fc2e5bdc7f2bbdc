package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.it.MatrixFields.Field;
import io.lookalike.it.PlainSearch.Doc;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every metric with every way to choose candidates on every kind of dense_vector field, all other settings at random,
 * against {@link PlainSearch}. Each run takes another seed, which every failure names; {@code -Dlookalike.seed} takes
 * it again.
 */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MatrixIT {
    private static final String INDEX = "matrix";
    private static final int DOCS = 240;
    private static final int TABLES = 6;
    private static final long SEED = Long.getLong("lookalike.seed", System.nanoTime());
    private static final List<String> METRICS = List.of(
            "default", "l2_norm", "l1", "cosine", "dot_product", "correlation", "chi_squared", "hamming", "tables");
    private static final List<String> CANDIDATES = List.of("hamming", "all", "lsh", "hnsw");

    private final Http http;
    private final Random random = new Random(SEED);
    private final List<Field> fields = MatrixFields.choose(random);
    private final Map<String, Picture> pictures = new LinkedHashMap<>();

    MatrixIT(Http http) {
        this.http = http;
    }

    /**
     * A document; what it has no vector or code for is null.
     *
     * @param vectors by field
     * @param buckets one for each hash table
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Picture(String id, String group, Map<String, float[]> vectors, byte[] code, Set<String> buckets) {}

    List<Field> fields() {
        return fields;
    }

    @BeforeAll
    void index() {
        ObjectNode properties = json("""
                {group: {type: 'keyword'}, buckets: {type: 'keyword'},
                 code: {type: 'dense_vector', element_type: 'bit', dims: 64, index_options: {type: 'flat'}},
                 graph: {type: 'dense_vector', element_type: 'bit', dims: 64, index_options: {type: 'hnsw'}}}""");
        fields.forEach(field -> properties.set(field.name(), field.mapping()));
        http.ok("DELETE", "/" + INDEX + "?ignore_unavailable=true");
        http.ok("PUT", "/" + INDEX, json("{settings: ?, mappings: {properties: ?}}", Corpus.settings(1), properties));
        Bulk bulk = new Bulk();
        for (int i = 0; i < DOCS; i++) {
            Picture picture = picture("d" + i);
            pictures.put(picture.id, picture);
            bulk.index(picture.id, source(picture));
            if (i % 50 == 49) {
                http.bulk("/" + INDEX + "/_bulk", bulk);
                bulk = new Bulk();
            }
        }
        for (int i = 0; i < 30; i++) {
            String id = "d" + random.nextInt(DOCS);
            if (pictures.remove(id) != null) {
                bulk.delete(id);
            }
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
    }

    @AfterAll
    void remove() {
        http.ok("DELETE", "/" + INDEX);
    }

    private Picture picture(String id) {
        Map<String, float[]> vectors = new HashMap<>();
        for (Field field : fields) {
            if (random.nextInt(12) > 0) {
                vectors.put(field.name(), field.vector(random));
            }
        }
        Set<String> buckets = new HashSet<>();
        for (int table = 0; table < TABLES; table++) {
            buckets.add(table + "/" + random.nextInt(3));
        }
        // codes of few bits set, so that distances vary
        byte[] code = new byte[8];
        double density = random.nextDouble();
        for (int bit = 0; bit < 64; bit++) {
            code[bit / 8] |= (byte) (random.nextDouble() < density ? 1 << bit % 8 : 0);
        }
        return new Picture(
                id,
                random.nextBoolean() ? "a" : "b",
                vectors,
                random.nextInt(15) > 0 ? code : null,
                random.nextInt(15) > 0 ? buckets : null);
    }

    private static ObjectNode source(Picture picture) {
        ObjectNode source = json("{group: ?}", picture.group);
        picture.vectors.forEach(
                (field, vector) -> source.set(field, json("{v: ?}", vector).get("v")));
        if (picture.code != null) {
            String hex = HexFormat.of().formatHex(picture.code);
            source.put("code", hex).put("graph", hex);
        }
        if (picture.buckets != null) {
            ArrayNode terms = source.putArray("buckets");
            picture.buckets.forEach(terms::add);
        }
        return source;
    }

    /** One search: what is asked, and what of it the plain computation needs. */
    private final class Search {
        private final Field field;
        private final String metric;
        private final String candidates;
        private final String normalization =
                List.of("none", "none", "l2", "sum").get(random.nextInt(4));
        private final int k = 1 + random.nextInt(40);
        private final int numCandidates;
        private final String group = List.of("", "", "a", "b").get(random.nextInt(4));
        private final Picture query;
        private final boolean like;
        private final boolean withCode;
        private final float[] vector;
        private final ObjectNode clause;
        private int maxDistance = 64;
        private int minTables = 1;
        private boolean includeSelf = true;

        Search(Field field, String metric, String candidates) {
            this.field = field;
            this.metric = metric;
            this.candidates = candidates;
            // of a graph the answer is known where all of it is asked for, of ties where no more than 4 times are taken
            numCandidates = candidates.equals("hnsw") ? DOCS : Math.max(k, 60 + random.nextInt(60));
            boolean needsBuckets = metric.equals("tables") || candidates.equals("lsh");
            like = needsBuckets || random.nextInt(3) == 0;
            query = like ? stored(needsBuckets) : picture("query");
            vector = vector();
            withCode = like ? query.code != null : !candidates.equals("all") || random.nextBoolean();
            clause = clause();
        }

        /** A document to search by that has everything. */
        private Picture stored(boolean needsBuckets) {
            List<Picture> all = pictures.values().stream()
                    .filter(picture -> picture.vectors.containsKey(field.name()) && picture.code != null)
                    .filter(picture -> !needsBuckets || picture.buckets != null)
                    .filter(picture -> !metric.equals("chi_squared") || !negative(picture.vectors.get(field.name())))
                    .toList();
            return all.get(random.nextInt(all.size()));
        }

        private float[] vector() {
            if (like) {
                return query.vectors.get(field.name());
            }
            float[] of = field.query(random);
            for (int d = 0; metric.equals("chi_squared") && d < of.length; d++) {
                of[d] = Math.abs(of[d]);
            }
            return of;
        }

        private ObjectNode clause() {
            ObjectNode of = json(
                    "{field: ?, hash_field: ?, buckets_field: 'buckets', candidates: ?, k: ?, num_candidates: ?, "
                            + "normalize_vectors: ?}",
                    field.name(),
                    candidates.equals("hnsw") ? "graph" : "code",
                    candidates,
                    k,
                    numCandidates,
                    normalization);
            if (!metric.equals("default")) {
                of.put("metric", metric);
            }
            if (like) {
                of.set("like", json("{id: ?}", query.id));
                includeSelf = random.nextBoolean();
                of.put("include_self", includeSelf);
            } else {
                of.set("query_vector", json("{v: ?}", vector).get("v"));
                if (withCode) {
                    query.vectors.put("", vector);
                    of.put("query_hash", HexFormat.of().formatHex(code()));
                }
            }
            if (!group.isEmpty()) {
                of.set("filter", json("{term: {group: ?}}", group));
            }
            if (random.nextInt(3) == 0 && List.of("hamming", "hnsw").contains(candidates)) {
                maxDistance = random.nextInt(65);
                of.put("max_distance", maxDistance);
            }
            if (random.nextInt(3) == 0 && candidates.equals("lsh")) {
                minTables = 1 + random.nextInt(TABLES);
                of.put("min_tables", minTables);
            }
            return of;
        }

        private byte[] code() {
            return query.code == null ? new byte[8] : query.code;
        }

        /** Of a picture, less is nearer; null for one that is no candidate at all. */
        private Integer far(Picture picture) {
            return switch (candidates) {
                case "all" -> 0;
                case "lsh" -> {
                    int tables = agreeing(picture);
                    yield tables < minTables ? null : Integer.valueOf(TABLES - tables);
                }
                default -> {
                    int distance = picture.code == null ? 65 : PlainSearch.hamming(code(), picture.code);
                    yield distance > maxDistance ? null : Integer.valueOf(distance);
                }
            };
        }

        private int agreeing(Picture picture) {
            Set<String> both = new HashSet<>(picture.buckets == null ? Set.of() : picture.buckets);
            both.retainAll(query.buckets);
            return both.size();
        }

        private List<Picture> candidates() {
            Predicate<Picture> accepted = picture -> picture.vectors.containsKey(field.name())
                    && (group.isEmpty() || group.equals(picture.group))
                    && (includeSelf || !picture.id.equals(query.id))
                    && (!scoresCodes() || picture.code != null)
                    && (!metric.equals("tables") || picture.buckets != null)
                    && far(picture) != null;
            List<Picture> all = pictures.values().stream()
                    .filter(accepted)
                    .sorted(Comparator.comparing(this::far))
                    .toList();
            if (candidates.equals("all") || all.size() <= numCandidates) {
                return all;
            }
            int cut = far(all.get(numCandidates - 1));
            return all.stream().filter(picture -> far(picture) <= cut).toList();
        }

        private boolean scoresCodes() {
            return metric.equals("hamming") && withCode;
        }

        /** NaN where the metric has none. */
        private double score(Picture picture) {
            if (metric.equals("tables")) {
                return agreeing(picture) / (double) TABLES;
            }
            String how = metric.equals("hamming") ? "none" : normalization;
            float[] a = PlainSearch.normalized(how, vector);
            float[] b = PlainSearch.normalized(how, picture.vectors.get(field.name()));
            String formula = metric.equals("default") ? field.metric() : metric;
            if (metric.equals("hamming")) {
                formula = withCode ? "hamming" : "signs";
            } else if (formula.equals("dot_product") && normalization.equals("none")) {
                formula = field.dotProduct();
            }
            return PlainSearch.score(formula, a, code(), new Doc(picture.id, b, picture.code, picture.group));
        }

        /** What a sum in floats may be off, by the metric's own conditioning. */
        private double tolerance(double score, Picture picture) {
            String formula = metric.equals("default") ? field.metric() : metric;
            if (formula.equals("dot_product")) {
                double sizes = PlainSearch.length(PlainSearch.normalized(normalization, vector))
                        * PlainSearch.length(PlainSearch.normalized(normalization, picture.vectors.get(field.name())));
                return 1e-5 * score + 1e-6 * sizes;
            }
            return formula.equals("cosine") || formula.equals("correlation") ? 1e-5 * score + 2e-6 : 1e-5 * score;
        }

        void check() {
            String formula = metric.equals("default") ? field.metric() : metric;
            if (formula.equals("cosine") && PlainSearch.length(vector) == 0) {
                Http.Answer answer =
                        http.send("POST", "/" + INDEX + "/_search", json("{query: {hash_knn: ?}}", clause));
                assertEquals(400, answer.status(), answer::text);
                assertTrue(answer.reasons().contains("the query's vector is all zeros"), answer::reasons);
                return;
            }
            Map<String, Double> scores = new HashMap<>();
            candidates().forEach(picture -> {
                double score = score(picture);
                if (!Double.isNaN(score)) {
                    scores.put(picture.id, score);
                }
            });
            leastScore(scores);
            List<Double> expected = scores.values().stream()
                    .sorted(Comparator.reverseOrder())
                    .limit(k)
                    .toList();
            String where = clause + ", field " + field + ", -Dlookalike.seed=" + SEED;
            JsonNode hits = http.hits(INDEX, json("{size: ?, _source: false, query: {hash_knn: ?}}", DOCS, clause));
            Map<String, Double> found = SameHits.scores(hits);
            assertEquals(hits.size(), found.size(), where);
            assertEquals(expected.size(), found.size(), where);
            int at = 0;
            for (Map.Entry<String, Double> hit : found.entrySet()) {
                String message = where + ", hit " + at + " is " + hit.getKey();
                assertTrue(scores.containsKey(hit.getKey()), message + ", which is no candidate");
                double tolerance = tolerance(expected.get(at), pictures.get(hit.getKey()));
                assertEquals(expected.get(at), hit.getValue(), tolerance, message);
                assertEquals(scores.get(hit.getKey()), hit.getValue(), tolerance, message);
                at++;
            }
        }

        /** Asks, at times, for a least score that parts the candidates clearly. */
        private void leastScore(Map<String, Double> scores) {
            List<Double> sorted =
                    scores.values().stream().sorted(Comparator.reverseOrder()).toList();
            int at = sorted.size() / 2;
            if (random.nextInt(4) == 0 && at > 0 && sorted.get(at) < sorted.get(at - 1) * 0.999 - 1e-3) {
                double least = (sorted.get(at) + sorted.get(at - 1)) / 2;
                clause.put("similarity", least);
                scores.values().removeIf(score -> score < least);
            }
        }
    }

    private static boolean negative(float[] vector) {
        for (float x : vector) {
            if (x < 0) {
                return true;
            }
        }
        return false;
    }

    @ParameterizedTest
    @MethodSource("fields")
    void everyMetricWithEveryKindOfCandidates(Field field) {
        for (String metric : METRICS) {
            for (String candidates : CANDIDATES) {
                new Search(field, metric, candidates).check();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fields")
    void scoresAreThoseOfStockSearch(Field field) {
        if (!field.exact()) {
            return;
        }
        float[] query = field.vector(random);
        while (PlainSearch.length(query) == 0) {
            query = field.vector(random);
        }
        ObjectNode stock = json(
                "{size: ?, _source: false, knn: {field: ?, query_vector: ?, k: ?, num_candidates: ?}}",
                DOCS,
                field.name(),
                query,
                DOCS,
                DOCS);
        ObjectNode ours = json(
                "{size: ?, _source: false, query: {hash_knn: {field: ?, query_vector: ?, k: ?, candidates: 'all'}}}",
                DOCS,
                field.name(),
                query,
                DOCS);
        String where = "field " + field + ", -Dlookalike.seed=" + SEED;
        Map<String, Double> expected = SameHits.scores(http.hits(INDEX, stock));
        Map<String, Double> found = SameHits.scores(http.hits(INDEX, ours));
        assertEquals(expected.keySet(), found.keySet(), where);
        List<String> wrong = new ArrayList<>();
        boolean unit = isNearlyUnit(query);
        expected.forEach((id, score) -> {
            boolean kept = unit || isNearlyUnit(pictures.get(id).vectors.get(field.name()));
            if (Math.abs(score - found.get(id)) > (kept ? 1e-3 : 1e-5) * Math.max(1, score)) {
                wrong.add(id + " " + score + " " + found.get(id));
            }
        });
        assertEquals(List.of(), wrong, where);
    }

    /**
     * Stock search takes such a vector for one of unit length under cosine, and does not scale it: its scores are off
     * by as much.
     */
    private static boolean isNearlyUnit(float[] vector) {
        double length = PlainSearch.length(vector);
        return Math.abs(length * length - 1) < 2e-3;
    }
}
