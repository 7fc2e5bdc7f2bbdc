package io.lookalike.encoder;

import io.lookalike.hashing.PictureDetail;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Makes the mapping for an encoder's fields, from stock field types, and looks up fields in mappings. Stateless. */
public final class Mappings {
    /** Key in a field's {@code meta}: the default encoder of searches. */
    public static final String META_ENCODER = "lookalike_encoder";

    /** Key in a field's {@code meta}: the kind of codes in the field. */
    public static final String META_KIND = "lookalike_kind";

    /** Value of {@link #META_KIND}: hashes of pixels. */
    public static final String PERCEPTUAL = "phash";

    /** Refuses every value: text, bytes and arrays are no objects, and a strict object accepts no fields. */
    private static final Map<String, Object> REFUSING = Map.of("type", "object", "dynamic", "strict");

    private static final Pattern FIELD_NAME = Pattern.compile("[^.\\s]+(\\.[^.\\s]+)*");

    private static final int SHOWN = 10;

    private Mappings() {}

    /** The field that gets an HNSW graph. */
    public enum Graph {
        VECTORS,
        CODES,
        NONE
    }

    /** Whether this is a valid field name; parts are separated by dots. */
    public static boolean isFieldName(String name) {
        return FIELD_NAME.matcher(name).matches();
    }

    /** Whether two fields are the same, or one contains the other. */
    public static boolean overlap(String a, String b) {
        return a.equals(b) || a.startsWith(b + ".") || b.startsWith(a + ".");
    }

    /**
     * Whether a field holds hashes of pixels, not codes of embeddings. The mapping decides, else the name.
     *
     * @param kind value of {@link #META_KIND}; null without one
     * @param field its full name
     */
    public static boolean isPerceptual(Object kind, String field) {
        return kind == null ? FieldNames.last(field).equals(PERCEPTUAL) : kind.equals(PERCEPTUAL);
    }

    /** Resolves an alias to its field; null when the name is not mapped. */
    public static String target(Map<String, Object> mapping, String path) {
        Map<?, ?> found = walk(mapping, path);
        return found == null ? null : found.get("path") instanceof String target ? target : path;
    }

    /**
     * The field behind a name in several mappings; the name itself when no mapping has it.
     *
     * @param targets the field in each mapping
     * @throws IllegalArgumentException when they differ
     */
    public static String oneTarget(String name, Set<String> targets) {
        if (targets.size() > 1) {
            throw new IllegalArgumentException("field [" + Messages.show(name)
                    + "] is an alias that means different fields in the indices that are searched, "
                    + targets.stream().map(Messages::show).sorted().limit(SHOWN).toList()
                    + "; name one of them, or search these indices apart");
        }
        return targets.isEmpty() ? name : targets.iterator().next();
    }

    /**
     * The mapping of a field; an alias is resolved.
     *
     * @param mapping with {@code properties}
     * @param path the field's full name
     * @return null when the field is not mapped
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
     * The {@code mappings} object; uses cosine for unit vectors, else l2_norm.
     *
     * @param nested whether documents have several pictures, or boxes of pictures
     */
    public static Map<String, Object> of(EncoderDefinition encoder, String target, Graph graph, boolean nested) {
        if (!isFieldName(target)) {
            throw new IllegalArgumentException(
                    "[target_field] must be a field's name, such as [photo]; got [" + Messages.show(target) + "]");
        }
        Map<String, Object> config = encoder.outline();
        Map<String, String> meta = Map.of(META_ENCODER, encoder.id());
        Map<?, ?> last = lastStage(config);
        boolean normalized = "l2".equals(last.get("normalize"));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(
                FieldNames.VECTOR,
                vector(
                        "float",
                        (Integer) last.get("dims"),
                        normalized ? "cosine" : "l2_norm",
                        graph == Graph.VECTORS ? "hnsw" : "flat",
                        meta));
        Map<?, ?> hash = (Map<?, ?>) config.get("hash");
        fields.put(
                FieldNames.HASH,
                vector("bit", (Integer) hash.get("bits"), "l2_norm", graph == Graph.CODES ? "hnsw" : "flat", meta));
        if (!CodeNetwork.is(hash) && (!normalized || hash.containsKey("center"))) {
            fields.put(FieldNames.NORM, Map.of("type", "float", "index", false));
        }
        fields.put(FieldNames.BUCKETS, Map.of("type", "keyword"));
        if (config.containsKey("clusters")) {
            fields.put(FieldNames.CLUSTER, Map.of("type", "keyword"));
        }
        if (!"none".equals(config.get("perceptual"))) {
            Map<String, String> kind = Map.of(META_ENCODER, encoder.id(), META_KIND, PERCEPTUAL);
            fields.put(FieldNames.PERCEPTUAL, vector("bit", 64, "l2_norm", "flat", kind));
            fields.put(FieldNames.QUALITY, Map.of("type", "byte"));
            fields.put(FieldNames.DETAIL, vector("bit", PictureDetail.BITS, "l2_norm", "flat", Map.of()));
        }
        fields.put(FieldNames.ENCODER, Map.of("type", "keyword"));
        if (!EncoderConfig.NO_MODEL.equals(config.get("model"))) {
            fields.put(FieldNames.WIDTH, Map.of("type", "integer"));
            fields.put(FieldNames.HEIGHT, Map.of("type", "integer"));
            fields.put(FieldNames.FORMAT, Map.of("type", "keyword"));
        }
        Map<String, Object> mapping = new LinkedHashMap<>();
        if (nested) {
            Map<String, Object> number = Map.of("type", "integer");
            fields.put(FieldNames.PICTURE, number);
            fields.put(
                    FieldNames.REGION,
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

    /**
     * Adds the source field of pictures, which is never indexed.
     *
     * @param kept whether the pipeline leaves the picture in the document; if not, a picture that reaches the index has
     *     bypassed the pipeline and is refused
     */
    public static Map<String, Object> withPicture(Map<String, Object> mapping, String field, boolean kept) {
        if (!isFieldName(field)) {
            throw new IllegalArgumentException(
                    "[field] must be a field's name, such as [image]; got [" + Messages.show(field) + "]");
        }
        Map<String, Object> picture = kept ? Map.of("type", "object", "enabled", false) : REFUSING;
        String[] path = field.split("\\.", -1);
        for (int i = path.length - 1; i >= 0; i--) {
            picture = Map.of("properties", Map.of(path[i], picture));
        }
        Map<String, Object> all = new LinkedHashMap<>(mapping);
        Values.merge(all, picture);
        return all;
    }

    /** Whether a field refuses every value. */
    public static boolean isRefusing(Map<?, ?> field) {
        return field != null
                && "strict".equals(field.get("dynamic"))
                && !field.containsKey("properties")
                && (field.get("type") == null || "object".equals(field.get("type")));
    }

    /** The full names of fields that refuse every value. */
    public static List<String> refusing(Map<String, Object> mapping) {
        List<String> names = new ArrayList<>();
        refusing("", mapping, names);
        return names;
    }

    private static void refusing(String within, Map<?, ?> mapping, List<String> names) {
        if (mapping.get("properties") instanceof Map<?, ?> fields) {
            fields.forEach((name, value) -> {
                if (value instanceof Map<?, ?> field) {
                    if (isRefusing(field)) {
                        names.add(within + name);
                    }
                    refusing(within + name + ".", field, names);
                }
            });
        }
    }

    /** The part of the configuration with the {@code dims} and {@code normalize} of the stored vector. */
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
