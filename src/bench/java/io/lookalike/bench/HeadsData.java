package io.lookalike.bench;

import io.lookalike.learning.Labels;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPInputStream;

/** Labelled vectors that are searched, and labelled ones that are searched by. Immutable by agreement. */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
record HeadsData(String what, float[][] base, int[] labels, float[][] queries, int[] queryLabels) {
    private static final int UNSIGNED_BYTES_1D = 0x801;
    private static final int SEEDED_LABELS = 8;
    private static final int SEEDED_DIMS = 64;

    static HeadsData of(Optional<Path> data, int seeded, int queries, long seed) throws IOException {
        if (data.isEmpty()) {
            return seeded(seeded, queries, seed);
        }
        SearchData pictures = SearchFormats.fashionMnist(data.get(), queries);
        Path folder = data.get().resolve("fashion-mnist");
        return new HeadsData(
                "Fashion-MNIST",
                pictures.base,
                labels(folder.resolve("train-labels-idx1-ubyte.gz"), pictures.base.length),
                pictures.queries,
                labels(folder.resolve("t10k-labels-idx1-ubyte.gz"), queries));
    }

    /** The first labels of a gzipped idx file. */
    private static int[] labels(Path file, int most) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                DataInputStream idx = new DataInputStream(new GZIPInputStream(in))) {
            if (idx.readInt() != UNSIGNED_BYTES_1D || idx.readInt() < most) {
                throw new IllegalArgumentException("file [" + file + "] must be an idx file of [" + most + "] labels");
            }
            int[] labels = new int[most];
            for (int i = 0; i < most; i++) {
                labels[i] = idx.readUnsignedByte();
            }
            return labels;
        }
    }

    /** Two clusters a label, in a few directions; the others are noise. */
    private static HeadsData seeded(int count, int queries, long seed) {
        Random random = new Random(seed);
        float[][] centres = new float[2 * SEEDED_LABELS][SEEDED_LABELS];
        for (float[] centre : centres) {
            for (int d = 0; d < centre.length; d++) {
                centre[d] = 2 * (float) random.nextGaussian();
            }
        }
        float[][] vectors = new float[count + queries][SEEDED_DIMS];
        int[] labels = new int[vectors.length];
        for (int i = 0; i < vectors.length; i++) {
            int cluster = random.nextInt(centres.length);
            labels[i] = cluster % SEEDED_LABELS;
            for (int d = 0; d < SEEDED_DIMS; d++) {
                vectors[i][d] = (float) random.nextGaussian() + (d < SEEDED_LABELS ? centres[cluster][d] : 0);
            }
        }
        return new HeadsData(
                "a seeded mixture of Gaussians",
                Arrays.copyOf(vectors, count),
                Arrays.copyOf(labels, count),
                Arrays.copyOfRange(vectors, count, vectors.length),
                Arrays.copyOfRange(labels, count, labels.length));
    }

    /** One label each. */
    static Labels labels(int[] of) {
        return new Labels(
                Arrays.stream(of).mapToObj(label -> new int[] {label}).toArray(int[][]::new),
                Arrays.stream(of).max().orElse(-1) + 1);
    }
}
