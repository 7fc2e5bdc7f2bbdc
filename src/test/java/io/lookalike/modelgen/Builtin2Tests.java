package io.lookalike.modelgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import io.lookalike.modelgen.TestPictures.Shape;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class Builtin2Tests {

    private static final int DIMS = 998;
    private static final int MOST_BYTES = 4_000_000;
    private static final float[] RED = {0.8f, 0.2f, 0.1f};
    private static final float[] BLUE = {0.1f, 0.3f, 0.7f};
    private static final float[] SAND = {0.9f, 0.8f, 0.6f};
    private static final float[] GREEN = {0.1f, 0.5f, 0.2f};

    private static byte[] bytes;
    private static Model model;

    @BeforeAll
    static void load() throws OrtException {
        bytes = Builtin2.model(Yardstick.load());
        model = new Model(bytes, "embedding");
    }

    @AfterAll
    static void close() throws OrtException {
        model.close();
    }

    private static float[] embed(float[] picture) throws OrtException {
        return model.run(3, Builtin2.SIZE, picture)[0];
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void assertCloser(float[] query, float[] near, float[] far) {
        double toNear = dot(query, near);
        double toFar = dot(query, far);
        assertTrue(toNear > toFar, toNear + " is not above " + toFar);
    }

    private static float[] picture(Random random, Shape shape) {
        return TestPictures.draw(TestPictures.colour(random), TestPictures.colour(random), shape);
    }

    @Test
    void sameBytesAtEveryGenerationAndNotTooMany() {
        assertArrayEquals(bytes, Builtin2.model(Yardstick.load()));
        assertTrue(bytes.length < MOST_BYTES, bytes.length + " bytes");
    }

    /** Fingerprints of stored documents depend on the bytes: a better model gets another name. */
    @Test
    void bytesNeverChange() throws NoSuchAlgorithmException {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
        assertEquals(
                "f60a0622941f0b136de765b593b091e07c5918b7339cf16b629f2b58e280d20e",
                HexFormat.of().formatHex(digest));
    }

    @Test
    void vectorsNeverChange() throws OrtException {
        float[] vector = embed(TestPictures.draw(RED, SAND, TestPictures.disc(50, 70, 30)));
        float[] some = new float[12];
        for (int i = 0; i < some.length; i++) {
            some[i] = vector[i * 90];
        }
        float[] golden = {
            0.06305654f,
            0.0027209648f,
            -0.04194877f,
            0.022891164f,
            -0.001564347f,
            0.0028551642f,
            0.049233373f,
            -0.019606533f,
            -3.1552804E-4f,
            -0.0014974175f,
            0.0035569433f,
            0.0012737007f
        };
        assertArrayEquals(golden, some, 1e-4f, Arrays.toString(some));
    }

    @Test
    void sameVectorAloneAndInsideABatch() throws OrtException {
        for (long seed = 0; seed < 3; seed++) {
            Random random = new Random(seed);
            float[] stripes = picture(random, TestPictures.stripes(random.nextDouble(), 9));
            float[] disc = picture(random, TestPictures.disc(50, 70, 30));
            float[] noise = TestPictures.noise(seed);
            float[][] together = model.run(3, Builtin2.SIZE, stripes, disc, noise);
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
        for (float[] vector : model.run(3, Builtin2.SIZE, pictures.toArray(float[][]::new))) {
            assertEquals(DIMS, vector.length);
            for (float value : vector) {
                assertTrue(Float.isFinite(value));
            }
            assertEquals(1, dot(vector, vector), 1e-4);
        }
    }

    @Test
    void shapeCountsMoreThanItsPlace() throws OrtException {
        for (long seed = 0; seed < 5; seed++) {
            double place = 54 + 20 * new Random(seed).nextDouble();
            float[] disc = embed(TestPictures.draw(RED, SAND, TestPictures.disc(64, 64, 30)));
            float[] otherDisc = embed(TestPictures.draw(RED, SAND, TestPictures.disc(place, 64, 30)));
            float[] square = embed(TestPictures.draw(RED, SAND, TestPictures.square(64, 64, 27)));
            assertCloser(disc, otherDisc, square);
        }
    }

    @Test
    void directionOfStripesCounts() throws OrtException {
        for (double period : new double[] {6, 10, 16, 24}) {
            float[] across = embed(TestPictures.draw(RED, SAND, TestPictures.stripes(0, period)));
            float[] wider = embed(TestPictures.draw(RED, SAND, TestPictures.stripes(0, period * 1.1)));
            float[] upright = embed(TestPictures.draw(RED, SAND, TestPictures.stripes(Math.PI / 2, period)));
            assertCloser(across, wider, upright);
        }
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
    void colourCountsAboutAsMuchAsShape() throws OrtException {
        float[] disc = embed(TestPictures.draw(RED, SAND, TestPictures.disc(64, 64, 30)));
        float[] inOtherColours = embed(TestPictures.draw(BLUE, GREEN, TestPictures.disc(64, 64, 30)));
        float[] stripes = embed(TestPictures.draw(RED, SAND, TestPictures.stripes(0.5, 16)));
        float[] strange = embed(TestPictures.draw(BLUE, GREEN, TestPictures.stripes(0.5, 16)));
        assertCloser(disc, inOtherColours, strange);
        assertCloser(disc, stripes, strange);
    }
}
