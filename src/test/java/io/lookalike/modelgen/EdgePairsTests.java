package io.lookalike.modelgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EdgePairsTests {

    private static final int SIZE = 32;
    private static final int REACH = 2;
    private static final int COUNTS = 5 + REACH * 18;

    private static Model model;

    @BeforeAll
    static void load() throws OrtException {
        GraphBuilder g = new GraphBuilder("test");
        Tensor edges = OrientedEdges.map(g, g.input("input", 1, SIZE), 1, 8);
        g.output("output", EdgePairs.of(g, edges, REACH));
        model = new Model(g.build("test"), "output");
    }

    @AfterAll
    static void close() throws OrtException {
        model.close();
    }

    /** Soft blobs at random places, far enough from the border for nothing to leave the picture. */
    private static float[] blobs(long seed) {
        Random random = new Random(seed);
        float[] picture = new float[SIZE * SIZE];
        for (int blob = 0; blob < 4; blob++) {
            double centreX = 12 + 8 * random.nextDouble();
            double centreY = 12 + 8 * random.nextDouble();
            double wide = 1 + random.nextDouble();
            double tall = 1 + random.nextDouble();
            for (int i = 0; i < picture.length; i++) {
                int column = i % SIZE;
                int row = i / SIZE;
                double x = (column - centreX) / wide;
                double y = (row - centreY) / tall;
                picture[i] += (float) Math.exp(-(x * x + y * y) / 2) / 4;
            }
        }
        return picture;
    }

    /** The picture with the pixel at (x, y) taken from {@code (a x + b y, c x + d y)} around the centre. */
    private static float[] turned(float[] picture, int a, int b, int c, int d) {
        float[] turned = new float[picture.length];
        for (int i = 0; i < picture.length; i++) {
            int x = 2 * (i % SIZE) - SIZE + 1;
            int y = 2 * (i / SIZE) - SIZE + 1;
            turned[i] = picture[(c * x + d * y + SIZE - 1) / 2 * SIZE + (a * x + b * y + SIZE - 1) / 2];
        }
        return turned;
    }

    private static float[] counts(float[] picture) throws OrtException {
        return model.run(1, SIZE, picture)[0];
    }

    @Test
    void turningMirroringAndMovingChangeNothing() throws OrtException {
        for (long seed = 0; seed < 5; seed++) {
            float[] picture = blobs(seed);
            float[] moved = new float[picture.length];
            System.arraycopy(picture, 0, moved, 2 * SIZE + 1, picture.length - 2 * SIZE - 1);
            float[] counts = counts(picture);
            assertEquals(COUNTS, counts.length);
            assertArrayEquals(counts, counts(turned(picture, 0, -1, 1, 0)), 1e-4f);
            assertArrayEquals(counts, counts(turned(picture, -1, 0, 0, 1)), 1e-4f);
            assertArrayEquals(counts, counts(turned(picture, 0, 1, 1, 0)), 1e-4f);
            assertArrayEquals(counts, counts(moved), 1e-3f);
        }
    }

    @Test
    void straightEdgesGoOnAlongThemselvesAndBlobsBend() throws OrtException {
        float[] edge = new float[SIZE * SIZE];
        for (int i = 0; i < edge.length; i++) {
            edge[i] = i % SIZE < SIZE / 2 ? 0.2f : 0.8f;
        }
        float[] straight = counts(edge);
        float[] bent = counts(blobs(1));
        int along = 5 + 18;
        assertTrue(straight[along] > 0.01);
        assertTrue(straight[along + 1] < 0.01 * straight[along]);
        assertTrue(bent[along + 1] > 0.1 * bent[along]);
    }

    @Test
    void theOrdinaryHasAsManyDims() {
        assertEquals(COUNTS, EdgePairs.ordinary(8, REACH).size());
    }
}
