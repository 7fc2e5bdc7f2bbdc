package io.lookalike.learning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.work.Progress;
import io.lookalike.work.TestWorkers;
import io.lookalike.work.Workers;
import org.junit.jupiter.api.Test;

class PlanesTests {

    @Test
    void signsOfComponentsAreThoseOfPca() {
        float[][] rows = Samples.gaussian(1, 500, Samples.falling(20));
        LearnedCode code = Planes.pcaSign(rows, 16, Workers.alone(), Progress.NONE);
        Linear stage = Pca.learn(rows, Workers.alone(), Progress.NONE).stage(16, false);
        assertEquals("pca_sign", code.method());
        assertArrayEquals(stage.weights(), code.weights());
        for (int d = 0; d < 20; d++) {
            assertEquals(3 + d, code.center()[d], .3);
        }
    }

    @Test
    void everyPlaneHalvesTheSampleAndLiesWithinTheComponents() {
        float[][] rows = Samples.gaussian(2, 501, Samples.falling(30));
        LearnedCode code = TestWorkers.with(3, workers -> Planes.pcaPlanes(rows, 40, 7, 9, workers, Progress.NONE));
        Linear stage = Pca.learn(rows, Workers.alone(), Progress.NONE).stage(30, false);
        for (int j = 0; j < 40; j++) {
            int above = 0;
            for (float[] row : rows) {
                double product = -code.thresholds()[j];
                for (int d = 0; d < 30; d++) {
                    product += code.weights()[j * 30 + d] * (row[d] - code.center()[d]);
                }
                above += product > 1e-6 ? 1 : 0;
            }
            assertEquals(250, above, 1);
            for (int component = 7; component < 30; component++) {
                assertEquals(0, Samples.dot(code.weights(), j * 30, stage.weights(), component * 30, 30), 1e-4);
            }
        }
        assertArrayEquals(
                code.weights(),
                Planes.pcaPlanes(rows, 40, 7, 9, Workers.alone(), Progress.NONE).weights());
    }

    @Test
    void refusesMoreThanThereIs() {
        float[][] rows = Samples.gaussian(3, 100, Samples.falling(20));
        Exception e = assertThrows(
                IllegalArgumentException.class, () -> Planes.pcaSign(rows, 64, Workers.alone(), Progress.NONE));
        assertEquals(
                "[pca_sign.bits] is [64] but vectors have [20] dims; ask for at most [16] bits, or learn from an "
                        + "encoder with more dims",
                e.getMessage());
        float[][] short15 = Samples.gaussian(3, 100, Samples.falling(15));
        e = assertThrows(
                IllegalArgumentException.class, () -> Planes.pcaSign(short15, 64, Workers.alone(), Progress.NONE));
        assertEquals(
                "[pca_sign.bits] is [64] but vectors have [15] dims; learn from an encoder with more dims",
                e.getMessage());
        e = assertThrows(
                IllegalArgumentException.class,
                () -> Planes.pcaPlanes(rows, 64, 21, 1, Workers.alone(), Progress.NONE));
        assertEquals("[pca_planes.dims] is [21] but vectors have [20] dims; ask for at most [20] dims", e.getMessage());
        e = assertThrows(
                IllegalArgumentException.class,
                () -> Planes.pcaPlanes(rows, 65, 20, 1, Workers.alone(), Progress.NONE));
        assertEquals("[pca_planes.bits] must be a multiple of 8 within [8..4096]; got [65]", e.getMessage());
        assertTrue(Planes.bytes(100, 20, 64, 2) > 0 && Itq.bytes(100, 20, 64, 2) > 0);
    }
}
