package io.lookalike.demo;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The output folder of one demo, so that several can run at the same time: {@code demo}, or {@code demo-2} and so on if
 * running processes use the others.
 *
 * @param mark locked until this is closed or the process ends
 */
record WorkFolder(Path path, FileChannel mark) implements AutoCloseable {
    /** Takes the first free folder in {@code parent}; once for each process. */
    static WorkFolder claim(Path parent) throws IOException {
        for (int i = 1; ; i++) {
            Path folder = Files.createDirectories(parent.resolve(i == 1 ? "demo" : "demo-" + i));
            FileChannel mark = FileChannel.open(
                    folder.resolve("in-use.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                if (mark.tryLock() != null) {
                    return new WorkFolder(folder, mark);
                }
            } catch (IOException e) {
                mark.close();
                throw e;
            }
            mark.close();
        }
    }

    @Override
    public void close() throws IOException {
        mark.close();
    }
}
