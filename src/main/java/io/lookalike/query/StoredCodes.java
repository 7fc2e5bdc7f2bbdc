package io.lookalike.query;

import java.io.IOException;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;

/** The codes of one segment, one by one. Not thread-safe: one for each walk over ascending documents. */
final class StoredCodes {
    private final ByteVectorValues values;
    private final KnnVectorValues.DocIndexIterator iterator;

    private StoredCodes(ByteVectorValues values) {
        this.values = values;
        this.iterator = values.iterator();
    }

    /** Null when the segment has no codes under this field. */
    static StoredCodes of(LeafReader reader, String field) throws IOException {
        ByteVectorValues values = reader.getByteVectorValues(field);
        return values == null || values.size() == 0 ? null : new StoredCodes(values);
    }

    /**
     * The code of a document, or null when it has none; valid until the next call.
     *
     * @param doc not below that of the call before
     */
    byte[] get(int doc) throws IOException {
        if (iterator.docID() < doc) {
            iterator.advance(doc);
        }
        return iterator.docID() == doc ? values.vectorValue(iterator.index()) : null;
    }
}
