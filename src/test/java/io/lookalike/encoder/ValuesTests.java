package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ValuesTests {
    @Test
    void testNumbersOfEveryKind() {
        assertArrayEquals(
                new float[] {1, 2.5f, -3, 4}, Values.vector("[vector]", List.of(1, 2.5, -3L, BigInteger.valueOf(4))));
    }

    @Test
    void testFloatsComeBackFromTheirText() {
        Random random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (Float.isFinite(value)) {
                assertEquals(value, Values.toFloat(Double.valueOf(Float.toString(value))));
            }
        }
    }

    /**
     * As a double, the number is the middle of two floats, and a cast takes the lower one; but the decimal number is
     * above the middle.
     */
    @Test
    void testNothingIsRoundedTwice() {
        assertEquals(1.0000001f, Values.toFloat(1.0000000596046448));
        assertEquals(1f, (float) 1.0000000596046448);
    }

    @Test
    void testMessagesShowLittle() {
        String secret = "A".repeat(1000);
        refused("[vector] must hold a vector as a list of numbers; got [a text of 1000]", secret);
        refused("[vector] must hold a vector as a list of numbers; got [an object]", Map.of("a", secret));
        refused("[vector] must hold a vector as a list of numbers; got [3 bytes]", new byte[3]);
        refused("[vector] must hold numbers only; got [a text of 1000] at [1]", List.of(1, secret));
        refused("[vector] must hold numbers only; got [a list of 2] at [0]", List.of(List.of(secret, secret)));
        refused("[vector] must hold numbers only; got [null] at [0]", Arrays.asList((Object) null));
    }

    private static void refused(String message, Object value) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> Values.vector("[vector]", value))
                        .getMessage());
    }

    @Test
    void testLongNamesAreCut() {
        assertEquals("photo.vector", Messages.cut("photo.vector"));
        assertEquals("a".repeat(80), Messages.cut("a".repeat(80)));
        assertEquals("a".repeat(80) + "… (100000 letters)", Messages.cut("a".repeat(100_000)));
        // half of a surrogate pair is invalid in JSON
        assertEquals("a".repeat(79) + "… (81 letters)", Messages.cut("a".repeat(79) + "\uD83D\uDE00"));
        assertEquals("[a, b]", Messages.cut(List.of("a", "b")));
        String many = Messages.cut(Collections.nCopies(5_000, "a"));
        assertEquals("[" + "a, ".repeat(20) + "… 5000 in all]", many);
    }

    @Test
    void testWhatAMisspeltNameMeans() {
        List<String> known = List.of("center", "mean", "normalization", "normalize", "scale", "std");
        assertEquals("; did you mean [normalization]?", Messages.didYouMean("normalisation", known));
        assertEquals("; did you mean [scale]?", Messages.didYouMean("Scales", known));
        assertEquals("; did you mean [center]?", Messages.didYouMean("centre", known));
        assertEquals("", Messages.didYouMean("blur", known));
        assertEquals("", Messages.didYouMean("", known));
        assertEquals("", Messages.didYouMean("scale".repeat(100_000), known));
    }
}
