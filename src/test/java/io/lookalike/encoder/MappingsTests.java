package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lookalike.TestLogging;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MappingsTests {
    static {
        TestLogging.start();
    }

    private static EncoderDefinition pictures() {
        return EncoderDefinition.of(
                "photos", EncoderConfig.parse(Map.of("model", "m"), new EncoderConfigTests.Facts()), "abc");
    }

    private static Map<String, Object> vector(String type, int dims, String similarity, String index) {
        return Map.of(
                "type",
                "dense_vector",
                "element_type",
                type,
                "dims",
                dims,
                "index",
                true,
                "similarity",
                similarity,
                "index_options",
                Map.of("type", index),
                "meta",
                Map.of("lookalike_encoder", "photos"));
    }

    @Test
    void testPictures() {
        Map<String, Object> keyword = Map.of("type", "keyword");
        Map<String, Object> integer = Map.of("type", "integer");
        for (Mappings.Graph graph : Mappings.Graph.values()) {
            Map<String, Object> fields = Map.of(
                    "vector",
                    vector("float", 1280, "cosine", graph == Mappings.Graph.VECTORS ? "hnsw" : "flat"),
                    "hash",
                    vector("bit", 256, "l2_norm", graph == Mappings.Graph.CODES ? "hnsw" : "flat"),
                    "buckets",
                    keyword,
                    "phash",
                    vector("bit", 64, "l2_norm", "flat"),
                    "encoder",
                    keyword,
                    "width",
                    integer,
                    "height",
                    integer,
                    "format",
                    keyword);
            assertEquals(
                    Map.of("properties", Map.of("photo", Map.of("properties", fields))),
                    Mappings.of(pictures(), "photo", graph, false));
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void testVectorsUnderADottedName() {
        EncoderDefinition vectors =
                EncoderDefinition.of("v", EncoderConfig.parse(Map.of("model", "none", "dims", 7), null), "");
        Map<String, Object> mapping = Mappings.of(vectors, "a.b", Mappings.Graph.NONE, false);
        for (String name : List.of("a", "b")) {
            mapping = (Map<String, Object>) ((Map<String, Object>) mapping.get("properties")).get(name);
        }
        Map<String, Map<String, Object>> fields = (Map<String, Map<String, Object>>) mapping.get("properties");
        assertEquals(List.of("vector", "hash", "norm", "buckets", "encoder"), List.copyOf(fields.keySet()));
        assertEquals("l2_norm", fields.get("vector").get("similarity"));
        assertEquals(7, fields.get("vector").get("dims"));
    }

    @Test
    void testNamesThatAreNone() {
        for (String name : List.of("", ".", "a.", ".a", "a..b", "a b", " ")) {
            assertEquals(
                    "[target_field] must be a field's name, such as [photo]; got [" + name + "]",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Mappings.of(pictures(), name, Mappings.Graph.NONE, false))
                            .getMessage());
        }
    }

    @Test
    void testOfSeveralPictures() {
        Map<?, ?> photo = (Map<?, ?>) ((Map<?, ?>) Mappings.of(pictures(), "photo", Mappings.Graph.NONE, true)
                        .get("properties"))
                .get("photo");
        assertEquals("nested", photo.get("type"));
        Map<?, ?> fields = (Map<?, ?>) photo.get("properties");
        assertEquals(Map.of("type", "integer"), fields.get("picture"));
        assertEquals(
                Set.of("x", "y", "width", "height"),
                ((Map<?, ?>) ((Map<?, ?>) fields.get("region")).get("properties")).keySet());
    }
}
