package io.lookalike.it;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.demo.DrawnPictures;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs every {@code sh} example of the README, in order, in one directory and against one fresh node, as a new user
 * would; what follows {@code #>} must be in what the lines above it print.
 */
class ReadmeIT {
    @TempDir
    Path directory;

    /** Commands, and pieces of what they print. */
    private record Example(String commands, List<String> expected) {}

    @Test
    void everyExampleDoesWhatItSays() throws Exception {
        Files.createDirectories(directory.resolve("pictures"));
        for (String clazz : DrawnPictures.classes()) {
            for (int i = 0; i < 3; i++) {
                draw(clazz, i, directory.resolve("pictures").resolve(clazz + i + ".png"), "png");
            }
        }
        draw(DrawnPictures.classes().get(0), 0, directory.resolve("query.jpg"), "jpeg");
        List<Example> examples = examples(Files.readString(Path.of("README.md")));
        assertTrue(examples.size() >= 12, "only " + examples.size() + " examples were found");
        try (RealNode node = RealNode.builder().start()) {
            for (Example example : examples) {
                String printed = run(example.commands.replace("localhost:9200", "127.0.0.1:" + node.port()));
                assertAll(example.expected.stream()
                        .map(piece -> () -> assertTrue(
                                printed.contains(piece),
                                "no " + piece + " in what this prints:\n" + example.commands + "\n" + printed)));
            }
        }
    }

    private static void draw(String clazz, int index, Path file, String format) throws IOException {
        assertTrue(ImageIO.write(DrawnPictures.draw(clazz, index, 1), format, file.toFile()));
    }

    /** Splits the {@code sh} blocks after each expectation; variables do not outlive their block. */
    private static List<Example> examples(String readme) {
        List<Example> examples = new ArrayList<>();
        boolean inside = false;
        StringBuilder commands = new StringBuilder();
        List<String> expected = new ArrayList<>();
        for (String line : readme.split("\n", -1)) {
            if (!inside) {
                inside = line.equals("```sh");
                continue;
            }
            boolean ends = line.equals("```");
            if (line.startsWith("#> ")) {
                expected.add(line.substring(3));
                continue;
            }
            if (!expected.isEmpty()) {
                examples.add(new Example(commands.toString(), List.copyOf(expected)));
                commands.setLength(0);
                expected.clear();
            }
            if (ends) {
                assertEquals("", commands.toString(), "an example says nothing of what it prints");
                inside = false;
            } else {
                commands.append(line).append('\n');
            }
        }
        return examples;
    }

    private String run(String commands) throws Exception {
        Path output = directory.resolve("output");
        Process bash = new ProcessBuilder("bash", "-euo", "pipefail", "-c", commands)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        bash.getOutputStream().close();
        assertTrue(bash.waitFor(2, TimeUnit.MINUTES), commands);
        String printed = Files.readString(output, StandardCharsets.UTF_8);
        assertEquals(0, bash.exitValue(), commands + "\n" + printed);
        return printed;
    }
}
