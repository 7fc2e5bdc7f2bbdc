package io.lookalike.query;

import io.lookalike.vectors.Hamming;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.apache.lucene.codecs.lucene95.HasIndexSlice;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SegmentReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;
import org.apache.lucene.util.Bits;
import org.elasticsearch.common.lucene.Lucene;
import org.elasticsearch.search.internal.ContextIndexSearcher;

/**
 * Scans all codes of one segment, in file order, and hands out the distance of each that is accepted.
 *
 * <p>Codes are read in place from the mapped file where there is one, else copied one by one. From the unwrapped segment
 * come bytes alone: which documents exist is what the given reader says. Cancellation is checked once a block.
 */
final class CodeScan {
    private static final int BLOCK = 1 << 14;

    private final ByteVectorValues codes;
    private final MemorySegment mapped;
    private final int codeBytes;
    private final byte[] query;

    private CodeScan(ByteVectorValues codes, MemorySegment mapped, byte[] query) {
        this.codes = codes;
        this.mapped = mapped;
        this.codeBytes = codes.getVectorByteLength();
        this.query = query;
    }

    /** Null when the segment has no codes under this field. */
    static CodeScan of(LeafReader reader, String field, byte[] query) throws IOException {
        ByteVectorValues codes = reader.getByteVectorValues(field);
        return codes == null || codes.size() == 0 ? null : new CodeScan(codes, mapped(reader, field, codes), query);
    }

    private static MemorySegment mapped(LeafReader reader, String field, ByteVectorValues codes) throws IOException {
        SegmentReader segment = Lucene.tryUnwrapSegmentReader(reader);
        if (segment == null
                || !(segment.getByteVectorValues(field) instanceof HasIndexSlice values)
                || ((ByteVectorValues) values).size() != codes.size()) {
            return null;
        }
        IndexInput slice = values.getSlice();
        long length = (long) codes.size() * codes.getVectorByteLength();
        return slice instanceof MemorySegmentAccessInput input && slice.length() == length
                ? input.segmentSliceOrNull(0, length)
                : null;
    }

    int size() {
        return codes.size();
    }

    ByteVectorValues codes() {
        return codes;
    }

    /** Receives documents in ascending order. */
    interface Sink {
        void accept(int doc, int distance) throws IOException;

        /** Documents farther than this need not be handed out; may fall from block to block. */
        int farthest();
    }

    void scan(Bits accepted, IndexSearcher searcher, Sink sink) throws IOException {
        short[] distances = new short[Math.min(BLOCK, codes.size())];
        int[] near = new int[distances.length];
        for (int from = 0; from < codes.size(); from += BLOCK) {
            checkCancelled(searcher);
            int count = Math.min(BLOCK, codes.size() - from);
            distances(from, count, distances);
            int found = Hamming.within(distances, count, sink.farthest(), near);
            for (int i = 0; i < found; i++) {
                int doc = codes.ordToDoc(from + near[i]);
                if (accepted == null || accepted.get(doc)) {
                    sink.accept(doc, distances[near[i]]);
                }
            }
        }
    }

    /** The distances of the codes {@code from} to {@code from + count}, in file order. */
    void distances(int from, int count, short[] distances) throws IOException {
        if (mapped != null) {
            Hamming.distances(mapped, (long) from * codeBytes, codeBytes, count, query, distances);
            return;
        }
        for (int i = 0; i < count; i++) {
            distances[i] = (short) Hamming.distance(query, codes.vectorValue(from + i));
        }
    }

    static void checkCancelled(IndexSearcher searcher) {
        if (searcher instanceof ContextIndexSearcher context) {
            context.checkCancelled();
        }
    }
}
