package io.lookalike.modelgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateTests {

    @TempDir
    private Path directory;

    @Test
    void writesModelAndDefaults() throws IOException {
        Path target = directory.resolve("not/there/yet");
        Generate.main(new String[] {target.toString()});
        assertArrayEquals(Builtin1.model(), Files.readAllBytes(target.resolve("builtin-1/model.onnx")));
        assertArrayEquals(Builtin2.model(Yardstick.load()), Files.readAllBytes(target.resolve("builtin-2/model.onnx")));
        JsonNode json = new ObjectMapper()
                .readTree(target.resolve("builtin-1/model.json").toFile());
        JsonNode other = new ObjectMapper()
                .readTree(target.resolve("builtin-2/model.json").toFile());
        assertEquals(512, json.at("/hash/bits").asInt());
        assertEquals(1024, other.at("/hash/bits").asInt());
        for (String same : List.of("output", "normalize", "image")) {
            assertEquals(json.required(same), other.required(same));
        }
        assertEquals("embedding", json.get("output").asText());
        assertEquals("l2", json.get("normalize").asText());
        JsonNode image = json.get("image");
        assertEquals(Builtin1.SIZE, image.get("resize").get("width").asInt());
        assertEquals(Builtin1.SIZE, image.get("resize").get("height").asInt());
        assertEquals(1 / 255.0, image.get("scale").asDouble());
    }

    @Test
    void writesTheRuntimesHomeWhereAsked() throws IOException {
        Path home = directory.resolve("java-home");
        Generate.main(new String[] {directory.toString(), home.toString()});
        assertEquals(System.getProperty("java.home"), Files.readString(home));
    }

    @Test
    void refusesOtherArguments() {
        Exception e = assertThrows(IllegalArgumentException.class, () -> Generate.main(new String[0]));
        assertEquals("expected [1] or [2] arguments but got [0]; supply an output directory", e.getMessage());
    }
}
