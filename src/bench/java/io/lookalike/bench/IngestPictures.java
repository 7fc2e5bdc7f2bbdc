package io.lookalike.bench;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * The JPEGs that are indexed, and the bulk requests that carry them.
 *
 * <p>Order and drawings follow from a seed. Immutable; all files are held in memory.
 */
final class IngestPictures {
    private static final long SEED = 20260401;
    private static final int MOST = 1000;
    private static final int DRAWN = 300;
    private static final int SHAPES = 40;
    private static final int GRAIN = 24;

    private final List<byte[]> files;
    private final String source;

    private IngestPictures(List<byte[]> files, String source) {
        this.files = files;
        this.source = source;
    }

    /** At most 1,000 JPEGs from anywhere below a folder, in a seeded order. */
    static IngestPictures read(Path folder) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            walk.filter(IngestPictures::isJpeg).sorted().forEach(paths::add);
        }
        if (paths.isEmpty()) {
            throw new IllegalArgumentException("[" + folder + "] holds no JPEG; name a folder of pictures in [--data]");
        }
        Collections.shuffle(paths, new Random(SEED));
        List<byte[]> files = new ArrayList<>();
        for (Path path : paths.subList(0, Math.min(MOST, paths.size()))) {
            files.add(Files.readAllBytes(path));
        }
        return new IngestPictures(files, folder.getFileName().toString());
    }

    private static boolean isJpeg(Path path) {
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        return (name.endsWith(".jpg") || name.endsWith(".jpeg")) && Files.isRegularFile(path);
    }

    /** Shapes on gradients with some grain, in typical sizes of photographs in collections. */
    static IngestPictures drawn() throws IOException {
        return drawn(DRAWN);
    }

    static IngestPictures drawn(int count) throws IOException {
        Random random = new Random(SEED);
        List<byte[]> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
            ImageIO.write(draw(random), "jpg", jpeg);
            files.add(jpeg.toByteArray());
        }
        return new IngestPictures(files, "drawn");
    }

    private static BufferedImage draw(Random random) {
        int width = 240 + random.nextInt(80);
        int height = 180 + random.nextInt(80);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setPaint(new GradientPaint(0, 0, colour(random), width, height, colour(random)));
        graphics.fillRect(0, 0, width, height);
        for (int i = 0; i < SHAPES; i++) {
            graphics.setColor(colour(random));
            graphics.fillOval(
                    random.nextInt(width), random.nextInt(height), 4 + random.nextInt(60), 4 + random.nextInt(60));
        }
        graphics.dispose();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int grain = random.nextInt(GRAIN);
                Color colour = new Color(image.getRGB(x, y));
                image.setRGB(
                        x,
                        y,
                        new Color(
                                        Math.max(0, colour.getRed() - grain),
                                        Math.max(0, colour.getGreen() - grain),
                                        Math.max(0, colour.getBlue() - grain))
                                .getRGB());
            }
        }
        return image;
    }

    private static Color colour(Random random) {
        return new Color(random.nextInt(256), random.nextInt(256), random.nextInt(256));
    }

    List<byte[]> files() {
        return files;
    }

    String summary() {
        return String.format(
                Locale.ROOT,
                "%s: %,d JPEGs, %.1f KB on average",
                source,
                files.size(),
                files.stream().mapToInt(file -> file.length).average().orElseThrow() / 1000);
    }

    /** The bodies of bulk requests that index all pictures once, {@code size} pictures each. */
    List<byte[]> bulks(int size) {
        List<byte[]> bulks = new ArrayList<>();
        for (int from = 0; from < files.size(); from += size) {
            StringBuilder lines = new StringBuilder();
            for (byte[] file : files.subList(from, Math.min(files.size(), from + size))) {
                lines.append("{\"index\":{}}\n{\"image\":\"")
                        .append(Base64.getEncoder().encodeToString(file))
                        .append("\"}\n");
            }
            bulks.add(lines.toString().getBytes(StandardCharsets.US_ASCII));
        }
        return bulks;
    }
}
