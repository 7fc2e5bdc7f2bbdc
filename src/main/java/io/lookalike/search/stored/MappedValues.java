package io.lookalike.search.stored;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.apache.lucene.codecs.lucene95.HasIndexSlice;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SegmentReader;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;
import org.elasticsearch.common.lucene.Lucene;

/**
 * The memory-mapped vectors or codes of a segment, one after the other in the order of their ordinals.
 *
 * <p>Reads only bytes from the raw segment; visibility comes from the given reader. Stateless.
 */
public final class MappedValues {
    private MappedValues() {}

    /**
     * Null where the file is not mapped, or does not hold exactly the values.
     *
     * @param values of the given reader
     * @param stride bytes of one value
     */
    public static MemorySegment of(LeafReader reader, String field, KnnVectorValues values, int stride)
            throws IOException {
        SegmentReader segment = Lucene.tryUnwrapSegmentReader(reader);
        if (segment == null) {
            return null;
        }
        KnnVectorValues raw = values instanceof ByteVectorValues
                ? segment.getByteVectorValues(field)
                : segment.getFloatVectorValues(field);
        if (!(raw instanceof HasIndexSlice slices)
                || raw.size() != values.size()
                || raw.getVectorByteLength() != stride) {
            return null;
        }
        IndexInput slice = slices.getSlice();
        long length = (long) values.size() * stride;
        return slice instanceof MemorySegmentAccessInput input && slice.length() == length
                ? input.segmentSliceOrNull(0, length)
                : null;
    }
}
