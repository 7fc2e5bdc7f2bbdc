package io.lookalike.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The command line of an Elasticsearch server, as its own launcher would build it. */
final class JavaCommand {
    private static final String ENTITLEMENT_EXPORTS = "java.base/org.elasticsearch.entitlement.bridge="
            + "org.elasticsearch.entitlement,java.logging,java.net.http,java.naming,jdk.net,jdk.zipfs";
    private static final String NATIVE_ACCESS = "org.elasticsearch.nativeaccess,org.elasticsearch.foreign,"
            + "org.elasticsearch.foreign.adapter,org.apache.lucene.core,ALL-UNNAMED";

    private JavaCommand() {}

    /**
     * Builds the command without the prefix that changes the user.
     *
     * @param heap such as {@code 1g}, both minimum and maximum
     * @param options options of the caller, which come last and therefore win
     */
    static List<String> build(Path javaHome, NodeHome home, String heap, List<String> options) throws IOException {
        Path bridge;
        try (Stream<Path> jars = Files.list(home.bridge())) {
            bridge = jars.findFirst().orElseThrow();
        }
        List<String> command = new ArrayList<>(List.of(
                javaHome.resolve("bin/java").toString(),
                "-Xms" + heap,
                "-Xmx" + heap,
                "-Xss1m",
                "-XX:+UseG1GC",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:-OmitStackTraceInFastThrow",
                "-XX:+ErrorFileToStdout",
                "-XX:MaxDirectMemorySize=" + directMemory(heap),
                "-XX:+EnableDynamicAgentLoading",
                "-Djdk.attach.allowAttachSelf=true",
                "-Djava.awt.headless=true",
                "-Dfile.encoding=UTF-8",
                "-Djava.io.tmpdir=" + home.temp(),
                "-Des.path.home=" + home.root(),
                "-Des.distribution.type=tar",
                "-Des.networkaddress.cache.ttl=60",
                "-Des.networkaddress.cache.negative.ttl=10",
                // the native library of vector kernels is not on Maven Central
                "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
                "-Dio.netty.noUnsafe=true",
                "-Dio.netty.noKeySetOptimization=true",
                "-Dio.netty.recycler.maxCapacityPerThread=0",
                "-Dlog4j.shutdownHookEnabled=false",
                "-Dlog4j2.disable.jmx=true",
                "-Dlog4j2.formatMsgNoLookups=true",
                "--enable-native-access=" + NATIVE_ACCESS,
                "--illegal-native-access=deny",
                "--patch-module=java.base=" + bridge,
                "--add-exports=" + ENTITLEMENT_EXPORTS,
                "--add-modules=ALL-MODULE-PATH,jdk.net,jdk.management.agent,jdk.incubator.vector",
                "--module-path=" + home.lib()));
        command.addAll(options);
        command.addAll(List.of("-m", "org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch"));
        return List.copyOf(command);
    }

    /** Half of the heap, as Elasticsearch sets it. */
    static String directMemory(String heap) {
        int end = heap.length() - 1;
        long megabytes =
                Long.parseLong(heap.substring(0, end)) * (Character.toLowerCase(heap.charAt(end)) == 'g' ? 1024 : 1);
        return Math.max(1, megabytes / 2) + "m";
    }
}
