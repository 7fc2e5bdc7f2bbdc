package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFolderTests {
    @TempDir
    Path build;

    @Test
    void everyDemoHasAFolderOfItsOwn() throws Exception {
        Process first = claim("demo");
        Process second = claim("demo-2");
        claim("demo-3").destroyForcibly().waitFor();
        claim("demo-3").destroyForcibly().waitFor();
        first.destroyForcibly().waitFor();
        claim("demo").destroyForcibly().waitFor();
        second.destroyForcibly().waitFor();
    }

    private Process claim(String expected) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        build.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = process.inputReader();
        assertEquals(build.resolve(expected).toString(), output.readLine());
        return process;
    }

    /** Claims a folder, prints it, and holds it until its input ends. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            try (WorkFolder folder = WorkFolder.claim(Path.of(args[0]))) {
                System.out.println(folder.path());
                assertEquals(-1, System.in.read());
            }
        }
    }
}
