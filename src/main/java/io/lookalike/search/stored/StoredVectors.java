package io.lookalike.search.stored;

import io.lookalike.vectors.MappedFloats;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;

/**
 * Reads the vectors of one segment as they were sent.
 *
 * <p>With similarity cosine Elasticsearch stores unit vectors, and the magnitude as a doc value where it is not 1; this
 * class multiplies the two. Not thread-safe; use a new instance for each walk over ascending documents.
 */
public final class StoredVectors {
    private static final String MAGNITUDE = "._magnitude";

    private final KnnVectorValues values;
    private final KnnVectorValues.DocIndexIterator iterator;
    private final NumericDocValues magnitudes;
    private final MappedFloats mapped;
    private final float[] vector;

    private StoredVectors(KnnVectorValues values, NumericDocValues magnitudes, MappedFloats mapped) {
        this.values = values;
        this.iterator = values.iterator();
        this.magnitudes = magnitudes;
        this.mapped = mapped;
        this.vector = new float[values.dimension()];
    }

    /** Null where the segment has no vectors in this field. */
    public static StoredVectors of(LeafReader reader, String field, boolean normalized) throws IOException {
        KnnVectorValues values = values(reader, field);
        if (values == null || values.size() == 0) {
            return null;
        }
        MemorySegment memory = values instanceof FloatVectorValues
                ? MappedValues.of(reader, field, values, Float.BYTES * values.dimension())
                : null;
        return new StoredVectors(
                values,
                normalized ? reader.getNumericDocValues(field + MAGNITUDE) : null,
                memory == null ? null : new MappedFloats(memory, values.dimension()));
    }

    /** The values of a field of vectors; null where the segment has none. */
    public static KnnVectorValues values(LeafReader reader, String field) throws IOException {
        var info = reader.getFieldInfos().fieldInfo(field);
        if (info == null || !info.hasVectorValues()) {
            return null;
        }
        return switch (info.getVectorEncoding()) {
            case BYTE -> reader.getByteVectorValues(field);
            case FLOAT32 -> reader.getFloatVectorValues(field);
            default ->
                throw new IllegalArgumentException("field [" + field + "] has vectors of encoding ["
                        + info.getVectorEncoding() + "], which cannot be scored");
        };
    }

    /**
     * Whether a document has a vector.
     *
     * @param doc not below that of the call before
     */
    public boolean advanceExact(int doc) throws IOException {
        return iterator.docID() >= doc ? iterator.docID() == doc : iterator.advance(doc) == doc;
    }

    /** The stored floats in mapped memory, not yet multiplied; null where they cannot be read in place. */
    public MappedFloats mapped() {
        return mapped;
    }

    /** The ordinal of the current document's vector. */
    public int ord() {
        return iterator.index();
    }

    /** The factor of the current document's stored vector. */
    public float magnitude() throws IOException {
        return magnitudes != null && magnitudes.advanceExact(iterator.docID())
                ? Float.intBitsToFloat((int) magnitudes.longValue())
                : 1;
    }

    /** The current document's vector; valid until the next call. */
    public float[] vector() throws IOException {
        int ord = iterator.index();
        if (values instanceof ByteVectorValues bytes) {
            byte[] value = bytes.vectorValue(ord);
            for (int d = 0; d < vector.length; d++) {
                vector[d] = value[d];
            }
            return vector;
        }
        float[] stored = ((FloatVectorValues) values).vectorValue(ord);
        float magnitude = magnitude();
        if (magnitude == 1) {
            return stored;
        }
        for (int d = 0; d < vector.length; d++) {
            vector[d] = stored[d] * magnitude;
        }
        return vector;
    }
}
