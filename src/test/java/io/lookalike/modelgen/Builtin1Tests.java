package io.lookalike.modelgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import io.lookalike.modelgen.TestPictures.Shape;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class Builtin1Tests {

    private static final float[] RED = {0.8f, 0.2f, 0.1f};
    private static final float[] BLUE = {0.1f, 0.3f, 0.7f};
    private static final float[] SAND = {0.9f, 0.8f, 0.6f};
    private static final float[] GREEN = {0.1f, 0.5f, 0.2f};

    private static Model model;

    @BeforeAll
    static void load() throws OrtException {
        model = new Model(Builtin1.model(), "embedding");
    }

    @AfterAll
    static void close() throws OrtException {
        model.close();
    }

    @Test
    void sameBytesAtEveryGeneration() {
        assertArrayEquals(Builtin1.model(), Builtin1.model());
        assertTrue(Builtin1.model().length < 100_000);
    }

    /** Fingerprints of stored documents depend on the bytes: a better model gets another name. */
    @Test
    void bytesNeverChange() throws NoSuchAlgorithmException {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Builtin1.model());
        assertEquals(
                "f58f7c99cbb8d4cf01f94946c25630c91539829c439c4382798072d4ce505722",
                HexFormat.of().formatHex(digest));
    }

    @Test
    void sameVectorAloneAndInsideABatch() throws OrtException {
        for (long seed = 0; seed < 3; seed++) {
            Random random = new Random(seed);
            float[] stripes = picture(random, TestPictures.stripes(random.nextDouble(), 9));
            float[] disc = picture(random, TestPictures.disc(50, 70, 30));
            float[] noise = TestPictures.noise(seed);
            float[][] together = model.run(3, Builtin1.SIZE, stripes, disc, noise);
            assertArrayEquals(embed(stripes), together[0], 1e-5f);
            assertArrayEquals(embed(disc), together[1], 1e-5f);
            assertArrayEquals(embed(noise), together[2], 1e-5f);
        }
    }

    @Test
    void unitLengthAndFiniteForEveryPicture() throws OrtException {
        List<float[]> pictures = new ArrayList<>();
        for (float level : new float[] {0, 1e-3f, 0.5f, 1}) {
            pictures.add(TestPictures.constant(level, level, level));
        }
        pictures.add(TestPictures.constant(1, 0, 0));
        pictures.add(TestPictures.constant(0, 0, 1));
        pictures.add(TestPictures.noise(1));
        pictures.add(TestPictures.draw(RED, BLUE, TestPictures.stripes(0, 2)));
        for (float[] vector : model.run(3, Builtin1.SIZE, pictures.toArray(float[][]::new))) {
            assertEquals(Builtin1.DIMS, vector.length);
            for (float value : vector) {
                assertTrue(Float.isFinite(value));
            }
            assertEquals(1, dot(vector, vector), 1e-4);
        }
    }

    @Test
    void directionOfStripesCountsMoreThanTheirColour() throws OrtException {
        for (double period : new double[] {6, 10, 16, 24}) {
            float[] across = embed(TestPictures.draw(RED, SAND, TestPictures.stripes(0, period)));
            float[] acrossInBlue = embed(TestPictures.draw(SAND, BLUE, TestPictures.stripes(0, period)));
            float[] upright = embed(TestPictures.draw(RED, SAND, TestPictures.stripes(Math.PI / 2, period)));
            assertCloser(across, acrossInBlue, upright);
        }
    }

    @Test
    void shapeCountsMoreThanItsColourOrPlace() throws OrtException {
        for (long seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            double place = 54 + 20 * random.nextDouble();
            float[] disc = embed(TestPictures.draw(RED, SAND, TestPictures.disc(64, 64, 30)));
            float[] otherDisc = embed(TestPictures.draw(SAND, GREEN, TestPictures.disc(place, 64, 30)));
            float[] square = embed(TestPictures.draw(RED, SAND, TestPictures.square(64, 64, 27)));
            assertCloser(disc, otherDisc, square);
        }
    }

    @Test
    void textureCountsMoreThanItsColour() throws OrtException {
        float[] dots = embed(TestPictures.draw(RED, SAND, TestPictures.dots(16)));
        float[] otherDots = embed(TestPictures.draw(BLUE, SAND, TestPictures.dots(14)));
        float[] stripes = embed(TestPictures.draw(RED, SAND, TestPictures.stripes(0.5, 16)));
        assertCloser(dots, otherDots, stripes);
    }

    @Test
    void colourTellsTheSameShapeApart() throws OrtException {
        Shape disc = TestPictures.disc(64, 64, 30);
        float[] red = embed(TestPictures.draw(RED, SAND, disc));
        float[] darkerRed = embed(TestPictures.draw(new float[] {0.7f, 0.2f, 0.15f}, SAND, disc));
        float[] blue = embed(TestPictures.draw(BLUE, GREEN, disc));
        assertCloser(red, darkerRed, blue);
    }

    @Test
    void smallShiftsOfBrightnessChangeLittle() throws OrtException {
        for (float shift : new float[] {-0.03f, 0.03f}) {
            float[] disc = TestPictures.draw(RED, SAND, TestPictures.disc(64, 64, 30));
            float[] shifted = disc.clone();
            for (int i = 0; i < shifted.length; i++) {
                shifted[i] += shift;
            }
            assertTrue(dot(embed(disc), embed(shifted)) > 0.95);
        }
    }

    private static float[] picture(Random random, Shape shape) {
        return TestPictures.draw(TestPictures.colour(random), TestPictures.colour(random), shape);
    }

    private static float[] embed(float[] picture) throws OrtException {
        return model.run(3, Builtin1.SIZE, picture)[0];
    }

    private static void assertCloser(float[] query, float[] near, float[] far) {
        double similarity = dot(query, near);
        double other = dot(query, far);
        assertTrue(similarity > other, () -> "similarity [" + similarity + "] but to the other [" + other + "]");
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * (double) b[i];
        }
        return sum;
    }
}
