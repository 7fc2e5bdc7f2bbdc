package io.lookalike.search.frame;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;

/**
 * Divides the work of a search into pieces, which Elasticsearch's search threads share.
 *
 * <p>Pieces are ranges of documents, so a big segment is shared too. Each thread takes the next piece when it has
 * finished one, and collects its own results, which are merged at the end. Small work stays on the caller's thread.
 * Immutable and thread-safe.
 *
 * @param leastBytes the least bytes to read for one piece
 * @param threads the most threads that work at once
 * @param sample how many codes {@link CutGuess} looks at before a scan
 */
public record Slicing(long leastBytes, int threads, int sample) {
    /**
     * With 4 MB of codes, a second thread saves .07 of the 1.15 ms of a search over HTTP: for less, waking a thread
     * does not pay.
     */
    private static final long LEAST_BYTES = 1 << 20;

    /** Several per thread, so that the others do not wait long for a slow one. */
    private static final int PIECES_A_THREAD = 4;

    /** Uses as many threads as Elasticsearch has processors; {@code node.processors} may set their number. */
    public static Slicing of(Settings node) {
        return new Slicing(LEAST_BYTES, EsExecutors.allocatedProcessors(node), 1 << 12);
    }

    /** Documents {@code from} to {@code to}, exclusive, of a segment. */
    public record Slice(LeafReaderContext leaf, int from, int to) {}

    /** The work of one thread; its pieces come in ascending order. */
    public interface Worker<T> {
        void work(T piece) throws IOException;
    }

    /** Makes the work of one thread. */
    public interface Workers<W> {
        W make();
    }

    /** All segments in order, big ones in several slices. */
    public List<Slice> slices(List<LeafReaderContext> leaves, int bytesADocument) {
        long documents = 0;
        for (LeafReaderContext leaf : leaves) {
            documents += leaf.reader().maxDoc();
        }
        int most = most(documents, bytesADocument);
        List<Slice> slices = new ArrayList<>();
        for (LeafReaderContext leaf : leaves) {
            int maxDoc = leaf.reader().maxDoc();
            for (int from = 0; from < maxDoc; from += most) {
                slices.add(new Slice(leaf, from, (int) Math.min((long) from + most, maxDoc)));
            }
        }
        return slices;
    }

    /** All segments in order, each as one slice. */
    public static List<Slice> whole(List<LeafReaderContext> leaves) {
        List<Slice> slices = new ArrayList<>();
        for (LeafReaderContext leaf : leaves) {
            slices.add(new Slice(leaf, 0, leaf.reader().maxDoc()));
        }
        return slices;
    }

    /** How many things of a given size one piece holds at most. */
    public int most(long things, int bytesEach) {
        long pieces = Math.min((long) PIECES_A_THREAD * threads, things * bytesEach / leastBytes);
        return (int)
                Math.min(Integer.MAX_VALUE >> 1, pieces < 2 ? Math.max(1, things) : (things + pieces - 1) / pieces);
    }

    /** Runs all pieces; returns the workers, each of which has done some of the pieces. */
    public <T, W extends Worker<T>> List<W> run(IndexSearcher searcher, List<T> pieces, long bytes, Workers<W> workers)
            throws IOException {
        int wanted = (int) Math.min(Math.min(threads, pieces.size()), bytes / leastBytes);
        if (wanted < 2) {
            W worker = workers.make();
            for (T piece : pieces) {
                worker.work(piece);
            }
            return List.of(worker);
        }
        AtomicInteger next = new AtomicInteger();
        List<Callable<W>> tasks = new ArrayList<>(wanted);
        for (int i = 0; i < wanted; i++) {
            tasks.add(() -> {
                boolean done = false;
                try {
                    W worker = workers.make();
                    for (int at = next.getAndIncrement(); at < pieces.size(); at = next.getAndIncrement()) {
                        worker.work(pieces.get(at));
                    }
                    done = true;
                    return worker;
                } finally {
                    if (!done) {
                        next.set(pieces.size()); // the other threads stop
                    }
                }
            });
        }
        return searcher.getTaskExecutor().invokeAll(tasks);
    }
}
