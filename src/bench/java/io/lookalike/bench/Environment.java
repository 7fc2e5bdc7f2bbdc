package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.apache.lucene.util.Version;
import org.elasticsearch.Build;

/** What the figures are measured on, and when. Stateless. */
final class Environment {
    private static final String UNKNOWN = "unknown";

    private Environment() {}

    static ObjectNode now() {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        return JsonNodeFactory.instance
                .objectNode()
                .put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"))
                .put("arch", System.getProperty("os.arch"))
                .put("cpu", cpu())
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("load", load < 0 ? UNKNOWN : String.format(Locale.ROOT, "%.1f", load))
                .put("jdk", System.getProperty("java.vendor") + " " + Runtime.version())
                .put("elasticsearch", Build.current().version())
                .put("lucene", Version.LATEST.toString())
                .put("commit", commit())
                .put("date", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString());
    }

    private static String cpu() {
        Path file = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(file)) {
            return UNKNOWN;
        }
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(UNKNOWN);
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    /** The commit of the checkout that these classes lie in; it ends in -dirty when files of it were changed. */
    private static String commit() {
        try {
            Process git = new ProcessBuilder("git", "-C", folder().toString(), "describe", "--always", "--dirty")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor() == 0 ? commit : UNKNOWN;
        } catch (IOException e) {
            return UNKNOWN;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNKNOWN;
        }
    }

    private static Path folder() throws IOException {
        try {
            return Path.of(Environment.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
