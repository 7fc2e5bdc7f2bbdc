package io.lookalike.query;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Messages;
import io.lookalike.search.QueryBuckets;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.search.SearchHit;

/**
 * Reads the fields of the document that {@code like} names. Immutable.
 *
 * @param name of the document, for messages
 * @param vectors whether the query compares vectors; else it compares codes alone
 */
record LikeDocument(SearchHit hit, String name, boolean vectors) {
    /**
     * @param hint added to the message
     * @throws IllegalArgumentException where the document has no such field
     */
    List<?> requireValues(String path, String hint) {
        List<?> values = values(path);
        if (values == null) {
            throw new IllegalArgumentException(
                    "[like] names " + name + ", which has no field [" + Messages.show(path) + "]" + hint);
        }
        return values;
    }

    /** A field's values; for a nested field, those of its only nested object. Null without any. */
    private List<?> values(String path) {
        DocumentField found = hit.field(path);
        if (found != null) {
            return found.getValues().isEmpty() ? null : found.getValues();
        }
        for (String outer : FieldNames.parents(path)) {
            DocumentField holder = hit.field(outer);
            List<Object> objects = holder == null ? List.of() : holder.getValues();
            String inner = path.substring(outer.length() + 1);
            if (objects.size() > 1) {
                throw new IllegalArgumentException("[like] names document [" + Messages.show(hit.getId())
                        + "], which has [" + objects.size() + "] objects in ["
                        + Messages.show(outer)
                        + "]; choose one from what [GET /" + Messages.show(hit.getIndex()) + "/_doc/"
                        + Messages.show(hit.getId()) + "?_source_exclude_vectors=false] shows, and send its ["
                        + Messages.show(inner) + "]"
                        + (vectors ? " as [query_vector]" : ", in hex, as [query_hash]"));
            }
            if (objects.size() == 1
                    && objects.get(0) instanceof Map<?, ?> object
                    && object.get(inner) instanceof List<?> values) {
                return values.isEmpty() ? null : values;
            }
        }
        return null;
    }

    /** A code; null without one. */
    byte[] code(String path) {
        List<?> values = values(path);
        if (values == null) {
            return null;
        }
        if (values.get(0) instanceof String hex) {
            return HexFormat.of().parseHex(hex);
        }
        List<?> numbers = values.get(0) instanceof List<?> inner ? inner : values;
        byte[] bytes = new byte[numbers.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = number(numbers.get(i), path).byteValue();
        }
        return bytes;
    }

    /** The buckets, each once. */
    List<String> buckets(String path) {
        List<?> stored = requireValues(
                path,
                "; name the field of its buckets in [buckets_field], or index it through a pipeline "
                        + "with an encoder");
        TreeSet<String> terms = new TreeSet<>();
        Set<Integer> tables = new HashSet<>();
        for (Object term : stored) {
            int table = QueryBuckets.table(term.toString());
            if (terms.add(term.toString()) && table != Integer.MAX_VALUE && !tables.add(table)) {
                throw new IllegalArgumentException(
                        "[like] names " + name + ", which has several buckets of hash table ["
                                + table + "] in [" + Messages.show(path)
                                + "]: those of several pictures; send the vector of one as [query_vector], or index "
                                + "them as [nested] objects");
            }
        }
        if (terms.size() > QueryBuckets.MAX_TABLES) {
            throw new IllegalArgumentException("[like] names " + name + ", which has [" + terms.size() + "] terms in ["
                    + Messages.show(path) + "]; there are at most [" + QueryBuckets.MAX_TABLES + "] hash tables");
        }
        return List.copyOf(terms);
    }

    /** Refuses a document that another encoder made. */
    void requireFingerprint(String path, String encoder, String fingerprint) {
        List<?> stored = values(path);
        if (stored == null || !stored.contains(fingerprint)) {
            String shown =
                    stored == null ? "missing" : "[" + Messages.show(stored.size() == 1 ? stored.get(0) : stored) + "]";
            throw new IllegalArgumentException("[like] names " + name + ", whose [" + Messages.show(path) + "] is "
                    + shown + ", but encoder [" + encoder + "] has fingerprint [" + fingerprint
                    + "]; name the encoder that made it, or index it again");
        }
    }

    /** Null without one. */
    Integer wholeNumber(String path) {
        List<?> values = values(path);
        return values != null && values.getFirst() instanceof Number number ? number.intValue() : null;
    }

    static float[] floats(List<?> values, String path) {
        List<?> numbers = values.get(0) instanceof List<?> inner ? inner : values;
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = number(numbers.get(i), path).floatValue();
        }
        return floats;
    }

    private static Number number(Object value, String path) {
        if (value instanceof Number number) {
            return number;
        }
        throw new IllegalArgumentException("[like] names field [" + Messages.show(path)
                + "], whose values are not numbers; [path] must name a field of vectors");
    }
}
