package io.lookalike.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lookalike.node.RealNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the page of examples, one chapter after the other, against one node. */
class ExamplesIT {
    @TempDir
    static Path directory;

    private static RealNode node;
    private static Examples examples;

    @BeforeAll
    static void start() throws IOException {
        node = RealNode.builder().heap("512m").start();
        examples = new Examples(directory, node);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    static Stream<Named<String>> chapters() throws IOException {
        List<String> parts =
                List.of(Files.readString(Path.of("docs/examples.md")).split("\n## "));
        return parts.stream().skip(1).map(part -> Named.of(part.substring(0, part.indexOf('\n')), part));
    }

    @ParameterizedTest
    @MethodSource("chapters")
    void everyChapterDoesWhatItSays(String chapter) throws Exception {
        assumeTrue(!chapter.contains("```python") || runs("python3"), "there is no python3");
        examples.run(chapter, 2);
    }

    private static boolean runs(String program) throws InterruptedException {
        try {
            return new ProcessBuilder(program, "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
