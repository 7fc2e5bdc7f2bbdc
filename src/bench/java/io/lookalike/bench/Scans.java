package io.lookalike.bench;

import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.NearestCodes;
import java.io.IOException;
import org.apache.lucene.util.VectorUtil;

/**
 * What goes over the codes of a file once, in this process: the plugin's kernels, used as its query uses them, and
 * Lucene's.
 *
 * <p>Both work in blocks whose distances stay in a near cache, and hand every block to a receiver. Stateless.
 */
final class Scans {
    private Scans() {}

    /** Receives the distances of a block; the array is used again for the next. */
    interface Receiver {
        void accept(int first, int count, short[] distances);
    }

    /** The plugin's: read in place. */
    static void distances(CodeFile file, Receiver receiver) {
        int block = Hamming.block(file.codeBytes);
        short[] distances = new short[block];
        for (int first = 0; first < file.count; first += block) {
            int count = Math.min(block, file.count - first);
            Hamming.distances(file.codes, (long) first * file.codeBytes, file.codeBytes, count, file.query, distances);
            receiver.accept(first, count, distances);
        }
    }

    /** The plugin's, and the nearest of them. */
    static NearestCodes nearest(CodeFile file, int wanted) {
        int bits = Byte.SIZE * file.codeBytes;
        NearestCodes nearest = new NearestCodes(bits, wanted, bits);
        int[] near = new int[Hamming.block(file.codeBytes)];
        distances(file, (first, count, distances) -> {
            int found = Hamming.within(distances, count, nearest.cut(), near);
            for (int i = 0; i < found; i++) {
                nearest.offer(first + near[i], distances[near[i]]);
            }
        });
        return nearest;
    }

    /**
     * Lucene's: every code is copied to an array, which is how its readers hand out vectors of bytes, and compared
     * there.
     */
    static void lucene(CodeFile file, Receiver receiver) throws IOException {
        int block = Hamming.block(file.codeBytes);
        short[] distances = new short[block];
        byte[] code = new byte[file.codeBytes];
        for (int first = 0; first < file.count; first += block) {
            int count = Math.min(block, file.count - first);
            luceneBlock(file, first, count, code, distances);
            receiver.accept(first, count, distances);
        }
    }

    private static void luceneBlock(CodeFile file, int first, int count, byte[] code, short[] distances)
            throws IOException {
        for (int i = 0; i < count; i++) {
            file.input.seek((long) (first + i) * file.codeBytes);
            file.input.readBytes(code, 0, file.codeBytes);
            distances[i] = (short) VectorUtil.xorBitCount(file.query, code);
        }
    }
}
