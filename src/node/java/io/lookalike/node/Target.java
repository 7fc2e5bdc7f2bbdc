package io.lookalike.node;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Paths of the build output that a node needs; system properties override them. */
final class Target {
    private Target() {}

    /** The build directory, derived from the location of the classes of this package. */
    static Path directory() {
        try {
            return Path.of(Target.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toAbsolutePath()
                    .getParent();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** The list of a node's jars, or the file named by {@code lookalike.node.classpath}. */
    static Path nodeClasspath() {
        String given = System.getProperty("lookalike.node.classpath");
        return given == null ? directory().resolve("node-classpath.txt") : Path.of(given);
    }

    /** The built plugin, or the file named by {@code lookalike.zip}. */
    static Path zip() {
        String given = System.getProperty("lookalike.zip");
        if (given != null) {
            return Path.of(given);
        }
        return zip(directory());
    }

    static Path zip(Path directory) {
        Path newest = null;
        try (DirectoryStream<Path> zips = Files.newDirectoryStream(directory, "lookalike-*.zip")) {
            for (Path zip : zips) {
                if (newest == null || Files.getLastModifiedTime(zip).compareTo(Files.getLastModifiedTime(newest)) > 0) {
                    newest = zip;
                }
            }
        } catch (IOException e) {
            throw new NodeFailed("cannot look for the plugin in [" + directory + "]", e);
        }
        if (newest == null) {
            throw new NodeFailed("no plugin at [" + directory + "/lookalike-*.zip]; run `mvn package` first");
        }
        return newest;
    }

    /** The JDK that runs this program if it is new enough, else the one that the build found. */
    static Path javaHome() {
        if (Runtime.version().feature() >= Requirements.JAVA_VERSION) {
            return Path.of(System.getProperty("java.home"));
        }
        Path file = directory().resolve("java-home");
        try {
            return Path.of(Files.readString(file).strip());
        } catch (IOException e) {
            throw new NodeFailed(
                    "no JDK " + Requirements.JAVA_VERSION + " or later: this program runs on ["
                            + Runtime.version().feature() + "], and the build left none at [" + file
                            + "]; give its directory with --java-home",
                    e);
        }
    }

    /** The directory for temporary files; the variable TMPDIR counts unless the JVM was told another one. */
    static Path temporary() {
        String property = System.getProperty("java.io.tmpdir");
        String variable = System.getenv("TMPDIR");
        Path directory =
                Path.of(property.equals("/tmp") && variable != null && !variable.isBlank() ? variable : property);
        try {
            return directory.toRealPath();
        } catch (IOException e) {
            throw new NodeFailed("no temporary directory [" + directory + "]; set TMPDIR to one that is there", e);
        }
    }
}
