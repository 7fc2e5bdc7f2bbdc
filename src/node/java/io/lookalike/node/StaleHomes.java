package io.lookalike.node;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Removes homes of nodes whose starter was killed before it could remove them.
 *
 * <p>The name of a home contains the process id of its starter; it is stale if no such process exists. A reused process
 * id keeps a home a while longer. A locked file in the home protects it from other containers.
 */
final class StaleHomes {
    private static final String MARK = "in-use.lock";
    private static final Pattern NAME = Pattern.compile("lookalike-node-(\\d+)-.+");

    private StaleHomes() {}

    /** The first part of the names of homes that process {@code pid} makes. */
    static String prefix(long pid) {
        return "lookalike-node-" + pid + "-";
    }

    /** Whether a process is alive; a zombie is not. */
    static boolean alive(long pid) {
        if (ProcessHandle.of(pid).isEmpty()) {
            return false;
        }
        try {
            String status = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return !status.substring(status.lastIndexOf(')') + 1).strip().startsWith("Z");
        } catch (IOException e) {
            return ProcessHandle.of(pid).isPresent();
        }
    }

    /**
     * Marks a home as in use until the result is closed or this process ends. Other containers that share the directory
     * see the mark, but not the process id.
     */
    static Closeable claim(Path home) throws IOException {
        FileChannel mark = FileChannel.open(home.resolve(MARK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            mark.lock();
        } catch (IOException e) {
            mark.close();
            throw e;
        }
        return mark;
    }

    private static boolean isClaimed(Path home) {
        try (FileChannel mark = FileChannel.open(home.resolve(MARK), StandardOpenOption.WRITE);
                FileLock lock = mark.tryLock()) {
            return lock == null;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            return true; // it belongs to another user, who will remove it
        }
    }

    /** Removes stale homes in {@code directory}; what cannot be removed, because another user owns it, stays. */
    static void sweep(Path directory, LongPredicate alive) {
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(directory, "lookalike-node-*")) {
            for (Path home : homes) {
                Matcher name = NAME.matcher(home.getFileName().toString());
                if (name.matches()
                        && Files.isDirectory(home, LinkOption.NOFOLLOW_LINKS)
                        && !alive.test(Long.parseLong(name.group(1)))
                        && !isClaimed(home)) {
                    remove(home);
                }
            }
        } catch (IOException e) {
            throw new NodeFailed("cannot use the temporary directory [" + directory + "]", e);
        }
    }

    private static void remove(Path home) {
        try {
            Trees.delete(home);
        } catch (IOException e) {
            // belongs to another user, or a node that is ending still writes to it: a later sweep removes it
        }
    }
}
