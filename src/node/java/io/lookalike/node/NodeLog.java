package io.lookalike.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Writes the output of a node into a file, line by line, and remembers the lines that explain a failure.
 *
 * <p>Uses one thread for each process. {@link #join} returns when the process has closed its output and everything is
 * in the file.
 */
final class NodeLog {
    private static final Pattern TELLING = Pattern.compile(
            "(?!.*did not exit normally)(\\[[^\\]]*\\]\\[(ERROR|FATAL).*|.*\\bCaused by: .*|(Error|ERROR|FATAL): .*"
                    + "|[\\w.$]+(Exception|Error)(: .*)?|Error occurred during.*|Unrecognized .*"
                    + "|# +(A fatal error|There is insufficient memory|Native memory allocation|SIG[A-Z]+ ).*)");
    private static final int KEPT = 12;

    private final Path file;
    private final Consumer<String> listener;
    private final Deque<String> telling = new ArrayDeque<>();
    private Thread thread;

    NodeLog(Path file, Consumer<String> listener) {
        this.file = file;
        this.listener = listener;
    }

    Path file() {
        return file;
    }

    /** Starts to read {@code output}; the output of earlier processes stays in the file. */
    void follow(InputStream output) {
        synchronized (telling) {
            telling.clear();
        }
        thread = new Thread(() -> drain(output), "node-log");
        thread.setDaemon(true);
        thread.start();
    }

    private void drain(InputStream output) {
        try (var reader = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8));
                var writer = Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                writer.write(line);
                writer.newLine();
                writer.flush();
                remember(line);
                listener.accept(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the log [" + file + "]", e);
        }
    }

    private void remember(String line) {
        if (TELLING.matcher(line).matches()) {
            synchronized (telling) {
                telling.addLast(line);
                if (telling.size() > KEPT) {
                    telling.removeFirst();
                }
            }
        }
    }

    /** The last lines that name an error, oldest first; without any, the last lines of the file. */
    List<String> reasons() {
        synchronized (telling) {
            if (!telling.isEmpty()) {
                return List.copyOf(telling);
            }
        }
        try {
            List<String> lines = Files.readAllLines(file);
            return new ArrayList<>(lines.subList(Math.max(0, lines.size() - 5), lines.size()));
        } catch (IOException e) {
            return List.of();
        }
    }

    void join() {
        if (thread == null) {
            return;
        }
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
