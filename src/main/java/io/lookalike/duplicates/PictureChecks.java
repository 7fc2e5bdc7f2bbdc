package io.lookalike.duplicates;

import io.lookalike.hashing.PictureDetail;
import io.lookalike.task.Documents;
import io.lookalike.vectors.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;

/**
 * Confirms that pictures with near hashes are the same, by something that does not depend on the hash: their details,
 * else their vectors. Where a picture has neither, the hashes decide.
 *
 * <p>One thread fills it, with the candidates only; then any number may ask. Memory: see {@link #bytes}.
 */
final class PictureChecks {
    /**
     * The least cosine of copies. It rules out pictures that are near by chance, and keeps all usual edits by any of
     * the built-in models: darker and framed copies have .80 and more by {@code builtin-2}, recoloured ones less.
     */
    static final double LEAST_COSINE = .8;

    private static final int OVERHEAD = 100;

    private final Pictures pictures;
    private final Runnable cancelled;
    /** Null if not read. */
    private final String detailField;

    private final String vectorField;
    private final Map<Integer, byte[]> details = new HashMap<>();
    private final Map<Integer, float[]> vectors = new HashMap<>();
    private int unconfirmed;

    /** @param cancelled is called before pictures are compared; what it throws ends the work */
    PictureChecks(Pictures pictures, String detailField, String vectorField, Runnable cancelled) {
        this.pictures = pictures;
        this.cancelled = cancelled;
        this.detailField = detailField;
        this.vectorField = vectorField;
    }

    /** The most bytes that the checks of so many pictures take. */
    static long bytes(long count, boolean details, int dims) {
        return count * (OVERHEAD + (details ? PictureDetail.BITS / Byte.SIZE : 0) + (long) dims * Float.BYTES);
    }

    /** The candidates by the document that holds them, to be given to {@link #add}. */
    Map<String, List<Integer>> byDocument(int[] candidates, int from, int to) {
        Map<String, List<Integer>> byDocument = new HashMap<>();
        for (int i = from; i < to; i++) {
            byDocument
                    .computeIfAbsent(
                            key(pictures.index(candidates[i]), pictures.id(candidates[i])), key -> new ArrayList<>())
                    .add(candidates[i]);
        }
        return byDocument;
    }

    /** The documents of these candidates, in any index. */
    QueryBuilder ids(int[] candidates, int from, int to) {
        return QueryBuilders.idsQuery()
                .addIds(Arrays.stream(candidates, from, to)
                        .mapToObj(pictures::id)
                        .distinct()
                        .toArray(String[]::new));
    }

    private static String key(String index, String id) {
        return index + "/" + id;
    }

    /** Adds what a document has for its pictures. */
    void add(Documents.Document document, Map<String, List<Integer>> byDocument) {
        for (int picture : byDocument.getOrDefault(key(document.index(), document.id()), List.of())) {
            int entry = Math.max(0, pictures.entry(picture));
            if (value(document, detailField, entry) instanceof byte[] detail
                    && detail.length * Byte.SIZE == PictureDetail.BITS) {
                details.put(picture, detail);
            }
            if (value(document, vectorField, entry) instanceof float[] vector) {
                vectors.put(picture, vector);
            }
            if (!details.containsKey(picture) && !vectors.containsKey(picture)) {
                unconfirmed++;
            }
        }
    }

    private static Object value(Documents.Document document, String field, int entry) {
        DocumentField found = field == null ? null : document.values().get(field);
        return found == null || entry >= found.getValues().size()
                ? null
                : found.getValues().get(entry);
    }

    /** The fields that confirm. */
    List<String> fields() {
        return Stream.of(detailField, vectorField).filter(Objects::nonNull).toList();
    }

    /** Number of candidates that have neither a detail nor a vector. */
    int unconfirmed() {
        return unconfirmed;
    }

    /** Whether nothing speaks against two pictures being the same. The order of the two does not matter. */
    boolean areSame(int a, int b) {
        if (pictures.compare(a, b) > 0) {
            return areSame(b, a);
        }
        byte[] detail = details.get(a);
        byte[] other = details.get(b);
        cancelled.run();
        if (detail != null && other != null) {
            return PictureDetail.areSame(detail, other);
        }
        float[] vector = vectors.get(a);
        float[] second = vectors.get(b);
        return vector == null
                || second == null
                || vector.length != second.length
                || pictures.made(a) != pictures.made(b)
                || Metric.COSINE.distance(vector, second) >= LEAST_COSINE;
    }
}
