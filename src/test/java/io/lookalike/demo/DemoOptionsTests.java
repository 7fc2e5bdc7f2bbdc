package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoOptionsTests {
    @TempDir
    Path folder;

    @Test
    void defaults() {
        DemoOptions options = DemoOptions.parse();
        assertEquals(9200, options.port());
        assertFalse(options.once());
        assertEquals(Optional.empty(), options.images());
        assertEquals(Optional.empty(), options.model());
        assertEquals(Optional.empty(), options.json());
    }

    @Test
    void onceTakesAnyPortUnlessOneIsGiven() {
        assertEquals(0, DemoOptions.parse("--once").port());
        assertEquals(9300, DemoOptions.parse("--once", "--port", "9300").port());
    }

    @Test
    void readsEverything() throws IOException {
        Path model = Files.createDirectory(folder.resolve("net"));
        Files.createFile(model.resolve("model.onnx"));
        Path json = folder.resolve("out.json");
        DemoOptions options = DemoOptions.parse(
                "--images", folder.toString(), "--model", model.toString(), "--once", "--json", json.toString());
        assertEquals(Optional.of(folder), options.images());
        assertEquals(Optional.of(model), options.model());
        assertEquals(Optional.of(json), options.json());
        assertTrue(options.once());
        assertEquals("net", EncoderChoice.modelId(model));
    }

    @Test
    void refusesInOneLine() {
        refused("unknown option [--prot]; see --help", "--prot", "1");
        refused("option [--port] needs a value; see --help", "--port");
        refused("option [--images] needs a value; see --help", "--images", "--once");
        refused("option [--port] must be a number from [0] to [65535]; got [x]", "--port", "x");
        refused("option [--port] must be a number from [0] to [65535]; got [65536]", "--port", "65536");
        refused("option [--images]: no directory [" + folder + "/none]", "--images", folder + "/none");
        refused(
                "option [--model]: directory [" + folder + "] holds no file [model.onnx]",
                "--model",
                folder.toString());
        refused(
                "option [--json]: cannot write file [" + folder + "]; give a file name in a directory that exists",
                "--json",
                folder.toString());
    }

    private static void refused(String message, String... args) {
        assertEquals(
                message,
                assertThrows(UserError.class, () -> DemoOptions.parse(args)).getMessage());
    }
}
