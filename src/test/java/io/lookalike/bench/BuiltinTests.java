package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lookalike.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link BuiltinBenchmark} counts with. */
class BuiltinTests {

    @TempDir
    Path directory;

    @Test
    void precisionIsTheShareOfTheOwnClassAmongTen() {
        List<float[]> vectors = new ArrayList<>();
        int[] labels = new int[22];
        for (int i = 0; i < 22; i++) {
            labels[i] = i % 2;
            double angle = (labels[i] == 0 ? 0 : 1) + 0.001 * i;
            vectors.add(new float[] {(float) (3 * Math.cos(angle)), (float) (3 * Math.sin(angle))});
        }
        assertEquals(1, Precision.atTen(vectors, labels));
        int[] strangers = labels.clone();
        strangers[0] = 1; // the ten others of its old class miss it, and it finds none of its new one
        assertEquals((22 - 1 - 10 * 0.1) / 22, Precision.atTen(vectors, strangers), 1e-9);
    }

    @Test
    void precisionOfChanceIsTheShareOfAClass() {
        Random random = new Random(1);
        List<float[]> vectors = new ArrayList<>();
        int[] labels = new int[600];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % 4;
            vectors.add(new float[] {(float) random.nextGaussian(), (float) random.nextGaussian(), 0.5f});
        }
        assertEquals(0.25, Precision.atTen(vectors, labels), 0.03);
    }

    @Test
    void tooFewPicturesAreRefused() {
        Exception e =
                assertThrows(IllegalArgumentException.class, () -> Precision.atTen(List.of(new float[1]), new int[1]));
        assertEquals("[1] pictures are too few for precision@10; supply at least [11]", e.getMessage());
    }

    @Test
    void histogramCountsEveryPixelByItsHighestBits() {
        byte[] rgb = {(byte) 255, 0, 64, (byte) 192, 63, 127, 0, 0, 0, 0, 0, 0};
        float[] shares = BuiltinBenchmark.histogram(Picture.ofRgb(2, 2, rgb, "test"));
        float[] expected = new float[64];
        expected[0b110001] = (float) Math.sqrt(2);
        expected[0] = (float) Math.sqrt(2);
        assertArrayEquals(expected, shares, 1e-6f);
    }

    @Test
    void aFolderWithoutClassesIsRefused() throws IOException {
        Files.createDirectory(directory.resolve("empty"));
        Exception e = assertThrows(IllegalArgumentException.class, () -> LabelledPictures.read(directory));
        assertEquals(
                "[" + directory
                        + "] holds no folders with JPEGs or PNGs; name a folder with a folder for each class in "
                        + "[--data]",
                e.getMessage());
    }
}
