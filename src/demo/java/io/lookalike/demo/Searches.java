package io.lookalike.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The searches of the demonstration, each with a picture as the query.
 *
 * <p>Searches for similar pictures return only originals, without the query picture itself; the search for copies
 * returns everything. One HTTP request each. Thread-safe if the client is.
 */
final class Searches {
    static final int K = 10;
    static final int NUM_CANDIDATES = 100;
    static final int MAX_DISTANCE = 10;

    private static final int PHASH_BITS = 64;

    private final NodeClient client;
    private final String index;
    private final String encoder;

    Searches(NodeClient client, String index, String encoder) {
        this.client = client;
        this.index = index;
        this.encoder = encoder;
    }

    /** A document in an answer: its id and its score. */
    record Hit(String id, double score) {
        /** The cosine of a score. */
        double cosine() {
            return 2 * score - 1;
        }

        /** The Hamming distance of a score on perceptual hashes. */
        int distance() {
            return (int) Math.round(PHASH_BITS * (1 - score));
        }
    }

    /** Candidates by Hamming distance of the codes, then the exact cosine. */
    List<Hit> hashKnn(String id, byte[] image) {
        ObjectNode body = NodeClient.object();
        hashKnn(body, image).put("num_candidates", NUM_CANDIDATES);
        return similar(id, body);
    }

    /** The exact cosine of every picture. */
    List<Hit> exact(String id, byte[] image) {
        ObjectNode body = NodeClient.object();
        hashKnn(body, image).put("candidates", "all");
        return similar(id, body);
    }

    private static ObjectNode hashKnn(ObjectNode body, byte[] image) {
        ObjectNode query = body.putObject("query").putObject("hash_knn");
        query.put("field", "photo.vector")
                .put("query_image", image)
                .put("k", K + 1)
                .put("metric", "cosine");
        originals(query);
        return query;
    }

    /** Elasticsearch's own knn search; the plugin only turns the picture into the query vector. */
    List<Hit> stockKnn(String id, byte[] image) {
        ObjectNode body = NodeClient.object();
        ObjectNode knn = body.putObject("knn");
        knn.put("field", "photo.vector").put("k", K + 1).put("num_candidates", NUM_CANDIDATES);
        knn.putObject("query_vector_builder")
                .putObject("image_embedding")
                .put("encoder", encoder)
                .put("image", image);
        originals(knn);
        return similar(id, body);
    }

    /** Everything whose perceptual hash differs from that of the picture in at most {@link #MAX_DISTANCE} bits. */
    List<Hit> duplicates(String id, byte[] image) {
        ObjectNode body = NodeClient.object().put("size", 1000);
        body.putObject("query")
                .putObject("hash_radius")
                .put("field", "photo.phash")
                .put("query_image", image)
                .put("max_distance", MAX_DISTANCE);
        return search(id, body);
    }

    /** All groups of copies, by default settings: the ids of their members. */
    List<Set<String>> groups() {
        ObjectNode body = NodeClient.object().put("field", "photo.phash").put("size", 10_000);
        List<Set<String>> groups = new ArrayList<>();
        for (JsonNode group : client.send("POST", "/" + index + "/_lookalike/duplicates", body)
                .path("groups")) {
            Set<String> members = new HashSet<>();
            group.path("members")
                    .forEach(member -> members.add(member.path("_id").asText()));
            groups.add(members);
        }
        return groups;
    }

    private static void originals(ObjectNode search) {
        search.putObject("filter").putObject("term").put("kind", Picture.ORIGINAL);
    }

    private List<Hit> similar(String id, ObjectNode body) {
        List<Hit> hits = search(id, body.put("size", K + 1));
        return hits.subList(0, Math.min(K, hits.size()));
    }

    private List<Hit> search(String id, ObjectNode body) {
        body.put("_source", false);
        JsonNode answer = client.send("POST", "/" + index + "/_search", body);
        List<Hit> hits = new ArrayList<>();
        for (JsonNode hit : answer.path("hits").path("hits")) {
            String found = hit.path("_id").asText();
            if (!found.equals(id)) {
                hits.add(new Hit(found, hit.path("_score").asDouble()));
            }
        }
        return hits;
    }
}
