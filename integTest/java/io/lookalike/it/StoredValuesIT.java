package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Stored vectors, codes and terms that a search gives with its hits. */
@ExtendWith(SharedNode.class)
class StoredValuesIT {
    private static final String INDEX = "stored-values";
    private final Http http;

    StoredValuesIT(Http http) {
        this.http = http;
    }

    @AfterEach
    void leaveNothingBehind() {
        http.ok("DELETE", "/" + INDEX);
    }

    private JsonNode hits(String... fields) {
        return http.ok(
                        "POST",
                        "/" + INDEX + "/_search",
                        json("{sort: ['name'], size: 100, ext: {lookalike_values: {fields: ?}}}", List.of(fields)))
                .at("/hits/hits");
    }

    @Test
    void valuesAreThoseThatWereSent() {
        http.ok(
                "PUT",
                "/" + INDEX,
                json("{settings: {'index.number_of_shards': 1}, mappings: {properties: {name: {type: 'keyword'}, "
                        + "tags: {type: 'keyword'}, count: {type: 'byte'},"
                        + "cosine: {type: 'dense_vector', dims: 3, similarity: 'cosine'},"
                        + "small: {type: 'dense_vector', element_type: 'byte', dims: 3, similarity: 'l2_norm'},"
                        + "code: {type: 'dense_vector', element_type: 'bit', dims: 16}}}}"));
        Bulk bulk = new Bulk();
        bulk.index(
                "a",
                json("{name: 'a', tags: ['y', 'x'], count: -7, cosine: [3, 0, 4], small: [1, -2, 3], code: 'ff01'}"));
        bulk.index("b", json("{name: 'b'}"));
        bulk.index("c", json("{name: 'c', cosine: [0, 0.5, 0], tags: 'x'}"));
        http.bulk("/" + INDEX + "/_bulk", bulk);
        JsonNode hits = hits("cosine", "small", "code", "tags", "count", "absent");
        String code = Base64.getEncoder().encodeToString(new byte[] {(byte) 0xff, 1});
        assertEquals(
                json(
                        "{cosine: [[3.0, 0.0, 4.0]], small: [[1.0, -2.0, 3.0]], code: [?], tags: [['x', 'y']], "
                                + "count: [-7]}",
                        code),
                hits.at("/0/fields"));
        assertEquals("", hits.at("/1/fields").toString());
        assertEquals(json("{cosine: [[0.0, 0.5, 0.0]], tags: [['x']]}"), hits.at("/2/fields"));
    }

    @Test
    void nestedObjectsHaveOneEntryEach() {
        http.ok(
                "PUT",
                "/" + INDEX,
                json("{mappings: {properties: {name: {type: 'keyword'}, other: {type: 'nested', properties: {x: "
                        + "{type: 'keyword'}}},"
                        + "photo: {type: 'nested', properties: {vector: {type: 'dense_vector', dims: 2, "
                        + "similarity: 'l2_norm'}, encoder: {type: 'keyword'}}}}}}"));
        Bulk bulk = new Bulk();
        bulk.index(
                "a",
                json("{name: 'a', other: [{x: '1'}, {x: '2'}], photo: [{vector: [1, 2], encoder: 'e'}, {encoder: "
                        + "'f'}, {}, {vector: [3, 4]}]}"));
        bulk.index("b", json("{name: 'b', other: {x: '3'}}"));
        bulk.index("c", json("{name: 'c', photo: {vector: [5, 6]}}"));
        http.bulk("/" + INDEX + "/_bulk", bulk);
        JsonNode hits = hits("photo.vector", "photo.encoder");
        assertEquals(
                json("{'photo.vector': [[1.0, 2.0], null, [3.0, 4.0]], 'photo.encoder': [['e'], ['f'], null]}"),
                hits.at("/0/fields"));
        assertEquals("", hits.at("/1/fields").toString());
        assertEquals(json("{'photo.vector': [[5.0, 6.0]]}"), hits.at("/2/fields"));
    }
}
