package io.lookalike.modelgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import java.util.Arrays;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** The statistics other than {@link EdgePairs}, each against a plain computation or a property. */
class StatisticsTests {

    private static final int SIZE = 16;

    private static float[] apply(int channels, BiFunction<GraphBuilder, Tensor, Tensor> statistic, float[] picture)
            throws OrtException {
        GraphBuilder g = new GraphBuilder("test");
        g.output("output", g.flat(statistic.apply(g, g.input("input", channels, SIZE))));
        try (Model model = new Model(g.build("test"), "output")) {
            return model.run(channels, SIZE, picture)[0];
        }
    }

    private static float[] random(int channels, long seed) {
        Random random = new Random(seed);
        float[] picture = new float[channels * SIZE * SIZE];
        for (int i = 0; i < picture.length; i++) {
            picture[i] = random.nextFloat();
        }
        return picture;
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    @Test
    void softBinsShareAValueBetweenTheTwoNearest() throws OrtException {
        float[] picture = random(1, 1);
        float[] expected = new float[5 * picture.length];
        for (int i = 0; i < picture.length; i++) {
            float place = picture[i] * 4;
            int below = (int) place;
            expected[below * picture.length + i] = 1 - (place - below);
            expected[(below + 1) * picture.length + i] = place - below;
        }
        assertArrayEquals(expected, apply(1, (g, x) -> SoftBins.of(g, x, 0, 0, 0.25, 5), picture), 1e-5f);
    }

    @Test
    void anInclinedPlaneHasOneOrientationWhateverItsColours() throws OrtException {
        for (int step = 0; step < 16; step++) {
            double angle = Math.PI * step / 16;
            float[] plane = new float[3 * SIZE * SIZE];
            for (int i = 0; i < plane.length; i++) {
                int column = i % SIZE;
                int row = i / SIZE % SIZE;
                double rise = (Math.cos(angle) * column + Math.sin(angle) * row) / (2.0 * SIZE);
                int channel = i / (SIZE * SIZE);
                plane[i] = channel == 1 ? 0.5f : (float) (0.5 + (channel == 0 ? rise : -rise));
            }
            float[] edges = apply(3, (g, x) -> OrientedEdges.map(g, x, 1, 8), plane);
            double strength = Math.sqrt(2) / (2 * SIZE);
            int centre = SIZE / 2 * SIZE + SIZE / 2;
            for (int bin = 0; bin < 8; bin++) {
                double off = Math.abs(step - 2 * bin) % 16;
                double doubled = 2 * Math.PI * Math.min(off, 16 - off) / 16;
                double limit = Math.cos(Math.PI / 4);
                double expected = strength * Math.max(0, (Math.cos(doubled) - limit) / (1 - limit));
                assertEquals(expected, edges[bin * SIZE * SIZE + centre], 0.02 * strength + 1e-3);
            }
        }
    }

    @Test
    void surfacePatternCountsEveryPixelOnceAndTellsFlatFromRough() throws OrtException {
        float[] flat = new float[SIZE * SIZE];
        float[] ofFlat = apply(1, SurfacePattern::of, flat);
        float[] ofNoise = apply(1, SurfacePattern::of, random(1, 2));
        assertEquals(1, sum(ofNoise), 0.01);
        assertEquals(1, sum(ofFlat), 0.01);
        double flatCorner = ofFlat[0] + ofFlat[1] + ofFlat[9] + ofFlat[10] + ofFlat[11] + ofFlat[19] + ofFlat[20];
        assertEquals(1, flatCorner, 0.02);
        assertEquals(0, ofNoise[0], 0.02);
        assertEquals(81, SurfacePattern.ordinary().size());
    }

    @Test
    void colourHistogramsSumToOneForMutedColours() throws OrtException {
        float[] muted = random(3, 3);
        for (int i = 0; i < muted.length; i++) {
            muted[i] = 0.4f + 0.2f * muted[i];
        }
        assertEquals(1, sum(apply(3, ColourHistogram::lightAndBlue, muted)), 1e-3);
        assertEquals(1, sum(apply(3, ColourHistogram::redAndBlue, muted)), 1e-3);
        assertEquals(30, ColourHistogram.ordinaryLightAndBlue().size());
        assertEquals(25, ColourHistogram.ordinaryRedAndBlue().size());
    }

    @Test
    void greysFallIntoTheMiddleBin() throws OrtException {
        float[] grey = new float[3 * SIZE * SIZE];
        Arrays.fill(grey, 0.4f);
        float[] expected = new float[25];
        expected[12] = 1;
        assertArrayEquals(expected, apply(3, ColourHistogram::redAndBlue, grey), 1e-3f);
    }

    @Test
    void perceivedColourOfGreysIsLightnessAlone() throws OrtException {
        float[] ramp = new float[3 * SIZE * SIZE];
        for (int i = 0; i < ramp.length; i++) {
            ramp[i] = i % (SIZE * SIZE) / (SIZE * SIZE - 1f);
        }
        float[] space = apply(3, PerceivedColour::space, ramp);
        assertEquals(0, space[0], 1e-4);
        assertEquals(1, space[SIZE * SIZE - 1], 1e-4);
        for (int i = 1; i < SIZE * SIZE; i++) {
            assertTrue(space[i] >= space[i - 1] - 1e-5);
            assertEquals(0, space[SIZE * SIZE + i], 1e-3);
            assertEquals(0, space[2 * SIZE * SIZE + i], 1e-3);
        }
    }

    @Test
    void perceivedColourTellsRedFromGreenAndYellowFromBlue() throws OrtException {
        float[][] colours = {{1, 0, 0}, {0, 1, 0}, {1, 1, 0}, {0, 0, 1}};
        double[][] opponents = new double[4][2];
        for (int c = 0; c < 4; c++) {
            float[] picture = new float[3 * SIZE * SIZE];
            for (int i = 0; i < picture.length; i++) {
                picture[i] = colours[c][i / (SIZE * SIZE)];
            }
            float[] space = apply(3, PerceivedColour::space, picture);
            opponents[c][0] = space[SIZE * SIZE];
            opponents[c][1] = space[2 * SIZE * SIZE];
        }
        assertTrue(opponents[0][0] > 0.5 && opponents[1][0] < -0.5);
        assertTrue(opponents[2][1] > 0.5 && opponents[3][1] < -0.5);
    }

    @Test
    void perceivedColourHistogramsCountEveryMutedPixelOnce() throws OrtException {
        float[] muted = random(3, 3);
        for (int i = 0; i < muted.length; i++) {
            muted[i] = 0.4f + 0.2f * muted[i];
        }
        float[] histogram = apply(3, (g, x) -> PerceivedColour.histogram(g, PerceivedColour.space(g, x), 6), muted);
        assertEquals(6 * 49, histogram.length);
        assertEquals(1, sum(histogram), 1e-3);
        float[] layout = apply(3, (g, x) -> PerceivedColour.layout(g, PerceivedColour.space(g, x), 5, 4), muted);
        assertEquals(19 * 16, layout.length);
        assertEquals(3 * 16, sum(layout), 0.05);
    }

    @Test
    void secondLayerSeesTheDirectionOfAGridAndNotWhereItLies() throws OrtException {
        float[][] answers = new float[2][];
        for (int shift = 0; shift < 2; shift++) {
            float[] bars = new float[SIZE * SIZE];
            for (int i = 0; i < bars.length; i++) {
                bars[i] = (i % SIZE + shift) % 4 < 2 ? 1 : 0;
            }
            answers[shift] = apply(1, (g, x) -> SecondLayer.of(g, x, 4), bars);
        }
        int centre = SIZE / 2 * SIZE + SIZE / 2;
        for (float[] answer : answers) {
            assertTrue(answer[centre] > 4 * answer[2 * SIZE * SIZE + centre]);
        }
        assertEquals(answers[0][centre], answers[1][centre], 0.3 * answers[0][centre]);
    }

    @Test
    void secondLayerAnswersNothingToEvenGround() throws OrtException {
        float[] even = new float[SIZE * SIZE];
        Arrays.fill(even, 0.7f);
        assertArrayEquals(new float[4 * SIZE * SIZE], apply(1, (g, x) -> SecondLayer.of(g, x, 4), even), 1e-3f);
    }

    @Test
    void sparseEdgesAreEveryOtherOne() throws OrtException {
        float[] picture = random(3, 6);
        float[] all = apply(3, (g, x) -> OrientedEdges.map(g, x, 1, 8), picture);
        float[] some = apply(3, (g, x) -> OrientedEdges.mapEverySecond(g, x, 1, 8), picture);
        int half = SIZE / 2;
        assertEquals(8 * half * half, some.length);
        for (int i = 0; i < some.length; i++) {
            int channel = i / (half * half);
            int row = 2 * (i / half % half);
            int column = 2 * (i % half);
            assertEquals(all[channel * SIZE * SIZE + row * SIZE + column], some[i], 1e-4);
        }
    }
}
