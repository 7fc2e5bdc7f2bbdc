package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Both queries as clauses of everything that a search is made of, with the sums of their scores. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClauseIT {
    private static final String INDEX = "clauses";
    private static final int DOCS = 240;
    private static final int K = 8;
    private static final int NUM_CANDIDATES = 25;
    private static final int RADIUS = 20;

    private final Http http;
    private Corpus corpus;
    private ObjectNode knn;
    private ObjectNode radius;
    private Map<String, Double> near;
    private Map<String, Double> within;
    private final Map<String, Double> everything = new LinkedHashMap<>();

    ClauseIT(Http http) {
        this.http = http;
    }

    @BeforeAll
    void index() {
        corpus = new Corpus(http, INDEX, 4).fill(2, DOCS);
        knn = corpus.knn(K, NUM_CANDIDATES);
        radius = corpus.radius(RADIUS);
        near = corpus.nearest(K, NUM_CANDIDATES, doc -> true);
        within = corpus.within(RADIUS);
        for (int i = 0; i < DOCS; i++) {
            everything.put("d" + i, 0.0);
        }
        assertEquals(2 * K, near.size());
        Set<String> both = new HashSet<>(near.keySet());
        both.retainAll(within.keySet());
        assertTrue(
                both.size() > 1 && both.size() < near.size() && both.size() < within.size(),
                "clauses overlap: " + near + " and " + within);
    }

    @AfterAll
    void remove() {
        http.ok("DELETE", "/" + INDEX);
    }

    private static ObjectNode search(ObjectNode query) {
        return json("{size: ?, _source: false, query: ?}", 2 * DOCS, query);
    }

    /** The documents of {@code all} to which {@code score} gives one. */
    private static Map<String, Double> each(Map<String, Double> all, Function<String, Double> score) {
        Map<String, Double> scores = new LinkedHashMap<>();
        all.keySet().forEach(id -> {
            Double of = score.apply(id);
            if (of != null) {
                scores.put(id, of);
            }
        });
        return scores;
    }

    /** Compares what a query finds with the documents to which {@code score} gives one. */
    private void compare(ObjectNode query, Function<String, Double> score) {
        SameHits.check(each(everything, score), corpus.hits(search(query)), query.toString());
    }

    private static int number(String id) {
        return Integer.parseInt(id.substring(1));
    }

    private static boolean inGroup(String id, String group) {
        return Corpus.group(number(id)).equals(group);
    }

    /** The sum of the scores that there are; null without any. */
    private static Double sum(Double a, Double b) {
        return a == null ? b : b == null ? a : Double.valueOf(a + b);
    }

    @Test
    void scoresOfBoolClausesAreAdded() {
        compare(knn, near::get);
        compare(radius, within::get);
        compare(
                json("{bool: {must: [?, ?]}}", knn, radius),
                id -> near.containsKey(id) && within.containsKey(id) ? near.get(id) + within.get(id) : null);
        compare(json("{bool: {should: [?, ?]}}", knn, radius), id -> sum(near.get(id), within.get(id)));
        compare(
                json("{bool: {should: [?, ?], minimum_should_match: 2}}", knn, radius),
                id -> near.containsKey(id) && within.containsKey(id) ? near.get(id) + within.get(id) : null);
        compare(
                json("{bool: {must: [?], filter: [?]}}", radius, knn),
                id -> near.containsKey(id) ? within.get(id) : null);
        compare(
                json("{bool: {must: [?], filter: [?]}}", knn, radius),
                id -> within.containsKey(id) ? near.get(id) : null);
        compare(
                json("{bool: {must: [?], must_not: [?]}}", knn, radius),
                id -> within.containsKey(id) ? null : near.get(id));
        compare(
                json("{bool: {must: [?], must_not: [?]}}", radius, knn),
                id -> near.containsKey(id) ? null : within.get(id));
        compare(json("{bool: {must_not: [?]}}", knn), id -> near.containsKey(id) ? null : Double.valueOf(0));
        compare(json("{bool: {must_not: [?]}}", radius), id -> within.containsKey(id) ? null : Double.valueOf(0));
        compare(
                json(
                        "{bool: {must: [{bool: {should: [?, {term: {group: {value: 'a', boost: 0}}}]}}, ?]}}",
                        knn,
                        radius),
                id -> !within.containsKey(id) || !(near.containsKey(id) || inGroup(id, "a"))
                        ? null
                        : sum(within.get(id), near.get(id)));
    }

    @Test
    void otherCompoundQueriesUseTheScores() {
        compare(json("{constant_score: {filter: ?, boost: 2.5}}", knn), id -> near.containsKey(id) ? 2.5 : null);
        compare(json("{constant_score: {filter: ?}}", radius), id -> within.containsKey(id) ? 1.0 : null);
        compare(json("{dis_max: {queries: [?, ?], tie_breaker: 0.25}}", knn, radius), id -> {
            Double a = near.get(id);
            Double b = within.get(id);
            return a == null || b == null ? sum(a, b) : Double.valueOf(Math.max(a, b) + Math.min(a, b) / 4);
        });
        compare(
                json("{boosting: {positive: ?, negative: ?, negative_boost: 0.25}}", knn, radius),
                id -> near.containsKey(id) ? near.get(id) * (within.containsKey(id) ? 0.25 : 1) : null);
        compare(
                json("{boosting: {positive: ?, negative: ?, negative_boost: 0.25}}", radius, knn),
                id -> within.containsKey(id) ? within.get(id) * (near.containsKey(id) ? 0.25 : 1) : null);
        compare(
                json("{function_score: {query: ?, functions: [{weight: 3}]}}", knn),
                id -> near.containsKey(id) ? near.get(id) * 3 : null);
        compare(
                json(
                        "{function_score: {query: ?, field_value_factor: {field: 'n', factor: 0.5}, boost_mode: "
                                + "'sum'}}",
                        radius),
                id -> within.containsKey(id) ? within.get(id) + number(id) / 2.0 : null);
        compare(
                json(
                        "{function_score: {query: ?, functions: [{filter: ?, weight: 7}], boost_mode: 'replace'}}",
                        knn,
                        radius),
                id -> near.containsKey(id) ? within.containsKey(id) ? Double.valueOf(7) : Double.valueOf(1) : null);
        ObjectNode boosted = knn.deepCopy();
        boosted.withObject("hash_knn").put("boost", 4);
        ObjectNode boostedRadius = radius.deepCopy();
        boostedRadius.withObject("hash_radius").put("boost", 0.5);
        compare(
                json("{bool: {should: [?, ?]}}", boosted, boostedRadius),
                id -> sum(
                        near.containsKey(id) ? near.get(id) * 4 : null,
                        within.containsKey(id) ? within.get(id) / 2 : null));
    }

    @Test
    void eachMayBeTheFilterOfAnother() {
        ObjectNode wide = corpus.radius(28);
        for (List<ObjectNode> filters : List.of(
                List.of(wide),
                List.of(json("{bool: {should: [?, {term: {group: 'a'}}]}}", radius)),
                List.of(wide, json("{range: {n: {lt: 200}}}")),
                List.of(json("{bool: {must_not: [?]}}", radius)))) {
            Set<String> accepted =
                    new HashSet<>(Json.texts(corpus.hits(search(json("{bool: {filter: ?}}", filters))), "_id"));
            ObjectNode filtered = knn.deepCopy();
            filtered.withObject("hash_knn").putArray("filter").addAll(filters);
            Map<String, Double> expected = corpus.nearest(K, NUM_CANDIDATES, doc -> accepted.contains(doc.id()));
            assertEquals(2 * K, expected.size());
            SameHits.check(expected, corpus.hits(search(filtered)), filtered.toString());
        }
        ObjectNode inner = corpus.knn(20, 60);
        ObjectNode outer = knn.deepCopy();
        outer.withObject("hash_knn").set("filter", inner);
        Set<String> accepted = corpus.nearest(20, 60, doc -> true).keySet();
        SameHits.check(
                corpus.nearest(K, NUM_CANDIDATES, doc -> accepted.contains(doc.id())),
                corpus.hits(search(outer)),
                "hash_knn filtered by hash_knn");

        ObjectNode stock = json(
                "{size: 200, knn: {field: 'v', query_vector: ?, k: 10, num_candidates: 100, filter: ?}}",
                corpus.vector,
                radius);
        Map<String, Double> all = corpus.nearest(DOCS, DOCS, doc -> within.containsKey(doc.id()));
        SameHits.check(first(all, 10), corpus.hits(stock), "stock knn filtered by hash_radius");
        SameHits.check(
                each(everything, id -> within.containsKey(id) ? 1.0 : null),
                corpus.hits(search(json("{match_all: {}}")).set("post_filter", radius)),
                "post_filter");
    }

    private static Map<String, Double> first(Map<String, Double> of, int count) {
        Map<String, Double> first = new LinkedHashMap<>();
        of.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(count)
                .forEach(entry -> first.put(entry.getKey(), entry.getValue()));
        return first;
    }

    @Test
    void hitsMayBeScoredAgain() {
        ObjectNode rescore =
                json("{window_size: 500, query: {rescore_query: ?, query_weight: 0, rescore_query_weight: 2}}", knn);
        Map<String, Double> doubled = each(everything, id -> near.containsKey(id) ? 2 * near.get(id) : 0);
        SameHits.check(doubled, corpus.hits(search(json("{match_all: {}}")).set("rescore", rescore)), "rescore");
        SameHits.check(
                doubled,
                corpus.hits(json(
                        "{size: 500, retriever: {rescorer: {retriever: {standard: {query: {match_all: {}}}}, "
                                + "rescore: ?}}}",
                        rescore)),
                "rescorer retriever");
        SameHits.check(
                each(near, id -> inGroup(id, "b") ? near.get(id) : null),
                corpus.hits(json("{size: 500, retriever: {standard: {query: ?, filter: {term: {group: 'b'}}}}}", knn)),
                "standard retriever");
        // the window: of each shard only its first three are scored again
        ObjectNode few = json("{window_size: 3, query: {rescore_query: {constant_score: {filter: {match_all: {}}}}}}");
        Set<String> again = new HashSet<>();
        corpus.shards.forEach(shard -> again.addAll(first(
                        each(near, id -> shard.stream().anyMatch(doc -> doc.id().equals(id)) ? near.get(id) : null), 3)
                .keySet()));
        assertEquals(6, again.size());
        SameHits.check(
                each(near, id -> near.get(id) + (again.contains(id) ? 1 : 0)),
                corpus.hits(search(knn).set("rescore", few)),
                "window");
    }

    @Test
    void collapseShowsTheBestOfEachGroup() {
        JsonNode hits = corpus.hits(search(knn)
                .set("collapse", json("{field: 'group', inner_hits: {name: 'all', size: 50, _source: false}}")));
        Map<String, List<String>> groups = new TreeMap<>();
        first(near, near.size())
                .keySet()
                .forEach(id -> groups.computeIfAbsent(Corpus.group(number(id)), group -> new ArrayList<>())
                        .add(id));
        assertEquals(groups.size(), hits.size());
        for (JsonNode hit : hits) {
            List<String> group =
                    groups.get(hit.path("fields").path("group").path(0).asText());
            assertEquals(group.get(0), hit.path("_id").asText());
            assertEquals(
                    group,
                    Json.texts(hit.path("inner_hits").path("all").path("hits").path("hits"), "_id"));
        }
    }

    @Test
    void hitsMayBeSortedByOtherFields() {
        ObjectNode body = search(knn).put("track_scores", true);
        body.putArray("sort").add(json("{n: 'desc'}"));
        JsonNode hits = corpus.hits(body);
        List<String> ids = near.keySet().stream()
                .sorted(Comparator.comparingInt(ClauseIT::number).reversed())
                .toList();
        assertEquals(ids, Json.texts(hits, "_id"));
        hits.forEach(hit -> SameHits.near(
                near.get(hit.path("_id").asText()), hit.path("_score").asDouble(), "score of a sorted hit"));
        body = search(knn);
        body.putArray("sort").add(json("{_score: 'asc'}"));
        List<String> worstFirst = new ArrayList<>(first(near, near.size()).keySet());
        assertEquals(worstFirst.reversed(), Json.texts(corpus.hits(body), "_id"));
    }

    @Test
    void aggregationsSeeTheHitsAndTakeTheQueriesAsFilters() {
        ObjectNode body = json("""
                {size: 0, query: ?, aggs: {
                  groups: {terms: {field: 'group', size: 10}},
                  inside: {filter: ?},
                  named: {filters: {filters: {r: ?, k: ?}}},
                  best: {top_hits: {size: 3, _source: false}},
                  all: {global: {}, aggs: {r: {filter: ?}, k: {filter: ?, aggs: {sum: {sum: {field: 'n'}}}}}}}}""", knn, radius, radius, knn, radius, knn);
        JsonNode aggs = http.ok("POST", "/" + INDEX + "/_search", body).path("aggregations");
        Map<String, Integer> groups = new TreeMap<>();
        near.keySet().forEach(id -> groups.merge(Corpus.group(number(id)), 1, Integer::sum));
        Map<String, Integer> found = new TreeMap<>();
        aggs.path("groups")
                .path("buckets")
                .forEach(bucket -> found.put(
                        bucket.path("key").asText(), bucket.path("doc_count").asInt()));
        assertEquals(groups, found);
        long both = near.keySet().stream().filter(within::containsKey).count();
        assertEquals(both, aggs.path("inside").path("doc_count").asInt());
        assertEquals(
                both,
                aggs.path("named").path("buckets").path("r").path("doc_count").asInt());
        assertEquals(
                near.size(),
                aggs.path("named").path("buckets").path("k").path("doc_count").asInt());
        SameHits.check(first(near, 3), aggs.path("best").path("hits").path("hits"), "top_hits");
        assertEquals(within.size(), aggs.path("all").path("r").path("doc_count").asInt());
        assertEquals(near.size(), aggs.path("all").path("k").path("doc_count").asInt());
        assertEquals(
                near.keySet().stream().mapToInt(ClauseIT::number).sum(),
                aggs.path("all").path("k").path("sum").path("value").asInt());
    }

    @Test
    void hitsSayWhichClausesMatchedAndShowHighlights() {
        ObjectNode named = knn.deepCopy();
        named.withObject("hash_knn").put("_name", "k");
        ObjectNode namedRadius = radius.deepCopy();
        namedRadius.withObject("hash_radius").put("_name", "r");
        ObjectNode body =
                search(json("{bool: {should: [?, ?], filter: [{match: {text: 'picture'}}]}}", named, namedRadius));
        body.set("highlight", json("{fields: {text: {}, '*': {}}, require_field_match: false}"));
        JsonNode hits = http.ok("POST", "/" + INDEX + "/_search?include_named_queries_score=true", body)
                .path("hits")
                .path("hits");
        assertEquals(DOCS, hits.size());
        for (JsonNode hit : hits) {
            String id = hit.path("_id").asText();
            JsonNode matched = hit.path("matched_queries");
            assertEquals(near.containsKey(id), matched.has("k"), id);
            assertEquals(within.containsKey(id), matched.has("r"), id);
            if (matched.has("k")) {
                SameHits.near(near.get(id), matched.path("k").asDouble(), id);
            }
            assertEquals(
                    "<em>picture</em> number " + number(id),
                    hit.path("highlight").path("text").path(0).asText());
        }
    }

    @Test
    void limitsOfASearchHold() {
        List<String> ranked = new ArrayList<>(first(near, near.size()).keySet());
        double least = (near.get(ranked.get(5)) + near.get(ranked.get(6))) / 2;
        SameHits.check(first(near, 6), corpus.hits(search(knn).put("min_score", least)), "min_score");
        assertEquals(
                ranked.subList(4, 9),
                Json.texts(corpus.hits(search(knn).put("from", 4).put("size", 5)), "_id"));
        JsonNode total = http.ok(
                        "POST", "/" + INDEX + "/_search", search(radius).put("track_total_hits", true))
                .path("hits")
                .path("total");
        assertEquals(within.size(), total.path("value").asInt());
        assertEquals("eq", total.path("relation").asText());
        JsonNode untracked =
                http.ok("POST", "/" + INDEX + "/_search", search(knn).put("track_total_hits", false));
        assertTrue(untracked.path("hits").path("total").isMissingNode());
        SameHits.check(near, untracked.path("hits").path("hits"), "total not tracked");
        JsonNode early =
                http.ok("POST", "/" + INDEX + "/_search", search(radius).put("terminate_after", 2));
        assertTrue(early.path("terminated_early").asBoolean());
        int hits = early.path("hits").path("hits").size();
        assertTrue(hits > 0 && hits < within.size());
        assertTrue(within.keySet().containsAll(Json.texts(early.path("hits").path("hits"), "_id")));
    }

    @Test
    void howAShardIsAskedChangesNothing() {
        for (String parameters : List.of(
                "?search_type=dfs_query_then_fetch",
                "?pre_filter_shard_size=1",
                "?max_concurrent_shard_requests=1",
                "?batched_reduce_size=2",
                "?request_cache=true&size=0")) {
            JsonNode answer = http.ok("POST", "/" + INDEX + "/_search" + parameters, search(knn));
            assertEquals(0, answer.path("_shards").path("failed").asInt());
            assertEquals(
                    near.size(), answer.path("hits").path("total").path("value").asInt());
            if (!parameters.contains("size=0")) {
                SameHits.check(near, answer.path("hits").path("hits"), parameters);
            }
        }
    }

    @Test
    void explainAndProfileAddUpInsideOtherClauses() {
        ObjectNode query = json("{bool: {must: [?], should: [?]}}", knn, radius);
        JsonNode hits = corpus.hits(search(query).put("explain", true));
        SameHits.check(each(near, id -> sum(near.get(id), within.get(id))), hits, "explained");
        for (JsonNode hit : hits) {
            SameHits.near(
                    hit.path("_score").asDouble(),
                    hit.path("_explanation").path("value").asDouble(),
                    "explanation of " + hit.path("_id"));
        }
        JsonNode shards = http.ok(
                        "POST", "/" + INDEX + "/_search", search(query).put("profile", true))
                .path("profile")
                .path("shards");
        assertEquals(2, shards.size());
        for (JsonNode shard : shards) {
            JsonNode bool = shard.path("searches").path(0).path("query").path(0);
            assertEquals(List.of("HashKnnQuery", "HashRadiusQuery"), Json.texts(bool.path("children"), "type"));
            assertFalse(bool.path("children").path(0).path("children").isEmpty(), "stages");
        }
    }
}
