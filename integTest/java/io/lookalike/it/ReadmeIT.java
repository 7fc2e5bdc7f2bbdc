package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.node.RealNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs every {@code sh} example of the README, then of the guide, against one fresh node, as a new user would, with
 * more pictures than one request may hold and with file names that are no JSON.
 */
class ReadmeIT {
    private static final int MOST_BYTES = 13_000_000;
    private static final List<String> NAMES = List.of(
            "0 blanks and 'quotes'.png",
            "a \"picture\".png",
            "back\\slash.png",
            "\\\"\\n.png",
            "new\nline\n",
            "tab\t.png",
            "control\u0001\u001f.png");

    /** As old systems wrote it, in Latin-1, which Java cannot name. */
    private static final String LATIN1 = "caf\\351.png";

    @TempDir
    Path directory;

    @Test
    void everyExampleDoesWhatItSays() throws Exception {
        try (RealNode node = RealNode.builder()
                        .setting("http.max_content_length", MOST_BYTES + "b")
                        .start();
                Http http = new Http(node.uri())) {
            Examples examples = new Examples(directory, node);
            Path pictures = directory.resolve("pictures");
            for (int i = 0; i < 12; i++) {
                noise(i, pictures.resolve("noise" + i + ".png"));
            }
            for (int i = 0; i < NAMES.size(); i++) {
                Files.copy(pictures.resolve("noise" + i + ".png"), pictures.resolve(NAMES.get(i)));
            }
            assertEquals(
                    0,
                    new ProcessBuilder("sh", "-c", "cp noise0.png \"$(printf '" + LATIN1 + "')\"")
                            .directory(pictures.toFile())
                            .start()
                            .waitFor());
            examples.run(Files.readString(Path.of("README.md")), 4);
            examples.run(Files.readString(Path.of("docs/guide.md")), 13);
            Set<String> indexed = new TreeSet<>(Json.texts(
                    http.hits("photos", json("{size: 1000, _source: false, query: {match_all: {}}}")), "_id"));
            assertTrue(indexed.remove("caf\u00e9.png"), indexed::toString);
            try (Stream<Path> files = Files.list(pictures)) {
                List<Path> all = files.toList();
                assertTrue(
                        all.stream().mapToLong(file -> file.toFile().length()).sum() > MOST_BYTES);
                assertEquals(
                        all.stream()
                                .map(file -> file.getFileName().toString())
                                .filter(name -> !name.startsWith("caf"))
                                .collect(Collectors.toCollection(TreeSet::new)),
                        indexed);
            }
        }
    }

    /** A picture that does not compress: more than a megabyte. */
    private static void noise(int seed, Path file) throws IOException {
        BufferedImage image = new BufferedImage(620, 620, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(seed);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, random.nextInt());
            }
        }
        assertTrue(ImageIO.write(image, "png", file.toFile()));
    }
}
