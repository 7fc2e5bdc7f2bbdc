package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import java.util.HashMap;
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

    private static Map<String, Object> detail() {
        Map<String, Object> field = new HashMap<>(vector("bit", 8192, "l2_norm", "flat"));
        field.put("meta", Map.of());
        return field;
    }

    private static Map<String, Object> perceptual() {
        Map<String, Object> field = new HashMap<>(vector("bit", 64, "l2_norm", "flat"));
        field.put("meta", Map.of("lookalike_encoder", "photos", "lookalike_kind", "phash"));
        return field;
    }

    @Test
    void testWhatAFieldHoldsIsAsItsMappingSaysElseAsItIsCalled() {
        for (String name : List.of("phash", "a.phash")) {
            assertTrue(Mappings.isPerceptual(null, name));
            assertTrue(Mappings.isPerceptual("phash", name));
            assertFalse(Mappings.isPerceptual("hash", name));
        }
        for (String name : List.of("hash", "a.ophash", "phash.a")) {
            assertFalse(Mappings.isPerceptual(null, name));
            assertTrue(Mappings.isPerceptual("phash", name));
        }
    }

    @Test
    void testAnAliasMeansWhatItPointsTo() {
        Map<String, Object> mapping = Map.of(
                "properties",
                Map.of(
                        "v",
                        Map.of("type", "alias", "path", "photo.vector"),
                        "photo",
                        Map.of("properties", Map.of("vector", Map.of("type", "dense_vector")))));
        assertEquals("photo.vector", Mappings.target(mapping, "v"));
        assertEquals("photo.vector", Mappings.target(mapping, "photo.vector"));
        assertNull(Mappings.target(mapping, "w"));
        assertEquals("w", Mappings.oneTarget("w", Set.of()));
        assertEquals("photo.vector", Mappings.oneTarget("v", Set.of("photo.vector")));
        assertEquals(
                "field [v] is an alias that means different fields in the indices that are searched, [photo.vector, "
                        + "v]; name one of them, or search these indices apart",
                assertThrows(IllegalArgumentException.class, () -> Mappings.oneTarget("v", Set.of("v", "photo.vector")))
                        .getMessage());
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
                    vector("bit", 1024, "l2_norm", graph == Mappings.Graph.CODES ? "hnsw" : "flat"),
                    "buckets",
                    keyword,
                    "phash",
                    perceptual(),
                    "quality",
                    Map.of("type", "byte"),
                    "detail",
                    detail(),
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

    /** Dims and normalization are those after the last projection. */
    @Test
    @SuppressWarnings("unchecked")
    void testProjectedVectors() {
        for (String normalize : List.of("l2", "none")) {
            for (boolean center : new boolean[] {false, true}) {
                Map<String, Object> body = new HashMap<>(Map.of(
                        "model",
                        "none",
                        "dims",
                        3,
                        "normalize",
                        normalize.equals("l2") ? "none" : "l2",
                        "project",
                        List.of(Map.of("dims", 2, "weights", List.of(1, 2, 3, 4, 5, 6), "normalize", normalize)),
                        "clusters",
                        Map.of("count", 1, "centroids", List.of(0, 1))));
                if (center) {
                    body.put("hash", Map.of("center", List.of(1, 1)));
                }
                Map<String, Object> photo = (Map<String, Object>) Mappings.of(
                                EncoderDefinition.of("v", EncoderConfig.parse(body, null), ""),
                                "photo",
                                Mappings.Graph.NONE,
                                false)
                        .get("properties");
                Map<String, Map<String, Object>> fields =
                        (Map<String, Map<String, Object>>) ((Map<String, Object>) photo.get("photo")).get("properties");
                assertEquals(2, fields.get("vector").get("dims"));
                assertEquals(
                        normalize.equals("l2") ? "cosine" : "l2_norm",
                        fields.get("vector").get("similarity"));
                assertEquals(Map.of("type", "keyword"), fields.get("cluster"));
                assertEquals(center || normalize.equals("none"), fields.containsKey("norm"));
            }
        }
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
