package io.lookalike.modelgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MotifTests {

    private static final int MOTIFS = 12;

    private static double cosine(float[] a, float[] b) {
        double products = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int i = 0; i < a.length; i++) {
            products += a[i] * b[i];
            squaresOfA += a[i] * a[i];
            squaresOfB += b[i] * b[i];
        }
        return products / Math.sqrt(squaresOfA * squaresOfB);
    }

    @Test
    void theSameSeedsDrawTheSamePicture() {
        float[] picture = new Motif(3).draw(1);
        assertArrayEquals(picture, new Motif(3).draw(1));
        assertEquals(3 * Builtin2.SIZE * Builtin2.SIZE, picture.length);
        for (float value : picture) {
            assertTrue(value >= 0 && value <= 1, "value " + value);
        }
        assertTrue(Arrays.equals(picture, new Motif(3).draw(2)) == false);
        assertTrue(Arrays.equals(picture, new Motif(4).draw(1)) == false);
    }

    /** By what builtin-2 knows, which is what they were drawn for; these seeds are not among those it learned from. */
    @Test
    void picturesOfAMotifAreMoreAlikeThanOthers() throws OrtException {
        float[][] first = new float[MOTIFS][];
        float[][] second = new float[MOTIFS][];
        try (Model model = new Model(Builtin2.model(Yardstick.load()), "embedding")) {
            for (int i = 0; i < MOTIFS; i++) {
                first[i] = model.run(3, Builtin2.SIZE, new Motif(i).draw(0))[0];
                second[i] = model.run(3, Builtin2.SIZE, new Motif(i).draw(1))[0];
            }
        }
        double same = 0;
        double other = 0;
        for (int i = 0; i < MOTIFS; i++) {
            for (int j = 0; j < MOTIFS; j++) {
                double cosine = cosine(first[i], second[j]);
                same += i == j ? cosine / MOTIFS : 0;
                other += i == j ? 0 : cosine / MOTIFS / (MOTIFS - 1);
            }
        }
        assertTrue(same > other + 0.15, "same " + same + ", other " + other);
    }
}
