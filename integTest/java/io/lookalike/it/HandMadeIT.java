package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * An index that is filled by hand, with some of what an encoder makes: no search passes documents over without a word.
 */
@ExtendWith(SharedNode.class)
class HandMadeIT {
    private static final String INDEX = "hand-made";
    private static final int DOCUMENTS = 20;
    private static final String VECTORS =
            "{query: {hash_knn: {field: 'photo.vector', query_vector: [0.1, 0.2, 0.3], candidates: ?}}}";
    private static final String CODES =
            "{query: {hash_radius: {field: 'photo.hash', query_hash: ?, max_distance: 64, encoder: 'hand-made'}}}";

    private final Http http;

    HandMadeIT(Http http) {
        this.http = http;
    }

    @BeforeEach
    void create() {
        http.ok("PUT", "/_lookalike/encoder/" + INDEX, json("{model: 'none', dims: 3, hash: {bits: 64}}"));
        ObjectNode mapping =
                http.ok("GET", "/_lookalike/encoder/" + INDEX + "/_mapping").deepCopy();
        mapping.withObject("settings").put("index.number_of_shards", 1);
        http.ok("PUT", "/" + INDEX, mapping);
    }

    @AfterEach
    void remove() {
        http.ok("DELETE", "/" + INDEX);
        http.ok("DELETE", "/_lookalike/encoder/" + INDEX);
    }

    private void fill(UnaryOperator<ObjectNode> change) {
        Bulk bulk = new Bulk();
        for (int i = 0; i < DOCUMENTS; i++) {
            ObjectNode made = (ObjectNode) http.ok(
                    "POST",
                    "/_lookalike/encoder/" + INDEX + "/_encode",
                    json("{vector: [?, 0.5, ?]}", i / 10., 1 - i / 20.));
            bulk.index("" + i, json("{photo: ?}", i % 2 == 0 ? made : change.apply(made)));
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
    }

    private void check(String query, Object value, int hits, String... warnings) {
        Http.Answer answer = http.send("POST", "/" + INDEX + "/_search?size=100", json(query, value));
        assertEquals(200, answer.status(), answer::text);
        // of hash tables only documents that share a bucket are found
        if (!value.equals("lsh")) {
            assertEquals(hits, answer.body().at("/hits/total/value").asInt(), answer::text);
        }
        assertEquals(warnings.length, answer.warnings().size(), answer.warnings()::toString);
        for (String warning : warnings) {
            assertTrue(
                    answer.warnings().stream().anyMatch(each -> each.contains(warning)), answer.warnings()::toString);
        }
    }

    private static UnaryOperator<ObjectNode> without(String... fields) {
        return made -> made.remove(List.of(fields));
    }

    @Test
    void allOfItIsFound() {
        fill(made -> made);
        for (String candidates : List.of("hamming", "lsh", "all")) {
            check(VECTORS, candidates, DOCUMENTS);
        }
        check(CODES, "0123456789abcdef", DOCUMENTS);
    }

    @Test
    void withoutCodes() {
        fill(without("hash", "buckets"));
        check(VECTORS, "all", DOCUMENTS);
        check(
                VECTORS,
                "hamming",
                DOCUMENTS / 2,
                "[10] documents of shard [hand-made][0] name the encoder in [photo.encoder] but have no [photo.hash]");
        check(VECTORS, "lsh", DOCUMENTS / 2, "but have no [photo.buckets]");
        check(CODES, "0123456789abcdef", DOCUMENTS / 2, "but have no [photo.hash]");
    }

    @Test
    void withoutVectors() {
        fill(without("vector"));
        for (String candidates : List.of("hamming", "lsh", "all")) {
            check(
                    VECTORS,
                    candidates,
                    DOCUMENTS / 2,
                    "[10] documents of shard [hand-made][0] name the encoder in [photo.encoder] but have no "
                            + "[photo.vector]");
        }
    }

    @Test
    void bucketsInOneText() {
        fill(made -> {
            List<String> buckets = new ArrayList<>();
            made.path("buckets").forEach(bucket -> buckets.add(bucket.asText()));
            return made.put("buckets", String.join(" ", buckets));
        });
        check(VECTORS, "hamming", DOCUMENTS);
        check(VECTORS, "lsh", DOCUMENTS / 2, "have fewer than [10] buckets in [photo.buckets], or some of them do");
    }

    @Test
    void bucketsOfSeveralPictures() {
        fill(made -> {
            made.withArray("buckets").add("0_fff");
            return made;
        });
        for (int i = 0; i < 2; i++) {
            Http.Answer answer = http.send(
                    "POST",
                    "/" + INDEX + "/_search",
                    json("{query: {hash_knn: {field: 'photo.vector', candidates: 'lsh', like: {id: ?}}}}", "" + i));
            assertEquals(i == 0 ? 200 : 400, answer.status(), answer::text);
            assertTrue(
                    i == 0
                            || answer.reasons()
                                    .contains("[like] names document [1] of index [hand-made], which has several "
                                            + "buckets of hash table [0] in [photo.buckets]: those of "
                                            + "several pictures; send the vector of one as [query_vector], "
                                            + "or index them as [nested] objects"),
                    answer::reasons);
        }
    }

    /** Documents that have a vector and another encoder, or none, do not hide those that have none. */
    @Test
    void othersHideNoGap() {
        fill(without("hash", "buckets"));
        Bulk bulk = new Bulk();
        for (int i = 0; i < DOCUMENTS; i++) {
            bulk.index(
                    "other" + i,
                    json("{photo: {vector: [?, 0.5, 1], hash: '0123456789abcdef', buckets: ['0_1']}}", i / 10.));
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
        http.ok("POST", "/" + INDEX + "/_forcemerge?max_num_segments=1");
        http.ok("POST", "/" + INDEX + "/_refresh");
        String others = "[" + DOCUMENTS + "] documents of shard [hand-made][0] carry another fingerprint, or none, in";
        check(
                VECTORS,
                "hamming",
                DOCUMENTS / 2,
                others,
                "[10] documents of shard [hand-made][0] name the encoder in [photo.encoder] but have no [photo.hash]");
        check(
                VECTORS,
                "lsh",
                DOCUMENTS / 2,
                others,
                "[10] documents of shard [hand-made][0] name the encoder in [photo.encoder] but have no "
                        + "[photo.buckets]");
        check(CODES, "0123456789abcdef", DOCUMENTS / 2, others, "but have no [photo.hash]");
    }

    @Test
    void withoutTheFingerprint() {
        fill(without("encoder"));
        for (String candidates : List.of("hamming", "lsh", "all")) {
            check(
                    VECTORS,
                    candidates,
                    DOCUMENTS / 2,
                    "[10] documents of shard [hand-made][0] carry another fingerprint");
        }
    }
}
