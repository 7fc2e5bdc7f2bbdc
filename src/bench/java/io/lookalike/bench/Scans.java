package io.lookalike.bench;

import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.NearestCodes;
import java.io.IOException;
import org.apache.lucene.util.VectorUtil;

/**
 * One scan over the codes of a file in this process: with the plugin's kernels, as in its query, and with Lucene's.
 *
 * <p>Both work in blocks whose distances fit into a CPU cache, and pass every block to a receiver. Stateless.
 */
final class Scans {
    private Scans() {}

    /** Receives the distances of a block; the array is reused for the next. */
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
