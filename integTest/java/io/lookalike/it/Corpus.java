package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.it.PlainSearch.Doc;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;

/**
 * Documents with random vectors in an index of several shards, and the answers that searches for one random query
 * should give. Some have no vector; those that have one have the code of its signs under random directions, a keyword
 * {@code group}, a number {@code n} and a {@code text}. Not thread-safe.
 */
final class Corpus {
    static final int DIMS = 12;
    static final int BITS = 64;
    private static final List<String> GROUPS = List.of("a", "b", "c", "d");

    /** In which the documents lie, by number; those without a vector are not among them. */
    final List<List<Doc>> shards = new ArrayList<>();
    /** Every document that has a vector, by id. */
    final Map<String, Doc> docs = new LinkedHashMap<>();

    final float[] vector;
    final byte[] code;
    private final Http http;
    private final String index;
    private final Random random;
    private final float[][] directions = new float[BITS][];

    Corpus(Http http, String index, long seed) {
        this.http = http;
        this.index = index;
        this.random = new Random(seed);
        for (int bit = 0; bit < BITS; bit++) {
            directions[bit] = vector();
        }
        vector = vector();
        code = code(vector);
    }

    /** Makes the index and fills it with {@code count} documents {@code d0}, {@code d1}, and so on. */
    Corpus fill(int shardCount, int count) {
        http.ok("DELETE", "/" + index + "?ignore_unavailable=true");
        http.ok("PUT", "/" + index, json("{settings: ?, mappings: {properties: ?}}", settings(shardCount), fields()));
        Bulk bulk = new Bulk();
        for (int i = 0; i < count; i++) {
            String id = "d" + i;
            ObjectNode document = json("{n: ?, group: ?, text: ?}", i, group(i), "picture number " + i);
            if (i % 10 != 9) {
                Doc doc = next(id, group(i));
                docs.put(id, doc);
                document.setAll(source(doc));
            }
            bulk.index(id, document);
            if (i == count / 2) {
                http.bulk("/" + index + "/_bulk", bulk);
                bulk = new Bulk();
            }
        }
        http.bulk("/" + index + "/_bulk", bulk);
        for (int shard = 0; shard < shardCount; shard++) {
            List<String> ids = Json.texts(
                    http.ok("POST", "/" + index + "/_search?size=10000&preference=_shards:" + shard)
                            .path("hits")
                            .path("hits"),
                    "_id");
            shards.add(ids.stream().filter(docs::containsKey).map(docs::get).toList());
        }
        assertEquals(docs.size(), shards.stream().mapToInt(List::size).sum());
        return this;
    }

    static ObjectNode settings(int shardCount) {
        return json(
                "{'index.number_of_shards': ?, 'index.number_of_replicas': 0, 'index.refresh_interval': '-1'}",
                shardCount);
    }

    /** The mapping's properties. */
    static ObjectNode fields() {
        return json("""
                {v: {type: 'dense_vector', dims: ?, similarity: 'l2_norm', index_options: {type: 'flat'}},
                 code: {type: 'dense_vector', element_type: 'bit', dims: ?, index_options: {type: 'flat'}},
                 group: {type: 'keyword'}, n: {type: 'integer'}, text: {type: 'text'}}""", DIMS, BITS);
    }

    static String group(int i) {
        return GROUPS.get(i * 7 % GROUPS.size());
    }

    Doc next(String id, String group) {
        float[] of = vector();
        return new Doc(id, of, code(of), group);
    }

    /** The two fields of a document's picture. */
    static ObjectNode source(Doc doc) {
        return json("{v: ?, code: ?}", doc.vector(), HexFormat.of().formatHex(doc.code()));
    }

    private float[] vector() {
        float[] of = new float[DIMS];
        for (int d = 0; d < DIMS; d++) {
            of[d] = (float) random.nextGaussian();
        }
        return of;
    }

    private byte[] code(float[] of) {
        byte[] bits = new byte[BITS / 8];
        for (int bit = 0; bit < BITS; bit++) {
            double product = 0;
            for (int d = 0; d < DIMS; d++) {
                product += of[d] * directions[bit][d];
            }
            if (product > 0) {
                bits[bit / 8] |= (byte) (0x80 >> bit % 8);
            }
        }
        return bits;
    }

    /** A {@code hash_knn} clause for the query, with k. */
    ObjectNode knn(int k) {
        return json(
                "{hash_knn: {field: 'v', hash_field: 'code', query_vector: ?, query_hash: ?, k: ?}}",
                vector,
                HexFormat.of().formatHex(code),
                k);
    }

    /** The same with the candidates that are to be chosen by their codes. */
    ObjectNode knn(int k, int numCandidates) {
        ObjectNode clause = knn(k);
        clause.withObject("hash_knn").put("num_candidates", numCandidates);
        return clause;
    }

    /** Scores of what {@link #knn(int, int)} finds among the documents of this sort. */
    Map<String, Double> nearest(int k, int numCandidates, Predicate<Doc> sort) {
        List<List<Doc>> candidates = shards.stream()
                .map(shard -> PlainSearch.candidates(shard.stream().filter(sort).toList(), code, numCandidates))
                .toList();
        return PlainSearch.best(candidates, "l2_norm", vector, code, k);
    }

    ObjectNode radius(int maxDistance) {
        return json(
                "{hash_radius: {field: 'code', query_hash: ?, max_distance: ?}}",
                HexFormat.of().formatHex(code),
                maxDistance);
    }

    /** Scores of what {@link #radius} finds. */
    Map<String, Double> within(int maxDistance) {
        Map<String, Double> within = new LinkedHashMap<>();
        docs.values().stream()
                .filter(doc -> PlainSearch.hamming(code, doc.code()) <= maxDistance)
                .forEach(doc -> within.put(doc.id(), PlainSearch.score("hamming", vector, code, doc)));
        return within;
    }

    JsonNode hits(ObjectNode body) {
        return http.hits(index, body);
    }
}
