package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.it.PlainSearch.Doc;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Documents with none to several pictures each: which documents are found, and which of their pictures, by hand.
 *
 * <p>A picture's {@link Doc} has the id {@code document/offset} and as group its kind.
 */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NestedPicturesIT {
    private static final String INDEX = "nested-pictures";
    private static final int DOCS = 150;
    private static final int K = 10;

    private final Http http;
    private final Corpus corpus;
    /** The pictures of each document that is not deleted. */
    private final Map<String, List<Doc>> albums = new TreeMap<>();

    NestedPicturesIT(Http http) {
        this.http = http;
        corpus = new Corpus(http, INDEX, 8);
    }

    @BeforeAll
    void index() {
        ObjectNode picture = Corpus.fields();
        picture.retain("v", "code");
        picture.set("kind", json("{type: 'keyword'}"));
        http.ok("DELETE", "/" + INDEX + "?ignore_unavailable=true");
        http.ok(
                "PUT",
                "/" + INDEX,
                json(
                        "{settings: ?, mappings: {properties: {group: {type: 'keyword'}, photos: {type: 'nested', "
                                + "properties: ?}}}}",
                        Corpus.settings(1),
                        picture));
        Bulk bulk = new Bulk();
        for (int i = 0; i < DOCS; i++) {
            String id = "p" + i;
            List<Doc> pictures = new ArrayList<>();
            ArrayNode photos = Json.MAPPER.createArrayNode();
            for (int offset = 0; offset < i * 5 % 7; offset++) {
                Doc doc = corpus.next(id + "/" + offset, offset % 2 == 0 ? "front" : "back");
                // one in eleven has neither vector nor code
                if ((i + offset) % 11 == 0) {
                    photos.add(json("{kind: ?}", doc.group()));
                } else {
                    pictures.add(doc);
                    photos.add(Corpus.source(doc).put("kind", doc.group()));
                }
            }
            albums.put(id, pictures);
            bulk.index(id, json("{group: ?, photos: ?}", Corpus.group(i), photos));
            if (i % 50 == 49) {
                http.bulk("/" + INDEX + "/_bulk", bulk);
                bulk = new Bulk();
            }
        }
        for (int i = 0; i < DOCS; i += 13) {
            albums.remove("p" + i);
            bulk.delete("p" + i);
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
    }

    @AfterAll
    void remove() {
        http.ok("DELETE", "/" + INDEX);
    }

    /** The documents found and the best of their pictures, by score, greatest first. */
    private record Found(Map<String, Double> scores, Map<String, String> pictures) {
        Found first(int count) {
            Map<String, Double> best = new LinkedHashMap<>();
            scores.entrySet().stream()
                    .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                    .limit(count)
                    .forEach(entry -> best.put(entry.getKey(), entry.getValue()));
            return new Found(best, pictures);
        }
    }

    private static String group(String id) {
        return Corpus.group(Integer.parseInt(id.substring(1)));
    }

    private double score(Doc picture) {
        return PlainSearch.score("l2_norm", corpus.vector, corpus.code, picture);
    }

    /** The best picture of each document. */
    private Found best(Predicate<String> document, Predicate<Doc> picture) {
        Map<String, Double> scores = new LinkedHashMap<>();
        Map<String, String> pictures = new LinkedHashMap<>();
        albums.forEach((id, all) -> all.stream()
                .filter(doc -> document.test(id) && picture.test(doc))
                .max(Comparator.comparingDouble(this::score))
                .ifPresent(doc -> {
                    scores.put(id, score(doc));
                    pictures.put(id, doc.id());
                }));
        return new Found(scores, pictures);
    }

    /** The same among candidates: documents by their nearest code, of these the pictures within the same distance. */
    private Found nearest(int numCandidates, Predicate<String> document, Predicate<Doc> picture) {
        int[] distances = albums.entrySet().stream()
                .filter(album -> document.test(album.getKey()))
                .mapToInt(album -> album.getValue().stream()
                        .filter(picture)
                        .mapToInt(this::distance)
                        .min()
                        .orElse(Integer.MAX_VALUE))
                .sorted()
                .toArray();
        int cut = distances[numCandidates - 1];
        return best(document, picture.and(doc -> distance(doc) <= cut));
    }

    private int distance(Doc picture) {
        return PlainSearch.hamming(corpus.code, picture.code());
    }

    private ObjectNode clause(ObjectNode query) {
        JsonNode inner = query.elements().next();
        ((ObjectNode) inner).put("field", query.has("hash_knn") ? "photos.v" : "photos.code");
        if (query.has("hash_knn")) {
            ((ObjectNode) inner).put("hash_field", "photos.code");
        }
        return query;
    }

    private static ObjectNode search(ObjectNode clause) {
        return json(
                "{size: 500, _source: false, query: {nested: {path: 'photos', query: ?, score_mode: 'max', "
                        + "inner_hits: {size: 10, _source: false}}}}",
                clause);
    }

    private void check(Found expected, ObjectNode clause) {
        JsonNode hits = corpus.hits(search(clause));
        SameHits.check(expected.scores, hits, clause.toString());
        for (JsonNode hit : hits) {
            String id = hit.path("_id").asText();
            assertEquals(List.of(expected.pictures.get(id)), pictures(hit), clause::toString);
        }
    }

    /** The inner hits, as {@code document/offset}, best first. */
    private static List<String> pictures(JsonNode hit) {
        List<String> pictures = new ArrayList<>();
        hit.path("inner_hits")
                .path("photos")
                .path("hits")
                .path("hits")
                .forEach(inner -> pictures.add(inner.path("_id").asText() + "/"
                        + inner.path("_nested").path("offset").asText()));
        return pictures;
    }

    @Test
    void theBestPictureOfEachDocumentCounts() {
        ObjectNode all = clause(corpus.knn(K));
        all.withObject("hash_knn").put("candidates", "all");
        check(best(id -> true, doc -> true).first(K), all);
        check(nearest(30, id -> true, doc -> true).first(K), clause(corpus.knn(K, 30)));
        check(best(id -> true, doc -> true), clause(corpus.knn(DOCS, DOCS)));
    }

    @Test
    void filtersSpeakOfPicturesOrOfWhatHoldsThem() {
        Predicate<Doc> back = doc -> doc.group().equals("back");
        Predicate<String> a = id -> group(id).equals("a");
        ObjectNode ofPictures = json("{term: {'photos.kind': 'back'}}");
        ObjectNode ofDocuments = json("{term: {group: 'a'}}");
        for (String candidates : List.of("hamming", "all")) {
            ObjectNode clause = clause(candidates.equals("all") ? corpus.knn(K) : corpus.knn(K, 20));
            ObjectNode knn = clause.withObject("hash_knn").put("candidates", candidates);
            knn.set("filter", ofPictures);
            check(found(candidates, id -> true, back), clause);
            knn.set("filter", ofDocuments);
            check(found(candidates, a, doc -> true), clause);
            knn.putArray("filter").add(ofDocuments).add(ofPictures);
            check(found(candidates, a, back), clause);
        }
        http.ok(
                "POST",
                "/_aliases",
                json(
                        "{actions: [{add: {index: ?, alias: 'nested-pictures-a', filter: {term: {group: 'a'}}}}]}",
                        INDEX));
        SameHits.check(
                best(a, back).first(K).scores,
                http.hits(
                        "nested-pictures-a",
                        search(json(
                                "{hash_knn: ?}",
                                clause(corpus.knn(K))
                                        .withObject("hash_knn")
                                        .put("candidates", "all")
                                        .set("filter", ofPictures)))),
                "alias");
    }

    private Found found(String candidates, Predicate<String> document, Predicate<Doc> picture) {
        return (candidates.equals("all") ? best(document, picture) : nearest(20, document, picture)).first(K);
    }

    @Test
    void everyPictureWithinARadiusIsShown() {
        int radius = 26;
        Map<String, Double> scores = new LinkedHashMap<>();
        Map<String, List<Integer>> inside = new LinkedHashMap<>();
        albums.forEach((id, all) -> {
            List<Integer> distances = all.stream()
                    .map(this::distance)
                    .filter(d -> d <= radius)
                    .sorted()
                    .toList();
            if (!distances.isEmpty()) {
                scores.put(id, 1 - distances.get(0) / (double) Corpus.BITS);
                inside.put(id, distances);
            }
        });
        assertTrue(inside.values().stream().anyMatch(distances -> distances.size() > 1), "several in one");
        JsonNode hits = corpus.hits(search(clause(corpus.radius(radius))));
        SameHits.check(scores, hits, "radius");
        Map<String, Doc> byId = new TreeMap<>();
        albums.values().forEach(all -> all.forEach(doc -> byId.put(doc.id(), doc)));
        for (JsonNode hit : hits) {
            String id = hit.path("_id").asText();
            assertEquals(
                    inside.get(id),
                    pictures(hit).stream()
                            .map(picture -> distance(byId.get(picture)))
                            .toList(),
                    id);
        }
        JsonNode count = http.ok(
                        "POST",
                        "/" + INDEX + "/_search",
                        json(
                                "{size: 0, aggs: {photos: {nested: {path: 'photos'}, aggs: {near: {filter: ?}}}}}",
                                clause(corpus.radius(radius))))
                .path("aggregations");
        assertEquals(
                inside.values().stream().mapToInt(List::size).sum(),
                count.path("photos").path("near").path("doc_count").asInt());
    }

    @Test
    void explainNamesThePicture() {
        ObjectNode clause = clause(corpus.knn(3));
        clause.withObject("hash_knn").put("candidates", "all");
        JsonNode hits = corpus.hits(search(clause).put("explain", true));
        SameHits.check(best(id -> true, doc -> true).first(3).scores, hits, "explained");
        for (JsonNode hit : hits) {
            SameHits.near(
                    hit.path("_score").asDouble(),
                    hit.path("_explanation").path("value").asDouble(),
                    hit.path("_explanation").toString());
            assertTrue(hit.path("_explanation").toString().contains("l2_norm of [photos.v]"));
        }
    }

    @Test
    void aNestedFieldOutsideANestedQueryIsRefused() {
        Http.Answer answer = http.send("POST", "/" + INDEX + "/_search", json("{query: ?}", clause(corpus.knn(3))));
        assertEquals(400, answer.status());
        assertTrue(
                answer.reasons()
                        .contains("field [photos.v] is nested; put [hash_knn] into a [nested] query with [path] "
                                + "[photos]"),
                answer::text);
    }
}
