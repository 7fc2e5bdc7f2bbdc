package io.lookalike.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeLogTests {
    @TempDir
    Path temp;

    private final List<String> heard = new ArrayList<>();

    private NodeLog follow(String... lines) {
        NodeLog log = new NodeLog(temp.resolve("log"), heard::add);
        log.follow(new ByteArrayInputStream(String.join("\n", lines).getBytes(StandardCharsets.UTF_8)));
        log.join();
        return log;
    }

    @Test
    void theLinesThatNameAnErrorAreTheReasons() {
        assertEquals(
                List.of(
                        "[t][ERROR][o.e.b.Elasticsearch] fatal exception",
                        "java.lang.IllegalStateException: broken",
                        "Caused by: java.io.IOException",
                        "# There is insufficient memory for the Java Runtime Environment to continue."),
                follow(
                                "[t][INFO ][o.e.n.Node] an Exception: of no interest",
                                "[t][ERROR][o.e.b.Elasticsearch] fatal exception",
                                "java.lang.IllegalStateException: broken",
                                "\tat x",
                                "Caused by: java.io.IOException",
                                "# There is insufficient memory for the Java Runtime Environment to continue.",
                                "ERROR: Elasticsearch did not exit normally - check the logs at x")
                        .reasons());
    }

    @Test
    void withoutSuchLinesTheLastOnesAre() {
        assertEquals(
                List.of("2", "3", "4", "5", "6"),
                follow("1", "2", "3", "4", "5", "6").reasons());
    }

    @Test
    void allLinesReachTheFileAndTheListener() throws IOException {
        follow("1", "2");
        follow("3");
        assertEquals(List.of("1", "2", "3"), heard);
        assertEquals(List.of("1", "2", "3"), Files.readAllLines(temp.resolve("log")));
    }
}
