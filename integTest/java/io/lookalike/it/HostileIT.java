package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lookalike.node.RealNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Broken and hostile pictures through a real pipeline on a small heap: each ends as a document or as an item of 400
 * whose reason is in words, the node stays green and the same process, and good pictures still go in.
 *
 * <p>{@code -Dlookalike.hostile.files=N} mutates as many pictures as one likes, {@code -Dlookalike.hostile.seed=N}
 * others.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileIT {
    private static final String INDEX = "hostile";
    private static final int FILES = Integer.getInteger("lookalike.hostile.files", 2000);
    private static final long SEED = Long.getLong("lookalike.hostile.seed", 1);
    private static final int PER_BULK = 100;
    private static final int SHOWN = 10;

    /** What libraries and the runtime say, which tells a user nothing. */
    private static final Pattern NOT_WORDS = Pattern.compile(
            "\\b\\w+(Exception|Error)\\b|\\bnull\\b|native|Native|out of bounds|Index \\d|Bogus|Unsupported "
                    + "|java\\.|javax\\.");

    private static final List<String> RESOURCES = List.of(
            "baseline.jpg",
            "progressive.jpg",
            "gray.jpg",
            "cmyk.jpg",
            "ycck.jpg",
            "adobe-rgb.jpg",
            "cmyk-profile.jpg",
            "display-p3.png",
            "gray-gamma.png",
            "lossy.webp",
            "lossless.webp",
            "lossy-alpha.webp",
            "animated.webp",
            "lzw.tif",
            "packbits.tif",
            "jpeg.tif",
            "group3.tif",
            "group4.tif",
            "tiff-cmyk.tif",
            "cmyk-jpeg.tif");

    private RealNode node;
    private Http http;
    private List<Album.Photo> clean;

    @BeforeAll
    void start() {
        node = RealNode.builder().heap("512m").start();
        http = new Http(node.uri());
        Album.create(http, INDEX, "default", 1);
        http.ok("PUT", "/" + INDEX + "/_settings", json("{'index.number_of_replicas': 0}"));
        clean = Album.draw(2, 7);
    }

    @AfterAll
    void stop() {
        http.close();
        node.close();
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = HostileIT.class.getResourceAsStream("/io/lookalike/image/" + name)) {
            return in.readAllBytes();
        }
    }

    @Test
    void everyFormatIsIndexed() throws IOException {
        Bulk bulk = new Bulk();
        for (String name : RESOURCES) {
            bulk.index("good-" + name, document(resource(name)));
        }
        http.bulk("/" + INDEX + "/_bulk", bulk);
    }

    private static JsonNode document(byte[] picture) {
        return json("{image: ?}", Base64.getEncoder().encodeToString(picture));
    }

    @Test
    void mutatedPicturesAreSurvived() throws IOException {
        long process = node.process().pid();
        List<byte[]> originals = new ArrayList<>();
        for (String name : RESOURCES) {
            originals.add(resource(name));
        }
        for (String format : List.of("jpg", "png", "gif", "bmp", "tif")) {
            clean.stream().limit(3).forEach(photo -> originals.add(reencode(photo, format)));
        }
        Map<String, Integer> reasons = new TreeMap<>();
        Random random = new Random(SEED);
        int indexed = 0;
        for (int from = 0; from < FILES; from += PER_BULK) {
            Bulk bulk = new Bulk();
            for (int i = from; i < Math.min(FILES, from + PER_BULK); i++) {
                byte[] original = originals.get(i % originals.size());
                bulk.index("mutated-" + i, document(mutate(original, originals, random)));
            }
            indexed += send(bulk, reasons);
        }
        assertTrue(indexed > FILES / 20, "indexed " + indexed);
        assertTrue(indexed < FILES - FILES / 20, "indexed " + indexed);
        assertTrue(reasons.size() > 20, reasons::toString);
        assertStillWell(process);
    }

    private static byte[] reencode(Album.Photo photo, String format) {
        try (InputStream in = new java.io.ByteArrayInputStream(photo.bytes())) {
            return Album.encode(javax.imageio.ImageIO.read(in), format);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Cuts, overwrites, flips, or puts in a piece of another picture, most often near the beginning. */
    private static byte[] mutate(byte[] original, List<byte[]> originals, Random random) {
        byte[] file = original.clone();
        int head = Math.min(file.length, 300);
        switch (random.nextInt(5)) {
            case 0 -> {
                return Arrays.copyOf(file, 1 + random.nextInt(file.length));
            }
            case 1 -> {
                for (int i = random.nextInt(8); i >= 0; i--) {
                    file[random.nextInt(file.length)] = (byte) random.nextInt();
                }
            }
            case 2 -> {
                int at = random.nextInt(head);
                byte value = (byte) new int[] {0, 0xff, 0x7f, 0x80, 1}[random.nextInt(5)];
                Arrays.fill(file, at, Math.min(file.length, at + 1 + random.nextInt(4)), value);
            }
            case 3 -> {
                for (int i = random.nextInt(3); i >= 0; i--) {
                    file[random.nextInt(head)] ^= (byte) (1 << random.nextInt(8));
                }
            }
            default -> {
                byte[] other = originals.get(random.nextInt(originals.size()));
                int at = random.nextInt(file.length);
                int from = random.nextInt(other.length);
                int count = Math.min(other.length - from, 1 + random.nextInt(200));
                ByteArrayOutputStream spliced = new ByteArrayOutputStream();
                spliced.write(file, 0, at);
                spliced.write(other, from, count);
                int rest = random.nextBoolean() ? at : Math.min(file.length, at + count);
                spliced.write(file, rest, file.length - rest);
                return spliced.toByteArray();
            }
        }
        return file;
    }

    /** Sends pictures of which any may fail; returns how many were indexed. */
    private int send(Bulk bulk, Map<String, Integer> reasons) {
        Http.Answer answer = http.send("POST", "/" + INDEX + "/_bulk", bulk.bytes(), Http.LINES);
        assertEquals(200, answer.status(), answer::text);
        int indexed = 0;
        for (JsonNode item : answer.body().path("items")) {
            JsonNode result = item.path("index");
            int status = result.path("status").asInt();
            if (status == 200 || status == 201) {
                indexed++;
            } else {
                assertEquals(400, status, result::toString);
                assertTrue(result.path("error").path("reason").isTextual(), result::toString);
                String reason = Http.reasons(result.path("error"));
                String words = reason.substring(reason.indexOf("): ") + 3);
                assertTrue(reason.startsWith("cannot decode field [image]") && words.length() > 10, reason);
                assertFalse(NOT_WORDS.matcher(reason).find(), reason);
                assertFalse(result.path("error").has("caused_by"), result::toString);
                reasons.merge(words.replaceAll("\\[-?\\d+\\]", "[…]"), 1, Integer::sum);
            }
        }
        assertEquals(bulk.size(), answer.body().path("items").size());
        return indexed;
    }

    private void assertStillWell(long process) {
        assertEquals(process, node.process().pid());
        JsonNode health = http.ok("GET", "/_cluster/health/" + INDEX);
        assertEquals("green", health.path("status").asText(), health::toString);
        http.bulk("/" + INDEX + "/_bulk", Album.bulk(clean));
        Album.Photo photo = clean.get(3);
        assertEquals(
                photo.id(),
                http.ids(INDEX, json("{query: {hash_knn: {field: 'photo.vector', query_image: ?}}}", photo.base64()))
                        .get(0));
    }

    /** Each file by itself, to see which takes longest. */
    @Test
    void theHostileCollectionIsSurvived() throws IOException {
        Path directory = Data.directory("hostile-images");
        long process = node.process().pid();
        Map<String, Integer> reasons = new TreeMap<>();
        Map<String, Long> milliseconds = new HashMap<>();
        int indexed = 0;
        for (Path file : Data.files(directory)) {
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length == 0) {
                continue;
            }
            String name = directory.relativize(file).toString();
            long start = System.nanoTime();
            indexed += send(new Bulk().index(Integer.toHexString(name.hashCode()), document(bytes)), reasons);
            milliseconds.put(name, (System.nanoTime() - start) / 1_000_000);
        }
        assertTrue(milliseconds.size() > 900, "files " + milliseconds.size());
        assertTrue(indexed > 600, "indexed " + indexed);
        String slowest = milliseconds.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(SHOWN)
                .map(each -> each.getValue() + " ms " + each.getKey())
                .collect(Collectors.joining("\n"));
        Files.writeString(
                Path.of(System.getProperty("lookalike.zip")).resolveSibling("hostile-slowest.txt"), slowest + "\n");
        assertStillWell(process);
    }
}
