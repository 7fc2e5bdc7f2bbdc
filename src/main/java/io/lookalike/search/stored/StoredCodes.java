package io.lookalike.search.stored;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;

/**
 * Reads the codes of one segment one by one. Not thread-safe; use a new instance for each walk over ascending
 * documents.
 */
public final class StoredCodes {
    private final ByteVectorValues values;
    private final KnnVectorValues.DocIndexIterator iterator;
    private final MemorySegment mapped;

    private StoredCodes(ByteVectorValues values, MemorySegment mapped) {
        this.values = values;
        this.iterator = values.iterator();
        this.mapped = mapped;
    }

    /** Null where the segment has no codes in this field. */
    public static StoredCodes of(LeafReader reader, String field) throws IOException {
        ByteVectorValues values = reader.getByteVectorValues(field);
        return values == null || values.size() == 0
                ? null
                : new StoredCodes(values, MappedValues.of(reader, field, values, values.getVectorByteLength()));
    }

    /**
     * Whether a document has a code.
     *
     * @param doc not below that of the call before
     */
    public boolean advanceExact(int doc) throws IOException {
        return iterator.docID() >= doc ? iterator.docID() == doc : iterator.advance(doc) == doc;
    }

    /** All codes in mapped memory, by their {@link #ord}; null where the file is not mapped. */
    public MemorySegment mapped() {
        return mapped;
    }

    /** The ordinal of the current document's code. */
    public int ord() {
        return iterator.index();
    }

    /** The current document's code; valid until the next call. */
    public byte[] code() throws IOException {
        return values.vectorValue(iterator.index());
    }
}
