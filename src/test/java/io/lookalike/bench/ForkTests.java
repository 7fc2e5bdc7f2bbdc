package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForkTests {
    @TempDir
    Path folder;

    /** Writes its arguments and what the process has. */
    public static final class Telling {
        private Telling() {}

        public static void main(String[] args) {
            boolean vectors =
                    ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
            long heapMb = Runtime.getRuntime().maxMemory() >> 20;
            System.out.println("{\"args\": " + Arrays.toString(args) + ", \"vectors\": " + vectors + ", \"heap_mb\": "
                    + heapMb + "}");
        }
    }

    /** Tells how far it is. */
    public static final class Progressing {
        private Progressing() {}

        public static void main(String[] args) {
            System.out.println("half\nall\n[1, 2]");
        }
    }

    /** Ends badly. */
    public static final class Failing {
        private Failing() {}

        public static void main(String[] args) {
            System.err.println("out of paper");
            System.exit(3);
        }
    }

    @Test
    void answersWhatTheProgramWrote() throws Exception {
        JsonNode said = Fork.run(folder, "64m", Telling.class, "1", "2");
        assertEquals("[1,2]", said.path("args").toString());
        assertTrue(said.path("vectors").asBoolean());
        assertTrue(said.path("heap_mb").asInt() <= 64, said::toString);
    }

    @Test
    void tellsHowFarTheProgramIs() throws Exception {
        List<String> said = new ArrayList<>();
        assertEquals(
                "[1,2]", Fork.run(folder, "64m", said::add, Progressing.class).toString());
        assertEquals(List.of("half", "all"), said);
    }

    @Test
    void tellsWhyAProgramEnded() throws Exception {
        String message = assertThrows(IOException.class, () -> Fork.run(folder, "64m", Failing.class))
                .getMessage();
        assertTrue(message.startsWith("a measuring process ended with exit code [3]: "), message);
        assertTrue(message.endsWith("out of paper\n"), message);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
    }
}
