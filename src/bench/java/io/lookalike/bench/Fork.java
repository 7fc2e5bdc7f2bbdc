package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs measurements in separate Java processes, because the compiler does not always produce the same code. Stateless.
 */
final class Fork {
    private Fork() {}

    /**
     * Runs a program on the class path of this one, with the modules that a node has.
     *
     * @param folder for its messages; only shown if it fails
     * @param heap for the options -Xms and -Xmx
     * @param program a class with a main method
     * @return what it wrote to standard output, one line of JSON
     * @throws IOException if it does not end with exit code 0
     */
    static JsonNode run(Path folder, String heap, Class<?> program, String... args)
            throws IOException, InterruptedException {
        return run(folder, heap, line -> {}, program, args);
    }

    /**
     * The same for a program that also reports progress.
     *
     * @param say receives each line that is not JSON
     * @return the last line
     */
    static JsonNode run(Path folder, String heap, Consumer<String> say, Class<?> program, String... args)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms" + heap,
                "-Xmx" + heap,
                "--enable-native-access=ALL-UNNAMED",
                // as on a node, and for Lucene's kernels
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        Collections.addAll(command, args);
        Path errors = Files.createTempFile(folder, "errors", ".txt");
        Process java =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        try (BufferedReader lines = java.inputReader()) {
            String last = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("{") || line.startsWith("[")) {
                    last = line;
                } else {
                    say.accept(line);
                }
            }
            if (java.waitFor() != 0) {
                throw new IOException("a measuring process ended with exit code [" + java.exitValue() + "]: "
                        + Files.readString(errors));
            }
            return new JsonMapper().readTree(last);
        } finally {
            java.destroy();
            Files.deleteIfExists(errors);
        }
    }
}
