package io.lookalike;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs a program of {@code bin/} in a copy of the project that was never built, where Maven says that it was called,
 * and fails.
 */
public final class Scripts {
    private Scripts() {}

    /** What a program printed, standard output and errors together. */
    public record Ended(int code, String text) {}

    /** @param folder afterwards it must hold what is copied there and nothing else */
    public static Ended run(Path folder, String... command) throws IOException, InterruptedException {
        prepare(folder);
        List<Path> before = files(folder);
        Ended ended = runAndBuild(folder, command);
        assertEquals(before, files(folder));
        return ended;
    }

    /**
     * As {@link #run} where the program may try to build; {@code path/mvn-runs} in the folder, if it is there, is run
     * in place of Maven.
     */
    public static Ended runAndBuild(Path folder, String... command) throws IOException, InterruptedException {
        prepare(folder);
        List<String> line = new ArrayList<>(List.of(command));
        line.set(0, folder.resolve("project/bin").resolve(command[0]).toString());
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().put("PATH", folder.resolve("path") + ":/usr/bin:/bin");
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), text);
    }

    private static void prepare(Path folder) throws IOException {
        Path bin = Files.createDirectories(folder.resolve("project/bin"));
        Path path = Files.createDirectories(folder.resolve("path"));
        try (Stream<Path> programs = Files.list(Path.of("bin"))) {
            for (Path program : programs.toList()) {
                Files.copy(
                        program,
                        bin.resolve(program.getFileName().toString()),
                        StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        Path maven = Files.writeString(
                path.resolve("mvn"), "#!/bin/sh\necho MAVEN WAS CALLED\n[ ! -x \"$0-runs\" ] || \"$0-runs\"\nexit 1\n");
        assertEquals(true, maven.toFile().setExecutable(true));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.sorted().toList();
        }
    }
}
