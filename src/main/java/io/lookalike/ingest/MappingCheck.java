package io.lookalike.ingest;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoders;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.regex.Regex;

/**
 * Judges whether a mapping can take the fields that an encoder makes. Immutable.
 *
 * @param exists whether the index exists; if not, the mapping is that of its templates
 * @param field the target field
 */
record MappingCheck(
        Encoders encoders,
        String index,
        Map<String, Object> mapping,
        boolean exists,
        EncoderDefinition encoder,
        String field) {
    private static final String DOT = ".";

    /** Mapped as plain numbers or text, these find nothing. Searches refuse the other fields if mapped wrongly. */
    private static final List<String> NEEDED = List.of(FieldNames.VECTOR, FieldNames.HASH, FieldNames.PERCEPTUAL);

    private static final Set<String> NUMBERS =
            Set.of("byte", "short", "integer", "long", "half_float", "float", "double");

    /** Characters of a fingerprint. */
    private static final int FINGERPRINT = 64;

    /** What is wrong with the mapping, and what to do; null for nothing. */
    String problem() {
        Map<?, ?> wanted = fields(Mappings.of(encoder, field, Mappings.Graph.NONE, false));
        List<String> lacking = new ArrayList<>();
        for (String name : NEEDED) {
            if (!(wanted.get(name) instanceof Map<?, ?> type)) {
                continue;
            }
            Map<?, ?> found = Mappings.find(mapping, field + DOT + name);
            if (found == null) {
                lacking.add(field + DOT + name);
                continue;
            }
            String wrong = wrong(found, type);
            if (wrong != null) {
                return "field [" + field + DOT + name + "] of " + where() + " " + wrong
                        + "; name another [encoder] or [target_field], or create the index with GET "
                        + call(encoder, field);
            }
        }
        boolean none = lacking.contains(field + ".vector")
                && lacking.contains(field + ".hash")
                && (lacking.contains(FieldNames.below(field, FieldNames.PERCEPTUAL))
                        || !wanted.containsKey(FieldNames.PERCEPTUAL));
        if (none || (!lacking.isEmpty() && isDynamic())) {
            return where() + (exists ? " has no" : " does not exist, and no template has a") + " mapping for " + lacking
                    + ": what encoder [" + encoder.id()
                    + "] makes would be indexed as plain numbers and text, or not at all; create the index with GET "
                    + call(encoder, field) + ", or put that mapping into its template";
        }
        if (wanted.containsKey(FieldNames.QUALITY)
                && !lacking.contains(field + ".phash")
                && !isNumber(Mappings.find(mapping, field + DOT + FieldNames.QUALITY), dynamic())) {
            return "field [" + field + DOT + FieldNames.QUALITY + "] of " + where()
                    + " is not mapped as a number that is indexed, and searches by [phash] would find all pictures "
                    + "without content; map it as GET "
                    + call(encoder, field) + " does";
        }
        return isFingerprintSearchable()
                ? problemOfSource()
                : "field [" + field + ".encoder] of " + where()
                        + " is not indexed, and searches by encoder would find nothing; map it as a keyword, as GET "
                        + call(encoder, field) + " does";
    }

    private String where() {
        return "index [" + Messages.cut(index) + "]";
    }

    static String call(EncoderDefinition encoder, String field) {
        return "/_lookalike/encoder/" + encoder.id() + "/_mapping?target_field=" + field;
    }

    private boolean isFingerprintSearchable() {
        Map<?, ?> mapped = Mappings.find(mapping, field + ".encoder");
        return mapped == null
                ? isDynamic()
                : !Boolean.FALSE.equals(mapped.get("index"))
                        && !(mapped.get("ignore_above") instanceof Number most && most.intValue() < FINGERPRINT);
    }

    /** A document whose source names its encoder but lacks the vector could not be updated. */
    private String problemOfSource() {
        String leftOut = leftOutOfSource();
        return leftOut == null
                ? null
                : "[_source] of " + where() + " leaves out [" + leftOut + "] but not [" + field
                        + ".encoder]: an update would leave a document that names its encoder and has no vector; "
                        + "leave out all of ["
                        + field + "], or nothing of it (vectors are kept once, and are not shown, by themselves)";
    }

    /** The fields of the target in the mapping that the encoder needs. */
    private Map<?, ?> fields(Map<String, Object> needed) {
        return (Map<?, ?>) Mappings.find(needed, field).get("properties");
    }

    private String wrong(Map<?, ?> found, Map<?, ?> wanted) {
        Object type = found.containsKey("type") ? found.get("type") : "object";
        if (!wanted.get("type").equals(type)) {
            return "is of type [" + type + "] but must be [" + wanted.get("type") + "]";
        }
        Object elements = found.containsKey("element_type") ? found.get("element_type") : "float";
        boolean bits = "bit".equals(wanted.get("element_type"));
        if (bits != "bit".equals(elements) || "byte".equals(elements)) {
            return "has [element_type] [" + elements + "] but must have [" + wanted.get("element_type") + "]";
        }
        if (found.get("dims") != null
                && ((Number) found.get("dims")).intValue() != ((Number) wanted.get("dims")).intValue()) {
            return "has [" + found.get("dims") + "] dims but encoder [" + encoder.id() + "] makes ["
                    + wanted.get("dims") + "]";
        }
        if (found.get("meta") instanceof Map<?, ?> meta
                && meta.get(Mappings.META_ENCODER) instanceof String named
                && !named.equals(encoder.id())
                && !(encoders.registry().exists(named)
                        && encoders.registry().definition(named).fingerprint().equals(encoder.fingerprint()))) {
            return "is mapped for encoder [" + named + "], not for [" + encoder.id() + "]";
        }
        return null;
    }

    /** Whether searches can read its value; for a field without a mapping, whether it will be mapped so. */
    private static boolean isNumber(Map<?, ?> found, String dynamic) {
        if (found == null) {
            return "true".equals(dynamic);
        }
        boolean searched = !Boolean.FALSE.equals(found.get("index")) || !Boolean.FALSE.equals(found.get("doc_values"));
        return searched && found.get("type") instanceof String type && NUMBERS.contains(type);
    }

    /** Whether Elasticsearch adds unmapped fields of the target to the mapping. */
    private boolean isDynamic() {
        return Set.of("true", "runtime").contains(dynamic());
    }

    private String dynamic() {
        Object dynamic = mapping.get("dynamic");
        for (int dot = field.indexOf('.'); ; dot = field.indexOf('.', dot + 1)) {
            Map<?, ?> object = Mappings.find(mapping, dot < 0 ? field : field.substring(0, dot));
            if (object != null && object.get("dynamic") != null) {
                dynamic = object.get("dynamic");
            }
            if (dot < 0) {
                return dynamic == null ? "true" : dynamic.toString();
            }
        }
    }

    /** A field that {@code _source} lacks although it has the encoder; null for none. */
    private String leftOutOfSource() {
        if (!(mapping.get("_source") instanceof Map<?, ?> source) || isLeftOut(source, field + ".encoder")) {
            return null;
        }
        for (String name : List.of(FieldNames.VECTOR, FieldNames.HASH)) {
            if (isLeftOut(source, field + DOT + name)) {
                return field + DOT + name;
            }
        }
        return null;
    }

    private static boolean isLeftOut(Map<?, ?> source, String field) {
        List<String> includes = strings(source.get("includes"));
        return isNamed(strings(source.get("excludes")), field) || (!includes.isEmpty() && !isNamed(includes, field));
    }

    private static List<String> strings(Object value) {
        return value == null
                ? List.of()
                : value instanceof Collection<?> all
                        ? all.stream().map(String::valueOf).toList()
                        : List.of(value.toString());
    }

    /** Whether a pattern matches the field or an object that contains it. */
    private static boolean isNamed(List<String> patterns, String field) {
        for (int dot = field.indexOf('.'); ; dot = field.indexOf('.', dot + 1)) {
            String part = dot < 0 ? field : field.substring(0, dot);
            if (patterns.stream().anyMatch(pattern -> Regex.simpleMatch(pattern, part))) {
                return true;
            }
            if (dot < 0) {
                return false;
            }
        }
    }
}
