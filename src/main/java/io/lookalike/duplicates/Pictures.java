package io.lookalike.duplicates;

import io.lookalike.encoder.Messages;
import io.lookalike.pairs.CodeSet;
import io.lookalike.task.Documents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.BytesRefArray;
import org.apache.lucene.util.BytesRefBuilder;
import org.apache.lucene.util.Counter;
import org.elasticsearch.common.document.DocumentField;

/**
 * The pictures of the documents that were read, with the codes and vectors by which they are compared.
 *
 * <p>A document has one picture, or one for each nested object. Only pictures whose codes or vectors are from the same
 * encoder are comparable; the fingerprint beside them tells the encoder.
 *
 * <p>One thread fills it, then any number may read it. Memory: see {@link #bytes}.
 */
final class Pictures implements Comparator<Integer> {
    /** Id and numbers of a picture, with {@link #ID_BYTES} for the id. */
    private static final long BASE_BYTES = 100;

    /** What {@link #BASE_BYTES} counts for an id. */
    private static final int ID_BYTES = 20;

    /** The most encoders; each takes some kilobytes. */
    private static final int MAX_ENCODERS = 1_000;

    /** The entry of a picture that is not in a nested object. */
    static final int NOT_NESTED = -1;

    private final BytesRefArray ids = new BytesRefArray(Counter.newCounter());
    private final List<String> indices = new ArrayList<>();
    private int[] indexOfDocument = new int[0];

    private int[] documents = new int[0];
    private int[] entries = new int[0];
    private float[][] vectors = new float[0][];
    private final PictureCodes same;
    private final PictureCodes hashes;
    private final Map<String, Integer> fingerprints = new LinkedHashMap<>();
    private int[] made = new int[0];
    private int[] countByFingerprint = new int[0];
    private final int minQuality;
    private int size;
    private int lowQuality;
    private int rated;
    private int unrated;
    private int unmarked;
    private int dims;
    private long longIds;

    /**
     * @param kindOfSame the kind of codes of a fingerprint; codes of one kind are comparable
     * @param minQuality pictures of a lower quality are counted and left out; those without a quality are kept
     */
    Pictures(UnaryOperator<String> kindOfSame, int minQuality) {
        this.minQuality = minQuality;
        this.same = new PictureCodes(kindOfSame);
        this.hashes = new PictureCodes(fingerprint -> fingerprint);
    }

    /**
     * The fields to read.
     *
     * @param same field of codes for the same picture; null without
     * @param vectors field of vectors; null without
     * @param hashes codes of the vectors; null without
     * @param encoder field of the fingerprints of {@code same}
     * @param alikeEncoder field of the fingerprints of {@code vectors}
     * @param qualities fields of the qualities of pictures
     * @param nested whether the fields are those of nested objects
     */
    record Fields(
            String same,
            String vectors,
            String hashes,
            String encoder,
            String alikeEncoder,
            List<String> qualities,
            boolean nested) {

        List<String> names() {
            return Stream.concat(Stream.of(same, vectors, hashes, encoder, alikeEncoder), qualities.stream())
                    .filter(Objects::nonNull)
                    .distinct()
                    .toList();
        }
    }

    /** The most bytes that so many pictures take. */
    static long bytes(long count, int sameBits, int dims, int hashBits) {
        int n = (int) Math.min(count, Integer.MAX_VALUE / 8);
        return count * BASE_BYTES
                + (sameBits > 0 ? CodeSet.bytes(n, sameBits) : 0)
                + (hashBits > 0 ? CodeSet.bytes(n, hashBits) : 0)
                + (dims > 0 ? count * ((long) dims * Float.BYTES + 24) : 0);
    }

    /** Adds the pictures of a document. */
    void add(Documents.Document document, Fields fields) {
        int before = size;
        List<?> codes = values(document, fields.same);
        List<?> floats = values(document, fields.vectors);
        List<?> hash = values(document, fields.hashes);
        for (int entry = 0; entry < Math.max(codes.size(), floats.size()); entry++) {
            Object code = at(codes, entry);
            Object vector = at(floats, entry);
            if (code == null && vector == null) {
                continue;
            }
            long quality = quality(document, fields, entry);
            if (quality < minQuality) {
                lowQuality++;
                continue;
            }
            if (quality == Long.MAX_VALUE) {
                unrated++;
            } else {
                rated++;
            }
            makeRoom();
            String where = "field [" + (code == null ? fields.vectors : fields.same) + "] of document ["
                    + Messages.cut(document.id()) + "] of index [" + document.index() + "]";
            String alikeMade = fingerprint(document, fields.alikeEncoder, entry);
            String sameMade = fingerprint(document, fields.encoder, entry);
            if ((fields.alikeEncoder != null && alikeMade.isEmpty())
                    || (fields.encoder != null && sameMade.isEmpty())) {
                unmarked++;
            }
            made[size] = number(fields.vectors == null ? sameMade : alikeMade);
            same.set(size, bytes(code, where), sameMade, where);
            hashes.set(
                    size,
                    vector == null ? null : bytes(at(hash, entry), "field [" + fields.hashes + "]" + where),
                    alikeMade,
                    where);
            vectors[size] = floats(vector, where);
            documents[size] = ids.size();
            entries[size] = fields.nested ? entry : NOT_NESTED;
            size++;
        }
        if (size > before) {
            append(document);
        }
    }

    private void append(Documents.Document document) {
        indexOfDocument = ArrayUtil.grow(indexOfDocument, ids.size() + 1);
        int index = indices.indexOf(document.index());
        if (index < 0) {
            index = indices.size();
            indices.add(document.index());
        }
        indexOfDocument[ids.size()] = index;
        BytesRef id = new BytesRef(document.id());
        longIds += Math.max(0, id.length - ID_BYTES);
        ids.append(id);
    }

    private int number(String fingerprint) {
        if (fingerprints.size() == MAX_ENCODERS && !fingerprints.containsKey(fingerprint)) {
            throw new IllegalArgumentException("more than [" + MAX_ENCODERS
                    + "] encoders made the vectors and codes, as the field [encoder] beside them says; "
                    + "choose the pictures of some by [query]");
        }
        int number = fingerprints.computeIfAbsent(fingerprint, f -> fingerprints.size());
        countByFingerprint = ArrayUtil.grow(countByFingerprint, number + 1);
        countByFingerprint[number]++;
        return number;
    }

    private static List<?> values(Documents.Document document, String field) {
        DocumentField found = field == null ? null : document.values().get(field);
        return found == null ? List.of() : found.getValues();
    }

    private static Object at(List<?> values, int entry) {
        return entry < values.size() ? values.get(entry) : null;
    }

    private static String fingerprint(Documents.Document document, String field, int entry) {
        return at(values(document, field), entry) instanceof List<?> terms && !terms.isEmpty()
                ? String.valueOf(terms.getFirst())
                : "";
    }

    /** The lowest of several; {@code Long.MAX_VALUE} without any. */
    private static long quality(Documents.Document document, Fields fields, int entry) {
        long least = Long.MAX_VALUE;
        for (String field : fields.qualities) {
            if (at(values(document, field), entry) instanceof Long quality) {
                least = Math.min(least, quality);
            }
        }
        return least;
    }

    private static byte[] bytes(Object value, String where) {
        if (value == null || value instanceof byte[]) {
            return (byte[]) value;
        }
        throw new IllegalArgumentException(where
                + " holds vectors where others hold codes; name a dense_vector field with element_type [bit] "
                + "in all indices");
    }

    private float[] floats(Object value, String where) {
        if (!(value instanceof float[] vector)) {
            if (value == null) {
                return null;
            }
            throw new IllegalArgumentException(where
                    + " holds codes where others hold vectors; name a dense_vector field of numbers in all indices");
        }
        if (dims == 0) {
            dims = vector.length;
        }
        if (vector.length != dims) {
            throw new IllegalArgumentException(where + " has [" + vector.length + "] dims but that of others [" + dims
                    + "]; search indices whose vectors have as many");
        }
        return vector;
    }

    private void makeRoom() {
        if (size == documents.length) {
            int capacity = ArrayUtil.oversize(size + 1, Integer.BYTES);
            documents = Arrays.copyOf(documents, capacity);
            entries = Arrays.copyOf(entries, capacity);
            vectors = Arrays.copyOf(vectors, capacity);
            made = Arrays.copyOf(made, capacity);
            same.grow(capacity);
            hashes.grow(capacity);
        }
    }

    int size() {
        return size;
    }

    /** Bytes of ids that {@link #bytes} does not count. */
    long longIds() {
        return longIds;
    }

    /** Number of pictures left out for their quality. */
    int lowQuality() {
        return lowQuality;
    }

    /** Number of pictures without a quality, if others have one. */
    int unrated() {
        return minQuality > 0 && rated + lowQuality > 0 ? unrated : 0;
    }

    /** Number of pictures without a fingerprint, if there is a field for it. */
    int unmarked() {
        return unmarked;
    }

    /** Number of documents with a picture that was not left out. */
    int documents() {
        return ids.size();
    }

    /** Dims of the vectors; 0 without vectors. */
    int dims() {
        return dims;
    }

    PictureCodes same() {
        return same;
    }

    PictureCodes hashes() {
        return hashes;
    }

    /** The vector of a picture; null without one. */
    float[] vector(int picture) {
        return vectors[picture];
    }

    /** The number of the encoder; vectors of one encoder are comparable. */
    int made(int picture) {
        return made[picture];
    }

    /** Number of pictures by fingerprint; the empty string for pictures without one. */
    Map<String, Integer> fingerprints() {
        Map<String, Integer> counts = new TreeMap<>();
        fingerprints.forEach((fingerprint, number) -> counts.put(fingerprint, countByFingerprint[number]));
        return counts;
    }

    /** The number of the picture's document. */
    int document(int picture) {
        return documents[picture];
    }

    String index(int picture) {
        return indices.get(indexOfDocument[documents[picture]]);
    }

    String id(int picture) {
        return idBytes(picture).utf8ToString();
    }

    private BytesRef idBytes(int picture) {
        return ids.get(new BytesRefBuilder(), documents[picture]);
    }

    /** The position of its nested object among those with a picture, from 0; {@link #NOT_NESTED} without one. */
    int entry(int picture) {
        return entries[picture];
    }

    /** By index, id and nested object, so independent of the order of reading. */
    @Override
    public int compare(Integer a, Integer b) {
        int byIndex = index(a).compareTo(index(b));
        if (byIndex != 0) {
            return byIndex;
        }
        int byId = documents[a] == documents[b] ? 0 : idBytes(a).compareTo(idBytes(b));
        return byId != 0 ? byId : Integer.compare(entries[a], entries[b]);
    }
}
