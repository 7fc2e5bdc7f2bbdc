package io.lookalike.bench;

import io.lookalike.demo.DrawnPictures;
import io.lookalike.image.Picture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Decoded pictures of known classes, all in memory. Immutable. */
final class LabelledPictures {
    private static final int DRAWN = 25;
    private static final long SEED = 20260401;

    private final List<Picture> pictures;
    private final int[] labels;
    private final int classes;

    private LabelledPictures(List<Picture> pictures, int[] labels, int classes) {
        this.pictures = pictures;
        this.labels = labels;
        this.classes = classes;
    }

    List<Picture> pictures() {
        return pictures;
    }

    /** The number of each picture's class. */
    int[] labels() {
        return labels.clone();
    }

    int classes() {
        return classes;
    }

    /** The JPEGs and PNGs in the folders of a folder, each folder a class. */
    static LabelledPictures read(Path folder) throws IOException {
        List<Picture> pictures = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        List<List<Path>> classes = files(folder);
        for (int label = 0; label < classes.size(); label++) {
            for (Path file : classes.get(label)) {
                pictures.add(Decoding.decode(file.getFileName().toString(), Files.readAllBytes(file)));
                labels.add(label);
            }
        }
        if (pictures.isEmpty()) {
            throw new IllegalArgumentException("[" + folder
                    + "] holds no folders with JPEGs or PNGs; name a folder with a folder for each class in [--data]");
        }
        return new LabelledPictures(
                pictures, labels.stream().mapToInt(Integer::intValue).toArray(), classes.size());
    }

    /** The JPEGs and PNGs of each class, by name, in the order of {@link #read}. */
    static List<List<Path>> files(Path folder) throws IOException {
        List<List<Path>> files = new ArrayList<>();
        for (Path clazz : list(folder).filter(Files::isDirectory).toList()) {
            files.add(list(clazz).filter(LabelledPictures::isPicture).toList());
        }
        return files;
    }

    /** Pictures as the demo draws them. */
    static LabelledPictures drawn() {
        List<Picture> pictures = new ArrayList<>();
        List<String> classes = DrawnPictures.classes();
        int[] labels = new int[classes.size() * DRAWN];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i / DRAWN;
            pictures.add(picture(DrawnPictures.draw(classes.get(i / DRAWN), i % DRAWN, SEED)));
        }
        return new LabelledPictures(pictures, labels, classes.size());
    }

    private static Picture picture(BufferedImage image) {
        int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        byte[] rgb = new byte[3 * pixels.length];
        for (int p = 0; p < rgb.length; p++) {
            rgb[p] = (byte) (pixels[p / 3] >> (8 * (2 - p % 3)));
        }
        return Picture.ofRgb(image.getWidth(), image.getHeight(), rgb, "rgb");
    }

    private static Stream<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList().stream();
        }
    }

    private static boolean isPicture(Path path) {
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        return Files.isRegularFile(path) && Stream.of(".jpg", ".jpeg", ".png").anyMatch(name::endsWith);
    }
}
