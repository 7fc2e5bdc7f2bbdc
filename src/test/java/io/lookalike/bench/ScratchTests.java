package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ScratchTests {
    @Test
    void goesWithAllThatLiesInIt() throws IOException {
        Path folder;
        try (Scratch scratch = new Scratch(1)) {
            folder = scratch.folder();
            Path inner = Files.createDirectories(folder.resolve("a").resolve("b"));
            Files.writeString(inner.resolve("file"), "text");
        }
        assertFalse(Files.exists(folder));
    }

    @Test
    void refusesMoreThanTheDiskHas() {
        String message = assertThrows(IllegalArgumentException.class, () -> new Scratch(Long.MAX_VALUE).close())
                .getMessage();
        assertTrue(
                message.matches("needs \\[9223372036.9] GB of disk but \\[.+] has \\[[0-9.]+] left; "
                        + "name a roomier directory in TMPDIR"),
                message);
    }
}
