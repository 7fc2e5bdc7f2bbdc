package io.lookalike.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.codecs.lucene95.HasIndexSlice;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;

/**
 * Plain reads of all codes of an index, in place, with the threads of a search: the lower limit for the time of a scan.
 *
 * <p>Threads take chunks of 4 MiB in turn, so that none waits for a slower one. For one caller.
 */
final class CodeReads {
    private static final int PIECE = 1 << 22;
    private static final int TRIALS = 8;

    private final List<MemorySegment> pieces = new ArrayList<>();
    private final IndexSearcher searcher;
    private final int threads;

    /**
     * @param searcher its task executor is used
     * @param threads with the caller's
     * @throws IOException if the codes are not in mapped memory
     */
    CodeReads(IndexSearcher searcher, int threads) throws IOException {
        this.searcher = searcher;
        this.threads = threads;
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            ByteVectorValues values = leaf.reader().getByteVectorValues(MixtureIndex.CODE);
            MemorySegment codes = mapped(values);
            if (codes == null) {
                throw new IOException("the codes are not in mapped memory");
            }
            for (long at = 0; at < codes.byteSize(); at += PIECE) {
                pieces.add(codes.asSlice(at, Math.min(PIECE, codes.byteSize() - at)));
            }
        }
    }

    private static MemorySegment mapped(ByteVectorValues values) throws IOException {
        IndexInput slice = values instanceof HasIndexSlice inFile ? inFile.getSlice() : null;
        return slice instanceof MemorySegmentAccessInput input
                ? input.segmentSliceOrNull(0, (long) values.size() * values.getVectorByteLength())
                : null;
    }

    /** The fastest way to add on this machine. */
    ByteSums fastest() throws IOException {
        Map<ByteSums, Double> medians = new EnumMap<>(ByteSums.class);
        for (ByteSums way : ByteSums.values()) {
            double[] times = new double[TRIALS];
            for (int i = 0; i < TRIALS; i++) {
                times[i] = read(way).millis();
            }
            medians.put(way, Spread.median(times));
        }
        return Collections.min(medians.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    /** How long a read took, and what was read added up. */
    record Read(double millis, long sum) {}

    /** Reads all codes once. */
    Read read(ByteSums way) throws IOException {
        AtomicInteger next = new AtomicInteger();
        Callable<Long> reading = () -> {
            long sum = 0;
            for (int i = next.getAndIncrement(); i < pieces.size(); i = next.getAndIncrement()) {
                sum += way.sum(pieces.get(i));
            }
            return sum;
        };
        long start = System.nanoTime();
        List<Long> sums = searcher.getTaskExecutor().invokeAll(Collections.nCopies(threads, reading));
        double millis = (System.nanoTime() - start) / 1e6;
        return new Read(millis, sums.stream().mapToLong(Long::longValue).sum());
    }
}
