package io.lookalike.modelgen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class KernelsTests {

    private static double sum(float[] kernel, int powerX, int powerY) {
        int side = (int) Math.round(Math.sqrt(kernel.length));
        double sum = 0;
        for (int i = 0; i < kernel.length; i++) {
            sum += kernel[i] * Math.pow(i % side - side / 2, powerX) * Math.pow(i / side - side / 2, powerY);
        }
        return sum;
    }

    @Test
    void blursKeepTheMean() {
        for (double size : new double[] {0.7, 1, 2, 4}) {
            assertEquals(1, sum(Kernels.gaussian(size), 0, 0), 1e-6);
        }
    }

    @Test
    void slopesAnswerOneToASlopeOfOne() {
        for (double sigma : new double[] {0.7, 1, 2}) {
            float[] x = Kernels.gaussianX(sigma);
            float[] y = Kernels.gaussianY(sigma);
            assertEquals(0, sum(x, 0, 0), 1e-6);
            assertEquals(1, sum(x, 1, 0), 1e-6);
            assertEquals(0, sum(x, 0, 1), 1e-6);
            assertEquals(0, sum(y, 0, 0), 1e-6);
            assertEquals(1, sum(y, 0, 1), 1e-6);
            assertEquals(0, sum(y, 1, 0), 1e-6);
        }
    }

    @Test
    void twoPointsLieOppositeAtTheirDistance() {
        for (int distance : new int[] {1, 2, 3}) {
            for (double direction : new double[] {0, 0.4, 1.3, 2.5}) {
                float[] points = Kernels.twoPoints(distance, direction);
                assertEquals(1, sum(points, 0, 0), 1e-6);
                assertEquals(0, sum(points, 1, 0), 1e-6);
                assertEquals(0, sum(points, 0, 1), 1e-6);
                double diagonal = distance * distance * Math.cos(direction) * Math.sin(direction);
                assertEquals(diagonal, sum(points, 1, 1), 1e-5);
            }
        }
    }

    @Test
    void differencesReadOnePixelAndTheCentre() {
        float[] difference = Kernels.difference(2, -1, 2);
        assertEquals(0, sum(difference, 0, 0));
        assertEquals(2, sum(difference, 1, 0));
        assertEquals(-1, sum(difference, 0, 1));
    }
}
