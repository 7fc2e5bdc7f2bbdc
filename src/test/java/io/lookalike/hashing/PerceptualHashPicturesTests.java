package io.lookalike.hashing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lookalike.image.Picture;
import io.lookalike.image.Resample;
import io.lookalike.image.TestPictures;
import io.lookalike.image.file.ImageLimits;
import io.lookalike.vectors.Hamming;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
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

    /** What the authors' own program says of a thousand pictures; of two skies, where it has 3 and 4, we have 10. */
    @Test
    void qualityIsThatOfPdq() throws IOException {
        Path directory = nearDuplicates().resolve("pdq");
        int compared = 0;
        int equal = 0;
        for (String line : Files.readAllLines(directory.resolve("reference.csv"))) {
            String[] fields = line.split(",", 3);
            Path file = directory.resolve(fields[2]);
            if (!Files.exists(file)) {
                file = directory.resolve("../..").resolve(fields[2]);
            }
            int expected = Integer.parseInt(fields[1]);
            int quality = quality(TestPictures.decode(fields[2], Files.readAllBytes(file), ImageLimits.DEFAULT));
            assertEquals(expected, quality, 10, fields[2]);
            compared++;
            equal += quality == expected ? 1 : 0;
        }
        assertEquals(1072, compared);
        assertTrue(equal > 1060, equal + " are equal");
    }

    private static int quality(Picture picture) {
        return PictureQuality.of(picture.means(PictureQuality.SIDE, PictureQuality.SIDE));
    }

    /** Every picture against its copy saved with quality 50, halved, and without colours. */
    @Test
    void copiesAreNear() throws IOException {
        Path directory = nearDuplicates();
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.filter(file -> file.toString().matches(".*\\.(jpe?g|png|gif|bmp|webp|tiff)"))
                    .sorted()
                    .toList();
        }
        int compared = 0;
        for (Path file : files) {
            if (file.toString().contains("corrupt")) {
                continue;
            }
            Picture original = TestPictures.decode("picture", Files.readAllBytes(file), ImageLimits.DEFAULT);
            for (String copy : List.of("quality", "half", "grey")) {
                Picture copied = TestPictures.decode("copy", copy(original, copy), ImageLimits.DEFAULT);
                int distance =
                        Hamming.distance(hash(PerceptualHash.PHASH, original), hash(PerceptualHash.PHASH, copied));
                assertTrue(distance <= 10, copy + " of " + file + " differs in " + distance + " bits");
            }
            compared++;
        }
        assertTrue(compared >= 50, compared + " pictures");
    }

    private static byte[] copy(Picture picture, String kind) throws IOException {
        int width = kind.equals("half") ? Math.max(1, picture.width() / 2) : picture.width();
        int height = kind.equals("half") ? Math.max(1, picture.height() / 2) : picture.height();
        BufferedImage image = new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
        byte[] rgb = picture.rgb();
        for (int i = 0; i < rgb.length; i += 3) {
            int colour = (rgb[i] & 0xff) << 16 | (rgb[i + 1] & 0xff) << 8 | (rgb[i + 2] & 0xff);
            image.setRGB(i / 3 % picture.width(), i / 3 / picture.width(), colour);
        }
        int type = kind.equals("grey") ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB;
        BufferedImage copy = new BufferedImage(width, height, type);
        Graphics2D graphics = copy.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(kind.equals("quality") ? 0.5f : 0.75f);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(copy, null, null), param);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    private static byte[] hash(PerceptualHash kind, Picture picture) {
        return kind.hash(picture.grey(kind.width(), kind.height(), Resample.LANCZOS));
    }

    private static Picture picture(String name) throws IOException {
        Path file = nearDuplicates().resolve(name);
        assumeTrue(Files.exists(file), "no " + file);
        return TestPictures.decode("picture", Files.readAllBytes(file), ImageLimits.DEFAULT);
    }

    private static Path nearDuplicates() {
        String data = System.getProperty("lookalike.data", System.getenv("LOOKALIKE_DATA"));
        assumeTrue(data != null, "neither LOOKALIKE_DATA nor -Dlookalike.data names a directory with near-duplicates/");
        Path directory = Path.of(data).resolve("near-duplicates");
        assumeTrue(Files.isDirectory(directory), "no " + directory);
        return directory;
    }
}
