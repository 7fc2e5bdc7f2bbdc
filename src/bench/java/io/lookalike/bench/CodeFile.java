package io.lookalike.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.MemorySegmentAccessInput;

/**
 * Random codes at the start of a file, mapped by Lucene's directory like an index, and a query.
 *
 * <p>Reads in place and reads through Lucene use the same memory. For one thread.
 */
final class CodeFile implements AutoCloseable {
    private static final int BUFFER = 1 << 20;
    private static final long SEED = 20260101;

    final Path file;
    final int codeBytes;
    final int count;
    final byte[] query;
    /** Of the mapped file. */
    final IndexInput input;
    /** The codes end to end, and nothing else. */
    final MemorySegment codes;

    private final MMapDirectory directory;

    /**
     * Maps a file.
     *
     * @param bits length of a code, a multiple of 8
     * @param count number of codes; the file must hold as many
     */
    CodeFile(Path file, int bits, int count) throws IOException {
        this.file = file;
        this.codeBytes = bits / Byte.SIZE;
        this.count = count;
        this.query = new byte[codeBytes];
        new Random(SEED + bits).nextBytes(query);
        this.directory = new MMapDirectory(file.toAbsolutePath().getParent());
        this.input = directory.openInput(file.getFileName().toString(), IOContext.DEFAULT);
        this.codes = Objects.requireNonNull(((MemorySegmentAccessInput) input).segmentSliceOrNull(0, bytes()));
    }

    long bytes() {
        return (long) count * codeBytes;
    }

    @Override
    public void close() throws IOException {
        input.close();
        directory.close();
    }

    /** Writes random bytes to a new file, the same in every run. */
    static void write(Path file, long bytes) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = bytes; left > 0; left -= buffer.limit()) {
                buffer.clear();
                while (buffer.hasRemaining()) {
                    buffer.putLong(random.nextLong());
                }
                buffer.flip().limit((int) Math.min(BUFFER, left));
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        }
    }
}
