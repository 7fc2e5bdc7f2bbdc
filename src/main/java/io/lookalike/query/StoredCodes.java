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
     * Whether a document has a code.
     *
     * @param doc not below that of the call before
     */
    boolean advanceExact(int doc) throws IOException {
        return iterator.docID() >= doc ? iterator.docID() == doc : iterator.advance(doc) == doc;
    }

    /** The code of the document that was advanced to; valid until the next call. */
    byte[] code() throws IOException {
        return values.vectorValue(iterator.index());
    }
}
