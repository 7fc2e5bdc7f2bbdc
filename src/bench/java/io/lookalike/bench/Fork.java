package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Measures in Java processes of their own, because the compiler does not always come to the same code. Stateless. */
final class Fork {
    private Fork() {}

    /**
     * Runs a program on the class path of this one, with the modules that a node has.
     *
     * @param folder for its messages; only shown if it fails
     * @param heap as the options -Xms and -Xmx take it
     * @param program a class with a main method
     * @return what it wrote to standard output
     * @throws IOException if it does not end with exit code 0
     */
    static JsonNode run(Path folder, String heap, Class<?> program, String... args)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms" + heap,
                "-Xmx" + heap,
                "--enable-native-access=ALL-UNNAMED",
                // what a node has, and what Lucene's kernels would use
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        Collections.addAll(command, args);
        Path errors = Files.createTempFile(folder, "errors", ".txt");
        Process java =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        try {
            String out = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (java.waitFor() != 0) {
                throw new IOException("a measuring process ended with exit code [" + java.exitValue() + "]: "
                        + Files.readString(errors));
            }
            return new JsonMapper().readTree(out);
        } finally {
            java.destroy();
            Files.deleteIfExists(errors);
        }
    }
}
