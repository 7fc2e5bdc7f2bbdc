package io.lookalike.bench;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Reads the usual files of Fashion-MNIST and its ground truth. Stateless. */
final class SearchFormats {
    private static final int UNSIGNED_BYTES_3D = 0x803;

    private SearchFormats() {}

    /**
     * Fashion-MNIST from a directory: all training pictures are indexed, the first test pictures are the queries.
     *
     * @throws IllegalArgumentException if the files are not there or hold something else
     */
    static SearchData fashionMnist(Path data, int queries) throws IOException {
        Path folder = data.resolve("fashion-mnist");
        Path train = folder.resolve("train-images-idx3-ubyte.gz");
        Path test = folder.resolve("t10k-images-idx3-ubyte.gz");
        Path nearest = folder.resolve("fashion_mnist_gt100_l2.ivecs");
        for (Path file : List.of(train, test, nearest)) {
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException("option [--data]: no file [" + file
                        + "]; [search] needs Fashion-MNIST there, or no [--data] for seeded vectors");
            }
        }
        float[][] base = pictures(train, Integer.MAX_VALUE);
        int[][] truth = ivecs(nearest, queries);
        for (int[] row : truth) {
            if (row.length < SearchData.NEAREST || Arrays.stream(row).anyMatch(i -> i < 0 || i >= base.length)) {
                throw new IllegalArgumentException(
                        "file [" + nearest + "] must name for each query at least [" + SearchData.NEAREST + "] of the ["
                                + base.length + "] vectors; a row has [" + row.length + "]");
            }
        }
        return new SearchData(base, pictures(test, queries), truth);
    }

    /** The first pictures of a gzipped idx file of unsigned bytes, each as one vector of its pixels. */
    static float[][] pictures(Path file, int most) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                DataInputStream idx = new DataInputStream(new GZIPInputStream(in, 1 << 16))) {
            int magic = idx.readInt();
            if (magic != UNSIGNED_BYTES_3D) {
                throw new IllegalArgumentException(
                        "file [" + file + "] must be an idx file of pictures, which starts with ["
                                + Integer.toHexString(UNSIGNED_BYTES_3D) + "]; it starts with ["
                                + Integer.toHexString(magic) + "]");
            }
            int count = Math.min(most, idx.readInt());
            byte[] pixels = new byte[idx.readInt() * idx.readInt()];
            float[][] vectors = new float[count][pixels.length];
            for (float[] vector : vectors) {
                idx.readFully(pixels);
                for (int d = 0; d < vector.length; d++) {
                    vector[d] = Byte.toUnsignedInt(pixels[d]);
                }
            }
            return vectors;
        }
    }

    /** The first rows of an ivecs file: each a count and as many numbers, little endian. */
    static int[][] ivecs(Path file, int most) throws IOException {
        List<int[]> rows = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
            while (rows.size() < most && in.available() > 0) {
                int[] row = new int[Integer.reverseBytes(in.readInt())];
                ByteBuffer bytes = ByteBuffer.wrap(in.readNBytes(Integer.BYTES * row.length));
                bytes.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(row);
                rows.add(row);
            }
        }
        return rows.toArray(new int[0][]);
    }
}
