package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Candidates of the nearest clusters against a loop over all documents, with centroids that a user sends. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClustersIT {
    private static final String INDEX = "clusters";
    private static final String THREE = "clusters-three";
    private static final String ALBUMS = "clusters-albums";
    private static final int DIMS = 6;
    private static final int COUNT = 20;
    private static final int ASSIGN = 2;
    private static final int DOCS = 1_500;
    private static final int DELETED = 50;
    private static final int RARE = 300;
    private static final int K = 10;
    private static final Pattern PROBED = Pattern.compile("candidates\\[probes=(\\d+),clusters=20,codes=(\\d+),");

    private final Http http;
    private final Random random = new Random(3);
    private final float[][] centroids = new float[COUNT][DIMS];
    private final List<float[]> vectors = new ArrayList<>();
    private final Map<String, float[][]> albums = new TreeMap<>();

    ClustersIT(Http http) {
        this.http = http;
    }

    private float[] vector() {
        float[] vector = centroids[random.nextInt(COUNT)].clone();
        for (int d = 0; d < DIMS; d++) {
            vector[d] += (float) (2 * random.nextGaussian());
        }
        return vector;
    }

    @BeforeAll
    void indexVectors() {
        for (float[] centroid : centroids) {
            for (int d = 0; d < DIMS; d++) {
                centroid[d] = random.nextInt(13) - 6;
            }
        }
        http.ok(
                "PUT",
                "/_lookalike/encoder/clusters",
                json(
                        "{model: 'none', dims: ?, normalize: 'none', hash: {bits: 64}, clusters: {count: ?, "
                                + "centroids: ?, assign: ?}}",
                        DIMS,
                        COUNT,
                        centroids,
                        ASSIGN));
        http.ok(
                "PUT",
                "/_lookalike/encoder/clusters-none",
                json("{model: 'none', dims: ?, normalize: 'none', hash: {bits: 64}}", DIMS));
        http.ok(
                "PUT",
                "/_ingest/pipeline/clusters",
                json("{processors: [{vector_hash: {field: 'sent', target_field: 'photo', encoder: 'clusters', "
                        + "remove_source: true}}]}"));
        create(INDEX, 1, false);
        create(THREE, 3, false);
        create(ALBUMS, 1, true);
        List<Bulk> bulks = new ArrayList<>();
        for (int i = 0; i < DOCS; i++) {
            if (i % 700 == 0) {
                bulks.add(new Bulk());
            }
            vectors.add(vector());
            bulks.getLast().index("" + i, json("{sent: ?, half: ?, rare: ?}", vectors.get(i), i % 2, i % RARE));
        }
        // deleted documents are never found
        for (int i = 0; i < DELETED; i++) {
            bulks.getLast().index("deleted" + i, json("{sent: ?, half: 0, rare: 0}", (Object) centroids[i % COUNT]));
        }
        Bulk deleted = new Bulk();
        for (int i = 0; i < DELETED; i++) {
            deleted.delete("deleted" + i);
        }
        bulks.add(deleted);
        for (Bulk bulk : bulks) {
            http.bulk("/" + INDEX + "/_bulk", bulk);
            http.bulk("/" + THREE + "/_bulk", bulk);
        }
        Bulk all = new Bulk();
        for (int i = 0; i < 200; i++) {
            float[][] pictures = new float[1 + random.nextInt(4)][];
            Arrays.setAll(pictures, p -> vector());
            albums.put("a" + i, pictures);
            all.index("a" + i, json("{sent: ?}", (Object) pictures));
        }
        http.bulk("/" + ALBUMS + "/_bulk", all);
    }

    private void create(String index, int shards, boolean nested) {
        ObjectNode body = http.ok(
                        "GET", "/_lookalike/encoder/clusters/_mapping?target_field=photo&graph=none&nested=" + nested)
                .deepCopy();
        body.withObject("settings").put("index.number_of_shards", shards).put("index.default_pipeline", "clusters");
        http.ok("PUT", "/" + index, body);
    }

    @AfterAll
    void leaveNothingBehind() {
        http.ok("DELETE", "/" + INDEX + "," + THREE + "," + ALBUMS);
        http.ok("DELETE", "/_ingest/pipeline/clusters");
        http.ok("DELETE", "/_lookalike/encoder/clusters");
        http.ok("DELETE", "/_lookalike/encoder/clusters-none");
    }

    private static double square(float[] a, float[] b) {
        return IntStream.range(0, DIMS)
                .mapToDouble(d -> ((double) a[d] - b[d]) * ((double) a[d] - b[d]))
                .sum();
    }

    /** All clusters, nearest first. */
    private List<Integer> order(float[] vector) {
        return IntStream.range(0, COUNT)
                .boxed()
                .sorted(Comparator.comparingDouble(c -> square(centroids[c], vector)))
                .toList();
    }

    private boolean near(float[] query, float[] vector, int probed) {
        Set<Integer> clusters = new HashSet<>(order(vector).subList(0, ASSIGN));
        return order(query).subList(0, probed).stream().anyMatch(clusters::contains);
    }

    /** The documents in the nearest clusters, nearest first. */
    private List<String> within(float[] query, int probed, IntPredicate filter) {
        return IntStream.range(0, DOCS)
                .filter(filter)
                .filter(i -> near(query, vectors.get(i), probed))
                .boxed()
                .sorted(Comparator.comparingDouble(i -> square(query, vectors.get(i))))
                .map(i -> "" + i)
                .toList();
    }

    private static List<String> first(List<String> all, int k) {
        return all.subList(0, Math.min(k, all.size()));
    }

    private static ObjectNode search(ObjectNode knn, String rest) {
        knn.setAll(json("{candidates: 'clusters', k: ?, num_candidates: 2000}", K));
        knn.setAll(json(rest));
        return json("{size: ?, _source: false, profile: true, query: {hash_knn: ?}}", K, knn);
    }

    private static ObjectNode search(float[] query, String rest) {
        return search(json("{field: 'photo.vector', query_vector: ?}", (Object) query), rest);
    }

    private JsonNode ask(String index, ObjectNode search) {
        JsonNode answer = http.ok("POST", "/" + index + "/_search", search);
        assertEquals(0, answer.path("_shards").path("failed").asInt(-1), answer::toString);
        return answer;
    }

    private static List<String> ids(JsonNode answer) {
        return Json.texts(answer.at("/hits/hits"), "_id");
    }

    /** How many clusters each shard looked into. */
    private static List<Integer> probed(JsonNode answer) {
        List<Integer> probed = new ArrayList<>();
        Matcher figures = PROBED.matcher(answer.path("profile").toString());
        while (figures.find()) {
            probed.add(Integer.parseInt(figures.group(1)));
        }
        return probed;
    }

    private static int codes(JsonNode answer) {
        Matcher figures = PROBED.matcher(answer.path("profile").toString());
        assertTrue(figures.find(), answer::toString);
        return Integer.parseInt(figures.group(2));
    }

    @Test
    void documentsOfTheNearestClustersAreRanked() {
        for (int round = 0; round < 10; round++) {
            float[] query = vector();
            for (int probes : new int[] {1, 3, COUNT, 60_000}) {
                int probed = Math.min(probes, COUNT);
                List<String> expected = within(query, probed, i -> true);
                JsonNode one = ask(INDEX, search(query, "{probes: " + probes + "}"));
                assertEquals(List.of(probed), probed(one));
                assertEquals(first(expected, K), ids(one));
                // a segment whose documents lie in these clusters for more than an eighth is read as a whole
                int codes = codes(one);
                int most = expected.size() < DOCS / 16 ? DOCS / 2 : DOCS + DELETED;
                assertTrue(codes >= expected.size() && codes <= most, one::toString);
                JsonNode three = ask(THREE, search(query, "{probes: " + probes + "}"));
                assertEquals(3, probed(three).size());
                if (probed(three).stream().allMatch(p -> p == probed)) {
                    assertEquals(first(expected, K), ids(three));
                }
            }
            assertEquals(List.of(16), probed(ask(INDEX, search(query, "{}"))));
        }
    }

    @Test
    void searchGoesOnWhereAFilterLeavesTooFew() {
        boolean wentOn = false;
        for (int round = 0; round < 20; round++) {
            float[] query = vector();
            int rare = random.nextInt(RARE);
            IntPredicate filter = i -> i % RARE == rare;
            JsonNode answer = ask(INDEX, search(query, "{probes: 1, k: 4, filter: {term: {rare: " + rare + "}}}"));
            int probes = 1;
            while (probes < COUNT && within(query, probes, filter).size() < 4) {
                probes = Math.min(2 * probes, COUNT);
            }
            assertEquals(List.of(probes), probed(answer));
            assertEquals(first(within(query, probes, filter), 4), ids(answer));
            assertEquals(4, ids(answer).size());
            wentOn |= probes > 1;
            // a wide one leaves enough
            assertEquals(
                    first(within(query, 2, i -> i % 2 == 1), K),
                    ids(ask(INDEX, search(query, "{probes: 2, filter: {term: {half: 1}}}"))));
            // as many as there are
            assertEquals(
                    within(query, COUNT, filter),
                    ids(ask(THREE, search(query, "{probes: 1, filter: {term: {rare: " + rare + "}}}"))));
        }
        assertTrue(wentOn);
    }

    @Test
    void anAliasFilters() {
        http.ok(
                "POST",
                "/_aliases",
                json(
                        "{actions: [{add: {index: ?, alias: 'clusters-half', filter: {term: {half: 0}}}}, {add: "
                                + "{index: ?, alias: 'clusters-half', filter: {term: {half: 0}}}}]}",
                        INDEX,
                        THREE));
        float[] query = vector();
        List<String> expected = first(within(query, 4, i -> i % 2 == 0), K / 2);
        List<String> found = ids(ask("clusters-half", search(query, "{probes: 4}")));
        assertEquals(K, found.size());
        assertEquals(expected, found.stream().distinct().toList());
    }

    @Test
    void aDocumentSearchesLikeItsVector() {
        for (String id : List.of("7", "77", "777")) {
            float[] vector = vectors.get(Integer.parseInt(id));
            List<String> expected = new ArrayList<>(within(vector, 2, i -> true));
            ObjectNode like = json("{field: 'photo.vector', like: {id: ?}, include_self: true}", id);
            JsonNode answer = ask(INDEX, search(like, "{probes: 2}"));
            assertEquals(List.of(2), probed(answer));
            assertEquals(first(expected, K), ids(answer));
            assertEquals(id, expected.removeFirst());
            like = json("{field: 'photo.vector', like: {id: ?}}", id);
            assertEquals(first(expected, K), ids(ask(INDEX, search(like, "{probes: 2}"))));
        }
    }

    @Test
    void theBestPictureOfAnAlbumCounts() {
        for (int round = 0; round < 10; round++) {
            float[] query = vector();
            for (int probes : new int[] {1, 3, COUNT}) {
                Map<String, Double> best = new TreeMap<>();
                int probed = probes;
                while (true) {
                    for (Map.Entry<String, float[][]> album : albums.entrySet()) {
                        for (float[] picture : album.getValue()) {
                            if (near(query, picture, probed)) {
                                best.merge(album.getKey(), square(query, picture), Math::min);
                            }
                        }
                    }
                    if (best.size() >= K || probed == COUNT) {
                        break;
                    }
                    probed = Math.min(2 * probed, COUNT);
                }
                List<String> expected = best.entrySet().stream()
                        .sorted(Map.Entry.comparingByValue())
                        .limit(K)
                        .map(Map.Entry::getKey)
                        .toList();
                ObjectNode search = search(query, "{probes: " + probes + "}");
                search.set("query", json("{nested: {path: 'photo', query: ?}}", search.get("query")));
                JsonNode answer = ask(ALBUMS, search);
                assertEquals(List.of(probed), probed(answer));
                assertEquals(expected, ids(answer));
                assertEquals(
                        1 / (1 + best.get(expected.getFirst())),
                        answer.at("/hits/hits/0/_score").asDouble(),
                        1e-5);
            }
        }
    }

    @Test
    void estimatesAndMetricsGoWithClusters() {
        float[] query = vector();
        List<String> all = first(within(query, 3, i -> true), K);
        assertEquals(all, ids(ask(INDEX, search(query, "{probes: 3, num_exact: 2000}"))));
        JsonNode few = ask(INDEX, search(query, "{probes: 3, num_exact: 60}"));
        assertTrue(few.path("profile").toString().contains("score[vectors=60,"), few::toString);
        assertTrue(ids(few).stream().filter(all::contains).count() >= K / 2, few::toString);
        assertEquals(
                K,
                ids(ask(INDEX, search(query, "{probes: 3, metric: 'cosine'}"))).size());
        JsonNode none = ask(INDEX, search(query, "{probes: 3, max_distance: 0}"));
        assertEquals(List.of(3), probed(none));
        assertTrue(ids(none).size() < K, none::toString);
    }

    @Test
    void explainAndProfileTellOfClusters() {
        float[] query = vector();
        ObjectNode search = search(query, "{probes: 2}").put("explain", true);
        JsonNode answer = ask(INDEX, search);
        for (JsonNode hit : answer.at("/hits/hits")) {
            int id = hit.path("_id").asInt();
            List<Integer> order = order(query);
            int place = 1
                    + order(vectors.get(id)).subList(0, ASSIGN).stream()
                            .mapToInt(order::indexOf)
                            .min()
                            .orElseThrow();
            String explained = hit.path("_explanation").toString();
            assertTrue(
                    explained.contains("{\"value\":" + place
                            + ",\"description\":\"place of its nearest cluster in [photo.cluster] among the [20]"),
                    explained);
            assertTrue(explained.contains("hamming distance of [photo.hash]"), explained);
        }
        String profile = answer.path("profile").toString();
        assertTrue(profile.contains(",candidates=clusters,probes=2,metric=l2_norm]"), profile);
        assertTrue(
                Pattern.compile("candidates\\[probes=2,clusters=20,codes=\\d+,share=[01]\\.\\d{4},candidates=\\d+,cut=")
                        .matcher(profile)
                        .find(),
                profile);
    }

    private void refused(String index, ObjectNode search, String message) {
        Http.Answer answer = http.send("POST", "/" + index + "/_search", search);
        assertEquals(400, answer.status(), answer::text);
        assertTrue(answer.reasons().contains(message), answer::text);
    }

    @Test
    void mistakesAreNamed() {
        float[] query = vector();
        String none = "[candidates] [clusters] needs an encoder with [clusters], and encoder [clusters-none] has none; "
                + "learn [kmeans] with POST /_lookalike/encoder/{new_id}/_train";
        refused(INDEX, search(query, "{encoder: 'clusters-none'}"), none);
        ObjectNode like = json("{field: 'photo.vector', like: {id: '1'}}");
        refused(INDEX, search(like, "{encoder: 'clusters-none'}"), "whose [photo.encoder] is");
        refused(INDEX, search(query, "{cluster_field: 'photo.kind'}"), "[cluster_field] [photo.kind] is not mapped");
        refused(INDEX, search(query, "{probes: 0}"), "[probes] must be from [1] to [65536]; got [0]");
        refused(
                INDEX,
                search(query, "{candidates: 'hamming', probes: 3}"),
                "[probes] bounds the clusters that are looked into and does not apply to [candidates] [hamming]");
        String bare = "clusters-bare";
        ObjectNode mapping = http.ok("GET", "/_lookalike/encoder/clusters/_mapping?target_field=photo")
                .deepCopy();
        mapping.findParents("meta").forEach(field -> ((ObjectNode) field).remove("meta"));
        http.ok("PUT", "/" + bare, mapping);
        try {
            refused(
                    bare,
                    search(query, "{query_hash: '0011223344556677'}"),
                    "[candidates] [clusters] needs the encoder whose centroids made the clusters, and neither the "
                            + "query nor the mapping of [photo.vector] names one");
            assertEquals(
                    0, ids(ask(bare, search(query, "{encoder: 'clusters'}"))).size());
        } finally {
            http.ok("DELETE", "/" + bare);
        }
        ObjectNode validated = json("{query: ?}", search(query, "{}").get("query"));
        assertTrue(http.ok("POST", "/" + INDEX + "/_validate/query", validated)
                .path("valid")
                .asBoolean());
        validated =
                json("{query: ?}", search(query, "{encoder: 'clusters-none'}").get("query"));
        Http.Answer invalid = http.send("POST", "/" + INDEX + "/_validate/query?explain=true", validated);
        assertFalse(invalid.body().path("valid").asBoolean(), invalid::text);
        assertTrue(invalid.text().contains(none), invalid::text);
    }
}
