package io.lookalike.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.elasticsearch.bootstrap.ServerArgs;
import org.elasticsearch.common.io.stream.InputStreamStreamInput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The home made of the jars that this build resolved. */
final class NodeHomeTests {
    @TempDir
    Path temp;

    private NodeHome fill(String platform) throws IOException {
        NodeHome home = new NodeHome(temp);
        home.fill(NodeJars.read(Target.nodeClasspath()), platform);
        return home;
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            // without versions, which change with Elasticsearch's
            return files.map(file -> file.getFileName().toString().replaceFirst("-\\d.*\\.jar", ".jar"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void itHasElasticsearchsLayout() throws IOException {
        NodeHome home = fill("linux-aarch64");
        List<String> lib = names(home.lib());
        assertTrue(lib.containsAll(List.of(
                "elasticsearch.jar",
                "elasticsearch-entitlement.jar",
                "lucene-core.jar",
                "log4j-core.jar",
                "platform")));
        for (String elsewhere :
                List.of("aircompressor-v3.jar", "elasticsearch-entitlement-bridge.jar", "transport-netty4.jar")) {
            assertFalse(lib.contains(elsewhere), elsewhere);
        }
        assertEquals(
                List.of(), lib.stream().filter(name -> name.contains("test")).toList());
        assertEquals(List.of("elasticsearch-entitlement-bridge.jar"), names(home.bridge()));
        assertEquals(List.of("entitlement-agent.jar"), names(home.lib().resolve("entitlement-agent")));
        assertEquals(List.of("ansi-console.jar"), names(home.lib().resolve("tools/ansi-console")));
        assertTrue(Files.size(home.lib().resolve("platform/linux-aarch64/libzstd.so")) > 100_000);
        assertTrue(names(home.modules().resolve("transport-netty4"))
                .containsAll(List.of(
                        "elasticsearch-ssl-config.jar",
                        "entitlement-policy.yaml",
                        "netty-common.jar",
                        "plugin-descriptor.properties",
                        "transport-netty4.jar")));
        assertEquals(List.of(), names(home.plugins()), "an empty directory there would stop the node");
        assertTrue(Files.isDirectory(home.models()));
        try (JarFile agent = new JarFile(
                home.lib().resolve("entitlement-agent/entitlement-agent.jar").toFile())) {
            assertEquals(
                    "io.lookalike.node.EntitlementAgent",
                    agent.getManifest().getMainAttributes().getValue("Agent-Class"));
            assertTrue(
                    agent.getEntry("io/lookalike/node/EntitlementAgent.class").getSize() > 0);
        }
    }

    @Test
    void modelsAreCopied() throws IOException {
        NodeHome home = new NodeHome(temp.resolve("home"));
        Path models = Files.createDirectories(temp.resolve("models"));
        Path real = Files.createDirectories(temp.resolve("elsewhere/real"));
        Files.writeString(real.resolve("model.onnx"), "weights");
        Files.createSymbolicLink(models.resolve("linked"), real);
        Files.writeString(models.resolve("README"), "no model");
        home.addModels(models);
        assertEquals(List.of("linked"), names(home.models()));
        assertEquals("weights", Files.readString(home.models().resolve("linked/model.onnx")));
    }

    @Test
    void theServersArgumentsAreWrittenBesideATestFrameworkToo() throws IOException {
        NodeHome home = fill("linux-x64");
        byte[] message = ServerArguments.serialise(home, Map.of("http.port", "9200", "a.list", "x,y"));
        try (var in = new InputStreamStreamInput(new ByteArrayInputStream(message))) {
            ServerArgs arguments = new ServerArgs(in);
            assertEquals(temp.resolve("config"), arguments.configDir());
            assertEquals(temp.resolve("logs"), arguments.logsDir());
            assertEquals("9200", arguments.nodeSettings().get("http.port"));
            assertEquals(List.of("x", "y"), arguments.nodeSettings().getAsList("a.list"));
            assertEquals(temp.toString(), arguments.nodeSettings().get("path.home"));
            assertEquals(-1, in.read());
        }
    }
}
