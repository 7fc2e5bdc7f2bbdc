package io.lookalike.search.frame;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;

/**
 * Divides the work of a search into pieces, which the calling thread {@linkplain SharedWork shares} with threads that
 * are idle.
 *
 * <p>Pieces are ranges of documents, so a big segment is shared too. Each thread takes the next piece when it has
 * finished one, and collects its own results, which are merged at the end. Small work stays on the caller's thread.
 * Thread-safe.
 *
 * @param leastBytes the least bytes to read for each thread
 * @param helpers of the node
 * @param sample how many codes {@link CutGuess} looks at before a scan
 */
public record Slicing(long leastBytes, Helpers helpers, int sample) {
    /**
     * With 4 MB of codes, a second thread saves .07 of the 1.15 ms of a search over HTTP: for less, waking a thread
     * does not pay.
     */
    private static final long LEAST_BYTES = 1 << 20;

    /** Several per thread, so that the others do not wait long for a slow one. */
    private static final int PIECES_A_THREAD = 4;

    /** The most bytes of a piece, for the same reason: about a millisecond. */
    private static final long MOST_BYTES = 8 << 20;

    /** With the sizes that proved best. */
    public static Slicing of(Helpers helpers) {
        return new Slicing(LEAST_BYTES, helpers, 1 << 12);
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
        long bytes = things * bytesEach;
        long pieces = Math.max(
                bytes / MOST_BYTES,
                Math.min((long) PIECES_A_THREAD * helpers.processors(), PIECES_A_THREAD * bytes / leastBytes));
        return (int)
                Math.min(Integer.MAX_VALUE >> 1, pieces < 2 ? Math.max(1, things) : (things + pieces - 1) / pieces);
    }

    /**
     * Does all pieces.
     *
     * @param bytes to read for all of them
     * @param mayGiveUp whether a helper may still be at a piece when the search has ended; its work is lost then
     * @return the workers, each of which has done some of the pieces
     */
    public <T, W extends Worker<T>> List<W> run(List<T> pieces, long bytes, boolean mayGiveUp, Workers<W> workers)
            throws IOException {
        int wanted = (int) Math.min(Math.min(helpers.processors(), pieces.size()), bytes / leastBytes);
        if (wanted < 2) {
            W worker = workers.make();
            for (T piece : pieces) {
                worker.work(piece);
            }
            return List.of(worker);
        }
        return new SharedWork<>(pieces, workers, helpers, mayGiveUp).run(Math.min(helpers.idle(), wanted - 1));
    }
}
