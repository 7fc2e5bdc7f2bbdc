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
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;

/**
 * The examples of a page of the documentation, as a reader would try them in one directory, with some pictures in
 * {@code pictures/} and one in {@code query.jpg}.
 *
 * <p>{@code sh} blocks are run in order; what follows {@code #>} must be in what the lines above it print. Blocks of
 * other languages are written to the file that their first line names in a comment.
 */
final class Examples {
    private static final Map<String, String> COMMENTS = Map.of("```java", "// ", "```python", "# ");

    private final Path directory;
    private final int port;

    /** Commands, and pieces of what they print. */
    private record Example(String commands, List<String> expected) {}

    /** @param directory to which the pictures are drawn */
    Examples(Path directory, RealNode node) throws IOException {
        this.directory = directory;
        port = node.port();
        Files.createDirectories(directory.resolve("pictures"));
        for (String clazz : DrawnPictures.classes()) {
            for (int i = 0; i < 3; i++) {
                draw(clazz, i, directory.resolve("pictures").resolve(clazz + i + ".png"), "png");
            }
        }
        draw(DrawnPictures.classes().get(0), 0, directory.resolve("query.jpg"), "jpeg");
    }

    private static void draw(String clazz, int index, Path file, String format) throws IOException {
        assertTrue(ImageIO.write(DrawnPictures.draw(clazz, index, 1), format, file.toFile()));
    }

    /** Runs the examples in a text, of which there must be at least so many. */
    void run(String text, int least) throws Exception {
        List<Example> examples = examples(text);
        assertTrue(examples.size() >= least, "only " + examples.size() + " examples were found");
        for (Example example : examples) {
            String printed = shell(example.commands.replace("localhost:9200", "127.0.0.1:" + port));
            assertAll(example.expected.stream()
                    .map(piece -> () -> assertTrue(
                            printed.contains(piece),
                            "no " + piece + " in what this prints:\n" + example.commands + "\n" + printed)));
        }
    }

    /** Splits the {@code sh} blocks after each expectation; variables do not outlive their block. */
    private List<Example> examples(String text) throws IOException {
        List<Example> examples = new ArrayList<>();
        boolean inside = false;
        StringBuilder commands = new StringBuilder();
        List<String> expected = new ArrayList<>();
        List<String> lines = List.of(text.split("\n", -1));
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (!inside) {
                inside = line.equals("```sh");
                String comment = COMMENTS.get(line);
                if (comment != null) {
                    int end = i + lines.subList(i, lines.size()).indexOf("```");
                    write(comment, lines.subList(i + 1, end));
                    i = end;
                }
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

    private void write(String comment, List<String> program) throws IOException {
        String first = program.get(0);
        assertTrue(first.startsWith(comment), "a program does not begin with the name of its file: " + first);
        String text = String.join("\n", program).replace("localhost:9200", "127.0.0.1:" + port);
        Files.writeString(directory.resolve(first.substring(comment.length())), text);
    }

    private String shell(String commands) throws Exception {
        Path output = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder("bash", "-euo", "pipefail", "-c", commands)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        // the java that is called is this one
        builder.environment()
                .merge(
                        "PATH",
                        Path.of(System.getProperty("java.home"), "bin").toString(),
                        (path, java) -> java + ":" + path);
        Process bash = builder.start();
        bash.getOutputStream().close();
        assertTrue(bash.waitFor(2, TimeUnit.MINUTES), commands);
        String printed = Files.readString(output, StandardCharsets.UTF_8);
        assertEquals(0, bash.exitValue(), commands + "\n" + printed);
        return printed;
    }
}
