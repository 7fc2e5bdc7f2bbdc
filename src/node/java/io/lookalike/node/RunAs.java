package io.lookalike.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Chooses the user of the node's process, because Elasticsearch refuses to run as root.
 *
 * <p>A normal user starts the node directly. Root starts it in a user namespace that maps root to another number, so
 * that files keep their owner. If such namespaces are forbidden, it runs as an unprivileged user, who becomes the owner
 * of home and data. Both wrappers exec the command, so the child of this process is the node.
 *
 * @param prefix put before the command
 * @param owner of home and data, -1 for no change
 */
record RunAs(List<String> prefix, int owner) {
    private static final int NOBODY = 65534;
    private static final Pattern EFFECTIVE_USER = Pattern.compile("(?m)^Uid:\\s+\\d+\\s+(\\d+)");
    private static final List<String> NAMESPACE =
            List.of("unshare", "--user", "--map-user=1000", "--map-group=1000", "--");

    /**
     * Chooses for this process.
     *
     * @param data a data directory; if an unprivileged user owns it, that user is kept
     */
    static RunAs choose(Path data) throws IOException {
        if (effectiveUser(Files.readString(Path.of("/proc/self/status"))) != 0) {
            return new RunAs(List.of(), -1);
        }
        return forRoot((int) Files.getAttribute(data, "unix:uid"), RunAs::runs);
    }

    static RunAs forRoot(int dataOwner, Predicate<List<String>> runs) {
        if (dataOwner == 0 && runs.test(with(NAMESPACE, List.of("true")))) {
            return new RunAs(NAMESPACE, -1);
        }
        int user = dataOwner == 0 ? NOBODY : dataOwner;
        List<String> other = List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "--");
        if (runs.test(with(other, List.of("true")))) {
            return new RunAs(other, user);
        }
        throw new NodeFailed("Elasticsearch refuses to run as root, and neither [unshare] nor [setpriv] (package"
                + " util-linux) can start it as another user here; run this as a normal user");
    }

    static int effectiveUser(String status) {
        Matcher user = EFFECTIVE_USER.matcher(status);
        if (!user.find()) {
            throw new NodeFailed("cannot tell from /proc/self/status which user this is");
        }
        return Integer.parseInt(user.group(1));
    }

    /** Gives the directories to the node's user and checks that it reaches them and the JDK. */
    void handOver(Path home, Path data, Path java) throws IOException {
        if (owner < 0) {
            return;
        }
        for (Path directory : List.of(home, data)) {
            // check before changing the owner of anything
            if (!runs(with(prefix, List.of("test", "-x", directory.getParent().toString())))) {
                throw new NodeFailed("directory [" + directory + "] cannot be reached by user [" + owner
                        + "], as whom root starts the node; choose one whose parents all users may enter");
            }
            Trees.give(directory, owner);
        }
        if (!runs(with(prefix, List.of("test", "-x", java.toString())))) {
            throw new NodeFailed("[" + java + "] cannot be run by user [" + owner
                    + "], as whom root starts the node; install the JDK where all users may read it");
        }
    }

    static List<String> with(List<String> prefix, List<String> command) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(command);
        return List.copyOf(all);
    }

    private static boolean runs(List<String> command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted", e));
        } catch (IOException e) {
            return false; // no such program
        }
    }
}
