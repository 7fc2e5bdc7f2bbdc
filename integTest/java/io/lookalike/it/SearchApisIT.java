package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.it.PlainSearch.Doc;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** The queries through the other ways to search: pages, aliases, several indices, and APIs beside {@code _search}. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SearchApisIT {
    private static final String INDEX = "apis";
    private static final String OTHER = "apis-other";
    private static final String PLAIN = "apis-plain";
    private static final String WIDE = "apis-wide";
    private static final int K = 9;
    private static final int NUM_CANDIDATES = 20;
    private static final int RADIUS = 24;

    private final Http http;
    private Corpus corpus;
    private Corpus other;

    SearchApisIT(Http http) {
        this.http = http;
    }

    @BeforeAll
    void index() {
        // the same query and directions in both, other documents: the seeds' first vectors are the query's
        corpus = new Corpus(http, INDEX, 12).fill(3, 200);
        other = new Corpus(http, OTHER, 12).fill(1, 60);
        http.ok("PUT", "/" + PLAIN, json("{mappings: {properties: {group: {type: 'keyword'}}}}"));
        http.bulk("/" + PLAIN + "/_bulk", new Bulk().index("x", json("{group: 'a'}")));
        http.ok("PUT", "/" + WIDE, json("{mappings: {properties: {v: {type: 'dense_vector', dims: 5}}}}"));
        http.bulk("/" + WIDE + "/_bulk", new Bulk().index("x", json("{v: [1, 2, 3, 4, 5]}")));
    }

    @AfterAll
    void remove() {
        http.ok("DELETE", "/" + String.join(",", INDEX, OTHER, PLAIN, WIDE));
    }

    private static ObjectNode search(ObjectNode query) {
        return json("{size: 500, _source: false, query: ?}", query);
    }

    private Map<String, Double> near(Predicate<Doc> sort) {
        return corpus.nearest(K, NUM_CANDIDATES, sort);
    }

    private ObjectNode knn() {
        return corpus.knn(K, NUM_CANDIDATES);
    }

    @Test
    void pagesOfAPointInTimeHoldEveryHitOnceWhateverIsChanged() {
        String index = "apis-pages";
        Corpus paged = new Corpus(http, index, 13).fill(2, 150);
        try {
            Map<String, Double> near = paged.nearest(K, NUM_CANDIDATES, doc -> true);
            Map<String, Double> within = paged.within(RADIUS);
            String pit = http.ok("POST", "/" + index + "/_pit?keep_alive=1m")
                    .path("id")
                    .asText();
            Bulk bulk = new Bulk();
            near.keySet().stream().limit(5).forEach(bulk::delete);
            bulk.index("new", Corpus.source(new Doc("new", paged.vector, paged.code, "a")));
            http.bulk("/" + index + "/_bulk", bulk);
            SameHits.check(near, pages(pit, paged.knn(K, NUM_CANDIDATES), "{_score: 'desc'}"), "by score");
            SameHits.check(within, pages(pit, paged.radius(RADIUS), "{_score: 'desc'}"), "radius by score");
            assertEquals(
                    near.keySet(),
                    new HashSet<>(Json.texts(pages(pit, paged.knn(K, NUM_CANDIDATES), "{n: 'asc'}"), "_id")));
            assertEquals(
                    "new", http.ids(index, search(paged.knn(1, NUM_CANDIDATES))).get(0), "outside the point in time");
            http.ok("DELETE", "/_pit", json("{id: ?}", pit));
        } finally {
            http.ok("DELETE", "/" + index);
        }
    }

    /** All hits, in pages of 4. */
    private JsonNode pages(String pit, ObjectNode query, String sort) {
        var all = Json.MAPPER.createArrayNode();
        ObjectNode body = json(
                "{size: 4, _source: false, track_scores: true, query: ?, pit: {id: ?, keep_alive: '1m'}}", query, pit);
        body.putArray("sort").add(json(sort));
        while (true) {
            JsonNode hits = http.ok("POST", "/_search", body).path("hits").path("hits");
            if (hits.isEmpty()) {
                return all;
            }
            hits.forEach(all::add);
            body.set("search_after", hits.get(hits.size() - 1).path("sort"));
        }
    }

    @Test
    void scrollsHoldEveryHitOnce() {
        for (ObjectNode query : List.of(knn(), corpus.radius(RADIUS))) {
            var all = Json.MAPPER.createArrayNode();
            JsonNode page = http.ok(
                    "POST", "/" + INDEX + "/_search?scroll=1m", search(query).put("size", 4));
            String id = page.path("_scroll_id").asText();
            while (!page.path("hits").path("hits").isEmpty()) {
                page.path("hits").path("hits").forEach(all::add);
                page = http.ok("POST", "/_search/scroll", json("{scroll: '1m', scroll_id: ?}", id));
            }
            http.ok("DELETE", "/_search/scroll", json("{scroll_id: ?}", id));
            SameHits.check(query.has("hash_knn") ? near(doc -> true) : corpus.within(RADIUS), all, query.toString());
        }
        Map<String, Double> slices = new LinkedHashMap<>();
        for (int slice = 0; slice < 3; slice++) {
            ObjectNode body = search(corpus.radius(RADIUS));
            body.set("slice", json("{id: ?, max: 3}", slice));
            JsonNode answer = http.ok("POST", "/" + INDEX + "/_search?scroll=1m", body);
            slices.putAll(SameHits.scores(answer.path("hits").path("hits")));
            http.ok("DELETE", "/_search/scroll", json("{scroll_id: ?}", answer.path("_scroll_id")));
        }
        assertEquals(corpus.within(RADIUS).keySet(), slices.keySet());
    }

    @Test
    void otherApisTakeTheQueries() throws Exception {
        assertEquals(
                3 * K,
                http.ok("POST", "/" + INDEX + "/_count", json("{query: ?}", knn()))
                        .path("count")
                        .asInt());
        assertEquals(
                corpus.within(RADIUS).size(),
                http.ok("POST", "/" + INDEX + "/_count", json("{query: ?}", corpus.radius(RADIUS)))
                        .path("count")
                        .asInt());

        StringBuilder lines = new StringBuilder();
        for (ObjectNode query : List.of(
                knn(),
                json("{hash_knn: {field: 'v', hash_field: 'code', like: {id: 'nobody'}}}"),
                corpus.radius(RADIUS))) {
            lines.append("{\"index\":\"" + INDEX + "\"}\n")
                    .append(Json.MAPPER.writeValueAsString(search(query)))
                    .append('\n');
        }
        JsonNode responses = http.send("POST", "/_msearch", lines.toString().getBytes(UTF_8), Http.LINES)
                .body()
                .path("responses");
        SameHits.check(near(doc -> true), responses.path(0).path("hits").path("hits"), "_msearch");
        assertEquals(404, responses.path(1).path("status").asInt(), responses::toString);
        SameHits.check(corpus.within(RADIUS), responses.path(2).path("hits").path("hits"), "_msearch");

        for (String id :
                List.of("d1", "d2", "d3", near(doc -> true).keySet().iterator().next())) {
            JsonNode answer = http.ok("POST", "/" + INDEX + "/_explain/" + id, json("{query: ?}", knn()));
            Double score = near(doc -> true).get(id);
            assertEquals(score != null, answer.path("matched").asBoolean(), answer::toString);
            SameHits.near(
                    score == null ? 0 : score,
                    answer.path("explanation").path("value").asDouble(),
                    id);
        }

        for (ObjectNode query : List.of(knn(), corpus.radius(RADIUS))) {
            JsonNode valid = http.ok("POST", "/" + INDEX + "/_validate/query?explain=true", json("{query: ?}", query));
            assertTrue(valid.path("valid").asBoolean(), valid::toString);
            assertTrue(
                    valid.path("explanations")
                            .path(0)
                            .path("explanation")
                            .asText()
                            .startsWith(query.fieldNames().next() + "["),
                    valid::toString);
        }
        JsonNode invalid = http.ok(
                "POST",
                "/" + INDEX + "/_validate/query?explain=true",
                json("{query: {hash_knn: {field: 'v', query_vector: [1], candidates: 'all'}}}"));
        assertFalse(invalid.path("valid").asBoolean(true));
        assertTrue(
                invalid.toString().contains("field [v] has [12] dims but [query_vector] has [1]"), invalid::toString);
    }

    @Test
    void filtersOfAliasesApplyBeforeCandidatesAreChosen() {
        http.ok("POST", "/_aliases", json("""
                {actions: [
                  {add: {index: ?, alias: 'apis-b', filter: {term: {group: 'b'}}}},
                  {add: {index: ?, alias: 'apis-small', filter: {range: {n: {lt: 60}}}}},
                  {add: {index: ?, alias: 'apis-routed', routing: 'x'}}]}""", INDEX, INDEX, INDEX));
        Predicate<Doc> b = doc -> doc.group().equals("b");
        Predicate<Doc> small = doc -> Integer.parseInt(doc.id().substring(1)) < 60;
        SameHits.check(near(b), http.hits("apis-b", search(knn())), "alias with a filter");
        ObjectNode filtered = knn();
        filtered.withObject("hash_knn").set("filter", json("{range: {n: {lt: 60}}}"));
        SameHits.check(near(b.and(small)), http.hits("apis-b", search(filtered)), "alias and query with a filter");
        SameHits.check(near(b.or(small)), http.hits("apis-b,apis-small", search(knn())), "two aliases of one index");
        JsonNode hits = http.hits("apis-b", search(corpus.radius(RADIUS)));
        Map<String, Double> within = corpus.within(RADIUS);
        within.keySet().removeIf(id -> !b.test(corpus.docs.get(id)));
        SameHits.check(within, hits, "radius through an alias");
        Map<String, Double> ofOneShard = SameHits.scores(http.hits("apis-routed", search(knn())));
        assertEquals(K, ofOneShard.size());
        assertTrue(near(doc -> true).keySet().containsAll(ofOneShard.keySet()));

        String like = b.test(corpus.docs.get("d1"))
                ? "d1"
                : corpus.docs.values().stream()
                        .filter(b)
                        .findFirst()
                        .orElseThrow()
                        .id();
        List<String> others = http.ids(
                "apis-b",
                search(json(
                        "{hash_knn: {field: 'v', hash_field: 'code', like: {id: ?}, k: 5, candidates: 'all'}}", like)));
        assertEquals(15, others.size());
        assertFalse(others.contains(like));
        assertTrue(others.stream().allMatch(id -> b.test(corpus.docs.get(id))));

        Http.Answer refused = http.send(
                "POST",
                "/_aliases",
                json("{actions: [{add: {index: ?, alias: 'apis-radius', filter: ?}}]}", INDEX, corpus.radius(3)));
        assertEquals(400, refused.status());
        assertTrue(
                refused.reasons().contains("[hash_radius] must be rewritten on the coordinating node before it runs"),
                refused::text);
    }

    @Test
    void severalIndicesAnswerTogether() {
        Map<String, Double> expected = new TreeMap<>();
        near(doc -> true).forEach((id, score) -> expected.put(INDEX + "/" + id, score));
        other.nearest(K, NUM_CANDIDATES, doc -> true).forEach((id, score) -> expected.put(OTHER + "/" + id, score));
        Map<String, Double> found = new TreeMap<>();
        for (JsonNode hit : http.hits(INDEX + "," + OTHER + "," + PLAIN, search(knn()))) {
            found.put(
                    hit.path("_index").asText() + "/" + hit.path("_id").asText(),
                    hit.path("_score").asDouble());
        }
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((id, score) -> SameHits.near(score, found.get(id), id));

        // an index whose field cannot serve fails for itself alone, and as the user's mistake
        JsonNode answer = http.ok("POST", "/" + INDEX + "," + WIDE + "/_search", search(knn()));
        SameHits.check(near(doc -> true), answer.path("hits").path("hits"), "beside an index of other dims");
        assertEquals(1, answer.path("_shards").path("failed").asInt());
        assertTrue(
                answer.path("_shards").toString().contains("field [v] has [5] dims but [query_vector] has [12]"),
                answer::toString);
        Http.Answer alone = http.send("POST", "/" + WIDE + "/_search", search(knn()));
        assertEquals(400, alone.status(), alone::text);

        Http.Answer ambiguous = http.send(
                "POST",
                "/" + INDEX + "," + OTHER + "/_search",
                search(json("{hash_knn: {field: 'v', hash_field: 'code', like: {id: 'd1'}}}")));
        assertEquals(400, ambiguous.status());
        assertTrue(ambiguous.reasons().contains("name one index in [index] of [like]"), ambiguous::text);
        Set<String> both = new HashSet<>();
        http.hits(
                        INDEX + "," + OTHER,
                        search(json(
                                "{hash_knn: {field: 'v', hash_field: 'code', like: {index: ?, id: 'd1'}, k: 200, "
                                        + "num_candidates: 1000}}",
                                INDEX)))
                .forEach(hit -> both.add(
                        hit.path("_index").asText() + "/" + hit.path("_id").asText()));
        // the document of the same id in the other index is another document
        assertFalse(both.contains(INDEX + "/d1"));
        assertTrue(both.contains(OTHER + "/d1"));
        assertEquals(corpus.docs.size() + other.docs.size() - 1, both.size());
    }
}
