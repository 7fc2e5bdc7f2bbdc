package io.lookalike.bench;

import io.lookalike.demo.DrawnPictures;
import io.lookalike.image.Picture;
import io.lookalike.image.PngOutput;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * Pictures in a folder a class: those that are trained on, those of the same classes that are not, and those of other
 * classes.
 */
record TrainFolders(Path train, Path seen, Path unseen) {
    private static final int SIDE = 28;
    private static final int HELD_OUT_OF = 5;
    private static final int UNSEEN = 5;
    private static final int DRAWN = 20;
    private static final long SEED = 20261130;

    private static TrainFolders in(Path folder) {
        return new TrainFolders(folder.resolve("train"), folder.resolve("seen"), folder.resolve("unseen"));
    }

    /** The first pictures of Fashion-MNIST, and none of other classes. */
    static TrainFolders fashion(Path data, Path to, int base, int queries) throws IOException {
        TrainFolders folders = in(to);
        HeadsData pictures = HeadsData.of(Optional.of(data), 0, queries, 0);
        for (int i = 0; i < base; i++) {
            write(folders.train, pictures.labels()[i], i, pictures.base()[i]);
        }
        for (int i = 0; i < queries; i++) {
            write(folders.seen, pictures.queryLabels()[i], i, pictures.queries()[i]);
        }
        return folders;
    }

    private static void write(Path folder, int label, int number, float[] pixels) throws IOException {
        byte[] rgb = new byte[3 * pixels.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) pixels[i / 3];
        }
        Path to = Files.createDirectories(folder.resolve(Integer.toString(label)));
        Files.write(to.resolve(number + ".png"), PngOutput.of(Picture.ofRgb(SIDE, SIDE, rgb, "png")));
    }

    /** Classes by name: the last five are others; of the rest every fifth picture is held out. */
    static TrainFolders split(Path classes, Path to) throws IOException {
        TrainFolders folders = in(to);
        List<Path> all = list(classes).stream().filter(Files::isDirectory).toList();
        for (int c = 0; c < all.size(); c++) {
            List<Path> files = list(all.get(c));
            for (int i = 0; i < files.size(); i++) {
                Path part =
                        c >= all.size() - UNSEEN ? folders.unseen : i % HELD_OUT_OF == 0 ? folders.seen : folders.train;
                Path folder = Files.createDirectories(
                        part.resolve(all.get(c).getFileName().toString()));
                Files.copy(files.get(i), folder.resolve(files.get(i).getFileName()));
            }
        }
        return folders;
    }

    /** The demo's pictures, a folder a class. */
    static Path drawn(Path to) throws IOException {
        for (String clazz : DrawnPictures.classes()) {
            Path folder = Files.createDirectories(to.resolve(clazz));
            for (int i = 0; i < DRAWN; i++) {
                BufferedImage image = DrawnPictures.draw(clazz, i, SEED);
                ImageIO.write(image, "png", folder.resolve(i + ".png").toFile());
            }
        }
        return to;
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        }
    }
}
