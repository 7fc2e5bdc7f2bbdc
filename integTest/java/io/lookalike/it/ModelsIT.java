package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.inference.TinyGraphs;
import io.lookalike.inference.VitGraph;
import io.lookalike.node.RealNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Graphs of every shape that embedders have are taken, others are refused in words, and the node goes on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ModelsIT {
    private static final DataType FLOAT = DataType.FLOAT;

    /** An orange, which every model is shown. */
    private static final String PICTURE = picture(0xff8000);

    @TempDir
    static Path models;

    private RealNode node;
    private Http http;

    @BeforeAll
    void start() throws IOException {
        embedders();
        broken();
        node = RealNode.builder().heap("512m").models(models).start();
        http = new Http(node.uri());
    }

    @AfterAll
    void stop() {
        http.close();
        node.close();
    }

    private static String picture(int rgb) {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64 * 64; i++) {
            image.setRGB(i % 64, i / 64, rgb);
        }
        return Base64.getEncoder().encodeToString(Album.encode(image, "png"));
    }

    private static void put(String id, byte[] graph) {
        TinyGraphs.put(models, id, graph, null);
    }

    private static void embedders() {
        put("nchw", TinyGraphs.shaped(FLOAT, new long[] {-1, 3, 32, 48}, "e", -1, 20));
        put("nhwc", TinyGraphs.shaped(FLOAT, new long[] {-1, 32, 48, 3}, "e", -1, 20));
        put("grey", TinyGraphs.shaped(FLOAT, new long[] {-1, 1, 32, 32}, "e", -1, 20));
        put("fixed1", TinyGraphs.shaped(FLOAT, new long[] {1, 3, 32, 32}, "e", 1, 20));
        put("fixed4", TinyGraphs.shaped(FLOAT, new long[] {4, 3, 32, 32}, "e", 4, 20));
        put("open", TinyGraphs.shaped(FLOAT, new long[] {-1, -1, -1, -1}, "e", -1, 20));
        put("half", TinyGraphs.shaped(DataType.FLOAT16, new long[] {-1, 3, 32, 32}, "e", -1, 20));
        put("double", TinyGraphs.shaped(DataType.DOUBLE, new long[] {-1, 3, 32, 32}, "e", -1, 20));
        put("bytes", TinyGraphs.shaped(DataType.UINT8, new long[] {2, 32, 32, 3}, "e", 2, 20));
        put("signed", TinyGraphs.shaped(DataType.INT8, new long[] {-1, 3, 32, 32}, "e", -1, 20));
        put("squeezed", TinyGraphs.shaped(FLOAT, new long[] {-1, 3, 32, 32}, "e", -1, 20, 1, 1));
        put("token", TinyGraphs.shaped(FLOAT, new long[] {-1, 3, 32, 32}, "e", -1, 1, 20));
        put("map", TinyGraphs.shaped(FLOAT, new long[] {-1, 3, 32, 32}, "e", -1, 20, 4, 4));
        put("map-last", TinyGraphs.shaped(FLOAT, new long[] {-1, 3, 32, 32}, "e", -1, 4, 4, 20));
        put("vit", new VitGraph(238, 350, 14, 20, 1, 1).model());
        put("person", TinyGraphs.shaped(FLOAT, new long[] {-1, 3, 256, 128}, "e", -1, 20));
    }

    private static void broken() throws IOException {
        byte[] means = TinyGraphs.means();
        put("truncated", Arrays.copyOf(means, means.length * 2 / 3));
        put("empty", new byte[0]);
        put("words", "not a model".getBytes(StandardCharsets.UTF_8));
        put("operator", TinyGraphs.through("Teleport"));
        put("nan", TinyGraphs.through("Log"));
        put("two-inputs", TinyGraphs.twoInputs());
        put("two-outputs", means);
        put("no-picture", TinyGraphs.identity(FLOAT, -1, 77));
        put("weights-missing", TinyGraphs.external("weights.bin", 12));
        put("weights-outside", TinyGraphs.external("../nchw/model.onnx", 12));
        put("weights-absolute", TinyGraphs.external("/etc/passwd", 12));
        put("nothing", TinyGraphs.shaped(FLOAT, new long[] {-1, 3, 32, 32}, "e", -1, 0));
        put("too-much", TinyGraphs.shaped(FLOAT, new long[] {-1, 3, 32, 32}, "e", -1, 4097));
        Path huge = Files.createDirectory(models.resolve("huge"));
        try (SeekableByteChannel sparse = Files.newByteChannel(
                huge.resolve("model.onnx"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            sparse.position(3L << 30).write(ByteBuffer.allocate(1));
        }
    }

    @AfterEach
    void isAsBefore() {
        assertTrue(node.process().isAlive());
        assertEquals("green", http.ok("GET", "/_cluster/health").path("status").asText());
        JsonNode vector = http.ok("POST", "/_lookalike/encoder/default/_encode", json("{image: ?}", PICTURE));
        assertTrue(vector.path("vector").size() > 0);
    }

    private Http.Answer create(String model, ObjectNode body) {
        return http.send(
                "PUT", "/_lookalike/encoder/" + model, body.put("model", model).put("normalize", "none"));
    }

    private double[] encode(String model, ObjectNode body) {
        Http.Answer answer = create(model, body);
        assertEquals(200, answer.status(), () -> model + ": " + answer.text());
        JsonNode vector = http.ok("POST", "/_lookalike/encoder/" + model + "/_encode", json("{image: ?}", PICTURE))
                .path("vector");
        assertEquals(20, vector.size(), model);
        double[] values = new double[20];
        Arrays.setAll(values, i -> vector.get(i).asDouble());
        return values;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    @Test
    void takesEmbeddersOfEveryShape() {
        double[] expected = encode("nchw", json("{}"));
        assertEquals(mean(expected), mean(encode("nhwc", json("{}"))), 1e-5);
        double scale = mean(expected) / ((0xff + 0x80) / 3.0 / 255);
        assertEquals(1, scale, 0.2);
        for (String model : List.of("fixed1", "fixed4", "squeezed", "token", "person", "double")) {
            assertEquals(mean(expected), mean(encode(model, json("{}"))), 1e-5, model);
        }
        assertEquals(mean(expected), mean(encode("half", json("{}"))), 1e-3);
        assertEquals(255 * mean(expected), mean(encode("bytes", json("{}"))), 1e-3);
        assertEquals(255 * mean(expected) - 128 * scale, mean(encode("signed", json("{}"))), 1e-3);
        double luma = (0.299 * 0xff + 0.587 * 0x80) / 255;
        assertEquals(luma * scale, mean(encode("grey", json("{}"))), 0.005);
        assertEquals(
                mean(expected),
                mean(encode("open", json("{image: {layout: 'nhwc', resize: {width: 20, height: 30}}}"))),
                1e-5);
        for (String model : List.of("map", "map-last")) {
            double[] pooled = encode(model, json("{pooling: 'mean'}"));
            assertEquals(mean(expected), mean(pooled), 0.05, model);
        }
        double[] tokens = encode("vit", json("{pooling: 'mean'}"));
        assertTrue(Arrays.stream(tokens).anyMatch(value -> Math.abs(value) > 1e-3), Arrays.toString(tokens));
        assertEquals(
                1,
                http.ok("GET", "/_lookalike/encoder/vit").at("/vit/skip_tokens").asInt());
    }

    @Test
    void refusesWhatIsNoEmbedder() {
        String again = "is no ONNX model or is cut short; export it or copy it again";
        Map<String, String> refusals = new TreeMap<>(Map.of(
                "truncated", again,
                "empty", "[model.onnx] (0 bytes) " + again,
                "words", "[model.onnx] (11 bytes, starts with 6e 6f 74 20) " + again,
                "operator", "Teleport",
                "huge", "an ONNX file holds at most [2147483647]",
                "two-inputs", "has [2] inputs [left float32[1, 3, 8, 8], right float32[1, 3, 8, 8]]",
                "two-outputs",
                        "has outputs [embedding float32[-1, 3], doubled float32[-1, 3]]; name the one to use in "
                                + "[output]",
                "no-picture", "of shape [-1, 77]; it must be one of",
                "weights-missing", "keeps weights in [weights.bin], which is missing",
                "weights-outside", "keeps weights in [../nchw/model.onnx], which is not the name of a file beside it"));
        refusals.put("weights-absolute", "keeps weights in [/etc/passwd], which is not the name of a file beside it");
        refusals.put("nothing", "output [e float32[-1, 0]] of model [nothing] holds no numbers");
        refusals.put("too-much", "has [4097] dims; a dense_vector field takes at most [4096]");
        refusals.put("nan", "all values must be finite");
        ObjectNode negative = json("{image: {scale: 1, mean: [1000]}}"); // the logarithm of what is below 0
        refusals.forEach((model, words) -> {
            Http.Answer answer = create(model, model.equals("nan") ? negative.deepCopy() : json("{}"));
            assertEquals(400, answer.status(), () -> model + ": " + answer.text());
            assertTrue(answer.reasons().contains(words), () -> model + ": " + answer.reasons());
            assertTrue(answer.reasons().length() < 2000, answer::reasons);
            assertEquals(
                    404, http.send("GET", "/_lookalike/encoder/" + model, null).status());
        });
        JsonNode listed = http.ok("GET", "/_lookalike/model")
                .path("nodes")
                .elements()
                .next()
                .path("models");
        for (JsonNode model : listed) {
            boolean unreadable = List.of(
                            "truncated",
                            "empty",
                            "words",
                            "operator",
                            "huge",
                            "weights-missing",
                            "weights-outside",
                            "weights-absolute")
                    .contains(model.path("id").asText());
            assertEquals(unreadable, model.has("error"), model::toString);
        }
    }

    @Test
    void showsWhatAModelIsFedWith() throws IOException {
        http.ok("PUT", "/_lookalike/encoder/fed", json("{model: 'grey', image: {scale: 2, mean: [1], std: [4]}}"));
        String path = "/_lookalike/encoder/fed/_encode";
        JsonNode plain = http.ok("POST", path, json("{image: ?}", PICTURE));
        ObjectNode answer =
                http.ok("POST", path + "?explain", json("{image: ?}", PICTURE)).deepCopy();
        JsonNode explained = answer.remove("explain");
        assertEquals(plain, answer);
        assertEquals(json("{format: 'png', width: 64, height: 64, orientation: 1}"), explained.path("picture"));
        // an orange is 151 in grey
        assertEquals(
                json("{shape: [1, 1, 32, 32], layout: 'nchw', channels: [{name: 'gray', min: 75.25, max: 75.25, "
                        + "mean: 75.25, std: 0.0}]}"),
                explained.path("tensor"));
        String preview = explained.path("preview").asText();
        String head = "data:image/png;base64,";
        assertTrue(preview.startsWith(head), preview);
        BufferedImage seen =
                ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(preview.substring(head.length()))));
        assertEquals(32, seen.getWidth());
        assertEquals(0xff979797, seen.getRGB(3, 5));
        Http.Answer vector = http.send("POST", path + "?explain=true", json("{vector: [1]}"));
        assertEquals(400, vector.status());
        assertTrue(vector.reasons().contains("[explain] shows what a model is fed with of a picture"), vector::reasons);
    }

    @Test
    void refusesThePictureThatMakesNoNumbers() {
        // black pictures alone have no logarithm
        http.ok("PUT", "/_lookalike/encoder/logarithm", json("{model: 'nan', image: {scale: 1}}"));
        BufferedImage black = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        Http.Answer answer = http.send(
                "POST",
                "/_lookalike/encoder/logarithm/_encode",
                json("{image: ?}", Base64.getEncoder().encodeToString(Album.encode(black, "png"))));
        assertEquals(400, answer.status(), answer::text);
        assertTrue(
                answer.reasons().contains("model [nan] makes a vector that is not finite of [image]"), answer::reasons);

        JsonNode explained = http.ok(
                "POST",
                "/_lookalike/encoder/logarithm/_encode?explain",
                json("{image: ?}", Base64.getEncoder().encodeToString(Album.encode(black, "png"))));
        assertTrue(explained.path("refused").asText().contains("not finite"), explained::toString);
        assertEquals(0, explained.at("/explain/tensor/channels/0/max").asDouble(-1));

        Album.create(http, "models-nan", "logarithm", 1);
        Bulk bulk = new Bulk()
                .index("black", json("{image: ?}", Base64.getEncoder().encodeToString(Album.encode(black, "png"))))
                .index("orange", json("{image: ?}", picture(0xff8010)));
        JsonNode items = http.send("POST", "/models-nan/_bulk", bulk.bytes(), Http.LINES)
                .body()
                .path("items");
        assertEquals(400, items.at("/0/index/status").asInt(), items::toString);
        assertTrue(
                Http.reasons(items.at("/0/index/error"))
                        .contains("model [nan] makes a vector that is not finite of field [image]"),
                items::toString);
        assertEquals(201, items.at("/1/index/status").asInt(), items::toString);
        http.ok("DELETE", "/models-nan");
    }

    @Test
    void modelsOfAFixedBatchIndexABulk() {
        http.ok("PUT", "/_lookalike/encoder/four", json("{model: 'fixed4'}"));
        Album.create(http, "models-four", "four", 1);
        Bulk bulk = new Bulk();
        for (int i = 0; i < 10; i++) {
            bulk.index("p" + i, json("{image: ?}", PICTURE));
        }
        http.bulk("/models-four/_bulk", bulk);
        assertEquals(10, http.ok("GET", "/models-four/_count").path("count").asInt());
        http.ok("DELETE", "/models-four");
    }
}
