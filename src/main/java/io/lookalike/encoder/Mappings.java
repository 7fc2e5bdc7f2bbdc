package io.lookalike.encoder;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The stock mapping that an encoder's fields need. */
public final class Mappings {
    /** Key of a field's {@code meta} that names the encoder which searches take by default. */
    public static final String META_ENCODER = "lookalike_encoder";

    private static final Pattern FIELD_NAME = Pattern.compile("[^.\\s]+(\\.[^.\\s]+)*");

    private Mappings() {}

    /** Which field gets an HNSW graph. */
    public enum Graph {
        VECTORS,
        CODES,
        NONE
    }

    /** Whether this can be the name of a field, dots between its parts. */
    public static boolean isFieldName(String name) {
        return FIELD_NAME.matcher(name).matches();
    }

    /**
     * The mapping of a field, or of the one that it is an alias of.
     *
     * @param mapping with {@code properties}
     * @param path the field's full name
     * @return null where it is not mapped
     */
    public static Map<?, ?> find(Map<String, Object> mapping, String path) {
        Map<?, ?> found = walk(mapping, path);
        return found != null && found.get("path") instanceof String target ? walk(mapping, target) : found;
    }

    private static Map<?, ?> walk(Map<String, Object> mapping, String path) {
        Map<?, ?> at = mapping;
        String rest = path;
        while (at != null) {
            Map<?, ?> fields = at.get("properties") instanceof Map<?, ?> p
                    ? p
                    : at.get("fields") instanceof Map<?, ?> f ? f : null;
            if (fields == null) {
                return null;
            }
            if (fields.get(rest) instanceof Map<?, ?> found) {
                return found;
            }
            int dot = rest.indexOf('.');
            if (dot < 0) {
                return null;
            }
            at = fields.get(rest.substring(0, dot)) instanceof Map<?, ?> inner ? inner : null;
            rest = rest.substring(dot + 1);
        }
        return null;
    }

    /**
     * A {@code mappings} object; cosine for unit vectors, else l2_norm.
     *
     * @param nested whether documents have several pictures, or boxes of pictures
     */
    public static Map<String, Object> of(EncoderDefinition encoder, String target, Graph graph, boolean nested) {
        if (!isFieldName(target)) {
            throw new IllegalArgumentException(
                    "[target_field] must be a field's name, such as [photo]; got [" + Values.show(target) + "]");
        }
        Map<String, Object> config = encoder.outline();
        Map<String, String> meta = Map.of(META_ENCODER, encoder.id());
        Map<?, ?> last = lastStage(config);
        boolean normalized = "l2".equals(last.get("normalize"));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(
                "vector",
                vector(
                        "float",
                        (Integer) last.get("dims"),
                        normalized ? "cosine" : "l2_norm",
                        graph == Graph.VECTORS ? "hnsw" : "flat",
                        meta));
        Map<?, ?> hash = (Map<?, ?>) config.get("hash");
        fields.put(
                "hash",
                vector("bit", (Integer) hash.get("bits"), "l2_norm", graph == Graph.CODES ? "hnsw" : "flat", meta));
        if (!normalized || hash.containsKey("center")) {
            fields.put("norm", Map.of("type", "float", "index", false));
        }
        fields.put("buckets", Map.of("type", "keyword"));
        if (config.containsKey("clusters")) {
            fields.put("cluster", Map.of("type", "keyword"));
        }
        if (!"none".equals(config.get("perceptual"))) {
            fields.put("phash", vector("bit", 64, "l2_norm", "flat", meta));
        }
        fields.put("encoder", Map.of("type", "keyword"));
        if (!EncoderConfig.NO_MODEL.equals(config.get("model"))) {
            fields.put("width", Map.of("type", "integer"));
            fields.put("height", Map.of("type", "integer"));
            fields.put("format", Map.of("type", "keyword"));
        }
        Map<String, Object> mapping = new LinkedHashMap<>();
        if (nested) {
            Map<String, Object> number = Map.of("type", "integer");
            fields.put(Encoding.PICTURE, number);
            fields.put(
                    "region",
                    Map.of("properties", Map.of("x", number, "y", number, "width", number, "height", number)));
            mapping.put("type", "nested");
        }
        mapping.put("properties", fields);
        String[] path = target.split("\\.", -1);
        for (int i = path.length - 1; i >= 0; i--) {
            mapping = Map.of("properties", Map.of(path[i], mapping));
        }
        return mapping;
    }

    /** What makes the vector that is stored: its {@code dims} and how it is normalised. */
    private static Map<?, ?> lastStage(Map<String, Object> config) {
        return config.get("project") instanceof List<?> stages && stages.getLast() instanceof Map<?, ?> last
                ? last
                : config;
    }

    private static Map<String, Object> vector(
            String elementType, int dims, String similarity, String index, Map<String, String> meta) {
        Map<String, Object> field = new LinkedHashMap<>();
        field.put("type", "dense_vector");
        field.put("element_type", elementType);
        field.put("dims", dims);
        field.put("index", true);
        field.put("similarity", similarity);
        field.put("index_options", Map.of("type", index));
        field.put("meta", meta);
        return field;
    }
}
