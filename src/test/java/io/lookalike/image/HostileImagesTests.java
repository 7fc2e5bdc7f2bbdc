package io.lookalike.image;

import static io.lookalike.image.TestPictures.bmp;
import static io.lookalike.image.TestPictures.bytes;
import static io.lookalike.image.TestPictures.gif;
import static io.lookalike.image.TestPictures.png;
import static io.lookalike.image.TestPictures.resource;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lookalike.image.file.ImageLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever the bytes, the end is a picture within the limits or an ImageException; the timeouts only catch a hang. */
class HostileImagesTests {

    private static final ImageLimits SMALL = new ImageLimits(1 << 20, 1 << 20, 4096);

    /** Returns whether it decoded. */
    private static boolean survive(String name, byte[] file, ImageLimits limits) {
        try {
            Picture picture = TestPictures.decode(name, file, limits);
            assertTrue(picture.width() <= limits.maxSide() && picture.height() <= limits.maxSide(), name);
            assertTrue((long) picture.width() * picture.height() <= limits.maxPixels(), name);
            assertEquals(3 * picture.width() * picture.height(), picture.rgb().length, name);
            return true;
        } catch (ImageException e) {
            assertTrue(e.getMessage().startsWith("cannot decode " + name), e.getMessage());
            return false;
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void damagedFilesAreSurvived() {
        List<byte[]> files = new ArrayList<>(List.of(
                png(5, 4, 8, 2, TestPictures.pattern(5, 4).rgb()),
                png(4, 2, 8, 3, bytes(0, 1, 2, 1, 2, 0, 1, 2), TestPictures.chunk("PLTE", new byte[9])),
                gif(4, 3, 1, 1, 2, 1, 2),
                bmp(3, 2, 24, 0, new byte[24]),
                bmp(4, 2, 8, 1, bytes(4, 0, 0, 0, 4, 0, 0, 1))));
        for (String name : List.of("baseline", "progressive", "gray", "cmyk", "ycck")) {
            files.add(resource(name + ".jpg"));
        }
        for (String name : List.of(
                "lossy.webp",
                "lossless-alpha.webp",
                "lossy-alpha.webp",
                "animated.webp",
                "lzw.tif",
                "jpeg.tif",
                "group3.tif",
                "group4.tif",
                "cmyk-jpeg.tif",
                "table-profile.png",
                "cmyk-profile.jpg")) {
            files.add(resource(name));
        }
        int decoded = 0;
        int refused = 0;
        for (int seed = 0; seed < 5000; seed++) {
            Random random = new Random(seed);
            byte[] file = files.get(seed % files.size()).clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                file[random.nextInt(file.length)] = (byte) (random.nextBoolean() ? random.nextInt() : 0xff);
            }
            if (survive("seed [" + seed + "]", file, SMALL)) {
                decoded++;
            } else {
                refused++;
            }
        }
        assertTrue(decoded > 500, "decoded " + decoded);
        assertTrue(refused > 500, "refused " + refused);
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void theHostileCollectionIsSurvived() throws IOException {
        Path directory = data("hostile-images");
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        int decoded = 0;
        for (Path file : files) {
            decoded += survive("file [" + file + "]", Files.readAllBytes(file), ImageLimits.DEFAULT) ? 1 : 0;
        }
        assertTrue(files.size() > 900, "files " + files.size());
        assertTrue(decoded > 500, "decoded " + decoded);
    }

    @Test
    void photographsDecode() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(data("caltech20x50"))) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(".jpg"))
                    .sorted()
                    .toList();
        }
        assertTrue(files.size() >= 900, "files " + files.size());
        for (Path file : files) {
            assertTrue(survive("file [" + file + "]", Files.readAllBytes(file), ImageLimits.DEFAULT), file.toString());
        }
    }

    /** The eight pictures of each kind show the same scene once they are turned. */
    @Test
    void turnedPhotographsLookAlike() throws IOException {
        Path directory = data("hostile-images").resolve("exif-orientation");
        for (String kind : List.of("Landscape", "Portrait")) {
            int[] upright = grey(directory.resolve(kind + "_1.jpg"));
            for (int orientation = 2; orientation <= 8; orientation++) {
                int[] turned = grey(directory.resolve(kind + "_" + orientation + ".jpg"));
                long difference = 0;
                for (int i = 0; i < upright.length; i++) {
                    difference += Math.abs(upright[i] - turned[i]);
                }
                double mean = (double) difference / upright.length;
                assertTrue(mean < 6, kind + " " + orientation + ": " + mean);
            }
        }
    }

    private static int[] grey(Path file) throws IOException {
        Picture picture = TestPictures.decode(file.toString(), Files.readAllBytes(file), ImageLimits.DEFAULT);
        assertEquals(file.getFileName().toString().startsWith("Landscape"), picture.width() > picture.height());
        return picture.grey(32, 32, Resample.BILINEAR);
    }

    /** Browsers show them whole: phones wrote them so. */
    @Test
    void jpegsWithoutTheirEndAreWhole() throws IOException {
        Path directory = data("faults").resolve("pictures");
        byte[] whole = decode(directory.resolve("whole.jpg")).rgb();
        assertArrayEquals(whole, decode(directory.resolve("no_eoi.jpg")).rgb());
        assertArrayEquals(
                whole, decode(directory.resolve("no_eoi_with_trailer.jpg")).rgb());
        Picture progressive = decode(directory.resolve("progressive_no_eoi.jpg"));
        assertTrue(progressive.repaired());
        long apart = 0;
        for (int i = 0; i < whole.length; i++) {
            apart += Math.abs((whole[i] & 0xff) - (progressive.rgb()[i] & 0xff));
        }
        assertTrue(apart < 2L * whole.length, "apart by " + (double) apart / whole.length);
    }

    private static Picture decode(Path file) throws IOException {
        return TestPictures.decode(file.toString(), Files.readAllBytes(file), ImageLimits.DEFAULT);
    }

    private static Path data(String folder) {
        String directory = System.getProperty("lookalike.data", System.getenv("LOOKALIKE_DATA"));
        assumeTrue(directory != null, "needs pictures from outside the project: set LOOKALIKE_DATA to their directory");
        Path path = Path.of(directory, folder);
        assumeTrue(Files.isDirectory(path), "LOOKALIKE_DATA has no directory [" + folder + "]");
        return path;
    }
}
