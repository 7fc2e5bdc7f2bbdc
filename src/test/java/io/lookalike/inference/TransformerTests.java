package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lookalike.TestLogging;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.encoder.GraphFacts;
import io.lookalike.image.PixelMemory;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.TestPictures;
import io.lookalike.image.UnmeteredMemory;
import io.lookalike.image.file.ImageLimits;
import io.lookalike.model.Stop;
import java.awt.Color;
import java.awt.Graphics;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks which tokens of a vision transformer become the vector of a picture. */
class TransformerTests {
    static {
        TestLogging.start();
    }

    @TempDir
    Path directory;

    private TestEncoders test;

    @BeforeEach
    void open() {
        test = new TestEncoders(directory, Runnable::run);
    }

    @AfterEach
    void close() {
        test.close();
    }

    private static byte[] picture() throws IOException {
        BufferedImage image = new BufferedImage(400, 300, BufferedImage.TYPE_INT_RGB);
        Graphics graphics = image.getGraphics();
        Random random = new Random(8);
        for (int i = 0; i < 300; i++) {
            graphics.setColor(new Color(random.nextInt(1 << 24)));
            graphics.fillRect(random.nextInt(400), random.nextInt(300), 40, 40);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    private String put(VitGraph vit) {
        String id = "vit" + vit.width() + "x" + vit.height() + "-" + vit.leading() + "-" + vit.blocks();
        TinyGraphs.put(
                directory,
                id,
                vit.model(),
                "{\"normalize\":\"none\",\"image\":{\"resize\":{\"width\":" + vit.width() + ",\"height\":"
                        + vit.height()
                        + ",\"mode\":\"cover\",\"filter\":\"bicubic\"},\"blur\":{\"kernel\":9,\"sigma\":1},"
                        + "\"mean\":[0.485,0.456,0.406],\"std\":[0.229,0.224,0.225]}}");
        return id;
    }

    private float[] encode(String model, Map<String, Object> body) throws IOException {
        Map<String, Object> all = new HashMap<>(body);
        all.put("model", model);
        test.delete("vit");
        test.put("vit", all);
        return TestEncoders.encode(test.loaded("vit"), picture()).vector();
    }

    private Map<String, Object> config() {
        return test.encoders().registry().definition("vit").configMap();
    }

    /** The numbers that the model reads, {@code [3, height, width]}. */
    private float[] input() throws IOException {
        Preprocessing image = EncoderConfig.parse(
                        config(), new GraphFacts(test.models.get((String) config().get("model")), new Stop()))
                .image();
        try (PixelMemory.Reservation memory = UnmeteredMemory.reservation()) {
            return image.tensor(TestPictures.decode("it", picture(), ImageLimits.DEFAULT, memory));
        }
    }

    /** The mean over the patch tokens of a transformer without blocks, leading tokens skipped. */
    private static float[] plainMean(VitGraph vit, float[] input) {
        int patch = vit.patch();
        int across = vit.width() / patch;
        float[] kernel = vit.kernel();
        float[] positions = vit.positions();
        float[] mean = new float[vit.dims()];
        for (int d = 0; d < vit.dims(); d++) {
            double sum = 0;
            for (int p = 0; p < vit.patches(); p++) {
                sum += positions[(vit.leading() + p) * vit.dims() + d];
                for (int i = 0; i < 3 * patch * patch; i++) {
                    int y = p / across * patch + i / patch % patch;
                    int x = p % across * patch + i % patch;
                    sum += kernel[d * 3 * patch * patch + i]
                            * (double) input[(i / (patch * patch) * vit.height() + y) * vit.width() + x];
                }
            }
            mean[d] = (float) (sum / vit.patches());
        }
        return mean;
    }

    @Test
    void testTheMeanIsThatOfThePatchesAlone() throws IOException {
        for (int leading : new int[] {0, 1, 5}) {
            VitGraph vit = new VitGraph(238, 350, 14, 16, leading, 0);
            float[] vector = encode(put(vit), Map.of("pooling", "mean"));
            assertEquals(leading, config().get("skip_tokens"));
            assertArrayEquals(plainMean(vit, input()), vector, 1e-4f);
        }
    }

    @Test
    void testPoolingsOfEveryToken() throws IOException {
        VitGraph vit = new VitGraph(238, 350, 14, 24, 1, 2);
        String id = put(vit);
        float[] mean = encode(id, Map.of("pooling", "mean"));
        float[] cls = encode(id, Map.of("pooling", "cls"));
        float[] all = encode(id, Map.of("pooling", "mean", "skip_tokens", 0));
        float[] tokens = test.models
                .get(id)
                .run("tokens", input(), new long[] {1, 3, 238, 350})
                .data();
        assertEquals((vit.patches() + 1) * 24, tokens.length);
        float[] sums = new float[24];
        for (int i = 24; i < tokens.length; i++) {
            sums[i % 24] += tokens[i];
        }
        for (int d = 0; d < 24; d++) {
            assertEquals(tokens[d], cls[d], 1e-6f);
            assertEquals(sums[d] / vit.patches(), mean[d], 1e-4f);
            assertEquals((sums[d] + tokens[d]) / (vit.patches() + 1), all[d], 1e-4f);
        }
    }

    private static final String OF_MODEL_JSON =
            "; what the body leaves out is taken from model.json of model [vit42x28-1-1]";

    @Test
    void testTokensWithoutAPooling() {
        String id = put(new VitGraph(28, 42, 14, 8, 1, 1));
        assertEquals(
                "cannot pool output [tokens] of shape [1, 7, 8] with pooling [none]; it holds tokens: name [pooling] "
                        + "[cls], the "
                        + "first token, or [mean] or [gem], over the tokens" + OF_MODEL_JSON,
                assertThrows(IllegalArgumentException.class, () -> encode(id, Map.of()))
                        .getMessage());
    }

    @Test
    void testAnotherSizeThanTheGraphs() {
        String id = put(new VitGraph(28, 42, 14, 8, 1, 1));
        assertEquals(
                "[image] makes [3, 42, 28] but the model takes [3, 28, 42]; change [image.resize], "
                        + "[image.center_crop], "
                        + "[image.channels] or [image.layout]" + OF_MODEL_JSON,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> encode(
                                        id,
                                        Map.of(
                                                "pooling",
                                                "cls",
                                                "image",
                                                Map.of("resize", Map.of("width", 28, "height", 42)))))
                        .getMessage());
    }
}
