package io.lookalike.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.image.Preprocessing.Channels;
import io.lookalike.image.Preprocessing.Layout;
import io.lookalike.image.Preprocessing.Mode;
import io.lookalike.image.Preprocessing.Resize;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every byte against Pillow: up and down, odd sides, lines of one pixel, pictures of eight million.
 *
 * <p>{@code pillow.txt} holds the start of the SHA-256 of what Pillow 9.4 makes of {@link GoldenPictures};
 * {@code src/test/python/pillow_golden.py} has written it.
 */
class PillowTests {

    @Test
    void resizesAsPillowDoes() {
        List<String> wrong = new ArrayList<>();
        String drawn = "";
        Picture picture = null;
        int cases = 0;
        for (String line : new String(TestPictures.resource("pillow.txt"), StandardCharsets.US_ASCII)
                .lines()
                .toList()) {
            String[] fields = line.split(" ", -1);
            String sides = fields[0] + fields[1] + "x" + fields[2];
            if (!sides.equals(drawn)) {
                picture = GoldenPictures.of(fields[0], Integer.parseInt(fields[1]), Integer.parseInt(fields[2]));
                drawn = sides;
            }
            byte[] made = made(
                    picture,
                    fields[3].toUpperCase(Locale.ROOT),
                    Resample.valueOf(fields[4].toUpperCase(Locale.ROOT)),
                    Integer.parseInt(fields[5]),
                    Integer.parseInt(fields[6]));
            if (!digest(made).equals(fields[7])) {
                wrong.add(line);
            }
            cases++;
        }
        assertEquals(List.of(), wrong);
        assertTrue(cases > 300, cases + " cases");
    }

    /** With the decoding of a JPEG, which libraries do not round alike. */
    @ParameterizedTest
    @EnumSource
    void decodesAndResizesAsPillowDoes(Resample filter) {
        byte[] ours = made(GoldenPictures.photo(), "STRETCH", filter, 224, 224);
        byte[] pillows = GoldenPictures.photoByPillow(filter).rgb();
        assertEquals(pillows.length, ours.length);
        long sum = 0;
        for (int i = 0; i < ours.length; i++) {
            sum += Math.abs((ours[i] & 0xff) - (pillows[i] & 0xff));
        }
        double mean = (double) sum / ours.length;
        assertTrue(mean < 0.25, filter + " differs by " + mean + " of 255");
    }

    private static byte[] made(Picture picture, String mode, Resample filter, int width, int height) {
        if (mode.equals("GREY")) {
            int[] values = picture.grey(width, height, filter);
            byte[] bytes = new byte[values.length];
            for (int i = 0; i < values.length; i++) {
                bytes[i] = (byte) values[i];
            }
            return bytes;
        }
        Preprocessing plain = new Preprocessing(
                new Resize(width, height, Mode.valueOf(mode), filter),
                null,
                null,
                Channels.RGB,
                Layout.NHWC,
                1,
                new float[] {0},
                new float[] {1});
        float[] tensor = plain.tensor(picture);
        byte[] bytes = new byte[tensor.length];
        for (int i = 0; i < tensor.length; i++) {
            bytes[i] = (byte) (int) tensor[i];
        }
        return bytes;
    }

    private static String digest(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
