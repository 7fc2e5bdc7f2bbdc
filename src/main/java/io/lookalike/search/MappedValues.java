package io.lookalike.search;

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
 * The mapped memory of a segment's vectors or codes, end to end in the order of their ordinals.
 *
 * <p>From the unwrapped segment come bytes alone: which documents exist is what the given reader says. Stateless.
 */
final class MappedValues {
    private MappedValues() {}

    /**
     * Null where the store does not map, or the file does not hold exactly the values.
     *
     * @param values what the given reader hands out
     * @param stride bytes of one value
     */
    static MemorySegment of(LeafReader reader, String field, KnnVectorValues values, int stride) throws IOException {
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
