package io.lookalike.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.elasticsearch.Version;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checks that stand between a zip and a node's plugins. */
final class PluginInstallationTests {
    @TempDir
    Path temp;

    private NodeHome home;

    @BeforeEach
    void layOutAHome() throws IOException {
        home = new NodeHome(temp.resolve("home"));
        for (Path directory : List.of(home.lib(), home.modules(), home.plugins(), home.config())) {
            Files.createDirectories(directory);
        }
    }

    @Test
    void aPluginIsUnpackedAndItsEntitlementsTold() throws IOException {
        Path zip = zip(Map.of(
                "plugin-descriptor.properties",
                descriptor(Version.CURRENT.toString()),
                "entitlement-policy.yaml",
                "ALL-UNNAMED:\n  - manage_threads\n  - load_native_libraries\n",
                "config/tiny.yml",
                "a: b"));
        List<String> told = new ArrayList<>();
        PluginInstallation.install(zip, home, told::add);
        assertEquals(
                List.of("installed [tiny 1.0], which asks for the entitlements [load_native_libraries, "
                        + "manage_threads]"),
                told);
        assertEquals("a: b", Files.readString(home.config().resolve("tiny/tiny.yml")));
        assertFalse(Files.exists(home.plugins().resolve("tiny/config")));
        assertEquals(
                descriptor(Version.CURRENT.toString()),
                Files.readString(home.plugins().resolve("tiny/plugin-descriptor.properties")));
    }

    @Test
    void anEntryThatLeavesTheDirectoryIsRefused() throws IOException {
        for (String entry : List.of("../evil", "a/../../evil", "/evil")) {
            Path zip = zip(Map.of(entry, "evil"));
            assertEquals(
                    "plugin [" + zip + "] has the entry [" + entry
                            + "], which would be written outside of the plugin's directory",
                    refusal(zip));
            assertFalse(Files.exists(home.root().resolve("evil")), entry);
        }
    }

    @Test
    void aPluginOfAnotherVersionIsRefused() throws IOException {
        Path zip = zip(Map.of("plugin-descriptor.properties", descriptor("9.0.0")));
        assertEquals(
                "cannot install the plugin [" + zip
                        + "]: Plugin [tiny] was built for Elasticsearch version 9.0.0 but version " + Version.CURRENT
                        + " is running",
                refusal(zip));
    }

    @Test
    void anEntitlementThatNoPluginMayHaveIsRefused() throws IOException {
        Path zip = zip(Map.of(
                "plugin-descriptor.properties",
                descriptor(Version.CURRENT.toString()),
                "entitlement-policy.yaml",
                "ALL-UNNAMED:\n  - create_class_loader\n"));
        assertEquals(
                "cannot install the plugin [" + zip + "]: [2:5] policy parsing error for [tiny]: entitlement type"
                        + " [create_class_loader] is allowed only on modules",
                refusal(zip));
    }

    @Test
    void aMissingZipIsNamed() {
        Path zip = temp.resolve("none.zip");
        assertEquals("no plugin at [" + zip + "]; run `mvn package` first", refusal(zip));
    }

    private String refusal(Path zip) {
        return assertThrows(NodeFailed.class, () -> PluginInstallation.install(zip, home, told -> {}))
                .getMessage();
    }

    private static String descriptor(String version) {
        return "name=tiny\ndescription=tiny\nversion=1.0\njava.version=22\nclassname=tiny.Tiny\nelasticsearch.version="
                + version + "\n";
    }

    private Path zip(Map<String, String> entries) throws IOException {
        Path zip = temp.resolve("tiny.zip");
        try (OutputStream out = Files.newOutputStream(zip);
                ZipOutputStream content = new ZipOutputStream(out)) {
            for (Map.Entry<String, String> entry : entries.entrySet()) {
                content.putNextEntry(new ZipEntry(entry.getKey()));
                content.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        return zip;
    }
}
