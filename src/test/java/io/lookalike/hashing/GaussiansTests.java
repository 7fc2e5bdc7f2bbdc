package io.lookalike.hashing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GaussiansTests {
    @Test
    void weightsAreThoseOfTheGoldenFile() throws IOException {
        List<String[]> lines = GoldenFile.fields("weight");
        assertEquals(36, lines.size());
        for (String[] line : lines) {
            float weight =
                    Gaussians.weight(Long.parseLong(line[0]), Integer.parseInt(line[1]), Integer.parseInt(line[2]));
            assertEquals(Integer.parseInt(line[3]), weight * 65536, String.join(" ", line));
        }
    }

    @Test
    void weightsAreThoseOfTheSpecification() {
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            long seed = random.nextLong();
            int plane = random.nextInt(256 * 62);
            int component = random.nextInt(4096);
            assertEquals(
                    PlainHashing.weight(seed, plane, component) / 65536f, Gaussians.weight(seed, plane, component));
        }
    }

    @Test
    void weightsHaveTheMomentsOfAGaussian() {
        for (long seed : new long[] {0, 1, 42, -1}) {
            int n = 0;
            double[] moments = new double[4];
            double neighbours = 0;
            for (int plane = 0; plane < 64; plane++) {
                for (int component = 0; component < 4096; component++) {
                    double weight = Gaussians.weight(seed, plane, component);
                    for (int power = 0; power < 4; power++) {
                        moments[power] += Math.pow(weight, power + 1);
                    }
                    neighbours += weight * Gaussians.weight(seed, plane + 1, component);
                    n++;
                }
            }
            // five standard errors of 262,144 samples; the fourth moment of twelve uniform numbers is 2.9, a Gaussian's
            // is 3
            assertEquals(0, moments[0] / n, 0.01);
            assertEquals(1, moments[1] / n, 0.015);
            assertEquals(0, moments[2] / n, 0.04);
            assertEquals(2.9, moments[3] / n, 0.1);
            assertEquals(0, neighbours / n, 0.01);
        }
    }
}
