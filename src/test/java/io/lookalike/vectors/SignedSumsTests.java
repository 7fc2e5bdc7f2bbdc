package io.lookalike.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignedSumsTests {
    private static final int[] CODE_BYTES = {1, 2, 7, 8, 9, 16, 24, 31, 32, 64, 65, 128, 129};

    private final Random random = new Random(1);

    @TempDir
    private Path directory;

    private static double plain(float[] projections, byte[] code) {
        double sum = 0;
        for (int i = 0; i < projections.length; i++) {
            sum += (code[i / 8] >> (7 - i % 8) & 1) == 1 ? projections[i] : -projections[i];
        }
        return sum;
    }

    private float[] random(int size) {
        float[] projections = new float[size];
        for (int i = 0; i < size; i++) {
            projections[i] = (float) (random.nextGaussian() * 3 + 1);
        }
        return projections;
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void withinARoundingOfEachProjection() {
        for (int codeBytes : CODE_BYTES) {
            float[] projections = random(codeBytes * 8);
            SignedSums sums = new SignedSums(projections);
            float least = Float.MAX_VALUE;
            float greatest = -Float.MAX_VALUE;
            for (float projection : projections) {
                least = Math.min(least, projection);
                greatest = Math.max(greatest, projection);
            }
            // half a step for each bit that is set, twice; and the sums' own rounding
            double tolerance = projections.length * (greatest - least) / 63 * 1.01 + 1e-3;
            for (int i = 0; i < 20; i++) {
                byte[] code = bytes(codeBytes);
                assertEquals(plain(projections, code), sums.sum(code), tolerance);
            }
        }
    }

    @Test
    void exactWhereProjectionsLieOnTheLevels() {
        for (int codeBytes : CODE_BYTES) {
            float[] projections = new float[codeBytes * 8];
            for (int i = 0; i < projections.length; i++) {
                projections[i] = i == 0 ? -20 : i == 1 ? 43 : random.nextInt(-20, 44);
            }
            SignedSums sums = new SignedSums(projections);
            for (int i = 0; i < 20; i++) {
                byte[] code = bytes(codeBytes);
                assertEquals(plain(projections, code), sums.sum(code));
            }
        }
    }

    @Test
    void mappedAsFromArrays() throws IOException {
        for (int codeBytes : CODE_BYTES) {
            int count = 50;
            byte[] all = bytes(codeBytes * count);
            Path file = Files.write(directory.resolve("codes" + codeBytes), all);
            int[] ords = {3, 49, 0, 7, 7, 48};
            float[] out = {-1, -1, -1, -1, -1, -1, -1};
            SignedSums sums = new SignedSums(random(codeBytes * 8));
            try (Arena arena = Arena.ofConfined();
                    FileChannel channel = FileChannel.open(file)) {
                MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, all.length, arena);
                sums.sums(mapped, ords, ords.length, out);
                ords[0] = 50;
                assertThrows(IndexOutOfBoundsException.class, () -> sums.sums(mapped, ords, 1, out));
                ords[0] = 3;
            }
            for (int i = 0; i < ords.length; i++) {
                byte[] code = new byte[codeBytes];
                System.arraycopy(all, ords[i] * codeBytes, code, 0, codeBytes);
                assertEquals(sums.sum(code), out[i]);
            }
            assertEquals(-1, out[6]);
        }
    }

    @Test
    void equalProjections() {
        SignedSums sums = new SignedSums(new float[] {2, 2, 2, 2, 2, 2, 2, 2});
        assertEquals(16, sums.sum(new byte[] {-1}));
        assertEquals(-16, sums.sum(new byte[] {0}));
        assertEquals(8, sums.sum(new byte[] {0x7E}));
    }

    @Test
    void refusals() {
        assertEquals(
                "there must be one projection for each bit of a code of [1..4095] bytes; got [9]",
                assertThrows(IllegalArgumentException.class, () -> new SignedSums(new float[9]))
                        .getMessage());
        assertEquals(
                "code has [2] bytes but there are projections for [1]",
                assertThrows(IllegalArgumentException.class, () -> new SignedSums(new float[8]).sum(new byte[2]))
                        .getMessage());
        assertEquals(
                "codes that lie apart must be in mapped memory",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new SignedSums(new float[8])
                                        .sums(MemorySegment.ofArray(new byte[8]), new int[1], 1, new float[1]))
                        .getMessage());
    }
}
