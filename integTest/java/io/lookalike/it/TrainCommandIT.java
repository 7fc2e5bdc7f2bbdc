package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lookalike.demo.DrawnPictures;
import io.lookalike.node.RealNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/train} on a few drawn pictures, and a node that uses what it wrote. Fetches PyTorch the first time. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "PyTorch is fetched for Linux on x86_64 only")
class TrainCommandIT {
    private static final List<String> CLASSES = List.of("bricks", "clocks", "fish");
    private static final int PER_CLASS = 6;
    private static final double TOLERANCE = 1e-4;

    @TempDir
    static Path folder;

    private static Path pictures;

    @BeforeAll
    static void draw() throws IOException {
        pictures = folder.resolve("pictures");
        for (String clazz : CLASSES) {
            for (int i = 0; i < PER_CLASS; i++) {
                draw(clazz, clazz, i);
            }
        }
        draw("faces", "faces", 0);
        Files.write(pictures.resolve("faces/broken.jpg"), new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff});
        Files.writeString(pictures.resolve("notes.txt"), "no picture");
    }

    private static void draw(String to, String clazz, int index) throws IOException {
        String format = index % 2 == 0 ? "png" : "jpg";
        Path file = Files.createDirectories(pictures.resolve(to)).resolve(index + "." + format);
        Files.write(file, Album.encode(DrawnPictures.draw(clazz, index, 1), format));
    }

    private static Process start(String out, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "bin/train",
                "--images",
                pictures.toString(),
                "--out",
                folder.resolve(out).toString(),
                "--network",
                "small",
                "--size",
                "16",
                "--triplets",
                "4"));
        command.addAll(List.of(more));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String text(Process process) throws IOException, InterruptedException {
        try (BufferedReader output = process.inputReader()) {
            String text = String.join("\n", output.lines().toList());
            assertEquals(0, process.waitFor(), text);
            return text;
        }
    }

    @Test
    void aNodeEncodesAsPyTorchDoes() throws IOException, InterruptedException {
        String text = text(start("models/trained", "--epochs", "2"));
        assertTrue(
                text.contains("[16] pictures of [4] classes to train on, [3] to validate; [1] classes have one "
                        + "picture, which serves as a negative only"),
                text);
        assertTrue(text.contains("passed over [faces/broken.jpg]: cannot decode picture (3 bytes, "), text);
        assertTrue(text.contains("passed over [notes.txt]: it lies in no class folder"), text);
        Path model = folder.resolve("models/trained");
        JsonNode expected = new ObjectMapper()
                .readTree(model.resolve("training/vectors.json").toFile());
        assertEquals(3 * PER_CLASS + 1, expected.size());
        try (RealNode node = RealNode.builder()
                        .heap("512m")
                        .models(model.getParent())
                        .start();
                Http http = new Http(node.uri())) {
            http.ok("PUT", "/_lookalike/encoder/trained", json("{model: 'trained'}"));
            Album.create(http, "trained", "trained", 1);
            Bulk bulk = new Bulk();
            for (Map.Entry<String, JsonNode> picture : expected.properties()) {
                String image =
                        Base64.getEncoder().encodeToString(Files.readAllBytes(pictures.resolve(picture.getKey())));
                JsonNode vector = http.ok("POST", "/_lookalike/encoder/trained/_encode", json("{image: ?}", image))
                        .path("vector");
                assertEquals(128, vector.size());
                for (int i = 0; i < vector.size(); i++) {
                    double value = picture.getValue().get(i).asDouble();
                    assertEquals(value, vector.get(i).asDouble(), TOLERANCE * Math.max(1, Math.abs(value)));
                }
                bulk.index(picture.getKey(), json("{image: ?}", image));
            }
            http.bulk("/trained/_bulk", bulk);
            String first = expected.fieldNames().next();
            List<String> hits = http.ids(
                    "trained",
                    json("{size: 3, query: {hash_knn: {field: 'photo.vector', like: {id: ?}, k: 3}}}", first));
            assertEquals(3, hits.size());
        }
    }

    @Test
    void theOtherNetworksAreWrittenToo() throws IOException, InterruptedException {
        for (String network : List.of("resnet18", "mlp")) {
            String text = text(start("untrained-" + network, "--network", network, "--size", "32", "--epochs", "0"));
            assertTrue(text.contains("epoch 0: untrained, P@10 "), text);
            assertTrue(text.contains(", written; outputs within "), text);
        }
    }

    @Test
    @ExtendWith(SharedNode.class)
    void thePageDoesWhatItSays(RealNode shared) throws Exception {
        Path directory = Files.createDirectories(folder.resolve("page"));
        Files.createSymbolicLink(directory.resolve("bin"), Path.of("bin").toAbsolutePath());
        Files.createSymbolicLink(directory.resolve("photos"), pictures);
        List<String> chapters =
                List.of(Files.readString(Path.of("docs/train.md")).split("\n## "));
        new Examples(directory, shared).run(chapters.get(1), 2);
        try (RealNode node = RealNode.builder()
                .heap("512m")
                .models(directory.resolve("models"))
                .start()) {
            new Examples(directory, node).run(chapters.get(2), 5);
        }
    }

    @Test
    void anInterruptedTrainingLeavesAModel() throws IOException, InterruptedException {
        Process process = start("interrupted", "--epochs", "100000");
        StringBuilder text = new StringBuilder();
        try (BufferedReader output = process.inputReader()) {
            String line = output.readLine();
            while (line != null) {
                text.append(line).append('\n');
                if (line.contains("epoch 2: ")) {
                    process.toHandle().destroy(); // leaves the output open
                }
                line = output.readLine();
            }
        }
        assertEquals(143, process.waitFor(), text::toString);
        Path model = folder.resolve("interrupted");
        assertTrue(text.toString().contains("[" + model + "] holds the network of epoch ["), text::toString);
        assertTrue(Files.size(model.resolve("model.onnx")) > 0);
        try (Stream<Path> files = Files.walk(model)) {
            assertFalse(files.anyMatch(file -> file.toString().endsWith(".tmp")));
        }
        Process again = start("interrupted");
        try (BufferedReader output = again.inputReader()) {
            assertTrue(output.lines()
                    .toList()
                    .getLast()
                    .equals("train: directory [" + model + "] already holds a model; name another one with --out, or "
                            + "go on from it with --resume"));
        }
        assertEquals(1, again.waitFor());
    }

    @Test
    void aTrainingWithAllHeadsAndLossesGoesOn() throws IOException, InterruptedException {
        String[] heads = {"--hash", "16", "--classify", "--negatives", "hard", "--hold-out-classes", "2", "--epochs"};
        String losses = "triplet=1,pair=0.1,contrastive=0.1,classification=0.5";
        String first = text(start("resumed", with(heads, "1", "--loss", losses)));
        assertTrue(first.contains("[12] pictures of [2] classes to train on, [7] to validate; [0] classes"), first);
        assertTrue(first.contains("\nepoch 1: "), first);
        String second = text(start("resumed", with(heads, "2", "--resume", "--augment", "crop,rotate,colour,flip")));
        assertTrue(second.contains("going on after epoch [1]"), second);
        assertFalse(second.contains("\nepoch 1: "), second);
        assertTrue(second.contains("\nepoch 2: "), second);
        Path model = folder.resolve("resumed");
        JsonNode defaults =
                new ObjectMapper().readTree(model.resolve("model.json").toFile());
        assertEquals(json("{type: 'model_output', output: 'hash', threshold: 0}"), defaults.path("hash"));
        try (OrtSession session = OrtEnvironment.getEnvironment()
                .createSession(model.resolve("model.onnx").toString())) {
            assertEquals(Set.of("embedding", "hash", "classes"), session.getOutputNames());
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
        assertTrue(Files.size(model.resolve("training/curve.png")) > 0);
        heads[1] = "32";
        Process other = start("resumed", with(heads, "3", "--resume"));
        try (BufferedReader output = other.inputReader()) {
            String said = output.lines().toList().getLast();
            assertTrue(said.contains("] was trained with {"), said);
        }
        assertEquals(1, other.waitFor());
    }

    private static String[] with(String[] some, String... more) {
        return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
    }
}
