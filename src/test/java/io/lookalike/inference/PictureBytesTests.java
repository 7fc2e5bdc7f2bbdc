package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lookalike.TestLogging;
import io.lookalike.image.file.ImageLimits;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.junit.jupiter.api.Test;

class PictureBytesTests {
    static {
        TestLogging.start();
    }

    private static final ImageLimits LIMITS = new ImageLimits(1000, 100, 100);

    private static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] of(Object value) {
        return PictureBytes.of("field [image]", value, LIMITS);
    }

    private static void refused(String message, Object value) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> of(value)).getMessage());
    }

    @Test
    void testEverySpellingOfBase64() {
        for (int seed = 0; seed < 50; seed++) {
            byte[] bytes = random(seed, seed * 7 % 200);
            String plain = Base64.getEncoder().encodeToString(bytes);
            for (String spelled : List.of(
                    plain,
                    Base64.getEncoder().withoutPadding().encodeToString(bytes),
                    Base64.getMimeEncoder().encodeToString(bytes),
                    plain + "\n",
                    "data:image/png;base64," + plain,
                    "DATA:image/jpeg;charset=x;base64," + plain,
                    "data:;base64,\r\n" + plain)) {
                assertArrayEquals(bytes, of(spelled), spelled);
            }
        }
    }

    @Test
    void testBinaryIsTakenAsItIs() {
        byte[] bytes = random(1, 10);
        assertSame(bytes, of(bytes));
    }

    @Test
    void testUrlSafeLettersAreRefusedAlsoBetweenLineBreaks() {
        byte[] bytes = new byte[300];
        Arrays.fill(bytes, (byte) 0xfb);
        String urlSafe = Base64.getUrlEncoder().encodeToString(bytes);
        String message = "field [image] is not base64; encode the picture's bytes, as [base64 -w0 picture.jpg] does, "
                + "with the letters [+] and [/], not the URL-safe ones";
        refused(message, urlSafe);
        refused(message, urlSafe.substring(0, 76) + "\r\n" + urlSafe.substring(76));
    }

    @Test
    void testWhatIsNotBase64() {
        String message = "field [image] is not base64; encode the picture's bytes, as [base64 -w0 picture.jpg] does";
        refused(message, "hello");
        refused(message, "AAAA*AAA");
        refused(message, "AAAA\nAA\u00e9A");
        refused(message, "A");
    }

    /** A form decoder turns [+] into a space. */
    @Test
    void testSpacesAreNamed() {
        byte[] bytes = new byte[300];
        Arrays.fill(bytes, (byte) 0xfb);
        refused(
                "field [image] is not base64; encode the picture's bytes, as [base64 -w0 picture.jpg] does, without "
                        + "the spaces that it has, which are [+] where base64 was sent or read as a form: escape "
                        + "that as [%2B]",
                Base64.getEncoder().encodeToString(bytes).replace('+', ' '));
    }

    @Test
    void testNothingIsFetched() {
        for (String place : List.of(
                "http://localhost/a.jpg",
                "https://example.com/a?key=secret",
                "S3://bucket/a",
                "file:///home/me/a.jpg",
                "/home/me/a.jpg",
                "/home/my pictures/a",
                "~/a.png",
                "./a.png",
                "../a.webp",
                "C:\\pictures\\a.jpg",
                "c:/pictures/a",
                "\\\\server\\a",
                "www.example.com/a.jpg",
                "a.jpeg")) {
            refused(
                    "field [image] holds a URL or the name of a file, from which nothing is fetched; send the "
                            + "picture's bytes as"
                            + " base64, as [base64 -w0 picture.jpg] prints them",
                    place);
        }
    }

    @Test
    void testOtherValues() {
        refused("field [image] must hold a picture as base64, a data: URL or binary; got [Integer]", 5);
        refused("field [image] must hold a picture as base64, a data: URL or binary; got [Boolean]", true);
        refused("field [image] must hold a picture as base64, a data: URL or binary; got [an object]", Map.of("a", 1));
        refused("field [image] must hold a picture as base64, a data: URL or binary; got [null]", null);
        refused(
                "field [image] must hold one picture; got a list of [2], send a document for each",
                List.of("AAAA", "AAAA"));
    }

    @Test
    void testDataUrlsWithoutBase64() {
        String message = "field [image] holds a data: URL without [;base64,]; write data:image/png;base64,…";
        refused(message, "data:image/png,AAAA");
        refused(message, "data:image/png;base64");
        refused(message, "data:" + "x".repeat(300) + ";base64,AAAA");
    }

    @Test
    void testLimitIsExactAndCheckedBeforeDecoding() {
        for (int length = 990; length <= 1000; length++) {
            byte[] bytes = random(length, length);
            assertArrayEquals(bytes, of(Base64.getEncoder().encodeToString(bytes)));
            assertArrayEquals(bytes, of(Base64.getMimeEncoder().encodeToString(bytes)));
        }
        // invalid base64, but the size is checked first
        refused(
                "cannot decode field [image]: about [3000] bytes; at most [1000] are allowed; send a smaller picture "
                        + "or "
                        + "raise [lookalike.image.max_bytes]",
                "*".repeat(4000));
        refused(
                "cannot decode field [image]: about [3000] bytes; at most [1000] are allowed; send a smaller picture "
                        + "or "
                        + "raise [lookalike.image.max_bytes]",
                "data:image/png;base64," + "*".repeat(4000));
    }

    @Test
    void testSizeThatWaitsInAQueue() {
        assertEquals(5, PictureBytes.sizeOf(new byte[5]));
        assertEquals(6, PictureBytes.sizeOf("AAAABB"));
        assertEquals(8, PictureBytes.sizeOf(List.of(1.0, 2.0)));
        assertEquals(0, PictureBytes.sizeOf(null));
    }

    @Test
    void testLongTextsAreDecodedInPieces() {
        ImageLimits limits = new ImageLimits(1 << 20, 1000, 1000);
        for (int length : new int[] {12_285, 12_286, 12_287, 12_288, 12_289, 24_575, 24_576, 24_577, 100_000}) {
            byte[] bytes = random(length, length);
            String plain = Base64.getEncoder().encodeToString(bytes);
            for (String spelled : List.of(
                    plain,
                    Base64.getEncoder().withoutPadding().encodeToString(bytes),
                    Base64.getMimeEncoder().encodeToString(bytes),
                    "data:image/png;base64,\n" + plain + "\r\n")) {
                assertArrayEquals(bytes, PictureBytes.of("it", spelled, limits), "" + length);
            }
            for (String broken : List.of(
                    plain.substring(0, 8190) + "==" + plain.substring(8192),
                    plain + "====",
                    plain.substring(0, 8192) + "AA==" + plain.substring(8192))) {
                assertThrows(IllegalArgumentException.class, () -> PictureBytes.of("it", broken, limits), "" + length);
            }
        }
    }

    @Test
    void testDecodedBytesAreOnTheBreakerWhileTheyAreUsed() {
        CountingBreaker counted = new CountingBreaker(1000);
        PictureBreaker breaker = counted.asPictureBreaker();
        String text = Base64.getEncoder().encodeToString(random(1, 600));
        PictureBytes.use("it", text, LIMITS, breaker, bytes -> assertEquals(600, counted.getUsed()));
        assertEquals(0, counted.getUsed());
        assertThrows(
                IllegalStateException.class,
                () -> PictureBytes.use("it", text, LIMITS, breaker, bytes -> {
                    throw new IllegalStateException();
                }));
        assertThrows(
                IllegalArgumentException.class, () -> PictureBytes.use("it", "*" + text, LIMITS, breaker, bytes -> {}));
        assertEquals(0, counted.getUsed());
        counted.addWithoutBreaking(500);
        assertThrows(
                CircuitBreakingException.class,
                () -> PictureBytes.use("it", text, LIMITS, breaker, bytes -> {
                    throw new AssertionError();
                }));
        assertEquals(500, counted.getUsed());
    }
}
