package io.lookalike.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A temporary folder that is removed at the end, also if the program is interrupted, after the processes that use it
 * have ended.
 */
final class Scratch implements AutoCloseable {
    private final Path folder;
    private final Thread removal;

    /**
     * @param bytes that will be written
     * @throws IllegalArgumentException if the disk has too little space left
     */
    Scratch(long bytes) throws IOException {
        this.folder = Files.createTempDirectory("lookalike-bench");
        this.removal = new Thread(() -> {
            ProcessHandle.current().children().forEach(ProcessHandle::destroy);
            remove();
        });
        Runtime.getRuntime().addShutdownHook(removal);
        long space = Files.getFileStore(folder).getUsableSpace();
        if (space < bytes) {
            close();
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "needs [%.1f] GB of disk but [%s] has [%.1f] left; name a roomier directory in TMPDIR",
                    bytes / 1e9,
                    folder.getParent(),
                    space / 1e9));
        }
    }

    Path folder() {
        return folder;
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(removal);
        remove();
    }

    private void remove() {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> innermostFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : innermostFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println("bench: cannot remove [" + folder + "]: " + e.getMessage());
        }
    }
}
