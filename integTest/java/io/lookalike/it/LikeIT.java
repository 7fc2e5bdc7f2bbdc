package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.it.PlainSearch.Doc;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** A stored document is searched by only where the request, or {@code like} itself, names something that shows it. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LikeIT {
    private static final String INDEX = "like-photos";
    private static final String OTHER = "like-photos-other";
    private static final String ANN = "like-of-ann";
    private static final String ROUTED = "like-routed";

    private final Http http;
    private Corpus corpus;
    private String anns;
    private String bobs;

    LikeIT(Http http) {
        this.http = http;
    }

    @BeforeAll
    void index() {
        corpus = new Corpus(http, INDEX, 21).fill(3, 120);
        anns = first("a");
        bobs = first("b");
        Corpus other = new Corpus(http, OTHER, 21).fill(1, 20);
        http.bulk("/" + OTHER + "/_bulk", new Bulk().index("only-here", Corpus.source(other.next("only-here", "a"))));
        http.ok("POST", "/_aliases", json("""
                {actions: [
                  {add: {index: ?, alias: ?, filter: {term: {group: 'a'}}}},
                  {add: {index: ?, alias: ?, routing: 'somewhere'}}]}""", INDEX, ANN, INDEX, ROUTED));
    }

    @AfterAll
    void remove() {
        http.ok("DELETE", "/" + INDEX + "," + OTHER);
    }

    private String first(String group) {
        return corpus.docs.values().stream()
                .filter(doc -> doc.group().equals(group))
                .findFirst()
                .map(Doc::id)
                .orElseThrow();
    }

    private static List<ObjectNode> queries(ObjectNode like) {
        return List.of(
                json("{hash_knn: {field: 'v', hash_field: 'code', like: ?, k: 5}}", like),
                json("{hash_knn: {field: 'v', hash_field: 'code', like: ?, k: 5, candidates: 'all'}}", like),
                json("{hash_radius: {field: 'code', like: ?, max_distance: 30}}", like),
                json("{bool: {should: [{hash_knn: {field: 'v', hash_field: 'code', like: ?}}]}}", like),
                json("{bool: {must_not: [{hash_radius: {field: 'code', like: ?, max_distance: 30}}]}}", like));
    }

    private static ObjectNode body(ObjectNode query) {
        return json("{size: 200, _source: false, query: ?}", query);
    }

    private void found(String index, ObjectNode like) {
        for (ObjectNode query : queries(like)) {
            Http.Answer answer = http.send("POST", "/" + index + "/_search", body(query));
            assertEquals(200, answer.status(), () -> query + " " + answer.text());
            assertEquals(0, answer.body().at("/_shards/failed").asInt(), answer::text);
            assertFalse(answer.body().at("/hits/hits").isEmpty(), () -> query + " " + answer.text());
        }
    }

    private String refused(int status, String index, ObjectNode query) {
        Http.Answer answer = http.send("POST", "/" + index + "_search", body(query));
        assertEquals(status, answer.status(), () -> query + " " + answer.text());
        return answer.reasons();
    }

    /** As if it did not exist, word for word. */
    private void hidden(String index, ObjectNode like, String id) {
        ObjectNode nobody = like.deepCopy().put("id", "nobody");
        List<ObjectNode> hidden = queries(like.deepCopy().put("id", id));
        List<ObjectNode> missing = queries(nobody);
        for (int i = 0; i < hidden.size(); i++) {
            assertEquals(
                    refused(404, index + "/", missing.get(i)).replace("[nobody]", "[" + id + "]"),
                    refused(404, index + "/", hidden.get(i)));
        }
    }

    @Test
    void aFilteredAliasHidesWhatItsFilterHides() {
        found(ANN, json("{id: ?}", anns));
        hidden(ANN, json("{}"), bobs);
        found(INDEX, json("{id: ?}", bobs));
        found(INDEX, json("{index: ?, id: ?}", ANN, anns));
        hidden(INDEX, json("{index: ?}", ANN), bobs);
        // both names show it
        found(ANN + "," + INDEX, json("{id: ?}", bobs));
        hidden("like-of-*", json("{}"), bobs);
        assertTrue(refused(404, ANN + "/", queries(json("{id: ?}", bobs)).get(0))
                .contains("[like] names document [" + bobs + "] of index [" + ANN + "], which does not exist"));
    }

    @Test
    void anAliasWithRoutingShowsItsShardAlone() {
        List<String> shown = http.ids(ROUTED, json("{size: 200, query: {exists: {field: 'v'}}}"));
        assertFalse(shown.isEmpty());
        String hidden = corpus.docs.keySet().stream()
                .filter(id -> !shown.contains(id))
                .findFirst()
                .orElseThrow();
        found(ROUTED, json("{id: ?}", shown.get(0)));
        hidden(ROUTED, json("{}"), hidden);
    }

    @Test
    void severalIndicesHoldItOnceOrItsIndexIsToBeNamed() {
        found(INDEX + "," + OTHER, json("{id: 'only-here'}"));
        found("like-photos*", json("{id: 'only-here'}"));
        String several = refused(
                400, INDEX + "," + OTHER + "/", queries(json("{id: 'd1'}")).get(0));
        assertTrue(
                several.contains("[like] names document [d1] of index [" + INDEX + "," + OTHER
                        + "], of which there are several; name one index in [index] of [like], such as ["),
                several);
        found(INDEX + "," + OTHER, json("{index: ?, id: 'd1'}", OTHER));

        twice();
        try {
            String same =
                    refused(400, INDEX + "/", queries(json("{id: 'twice'}")).get(0));
            assertTrue(same.contains("of which there are several; name its [routing] in [like]"), same);
            found(INDEX, json("{id: 'twice', routing: 'r1'}"));
        } finally {
            http.bulk("/" + INDEX + "/_bulk?routing=r1", new Bulk().delete("twice"));
            http.bulk("/" + INDEX + "/_bulk?routing=r3", new Bulk().delete("twice"));
        }
    }

    /** One id in two shards, by routings that lead to different ones. */
    private void twice() {
        http.bulk(
                "/" + INDEX + "/_bulk?routing=r1", new Bulk().index("twice", Corpus.source(corpus.next("twice", "a"))));
        http.bulk(
                "/" + INDEX + "/_bulk?routing=r3", new Bulk().index("twice", Corpus.source(corpus.next("twice", "a"))));
        assertEquals(
                2, http.hits(INDEX, json("{query: {ids: {values: ['twice']}}}")).size());
    }

    @Test
    void aPointInTimeShowsWhatItHolds() {
        String index = "like-pit";
        Corpus then = new Corpus(http, index, 22).fill(2, 60);
        try {
            http.ok(
                    "POST",
                    "/_aliases",
                    json("{actions: [{add: {index: ?, alias: 'like-pit-a', filter: {term: {group: 'a'}}}}]}", index));
            String mine = then.docs.values().stream()
                    .filter(doc -> doc.group().equals("a"))
                    .findFirst()
                    .map(Doc::id)
                    .orElseThrow();
            String theirs = then.docs.values().stream()
                    .filter(doc -> !doc.group().equals("a"))
                    .findFirst()
                    .map(Doc::id)
                    .orElseThrow();
            String whole = pit(index);
            String filtered = pit("like-pit-a");
            http.bulk("/" + index + "/_bulk", new Bulk().delete(mine).delete(theirs));
            hidden(index, json("{}"), mine);
            for (String id : List.of(mine, theirs)) {
                for (ObjectNode query : queries(json("{id: ?, routing: 'ignored'}", id))) {
                    JsonNode answer = http.ok("POST", "/_search", inPit(query, whole));
                    assertFalse(answer.at("/hits/hits").isEmpty(), answer::toString);
                }
            }
            for (ObjectNode query : queries(json("{id: ?}", mine))) {
                assertFalse(http.ok("POST", "/_search", inPit(query, filtered))
                        .at("/hits/hits")
                        .isEmpty());
            }
            for (ObjectNode query : queries(json("{id: ?}", theirs))) {
                Http.Answer answer = http.send("POST", "/_search", inPit(query, filtered));
                assertEquals(404, answer.status(), answer::text);
                assertTrue(
                        answer.reasons()
                                .contains("[like] names document [" + theirs
                                        + "] of the point in time, which does not exist"),
                        answer::reasons);
            }
            http.ok("DELETE", "/_pit", json("{id: ?}", whole));
            http.ok("DELETE", "/_pit", json("{id: ?}", filtered));
        } finally {
            http.ok("DELETE", "/" + index);
        }
    }

    private String pit(String index) {
        return http.ok("POST", "/" + index + "/_pit?keep_alive=1m").path("id").asText();
    }

    private static ObjectNode inPit(ObjectNode query, String pit) {
        return body(query).set("pit", json("{id: ?, keep_alive: '1m'}", pit));
    }

    @Test
    void everySearchOfSeveralHasItsOwnNames() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (String index : List.of(ANN, INDEX)) {
            lines.append("{\"index\":\"" + index + "\"}\n")
                    .append(Json.MAPPER.writeValueAsString(
                            body(queries(json("{id: ?}", bobs)).get(0))))
                    .append('\n');
        }
        JsonNode responses = http.send("POST", "/_msearch", lines.toString().getBytes(UTF_8), Http.LINES)
                .body()
                .path("responses");
        assertEquals(404, responses.path(0).path("status").asInt(), responses::toString);
        assertEquals(200, responses.path(1).path("status").asInt(), responses::toString);
    }

    @Test
    void longIdsAreCutInMessages() {
        String id = "x".repeat(500);
        String path = "y".repeat(300);
        assertTrue(refused(404, INDEX + "/", queries(json("{id: ?}", id)).get(0))
                .contains("document [a text of 500] of index [" + INDEX + "], which does not exist"));
        assertTrue(refused(
                        400,
                        INDEX + "/",
                        queries(json("{id: ?, path: ?}", anns, path)).get(0))
                .contains("which has no field [a text of 300]"));
    }
}
