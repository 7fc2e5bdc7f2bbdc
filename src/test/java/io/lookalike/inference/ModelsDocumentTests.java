package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.lookalike.TestLogging;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.encoder.GraphFacts;
import io.lookalike.encoder.Pooling;
import io.lookalike.model.Stop;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each {@code model.json} in docs/models.md works with a graph of the shapes named above it. */
class ModelsDocumentTests {
    static {
        TestLogging.start();
    }

    private static final Pattern ENTRY = Pattern.compile(
            "Graph: `(\\w+)` (\\w+) \\[([^]]*)\\], `(\\w+)` \\[([^]]*)\\]\\. Vectors of (\\d+) "
                    + "dims\\.\n\n```json\n(.*?)```",
            Pattern.DOTALL);

    @TempDir
    Path directory;

    private static String document() throws IOException {
        return Files.readString(Path.of("docs/models.md"));
    }

    private static long[] shape(String text) {
        return Arrays.stream(text.split(", "))
                .mapToLong(axis -> axis.equals("batch") ? -1 : Long.parseLong(axis))
                .toArray();
    }

    private static DataType type(String name) {
        return name.equals("float32") ? DataType.FLOAT : DataType.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static byte[] picture() throws IOException {
        BufferedImage image = new BufferedImage(90, 60, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 90 * 60; i++) {
            image.setRGB(i % 90, i / 90, i * 7919 & 0xffffff);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    @Test
    void testEachModelJsonMakesAnEncoder() throws IOException {
        Matcher entry = ENTRY.matcher(document());
        int count = 0;
        try (TestEncoders test = new TestEncoders(directory, Runnable::run)) {
            while (entry.find()) {
                String id = "model" + count++;
                byte[] graph = TinyGraphs.shaped(
                        type(entry.group(2)), shape(entry.group(3)), entry.group(4), shape(entry.group(5)));
                TinyGraphs.put(directory, id, graph, entry.group(7));
                test.put(id, Map.of("model", id));
                int dims = Integer.parseInt(entry.group(6));
                Encoder encoder = test.loaded(id);
                assertEquals(dims, encoder.dims(), entry.group());
                Map<String, Object> stored =
                        test.encoders().registry().definition(id).configMap();
                assertEquals(
                        EncoderConfig.parse(stored, new GraphFacts(test.models.get(id), new Stop()))
                                .toMap(),
                        EncoderConfig.parseResolved(stored).toMap());
                Encoding encoding = TestEncoders.encode(encoder, picture());
                double squares = 0;
                for (float value : encoding.vector()) {
                    squares += (double) value * value;
                }
                assertEquals(1, squares, 1e-5, entry.group());
                if (entry.group(7).contains("skip_tokens")) {
                    long[] tokens = shape(entry.group(5));
                    long[] input = shape(entry.group(3));
                    assertEquals(
                            Pooling.leadingTokens(tokens[1], (int) input[2], (int) input[3]),
                            test.encoders()
                                    .registry()
                                    .definition(id)
                                    .configMap()
                                    .get("skip_tokens"));
                }
            }
        }
        assertTrue(count > 10, count + " were found");
    }

    @Test
    void testEachModelJsonHasItsGraph() throws IOException {
        String document = document();
        List<String> models = new ArrayList<>();
        Matcher entry = ENTRY.matcher(document);
        while (entry.find()) {
            models.add(entry.group(7));
        }
        assertEquals(document.split("```json\n", -1).length - 1, models.size());
    }
}
