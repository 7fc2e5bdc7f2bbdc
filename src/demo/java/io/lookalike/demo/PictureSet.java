package io.lookalike.demo;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The originals of a demonstration and their colour histograms, drawn or read from a folder.
 *
 * <p>Bytes of drawn pictures stay in memory, about 16 KB each; files are read again when they are needed. Immutable.
 *
 * @param originals the pictures, in a fixed order
 * @param histograms their colour histograms, in the same order
 * @param skipped files that could not be read, with the reason
 */
record PictureSet(List<Picture> originals, List<ColourHistogram> histograms, Map<String, String> skipped) {
    private static final int PER_CLASS = 38;
    private static final float QUALITY = 0.92f;

    /** The classes with the number of their pictures. */
    Map<String, Long> classes() {
        return originals.stream().collect(Collectors.groupingBy(Picture::clazz, TreeMap::new, Collectors.counting()));
    }

    /** 608 pictures, drawn on all cores. */
    static PictureSet drawn(long seed) {
        List<String> classes = DrawnPictures.classes();
        List<Loaded> loaded = IntStream.range(0, classes.size() * PER_CLASS)
                .parallel()
                .mapToObj(i -> {
                    String clazz = classes.get(i / PER_CLASS);
                    int index = i % PER_CLASS;
                    BufferedImage image = DrawnPictures.draw(clazz, index, seed);
                    byte[] bytes = Pixels.jpeg(image, QUALITY);
                    String name = String.format(Locale.ROOT, "%s %02d", clazz, index);
                    return new Loaded(name, clazz, () -> bytes, ColourHistogram.of(image), null);
                })
                .toList();
        return of(loaded);
    }

    /**
     * Every picture under {@code folder}, links not followed and hidden files left out; the class is the folder that a
     * picture lies in. What cannot be decoded is skipped.
     *
     * @throws UserError if no picture is left
     */
    static PictureSet read(Path folder) {
        Path root;
        List<Path> files;
        try {
            root = folder.toRealPath();
            files = files(root);
        } catch (IOException | UncheckedIOException e) {
            throw new UserError("cannot read directory [" + folder + "]: " + e.getMessage(), e);
        }
        PictureSet set = of(files.parallelStream().map(file -> load(root, file)).toList());
        if (set.originals.isEmpty()) {
            throw new UserError("no picture that can be read among the [" + files.size() + "] files under [" + folder
                    + "]; expected are JPEG, PNG, GIF or BMP files in one folder a class");
        }
        return set;
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    private static Loaded load(Path folder, Path file) {
        String name = folder.relativize(file).toString();
        Path parent = folder.relativize(file).getParent();
        try {
            ColourHistogram histogram = ColourHistogram.of(Pixels.decode(Files.readAllBytes(file)));
            String clazz = parent == null ? "." : parent.toString();
            return new Loaded(name, clazz, () -> Files.readAllBytes(file), histogram, null);
        } catch (IOException e) {
            return new Loaded(name, "", null, null, String.valueOf(e.getMessage()));
        }
    }

    private static PictureSet of(List<Loaded> loaded) {
        List<Picture> originals = new ArrayList<>();
        List<ColourHistogram> histograms = new ArrayList<>();
        Map<String, String> skipped = new TreeMap<>();
        for (Loaded one : loaded) {
            if (one.problem != null) {
                skipped.put(one.name, one.problem);
                continue;
            }
            originals.add(Picture.original(originals.size(), one.name, one.clazz, one.content));
            histograms.add(one.histogram);
        }
        return new PictureSet(List.copyOf(originals), List.copyOf(histograms), skipped);
    }

    private record Loaded(
            String name, String clazz, Picture.Content content, ColourHistogram histogram, String problem) {}
}
