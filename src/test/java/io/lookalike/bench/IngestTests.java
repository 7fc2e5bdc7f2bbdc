package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.image.TestPictures;
import io.lookalike.image.file.ImageLimits;
import io.lookalike.model.Models;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestTests {
    @TempDir
    Path folder;

    /** A process has one ONNX Runtime, and the plugin's way of starting it must be the first. */
    @BeforeAll
    static void startOnnxRuntime(@TempDir Path folder) {
        try (Models models = TestModels.open(folder, 1, folder)) {
            models.get("builtin-1");
        }
    }

    @Test
    void drawingsFollowFromTheirSeed() throws IOException {
        List<byte[]> files = IngestPictures.drawn(3).files();
        List<byte[]> again = IngestPictures.drawn(3).files();
        for (int i = 0; i < 3; i++) {
            assertArrayEquals(files.get(i), again.get(i));
        }
        assertNotEquals(files.get(0).length, files.get(1).length);
    }

    @Test
    void bulksCarryEveryPictureOnce() throws IOException {
        IngestPictures pictures = IngestPictures.drawn(5);
        List<byte[]> bulks = pictures.bulks(2);
        assertEquals(3, bulks.size());
        int picture = 0;
        for (byte[] bulk : bulks) {
            List<String> lines =
                    new String(bulk, StandardCharsets.US_ASCII).lines().toList();
            for (int i = 0; i < lines.size(); i += 2) {
                assertEquals("{\"index\":{}}", lines.get(i));
                JsonNode document = new JsonMapper().readTree(lines.get(i + 1));
                assertArrayEquals(
                        pictures.files().get(picture++), document.path("image").binaryValue());
            }
        }
        assertEquals(5, picture);
    }

    @Test
    void readsJpegsBelowAFolder() throws IOException {
        List<byte[]> files = IngestPictures.drawn(2).files();
        Path inner = Files.createDirectories(folder.resolve("caltech20x50/class"));
        Files.write(inner.resolve("a.jpg"), files.get(0));
        Files.write(inner.resolve("b.JPEG"), files.get(1));
        Files.writeString(inner.resolve("c.txt"), "no picture");
        assertEquals(
                2,
                IngestPictures.read(IngestBenchmark.picturesIn(folder)).files().size());
        assertEquals(
                "[" + Files.createDirectory(folder.resolve("empty"))
                        + "] holds no JPEG; name a folder of pictures in [--data]",
                assertThrows(IllegalArgumentException.class, () -> IngestPictures.read(folder.resolve("empty")))
                        .getMessage());
    }

    @Test
    void findsModelsInTheFolderAndBesideIt() throws IOException {
        assertEquals(List.of(IngestModel.builtin()), IngestModel.in(Optional.empty()));
        Path models = folder.resolve("models");
        Files.createDirectories(models.resolve("mobilenet_v2"));
        assertEquals(List.of(IngestModel.builtin()), IngestModel.in(Optional.of(models)));
        Files.createFile(models.resolve("mobilenet_v2/model.onnx"));
        assertEquals("mobilenet_v2", IngestModel.in(Optional.of(models)).get(0).id());
        assertEquals(Optional.of(models), IngestBenchmark.modelsNear(folder));
        Path pictures = Files.createDirectory(folder.resolve("pictures"));
        assertEquals(Optional.of(models), IngestBenchmark.modelsNear(pictures));
    }

    @Test
    void theBareLoopMakesWhatThePluginMakes() throws IOException {
        IngestModel model = IngestModel.builtin();
        List<byte[]> files = IngestPictures.drawn(3).files();
        IngestLoop loop = new IngestLoop(model, files);
        float[][] bare = loop.vectors(IngestLoop.Decoder.PLUGIN, 3);
        float[][] other = loop.vectors(IngestLoop.Decoder.IMAGEIO, 3);
        try (Models models = TestModels.open(folder, 1, folder)) {
            OnnxModel onnx = models.get(model.id());
            for (int i = 0; i < 3; i++) {
                float[] tensor =
                        model.preprocessing().tensor(TestPictures.decode("it", files.get(i), ImageLimits.DEFAULT));
                float[] made = onnx.run(model.output(), tensor, new long[] {1, 3, model.side(), model.side()})
                        .data();
                assertTrue(cosine(made, bare[i]) > 0.999999, i + ": " + cosine(made, bare[i]));
                // a resize without antialiasing is another one, of the same picture
                assertTrue(cosine(made, other[i]) > 0.8, i + ": " + cosine(made, other[i]));
            }
        }
    }

    private static double cosine(float[] one, float[] other) {
        double product = 0;
        double squares = 0;
        double others = 0;
        for (int d = 0; d < one.length; d++) {
            product += (double) one[d] * other[d];
            squares += (double) one[d] * one[d];
            others += (double) other[d] * other[d];
        }
        return product / Math.sqrt(squares * others);
    }

    @Test
    void everySettingOfTheGridRuns() throws IOException {
        IngestLoop loop =
                new IngestLoop(IngestModel.builtin(), IngestPictures.drawn(2).files());
        IngestLoop.Decoder decoder = loop.fasterDecoder(1);
        List<IngestLoop.Setting> grid = IngestLoop.grid(decoder);
        assertEquals(12, grid.size());
        for (IngestLoop.Setting setting : List.of(grid.get(0), grid.get(4), grid.get(11))) {
            assertTrue(loop.run(setting, 0.01) > 0, setting.toString());
        }
        assertEquals(
                "batch 16, 2 loops, 1 intra-op, decoder plugin",
                new IngestLoop.Setting(IngestLoop.Decoder.PLUGIN, 16, 2, 1).toString());
    }

    @Test
    void aRefusedDocumentEndsTheMeasurement() throws IOException {
        assertEquals(
                2,
                IngestNode.indexed("{\"errors\":false,\"items\":[{\"index\":{}},{\"index\":{}}]}"
                        .getBytes(StandardCharsets.UTF_8)));
        assertEquals(
                "a document was refused: full",
                assertThrows(
                                IOException.class,
                                () -> IngestNode.indexed(("{\"errors\":true,\"items\":[{\"index\":{}},"
                                                + "{\"index\":{\"error\":{\"reason\":\"full\"}}}]}")
                                        .getBytes(StandardCharsets.UTF_8)))
                        .getMessage());
    }

    @Test
    void ratiosAreThoseOfTheSameRound() {
        ObjectNode row = IngestBenchmark.row(
                IngestModel.builtin(),
                true,
                new IngestSpeed[] {
                    new IngestSpeed(100, 2, 0.5), new IngestSpeed(180, 2, 0.9), new IngestSpeed(80, 2, 0.4)
                },
                new IngestSpeed[] {
                    new IngestSpeed(100, 1, 0.3), new IngestSpeed(100, 1, 0.4), new IngestSpeed(50, 1, 0.2)
                });
        assertEquals(5, row.path("cpu_ms_per_image").asDouble());
        assertEquals(4, row.path("bare_loop_cpu_ms_per_image").asDouble());
        assertEquals("ingest", row.path("name").asText());
        assertEquals("builtin-1", row.path("model").asText());
        assertTrue(row.path("batching").asBoolean());
        assertEquals(50, row.path("images_per_second").asDouble());
        assertEquals(100, row.path("bare_loop_images_per_second").asDouble());
        assertEquals(0.8, row.path("ratio_to_bare_loop").asDouble());
        row.put("bare_loop_setting", "batch 1");
        assertEquals(
                "builtin-1        batches on       50.0 pictures/s, bare loop    100.0 (batch 1), ratio 0.80 "
                        + "(0.50..0.90);"
                        + " processor time 5.00 ms a picture, bare loop 4.00",
                IngestBenchmark.line(row));
    }
}
