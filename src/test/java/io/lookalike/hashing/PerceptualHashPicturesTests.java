package io.lookalike.hashing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lookalike.image.ImageDecoder;
import io.lookalike.image.ImageLimits;
import io.lookalike.image.Picture;
import io.lookalike.image.Resample;
import io.lookalike.vectors.Hamming;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Hashes of real pictures, read from the directory that {@code LOOKALIKE_DATA} or {@code -Dlookalike.data} names. */
class PerceptualHashPicturesTests {
    /** The values that the Python library imagehash states for a picture among its tests. */
    @Test
    void hashesAreThoseOfImagehash() throws IOException {
        Picture picture = picture("imagehash-reference/tests/data/imagehash.png");
        assertEquals("ffd7918181c9ffff", HexFormat.of().formatHex(hash(PerceptualHash.AHASH, picture)));
        assertEquals("ba8c84536bd3c366", HexFormat.of().formatHex(hash(PerceptualHash.PHASH, picture)));
        assertEquals("0026273b2b19550e", HexFormat.of().formatHex(hash(PerceptualHash.DHASH, picture)));
    }

    @Test
    void resizedCopiesAreNearAndOtherPicturesFar() throws IOException {
        Picture original = picture("imagededup/tests/data/mixed_images/ukbench00120.jpg");
        Picture copy = picture("imagededup/tests/data/mixed_images/ukbench00120_resize.jpg");
        Picture other = picture("imagededup/tests/data/mixed_images/ukbench09268.jpg");
        for (PerceptualHash kind : PerceptualHash.values()) {
            int near = Hamming.distance(hash(kind, original), hash(kind, copy));
            int far = Hamming.distance(hash(kind, original), hash(kind, other));
            assertTrue(near <= 4, kind + " of a copy differs in " + near + " bits");
            assertTrue(far >= 10, kind + " of another picture differs in " + far + " bits");
        }
    }

    private static byte[] hash(PerceptualHash kind, Picture picture) {
        return kind.hash(picture.grey(kind.width(), kind.height(), Resample.LANCZOS));
    }

    private static Picture picture(String name) throws IOException {
        String data = System.getProperty("lookalike.data", System.getenv("LOOKALIKE_DATA"));
        assumeTrue(data != null, "neither LOOKALIKE_DATA nor -Dlookalike.data names a directory with near-duplicates/");
        Path file = Path.of(data).resolve("near-duplicates").resolve(name);
        assumeTrue(Files.exists(file), "no " + file);
        return ImageDecoder.decode("picture", Files.readAllBytes(file), ImageLimits.DEFAULT);
    }
}
