package io.lookalike.image.icc;

import static io.lookalike.image.ImageDecoderTests.assertClose;
import static io.lookalike.image.TestPictures.bytes;
import static io.lookalike.image.TestPictures.chunk;
import static io.lookalike.image.TestPictures.deflate;
import static io.lookalike.image.TestPictures.join;
import static io.lookalike.image.TestPictures.latin1;
import static io.lookalike.image.TestPictures.png;
import static io.lookalike.image.TestPictures.resource;
import static io.lookalike.image.TestPictures.segment;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.lookalike.image.TestPictures;
import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import io.lookalike.image.file.ImageLimits;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColourProfileTests {

    private static byte[] decode(byte[] file) {
        return TestPictures.decode("field [image]", file, ImageLimits.DEFAULT).rgb();
    }

    /** The pixels were converted by LittleCMS 2 in Pillow 9.4, perceptual, to its sRGB. */
    @ParameterizedTest
    @CsvSource({
        "adobe-rgb.jpg, 2",
        "display-p3.png, 1",
        "display-p3.webp, 1",
        "gray-gamma.png, 1",
        "cmyk-profile.jpg, 10",
        "table-profile.png, 3",
        "table4-profile.png, 3"
    })
    void coloursAreThoseOfLittleCms(String name, int most) {
        assertClose(resource(name.substring(0, name.indexOf('.')) + ".rgb"), decode(resource(name)), most);
    }

    @Test
    void aProfileOfSrgbChangesNothing() {
        byte[] srgb = ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData();
        assertNull(ColourProfile.of(srgb, ColourProfile.Space.RGB));
        assertNull(ColourProfile.of(srgb, ColourProfile.Space.GREY));
        byte[] rgb = TestPictures.pattern(5, 3).rgb();
        assertArrayEquals(rgb, decode(png(5, 3, 8, 2, rgb, profileChunk(srgb))));
    }

    @Test
    void aProfileOfAnotherKindOfPictureCountsAsAbsent() {
        byte[] grey = ICC_Profile.getInstance(ColorSpace.CS_GRAY).getData();
        assertNull(ColourProfile.of(grey, ColourProfile.Space.RGB));
        assertNull(ColourProfile.of(grey, ColourProfile.Space.CMYK));
        byte[] linear = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
        assertNull(ColourProfile.of(linear, ColourProfile.Space.CMYK));
        byte[] rgb = bytes(64, 64, 64);
        byte[] converted = decode(png(1, 1, 8, 2, rgb, profileChunk(linear)));
        // 0.251 of light is 0.537 in sRGB
        assertArrayEquals(bytes(137, 137, 137), converted);
    }

    private static byte[] profileChunk(byte[] profile) {
        return chunk("iCCP", join(latin1("icc\u0000\u0000"), deflate(profile)));
    }

    /** Of files with a profile of each kind; a good picture does not fail for its profile. */
    @Test
    void brokenProfilesCountAsAbsent() {
        byte[] rgb = TestPictures.pattern(4, 4).rgb();
        byte[] plain = resource("baseline.jpg");
        for (String name : new String[] {"table-profile.png", "table4-profile.png", "display-p3.png"}) {
            byte[] profile = profileOf(resource(name));
            assertFalse(Arrays.equals(rgb, decode(png(4, 4, 8, 2, rgb, profileChunk(profile)))), name);
            for (int length = 0; length < 128; length++) {
                byte[] cut = Arrays.copyOf(profile, length);
                assertArrayEquals(rgb, decode(png(4, 4, 8, 2, rgb, profileChunk(cut))), name + " " + length);
            }
            for (int seed = 0; seed < 300; seed++) {
                Random random = new Random(seed);
                byte[] noise = profile.clone();
                for (int i = 0; i < 6; i++) {
                    noise[random.nextInt(Math.min(600, noise.length))] = (byte) random.nextInt();
                }
                decode(png(4, 4, 8, 2, rgb, profileChunk(noise)));
            }
        }
        byte[] half = segment(0xe2, join(latin1("ICC_PROFILE\u0000\u0001\u0002"), new byte[500]));
        assertArrayEquals(decode(plain), decode(TestPictures.insert(plain, 2, half)));
    }

    @Test
    void aProfileThatUnpacksToMoreThanIsReadCountsAsAbsent() {
        byte[] rgb = TestPictures.pattern(4, 4).rgb();
        byte[] bomb = profileChunk(new byte[ColourProfile.MAX_BYTES * 3]);
        assertArrayEquals(rgb, decode(png(4, 4, 8, 2, rgb, bomb)));
    }

    private static byte[] profileOf(byte[] png) {
        return new PngProfile(png).read();
    }

    /** Takes the profile out of a PNG. */
    private record PngProfile(
            @SuppressWarnings("ArrayRecordComponent") byte[] file) {
        byte[] read() {
            int at = 8;
            while (!new Bytes(file, "PNG").has(at + 4, "iCCP")) {
                at += 12 + (int) number(at);
            }
            int from = at + 8;
            while (file[from] != 0) {
                from++;
            }
            java.util.zip.Inflater inflater = new java.util.zip.Inflater();
            inflater.setInput(file, from + 2, at + 8 + (int) number(at) - from - 2);
            byte[] out = new byte[1 << 16];
            try {
                return Arrays.copyOf(out, inflater.inflate(out));
            } catch (java.util.zip.DataFormatException e) {
                throw new AssertionError(e);
            } finally {
                inflater.end();
            }
        }

        private long number(int at) {
            try {
                return new Bytes(file, "PNG").u32(at);
            } catch (Unreadable e) {
                throw new AssertionError(e);
            }
        }
    }
}
