package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lookalike.node.RealNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The plugin does nothing that Elasticsearch forbids it, and never reaches out to a network. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EntitlementsIT {
    private static final String INDEX = "entitlements";

    /** What is denied without harm, by a piece of its line, and why it is asked for. */
    private static final Map<String, String> ALLOWED = Map.of(
            "class [class ai.onnxruntime.OrtEnvironment], operation [java.lang.Runtime.addShutdownHook()]",
            "ONNX Runtime would tidy up when the process ends; it is closed with the node anyway",
            "class [class java.awt.Toolkit], entitlement [file], operation [read]",
            "java.desktop looks for .accessibility.properties in the home directory; there is nothing to assist",
            "class [class com.twelvemonkeys.lang.SystemUtil], entitlement [file], operation [read], path "
                    + "[com/twelvemonkeys/imageio/color/icc_profiles.",
            "the TIFF reader looks for a list of the system's CMYK profiles; inks are converted here, without it");

    private RealNode node;
    private Http http;

    @BeforeAll
    void useEverything() throws IOException {
        node = RealNode.builder()
                .heap("512m")
                .setting("logger.org.elasticsearch.entitlement.runtime.policy.PolicyManager", "debug")
                .start();
        http = new Http(node.uri());
        Album.create(http, INDEX, "default", 1);
        List<Album.Photo> photos = new ArrayList<>(Album.draw(1, 41));
        for (String special : List.of("cmyk", "ycck", "gray", "progressive")) {
            photos.add(new Album.Photo(special, special, "jpg", resource(special + ".jpg")));
        }
        http.bulk("/" + INDEX + "/_bulk", Album.bulk(photos));
        for (Album.Photo photo : photos) {
            assertEquals(
                    photo.id(),
                    http.ids(
                                    INDEX,
                                    json(
                                            "{query: {hash_knn: {field: 'photo.vector', query_image: ?}}}",
                                            photo.base64()))
                            .get(0));
            assertTrue(http.ids(
                            INDEX,
                            json(
                                    "{query: {hash_radius: {field: 'photo.phash', query_image: ?, max_distance: 0, "
                                            + "min_quality: 0}}}",
                                    photo.base64()))
                    .contains(photo.id()));
            for (int length : new int[] {20, photo.bytes().length / 2}) {
                byte[] broken = Arrays.copyOf(photo.bytes(), length);
                http.send(
                        "POST",
                        "/_lookalike/encoder/default/_encode",
                        json("{image: ?}", Base64.getEncoder().encodeToString(broken)));
            }
        }
        // one scene, so that a search cannot tell which is which
        Bulk others = new Bulk();
        for (String name : List.of(
                "cmyk-profile.jpg",
                "display-p3.png",
                "lossy-alpha.webp",
                "lossless-alpha.webp",
                "lzw.tif",
                "jpeg.tif",
                "group4.tif",
                "cmyk-jpeg.tif")) {
            String picture = Base64.getEncoder().encodeToString(resource(name));
            others.index(name, json("{image: ?}", picture));
            String half = picture.substring(0, picture.length() / 8 * 4);
            http.send("POST", "/_lookalike/encoder/default/_encode", json("{image: ?}", half));
        }
        http.bulk("/" + INDEX + "/_bulk", others);
        http.ok("GET", "/_lookalike/model");
        http.ok("PUT", "/_lookalike/encoder/entitlements", json("{model: 'builtin-1', perceptual: 'ahash'}"));
        http.send("PUT", "/_lookalike/encoder/wrong", json("{model: 'no-such-model'}"));
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = EntitlementsIT.class.getResourceAsStream("/io/lookalike/image/" + name)) {
            return in.readAllBytes();
        }
    }

    @AfterAll
    void stop() {
        http.close();
        node.close();
    }

    @Test
    void nothingIsDenied() throws IOException {
        List<String> lines = Files.readAllLines(node.logFile());
        assertTrue(
                lines.stream()
                        .anyMatch(line -> line.contains("PolicyManager") || line.contains("o.e.e.r.p.PolicyManager")),
                "the log does not show what is asked for");
        List<String> denied = lines.stream()
                .filter(line -> line.contains("Not entitled:"))
                .filter(line -> ALLOWED.keySet().stream().noneMatch(line::contains))
                .toList();
        assertEquals(List.of(), denied);
    }

    @Test
    void noNetworkIsReachedFor() throws IOException {
        assertFalse(Files.readString(node.logFile()).contains("outbound_network"));
        Path process = Path.of("/proc", Long.toString(node.process().pid()));
        assumeTrue(Files.isReadable(process.resolve("net/tcp")), "this system has no " + process + "/net/tcp");
        Set<String> sockets = sockets(process);
        assertFalse(sockets.isEmpty(), "the node listens on none");
        List<String> elsewhere = new ArrayList<>();
        int seen = 0;
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
            List<String> lines = Files.readAllLines(process.resolve("net").resolve(table));
            for (String line : lines.subList(1, lines.size())) {
                String[] columns = line.strip().split("\\s+", -1);
                if (sockets.contains(columns[9])) {
                    seen++;
                    if (!loopback(columns[1]) || !loopbackOrNone(columns[2])) {
                        elsewhere.add(table + " " + columns[1] + " " + columns[2]);
                    }
                }
            }
        }
        assertEquals(List.of(), elsewhere);
        assertTrue(seen >= 2, "REST and transport are listened on, but only " + seen + " sockets were seen");
    }

    /** The inodes of the sockets that a process holds. */
    private static Set<String> sockets(Path process) throws IOException {
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
            for (Path descriptor : descriptors.toList()) {
                String target = link(descriptor);
                if (target.startsWith("socket:[")) {
                    inodes.add(target.substring(8, target.length() - 1));
                }
            }
        }
        return inodes;
    }

    private static String link(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }

    /** An address of the kernel's tables: 127.0.0.1, ::1 or ::ffff:127.0.0.1, words in the machine's order. */
    private static boolean loopback(String address) {
        String host = address.substring(0, address.indexOf(':'));
        return host.equals("0100007F")
                || host.equals("0000000000000000FFFF00000100007F")
                || host.equals("00000000000000000000000001000000");
    }

    private static boolean loopbackOrNone(String address) {
        return loopback(address) || address.replaceAll("[0:]", "").isEmpty();
    }
}
