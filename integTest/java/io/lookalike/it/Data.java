package io.lookalike.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Pictures and models that are not the project's own, for the tests that need them. */
final class Data {
    private Data() {}

    /** A directory of the data; without it the test is skipped, and says so. */
    static Path directory(String name) {
        String data = System.getProperty("lookalike.data", System.getenv("LOOKALIKE_DATA"));
        assumeTrue(data != null, "neither LOOKALIKE_DATA nor -Dlookalike.data names a directory with " + name);
        Path directory = Path.of(data, name);
        assumeTrue(Files.isDirectory(directory), "no directory " + directory);
        return directory;
    }

    /** All files under a directory, in the order of their names. */
    static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
