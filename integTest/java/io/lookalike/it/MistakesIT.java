package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lookalike.node.RealNode;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong requests: each is answered with a 4xx that says what is wrong and what to do, and harms nothing else. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MistakesIT {
    private static final String INDEX = Mistake.INDEX;
    private static final String SEARCH = SearchMistakes.SEARCH;
    private static final String PICTURE = Mistake.PICTURE;

    private final Http http;
    private final long pid;

    MistakesIT(Http http, RealNode node) {
        this.http = http;
        this.pid = node.process().pid();
    }

    @BeforeAll
    void indexSomething() {
        Album.create(http, INDEX, "default", 1);
        http.bulk("/" + INDEX + "/_bulk", Album.bulk(Album.draw(1, 5)));
        http.ok("PUT", "/" + INDEX + "/_doc/without?refresh=true&pipeline=_none", json("{note: 'no picture'}"));
        http.ok(
                "PUT",
                "/mistakes-unmapped",
                json("{settings: {'index.number_of_replicas': 0}, mappings: {properties: {title: {type: "
                        + "'keyword'}}}}"));
        http.ok("PUT", "/_lookalike/encoder/mistakes", json("{model: 'none', dims: 8, hash: {bits: 64}}"));
        http.ok(
                "PUT",
                "/_ingest/pipeline/mistakes-vectors",
                DocumentMistakes.pipeline("{vector_hash: {field: 'v', target_field: 'made', encoder: 'mistakes'}}"));
        http.ok("PUT", "/mistakes-vectors", http.ok("GET", "/_lookalike/encoder/mistakes/_mapping?target_field=made"));
    }

    @ParameterizedTest
    @MethodSource({
        "io.lookalike.it.EncoderMistakes#encoders",
        "io.lookalike.it.EncoderMistakes#mappings",
        "io.lookalike.it.EncoderMistakes#encodings",
        "io.lookalike.it.DocumentMistakes#pipelines",
        "io.lookalike.it.DocumentMistakes#documents",
        "io.lookalike.it.SearchMistakes#searches"
    })
    void aMistakeIsAnsweredWithWhatToDo(Mistake mistake) {
        Http.Answer answer = http.send(mistake.method(), mistake.path(), mistake.body());
        String reasons = answer.reasons();
        assertEquals(mistake.status(), answer.status(), reasons);
        for (String part : mistake.parts()) {
            assertTrue(reasons.contains(part), () -> "[" + part + "] is not in: " + reasons);
        }
        assertFalse(reasons.contains("Exception"), reasons);
        assertFalse(reasons.contains(PICTURE.substring(0, 100)), "the picture is in the answer");
    }

    @Test
    void picturesOverTheLimitAreRefusedBeforeTheyAreDecoded() {
        limit("1kb");
        try {
            for (JsonNode request : List.of(
                    SearchMistakes.knn("{field: 'photo.vector', query_image: ?}", PICTURE),
                    SearchMistakes.radius("{field: 'photo.phash', query_image: ?, max_distance: 3}", PICTURE),
                    json(
                            "{knn: {field: 'photo.vector', k: 1, num_candidates: 1, query_vector_builder: "
                                    + "{image_embedding: {image: ?}}}}",
                            PICTURE))) {
                refusedForItsSize(http.send("POST", SEARCH, request));
            }
            refusedForItsSize(http.send("PUT", "/" + INDEX + "/_doc/large", json("{image: ?}", PICTURE)));
            refusedForItsSize(http.send("POST", "/_lookalike/encoder/default/_encode", json("{image: ?}", PICTURE)));
        } finally {
            limit(null);
        }
        assertEquals(
                16,
                http.hits(
                                INDEX,
                                SearchMistakes.knn("{field: 'photo.vector', query_image: ?, k: 100}", PICTURE)
                                        .put("size", 100))
                        .size());
    }

    private void limit(String size) {
        http.ok("PUT", "/_cluster/settings", json("{persistent: {'lookalike.image.max_bytes': ?}}", size));
    }

    private static void refusedForItsSize(Http.Answer answer) {
        assertEquals(400, answer.status(), answer::text);
        assertTrue(answer.reasons().contains("at most [1024]"), answer::text);
        assertTrue(answer.reasons().contains("[lookalike.image.max_bytes]"), answer::text);
    }

    @AfterAll
    void theNodeIsAsItWas(RealNode node) {
        assertEquals(pid, node.process().pid());
        assertTrue(node.process().isAlive());
        assertEquals(
                "green",
                http.ok("GET", "/_cluster/health/mistakes*").path("status").asText());
        assertEquals(
                "mountains0",
                http.ids(
                                INDEX,
                                SearchMistakes.knn(
                                        "{field: 'photo.vector', like: {id: 'mountains0'}, include_self: true}"))
                        .get(0));
    }
}
