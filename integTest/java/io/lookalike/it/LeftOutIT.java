package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a search of several shards says of documents with another fingerprint, and what it costs to know that. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LeftOutIT {
    private static final String INDEX = "left-out";
    private static final int SHARDS = 12;
    private static final int MINE = 60;
    private static final int OTHERS = 17;

    private final Http http;
    private final Random random = new Random(31);

    LeftOutIT(Http http) {
        this.http = http;
    }

    /** The first answer that waited long enough for the count; others have warnings of single shards, or none. */
    static Http.Answer warned(Http http, String index, ObjectNode body) {
        return warned(http, "/" + index + "/_search", body, 200);
    }

    private static Http.Answer warned(Http http, String path, ObjectNode body, int tries) {
        Http.Answer answer = http.send("POST", path, body);
        boolean counted = answer.warnings().stream().anyMatch(warning -> warning.contains("] documents carry"));
        return counted || tries == 0 ? answer : warned(http, path, body, tries - 1);
    }

    @BeforeAll
    void index() {
        for (String encoder : List.of("left-a", "left-b")) {
            http.ok(
                    "PUT",
                    "/_lookalike/encoder/" + encoder,
                    json("{model: 'none', dims: 8, hash: {bits: 64, seed: ?}}", encoder.hashCode()));
            http.ok(
                    "PUT",
                    "/_ingest/pipeline/" + encoder,
                    json(
                            "{processors: [{vector_hash: {field: 'w', target_field: 'photo', encoder: ?, "
                                    + "check_mapping: false}}]}",
                            encoder));
        }
        ObjectNode body = http.ok("GET", "/_lookalike/encoder/left-a/_mapping?target_field=photo")
                .deepCopy();
        body.withObject("settings")
                .put("index.number_of_shards", SHARDS)
                .put("index.number_of_replicas", 0)
                .put("index.refresh_interval", "-1");
        http.ok("PUT", "/" + INDEX, body);
        fill("left-a", MINE);
        fill("left-b", OTHERS);
        http.ok(
                "POST",
                "/_aliases",
                json(
                        "{actions: [{add: {index: ?, alias: 'left-few', filter: {ids: {values: ['left-b0', "
                                + "'left-a0']}}}}]}",
                        INDEX));
    }

    @AfterAll
    void remove() {
        http.ok("DELETE", "/" + INDEX);
        for (String encoder : List.of("left-a", "left-b")) {
            http.ok("DELETE", "/_ingest/pipeline/" + encoder);
            http.ok("DELETE", "/_lookalike/encoder/" + encoder);
        }
    }

    private void fill(String encoder, int count) {
        Bulk bulk = new Bulk();
        for (int i = 0; i < count; i++) {
            bulk.index(encoder + i, json("{w: ?}", random.doubles(8).toArray()));
        }
        http.bulk("/" + INDEX + "/_bulk?pipeline=" + encoder, bulk);
    }

    private ObjectNode knn() {
        return json(
                "{hash_knn: {field: 'photo.vector', query_vector: ?, k: 5}}",
                random.doubles(8).toArray());
    }

    private ObjectNode search(ObjectNode query) {
        return json("{size: 5, _source: false, query: ?}", query);
    }

    private void warns(int count, Http.Answer answer) {
        assertEquals(200, answer.status(), answer::text);
        assertEquals(1, answer.warnings().size(), answer.warnings()::toString);
        assertTrue(
                answer.warnings()
                        .get(0)
                        .contains("[" + count
                                + "] documents carry another fingerprint, or none, in [photo.encoder] than "
                                + "encoder of the mapping has and were left out"),
                answer.warnings()::toString);
    }

    /** How often shards answered from their request caches, and how often they had to search. */
    private long cache(String what) {
        return http.ok("GET", "/" + INDEX + "/_stats/request_cache")
                .at("/_all/total/request_cache/" + what)
                .asLong();
    }

    @Test
    void theWarningIsOfAllShardsAndCountedOnceForAllSearches() {
        warns(OTHERS, warned(http, INDEX, search(knn())));
        warns(
                OTHERS,
                warned(
                        http,
                        INDEX,
                        search(json(
                                "{bool: {should: [?, ?, {hash_radius: {field: 'photo.hash', query_hash: ?, "
                                        + "max_distance: 40}}]}}",
                                knn(),
                                knn(),
                                "0f".repeat(8)))));
        long misses = cache("miss_count");
        long hits = cache("hit_count");
        for (int i = 0; i < 5; i++) {
            ObjectNode other = search(knn());
            other.withObject("/query/hash_knn")
                    .put("num_candidates", 20 + i)
                    .set("filter", json("{exists: {field: 'w'}}"));
            warns(OTHERS, warned(http, INDEX, other));
        }
        assertEquals(misses, cache("miss_count"));
        assertTrue(cache("hit_count") >= hits + 5 * SHARDS, () -> hits + " hits, then " + cache("hit_count"));
    }

    @Test
    void anAliasAndAPointInTimeCountWhatTheyShow() {
        warns(1, warned(http, "left-few", search(knn())));
        String pit = http.ok("POST", "/left-few/_pit?keep_alive=1m").path("id").asText();
        warns(1, warned(http, "/_search", search(knn()).set("pit", json("{id: ?, keep_alive: '1m'}", pit)), 200));
        http.ok("DELETE", "/_pit", json("{id: ?}", pit));
    }

    /** Either the count was first, and its sum stands alone, or there are warnings of single shards at most. */
    @Test
    void theSumStandsAlone() {
        for (int i = 0; i < 100; i++) {
            List<String> warnings =
                    http.send("POST", "/" + INDEX + "/_search", search(knn())).warnings();
            boolean sum = warnings.size() == 1
                    && warnings.get(0).contains("[" + OTHERS + "] documents carry another fingerprint");
            assertTrue(
                    sum || warnings.stream().allMatch(each -> each.contains("] documents of shard [" + INDEX + "][")),
                    warnings::toString);
        }
    }

    /** A count is a child of the search that it is for, and none outlives it for long. */
    @Test
    void noCountIsLeftBehind() {
        for (int i = 0; i < 50; i++) {
            http.ok("POST", "/" + INDEX + "/_search", search(knn()));
        }
        JsonNode tasks;
        do {
            tasks = http.ok("GET", "/_tasks?actions=indices:data/read/search*&detailed=true&group_by=none");
        } while (tasks.toString().contains(INDEX));
        assertTrue(tasks.path("tasks").isEmpty(), tasks::toString);
    }

    @Test
    void aRequestOfNumbersAloneIsAnsweredFromTheCache() {
        ObjectNode body = search(knn()).put("size", 0);
        warns(OTHERS, warned(http, INDEX, body));
        long misses = cache("miss_count");
        warns(OTHERS, warned(http, INDEX, body));
        assertEquals(misses, cache("miss_count"));
    }
}
