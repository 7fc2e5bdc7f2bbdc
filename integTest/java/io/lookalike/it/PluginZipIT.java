package io.lookalike.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What is in the zip that users install, and what is not. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PluginZipIT {
    private static final Pattern JAR = Pattern.compile("(?<name>[a-z0-9-]+?)-(?<version>\\d[\\w.]*)\\.jar");
    private static final int RELEASE_22 = 66;
    private static final long MOST_BYTES = 60L << 20;
    private static final long MOST_BYTES_OF_OURS = 4L << 20;

    private final Path zip = Path.of(System.getProperty("lookalike.zip"));
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    /** By jar: its entries. */
    private final Map<String, Map<String, byte[]>> jars = new TreeMap<>();

    @BeforeAll
    void read() throws IOException {
        try (InputStream in = Files.newInputStream(zip)) {
            files.putAll(entries(in));
        }
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            if (file.getKey().endsWith(".jar")) {
                jars.put(file.getKey(), entries(new ByteArrayInputStream(file.getValue())));
            }
        }
    }

    private static Map<String, byte[]> entries(InputStream in) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        ZipInputStream zip = new ZipInputStream(in);
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
            if (!entry.isDirectory()) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
        }
        return entries;
    }

    private String text(String file) {
        assertTrue(files.containsKey(file), file + " is not in " + files.keySet());
        return new String(files.get(file), StandardCharsets.UTF_8);
    }

    private String ours() {
        List<String> ours = jars.keySet().stream()
                .filter(jar -> jar.startsWith("lookalike-"))
                .toList();
        assertEquals(1, ours.size(), ours::toString);
        return ours.get(0);
    }

    @Test
    void theDescriptorIsFilledIn() throws IOException {
        Properties descriptor = new Properties();
        descriptor.load(new StringReader(text("plugin-descriptor.properties")));
        assertEquals("lookalike", descriptor.getProperty("name"));
        assertEquals("9.5.3", descriptor.getProperty("elasticsearch.version"));
        assertEquals("22", descriptor.getProperty("java.version"));
        assertEquals("io.lookalike.LookalikePlugin", descriptor.getProperty("classname"));
        assertEquals("lookalike-" + descriptor.getProperty("version") + ".jar", ours());
        assertTrue(descriptor.getProperty("description").length() > 20);
        assertFalse(text("plugin-descriptor.properties").contains("${"));
        assertTrue(jars.get(ours()).containsKey("io/lookalike/LookalikePlugin.class"));
    }

    @Test
    void thePolicyAsksForTwoEntitlementsOnly() {
        List<String> asked = Pattern.compile("(?m)^ *- ([a-z_]+):?$")
                .matcher(text("entitlement-policy.yaml"))
                .results()
                .map(match -> match.group(1))
                .toList();
        assertEquals(List.of("load_native_libraries", "write_system_properties"), asked);
    }

    @Test
    void licencesAreThere() {
        assertTrue(text("LICENSE.txt").contains("Apache License"));
        String notice = text("NOTICE.txt");
        for (String jar : jars.keySet()) {
            if (jar.equals(ours())) {
                continue;
            }
            Matcher name = JAR.matcher(jar);
            assertTrue(name.matches(), jar);
            String line = "(?m)^" + Pattern.quote(name.group("name")) + " +" + Pattern.quote(name.group("version"))
                    + " +\\S.*$";
            assertTrue(Pattern.compile(line).matcher(notice).find(), jar + " is not in the notice");
        }
        for (String licence : List.of("Apache-2.0", "onnxruntime-MIT", "slf4j-MIT", "twelvemonkeys-BSD-3-Clause")) {
            assertTrue(text("licenses/" + licence + ".txt").length() > 500, licence);
        }
        assertTrue(text("licenses/onnxruntime-ThirdPartyNotices.txt").length() > 10_000);
    }

    @Test
    void nativeLibrariesOfEveryPlatformAreThereWithoutDebugFiles() {
        Map<String, byte[]> runtime = jars.entrySet().stream()
                .filter(jar -> jar.getKey().matches("onnxruntime-\\d.*"))
                .findFirst()
                .orElseThrow()
                .getValue();
        Map<String, String> names = Map.of(
                "linux-x64", "lib%s.so",
                "linux-aarch64", "lib%s.so",
                "osx-x64", "lib%s.dylib",
                "osx-aarch64", "lib%s.dylib",
                "win-x64", "%s.dll");
        names.forEach((platform, name) -> {
            for (String library : List.of("onnxruntime", "onnxruntime4j_jni")) {
                String entry = "ai/onnxruntime/native/" + platform + "/" + name.replace("%s", library);
                assertTrue(runtime.containsKey(entry), entry);
            }
        });
        for (String entry : runtime.keySet()) {
            assertFalse(
                    entry.contains(".dSYM") || entry.endsWith(".pdb") || entry.endsWith(".debug"),
                    "debug file " + entry);
        }
        assertTrue(files.values().stream().mapToLong(bytes -> bytes.length).sum() < MOST_BYTES);
    }

    @Test
    void nothingIsThereThatOnlyTheBuildOrTheTestsNeed() {
        List<String> unwanted = List.of(
                "io/lookalike/modelgen/",
                "io/lookalike/demo/",
                "io/lookalike/node/",
                "io/lookalike/bench/",
                "io/lookalike/it/",
                "org/tribuo/",
                "com/google/protobuf/",
                "com/google/errorprone/",
                "com/adobe/internal/",
                "com/fasterxml/jackson/databind/",
                "org/elasticsearch/",
                "org/apache/lucene/",
                "org/junit/",
                "org/hamcrest/",
                "com/tngtech/");
        jars.forEach((jar, entries) -> entries.keySet()
                .forEach(entry -> assertFalse(
                        unwanted.stream().anyMatch(entry::startsWith)
                                || entry.matches("io/lookalike/.*(Tests|IT)\\.class"),
                        entry + " in " + jar)));
    }

    @Test
    void classesAreOfTheReleaseThatTheDescriptorNames() {
        jars.forEach((jar, entries) -> entries.forEach((entry, bytes) -> {
            if (entry.endsWith(".class") && !entry.startsWith("META-INF/versions/")) {
                ByteBuffer head = ByteBuffer.wrap(bytes);
                assertEquals(0xCAFEBABE, head.getInt(0), entry);
                int version = head.getShort(6);
                boolean right = jar.equals(ours()) ? version == RELEASE_22 : version <= RELEASE_22;
                assertTrue(right && head.getShort(4) == 0, entry + " in " + jar + " is of version " + version);
            }
        }));
    }

    @Test
    void ourJarIsSmallAndHoldsTheBuiltInModels() {
        assertTrue(files.get(ours()).length < MOST_BYTES_OF_OURS, "bytes " + files.get(ours()).length);
        Map<String, byte[]> entries = jars.get(ours());
        assertTrue(entries.get("io/lookalike/model/builtin-1/model.onnx").length > 10_000);
        assertTrue(entries.containsKey("io/lookalike/model/builtin-1/model.json"));
        assertTrue(entries.get("io/lookalike/model/builtin-2/model.onnx").length > 1_000_000);
        assertTrue(entries.containsKey("io/lookalike/model/builtin-2/model.json"));
    }
}
