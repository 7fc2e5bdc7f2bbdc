package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever {@code _mapping} is asked for, an index is created with its answer that takes pictures in and finds them.
 */
@ExtendWith(SharedNode.class)
class EncoderMappingIT {
    private static final String INDEX = "encoder-mappings";
    private static final Album.Photo PHOTO = Album.draw(1, 3).get(0);

    private final Http http;

    EncoderMappingIT(Http http) {
        this.http = http;
    }

    /** Values of the parameters of one request. */
    record Asked(String target, String field, String graph, boolean nested, boolean removed, boolean pipeline) {
        String query() {
            return "?target_field=" + URLEncoder.encode(target, StandardCharsets.UTF_8) + "&field=" + field + "&graph="
                    + graph + "&nested=" + nested + "&remove_source=" + removed
                    + (pipeline ? "&pipeline=" + INDEX : "");
        }
    }

    static Stream<Asked> all() {
        List<Asked> all = new ArrayList<>();
        for (String target : List.of("photo", "a.b")) {
            for (String field : List.of("image", "a.image")) {
                for (String graph : List.of("vectors", "codes", "none")) {
                    for (int flags = 0; flags < 8; flags++) {
                        all.add(new Asked(target, field, graph, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0));
                    }
                }
            }
        }
        for (String odd : List.of("a._id", "_own", "Größe.bild", "a-b:c,d", "a".repeat(1000), "a" + ".a".repeat(17))) {
            all.add(new Asked(odd, "image", "vectors", false, true, true));
            all.add(new Asked(odd, "image", "vectors", true, false, true));
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("all")
    void anIndexWithItTakesPicturesAndFindsThem(Asked asked) {
        http.send("DELETE", "/" + INDEX, null);
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + INDEX,
                json(
                        "{processors: [{image_embedding: {field: ?, target_field: ?, remove_source: ?}}]}",
                        asked.field,
                        asked.target,
                        asked.removed));
        JsonNode body = http.ok("GET", "/_lookalike/encoder/default/_mapping" + asked.query());
        http.ok("PUT", "/" + INDEX, body);
        JsonNode picture = Json.MAPPER.valueToTree(PHOTO.base64());
        if (asked.nested) {
            picture = Json.MAPPER.createArrayNode().add(picture).add(picture);
        }
        ObjectNode document =
                asked.field.equals("image") ? json("{image: ?}", picture) : json("{a: {image: ?}}", picture);
        http.ok("PUT", "/" + INDEX + "/_doc/it?refresh=true" + (asked.pipeline ? "" : "&pipeline=" + INDEX), document);
        ObjectNode knn = json(
                "{hash_knn: {field: ?, query_image: ?, candidates: ?}}",
                asked.target + ".vector",
                PHOTO.base64(),
                asked.graph.equals("codes") ? "hnsw" : "hamming");
        ObjectNode query = asked.nested ? json("{nested: {path: ?, query: ?}}", asked.target, knn) : knn;
        assertEquals(List.of("it"), http.ids(INDEX, json("{query: ?}", query)));
        JsonNode kept = http.ok("GET", "/" + INDEX + "/_source/it").at("/" + asked.field.replace('.', '/'));
        assertEquals(asked.removed, kept.isMissingNode());
        http.ok("DELETE", "/" + INDEX);
        http.ok("DELETE", "/_ingest/pipeline/" + INDEX);
    }
}
