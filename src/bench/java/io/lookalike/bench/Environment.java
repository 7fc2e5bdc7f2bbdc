package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.Machine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.apache.lucene.util.Version;
import org.elasticsearch.Build;

/** Describes the machine and the time of the figures. Stateless. */
final class Environment {
    private static final String UNKNOWN = "unknown";

    private Environment() {}

    static ObjectNode now() {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        return Machine.facts()
                .put("load", load < 0 ? UNKNOWN : String.format(Locale.ROOT, "%.1f", load))
                .put("elasticsearch", Build.current().version())
                .put("lucene", Version.LATEST.toString())
                .put("commit", commit())
                .put("date", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString());
    }

    /** The commit of the checkout with these classes; ends in -dirty if files were changed. */
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
