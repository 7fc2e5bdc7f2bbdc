package io.lookalike.query;

import java.io.IOException;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;

/**
 * The vectors of one segment as they were sent.
 *
 * <p>Under similarity cosine Elasticsearch stores unit vectors, and the magnitude as a doc value where it is not 1; the
 * two are multiplied here. Not thread-safe: one for each walk over ascending documents.
 */
final class StoredVectors {
    private static final String MAGNITUDE = "._magnitude";

    private final KnnVectorValues values;
    private final KnnVectorValues.DocIndexIterator iterator;
    private final NumericDocValues magnitudes;
    private final float[] vector;

    private StoredVectors(KnnVectorValues values, NumericDocValues magnitudes) {
        this.values = values;
        this.iterator = values.iterator();
        this.magnitudes = magnitudes;
        this.vector = new float[values.dimension()];
    }

    /** Null when the segment has no vectors under this field. */
    static StoredVectors of(LeafReader reader, String field, boolean normalized) throws IOException {
        KnnVectorValues values = values(reader, field);
        return values == null || values.size() == 0
                ? null
                : new StoredVectors(values, normalized ? reader.getNumericDocValues(field + MAGNITUDE) : null);
    }

    /** The values of a field of vectors; null when the segment has none under it. */
    static KnnVectorValues values(LeafReader reader, String field) throws IOException {
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
    boolean advanceExact(int doc) throws IOException {
        return iterator.docID() >= doc ? iterator.docID() == doc : iterator.advance(doc) == doc;
    }

    /** The vector of the document that was advanced to; valid until the next call. */
    float[] vector() throws IOException {
        int ord = iterator.index();
        if (values instanceof ByteVectorValues bytes) {
            byte[] value = bytes.vectorValue(ord);
            for (int d = 0; d < vector.length; d++) {
                vector[d] = value[d];
            }
            return vector;
        }
        float[] stored = ((FloatVectorValues) values).vectorValue(ord);
        if (magnitudes == null || !magnitudes.advanceExact(iterator.docID())) {
            return stored;
        }
        float magnitude = Float.intBitsToFloat((int) magnitudes.longValue());
        for (int d = 0; d < vector.length; d++) {
            vector[d] = stored[d] * magnitude;
        }
        return vector;
    }
}
