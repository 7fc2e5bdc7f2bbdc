package io.lookalike.node;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Describes the machine and the JDK for measured figures. Stateless. */
public final class Machine {
    private static final String UNKNOWN = "unknown";

    private Machine() {}

    /** os, arch, cpu, cores and jdk. */
    public static ObjectNode facts() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"))
                .put("arch", System.getProperty("os.arch"))
                .put("cpu", cpu())
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("jdk", System.getProperty("java.vendor") + " " + Runtime.version());
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
}
