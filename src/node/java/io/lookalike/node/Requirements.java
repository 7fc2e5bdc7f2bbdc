package io.lookalike.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks the machine before a node is started; each error says what to do. */
final class Requirements {
    static final int JAVA_VERSION = 25;

    private static final Pattern HEAP = Pattern.compile("[1-9][0-9]{0,9}[mgMG]");
    private static final Pattern RELEASE = Pattern.compile("JAVA_VERSION=\"(\\d+)");
    private static final Map<String, String> PLATFORMS = Map.of("amd64", "x64", "x86_64", "x64", "aarch64", "aarch64");

    private Requirements() {}

    /** The platform's name in Elasticsearch's layout, {@code linux-x64} or {@code linux-aarch64}. */
    static String platform(String osName, String osArch) {
        String arch = PLATFORMS.get(osArch.toLowerCase(Locale.ROOT));
        if (!osName.equalsIgnoreCase("Linux") || arch == null) {
            throw new NodeFailed("a node from Maven Central runs on Linux on x64 and aarch64 alone, this is [" + osName
                    + " " + osArch + "]; the plugin itself runs wherever Elasticsearch does: install the zip there");
        }
        return "linux-" + arch;
    }

    static void heap(String heap) {
        if (!HEAP.matcher(heap).matches()) {
            throw new NodeFailed(
                    "heap [" + heap + "] is malformed; give a number followed by m or g, such as [512m] or [1g]");
        }
    }

    /** Checks that {@code home} holds a JDK new enough to run the plugin and its tests. */
    static void java(Path home) {
        if (!Files.isExecutable(home.resolve("bin/java"))) {
            throw new NodeFailed(
                    "no JDK at [" + home + "]; install JDK " + JAVA_VERSION + " or later and give its directory");
        }
        Matcher release;
        try {
            release = RELEASE.matcher(Files.readString(home.resolve("release")));
        } catch (IOException e) {
            return; // some systems lack this file
        }
        if (release.find() && Integer.parseInt(release.group(1)) < JAVA_VERSION) {
            throw new NodeFailed("the JDK at [" + home + "] has version [" + release.group(1) + "]; the node needs ["
                    + JAVA_VERSION + "] or later");
        }
    }

    /** The port to use: {@code wanted} if it is free, any free one for 0. */
    static int port(int wanted) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new NodeFailed("port [" + wanted + "] is taken; choose another with --port", e);
        }
    }

    /** Checks that files in {@code directory} may be executed: native libraries are unpacked and mapped there. */
    static void executable(Path directory) {
        String mounts;
        try {
            mounts = Files.readString(Path.of("/proc/self/mounts"), StandardCharsets.UTF_8);
            executable(directory.toRealPath(), mounts);
        } catch (IOException e) {
            throw new NodeFailed("cannot use the temporary directory [" + directory + "]", e);
        }
    }

    static void executable(Path directory, String mounts) {
        Path best = null;
        boolean noexec = false;
        for (String line : mounts.lines().toList()) {
            String[] fields = line.split(" ", -1);
            if (fields.length < 4) {
                continue;
            }
            Path point = Path.of(unescape(fields[1]));
            // a later mount hides an earlier one at the same place
            if (directory.startsWith(point) && (best == null || point.getNameCount() >= best.getNameCount())) {
                best = point;
                noexec = ("," + fields[3] + ",").contains(",noexec,");
            }
        }
        if (noexec) {
            throw new NodeFailed("the temporary directory [" + directory + "] is mounted noexec (at [" + best
                    + "]), but native libraries are run from there; set TMPDIR to a directory which is not");
        }
    }

    /** Decodes blanks, tabs, new lines and backslashes, which the list of mounts has as three octal digits. */
    private static String unescape(String path) {
        return Pattern.compile("\\\\([0-7]{3})")
                .matcher(path)
                .replaceAll(m -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 8))));
    }

    /** Waits until no node holds the lock of {@code data}, because a killed node may take a moment to end. */
    static void unlocked(Path data, Duration patience) {
        Path lock = data.resolve("node.lock");
        long deadline = System.nanoTime() + patience.toNanos();
        while (Files.exists(lock)) {
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                    FileLock held = channel.tryLock()) {
                if (held != null) {
                    return;
                }
            } catch (IOException e) {
                throw new NodeFailed("cannot use the data directory [" + data + "]: " + e.getMessage(), e);
            }
            if (System.nanoTime() - deadline > 0) {
                throw new NodeFailed("data directory [" + data
                        + "] is in use by another node; stop that node or choose another directory");
            }
            Waiting.step();
        }
    }
}
