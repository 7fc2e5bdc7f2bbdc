package io.lookalike.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;

/**
 * The indexed vectors, the query vectors, and the nearest neighbours of each query. Its arrays must not be changed.
 *
 * <p>Stored in three files of plain little-endian numbers, for the measuring processes in Java and Python.
 */
final class SearchData {
    /** The number of known neighbours of each query. */
    static final int NEAREST = 100;

    static final String BASE = "base.f32";
    static final String QUERIES = "queries.f32";
    static final String TRUTH = "truth.i32";

    private static final int CENTRES = 200;
    private static final float NOISE = .7f;

    final float[][] base;
    final float[][] queries;
    /** For each query the ordinals of its {@link #NEAREST} nearest, nearest first. */
    final int[][] truth;

    SearchData(float[][] base, float[][] queries, int[][] truth) {
        this.base = base;
        this.queries = queries;
        this.truth = truth;
    }

    int dims() {
        return base[0].length;
    }

    /**
     * Vectors of a mixture of Gaussians around {@value #CENTRES} centres, the same for the same seed; the truth is
     * computed.
     */
    static SearchData seeded(long seed, int count, int dims, int queries) {
        Random random = new Random(seed);
        float[][] centres = new float[CENTRES][dims];
        for (float[] centre : centres) {
            for (int d = 0; d < dims; d++) {
                centre[d] = (float) random.nextGaussian();
            }
        }
        float[][] vectors = new float[count + queries][dims];
        for (float[] vector : vectors) {
            float[] centre = centres[random.nextInt(CENTRES)];
            for (int d = 0; d < dims; d++) {
                vector[d] = centre[d] + NOISE * (float) random.nextGaussian();
            }
        }
        float[][] base = Arrays.copyOf(vectors, count);
        float[][] asked = Arrays.copyOfRange(vectors, count, vectors.length);
        return new SearchData(base, asked, SearchTruth.nearest(base, asked, Math.min(NEAREST, count)));
    }

    void write(Path folder) throws IOException {
        write(folder.resolve(BASE), base);
        write(folder.resolve(QUERIES), queries);
        ByteBuffer bytes = buffer((long) truth.length * truth[0].length);
        for (int[] row : truth) {
            bytes.asIntBuffer().put(row);
            bytes.position(bytes.position() + Integer.BYTES * row.length);
        }
        write(folder.resolve(TRUTH), bytes.flip());
    }

    private static void write(Path file, float[][] rows) throws IOException {
        ByteBuffer bytes = buffer((long) rows.length * rows[0].length);
        for (float[] row : rows) {
            bytes.asFloatBuffer().put(row);
            bytes.position(bytes.position() + Float.BYTES * row.length);
        }
        write(file, bytes.flip());
    }

    private static ByteBuffer buffer(long numbers) {
        return ByteBuffer.allocate(Math.toIntExact(numbers * Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void write(Path file, ByteBuffer bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    /** Reads what {@link #write} wrote. */
    static SearchData read(Path folder, int dims) throws IOException {
        float[][] queries = floats(folder.resolve(QUERIES), dims);
        ByteBuffer bytes = map(folder.resolve(TRUTH));
        int[][] truth = new int[queries.length][bytes.remaining() / Integer.BYTES / queries.length];
        for (int[] row : truth) {
            bytes.asIntBuffer().get(row);
            bytes.position(bytes.position() + Integer.BYTES * row.length);
        }
        return new SearchData(floats(folder.resolve(BASE), dims), queries, truth);
    }

    private static float[][] floats(Path file, int dims) throws IOException {
        FloatBuffer numbers = map(file).asFloatBuffer();
        float[][] rows = new float[numbers.remaining() / dims][dims];
        for (float[] row : rows) {
            numbers.get(row);
        }
        return rows;
    }

    private static ByteBuffer map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()).order(ByteOrder.LITTLE_ENDIAN);
        }
    }
}
