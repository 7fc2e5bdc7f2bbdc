package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.hashing.BinaryCode;
import io.lookalike.vectors.Hamming;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The search benchmark's data, where they come from, and what counts as found. */
class SearchDataTests {
    @TempDir
    Path folder;

    @Test
    void picturesOfAnIdxFileBecomeVectors() throws IOException {
        Path file = idx("a.gz", 0x803, 3);
        float[][] all = SearchFormats.pictures(file, 10);
        assertEquals(3, all.length);
        assertArrayEquals(new float[] {0, 51, 102, 153, 204, 255}, all[0]);
        assertArrayEquals(new float[] {2, 53, 104, 155, 206, 1}, all[2]);
        assertEquals(2, SearchFormats.pictures(file, 2).length);
    }

    @Test
    void anotherFileIsRefused() throws IOException {
        Path labels = idx("labels.gz", 0x801, 3);
        assertEquals(
                "file [" + labels + "] must be an idx file of pictures, which starts with [803]; it starts with [801]",
                assertThrows(IllegalArgumentException.class, () -> SearchFormats.pictures(labels, 1))
                        .getMessage());
    }

    @Test
    void aDirectoryWithoutTheFilesIsRefused() {
        Path missing = folder.resolve("fashion-mnist/train-images-idx3-ubyte.gz");
        assertEquals(
                "option [--data]: no file [" + missing
                        + "]; [search] needs Fashion-MNIST there, or no [--data] for seeded vectors",
                assertThrows(IllegalArgumentException.class, () -> SearchFormats.fashionMnist(folder, 1))
                        .getMessage());
    }

    /** Pictures of 2 x 3 pixels: steps of 51 from the number of the picture on. */
    private Path idx(String name, int magic, int count) throws IOException {
        Path file = folder.resolve(name);
        try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(Files.newOutputStream(file)))) {
            out.writeInt(magic);
            out.writeInt(count);
            out.writeInt(2);
            out.writeInt(3);
            for (int i = 0; i < 6 * count; i++) {
                out.writeByte(i / 6 + 51 * (i % 6));
            }
        }
        return file;
    }

    @Test
    void rowsOfAnIvecsFileAreRead() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(2).putInt(70_000).putInt(1).putInt(2).putInt(3).putInt(0);
        Path file = Files.write(folder.resolve("a.ivecs"), bytes.array());
        assertArrayEquals(new int[][] {{70_000, 1}, {3, 0}}, SearchFormats.ivecs(file, 10));
        assertArrayEquals(new int[][] {{70_000, 1}}, SearchFormats.ivecs(file, 1));
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        SearchData data = SearchData.seeded(1, 207, 7, 5);
        data.write(folder);
        SearchData read = SearchData.read(folder, 7);
        assertArrayEquals(data.base, read.base);
        assertArrayEquals(data.queries, read.queries);
        assertArrayEquals(data.truth, read.truth);
        assertEquals(7, read.dims());
        assertArrayEquals(data.base, SearchData.seeded(1, 207, 7, 5).base);
    }

    /** What was learned finds more of the nearest than as many random planes do. */
    @Test
    void codesAreLearned() {
        SearchData data = SearchData.seeded(2, 2000, 64, 100);
        SearchPlanes learned = SearchPlanes.learn(data, 32);
        double random = recall(data, BinaryCode.random(64, 32, 42, null));
        assertTrue(recall(data, learned.planes()) > random + .05, random + " " + recall(data, learned.planes()));
        assertEquals(32, learned.encoder().at("/hash/bits").asInt());
    }

    /** Of the nearest, how many are among the 100 nearest by code. */
    private static double recall(SearchData data, BinaryCode code) {
        int found = 0;
        for (int q = 0; q < data.queries.length; q++) {
            byte[] asked = code.hash(data.queries[q]);
            int[] distances = new int[data.base.length];
            for (int i = 0; i < distances.length; i++) {
                distances[i] = Hamming.distance(asked, code.hash(data.base[i]));
            }
            int[] sorted = distances.clone();
            Arrays.sort(sorted);
            found += distances[data.truth[q][0]] <= sorted[99] ? 1 : 0;
        }
        return (double) found / data.queries.length;
    }

    /**
     * Indexed: (0,1), (1,1), (2,1), (3,1), (4,1), (5,1). Searched by: (2.5,1), which is as far from the third as from
     * the fourth.
     */
    private static SearchData line(int[][] truth) {
        float[][] base = new float[6][];
        for (int i = 0; i < base.length; i++) {
            base[i] = new float[] {i, 1};
        }
        float[][] queries = truth.length == 0 ? new float[0][] : new float[][] {{2.5f, 1}};
        return new SearchData(base, queries, truth);
    }

    @Test
    void ofTwoAtTheSameDistanceEitherIsFound() {
        SearchTruth truth = new SearchTruth(line(new int[][] {{2, 3, 1, 4}}));
        assertEquals(1, truth.recall(0, new int[] {2}, 1));
        assertEquals(1, truth.recall(0, new int[] {3}, 1));
        assertEquals(0, truth.recall(0, new int[] {1}, 1));
        assertEquals(1, truth.recall(0, new int[] {4, 2, 3}, 3));
        assertEquals(2 / 3., truth.recall(0, new int[] {0, 2, 3}, 3));
    }

    @Test
    void whatIsNamedTwiceCountsOnceAndWhatIsBeyondKDoesNot() {
        SearchTruth truth = new SearchTruth(line(new int[][] {{2, 3, 1, 4}}));
        assertEquals(.5, truth.recall(0, new int[] {2, 2}, 2));
        assertEquals(.5, truth.recall(0, new int[] {0, 2, 3}, 2));
        assertEquals(0, truth.recall(0, new int[0], 2));
    }

    @Test
    void theNearestAreThoseOfASort() {
        SearchData data = SearchData.seeded(2, 300, 8, 4);
        for (int q = 0; q < 4; q++) {
            float[] query = data.queries[q];
            int[] sorted = IntStream.range(0, 300)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> distance(query, data.base[i])))
                    .limit(SearchData.NEAREST)
                    .mapToInt(i -> i)
                    .toArray();
            assertArrayEquals(sorted, data.truth[q]);
            assertEquals(1, new SearchTruth(data).recall(q, sorted, SearchData.NEAREST));
        }
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += Math.pow((double) a[d] - b[d], 2);
        }
        return sum;
    }
}
