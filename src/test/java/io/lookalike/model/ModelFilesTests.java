package io.lookalike.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFilesTests {
    @TempDir
    Path directory;

    @BeforeEach
    void write() throws IOException {
        write("model.onnx", "abc");
    }

    @Test
    void digestsALoneModelPlainly() throws IOException {
        write("model.json", "{}");
        ModelFiles files = ModelFiles.list(directory);
        assertEquals(
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", files.sha256()); // FIPS 180-2, B.1
        assertEquals(3, files.bytes());
    }

    @Test
    void digestsNamesAndLengthsOfSeveralFiles() throws IOException {
        write("weights.bin", "defgh");
        write("a", "");
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(expected)) {
            for (String[] file : new String[][] {{"a", ""}, {"model.onnx", "abc"}, {"weights.bin", "defgh"}}) {
                out.write(file[0].getBytes(StandardCharsets.UTF_8));
                out.write(0);
                out.writeLong(file[1].length());
                out.write(file[1].getBytes(StandardCharsets.UTF_8));
            }
        }
        ModelFiles files = ModelFiles.list(directory);
        assertEquals(ModelFiles.sha256(expected.toByteArray()), files.sha256());
        assertEquals(8, files.bytes());
    }

    @Test
    void noticesChanges() throws IOException {
        ModelFiles files = ModelFiles.list(directory);
        assertTrue(files.unchanged());
        write("model.json", "{}");
        assertTrue(files.unchanged());
        write("model.onnx", "abcd");
        assertFalse(files.unchanged());
    }

    @Test
    void boundsTheNumberOfFiles() throws IOException {
        for (int i = 0; i < ModelFiles.MAX_FILES; i++) {
            write("w" + i, "");
        }
        assertTooMuch();
    }

    @Test
    void boundsTheirLength() throws IOException {
        Path sparse = directory.resolve("weights.bin");
        try (SeekableByteChannel channel = Files.newByteChannel(
                sparse, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.position(ModelFiles.MAX_BYTES - 3).write(ByteBuffer.allocate(1));
        }
        assertTooMuch();
    }

    private void assertTooMuch() {
        assertEquals(
                "its directory holds more than [1000] files or [4294967296] bytes;"
                        + " leave only what [model.onnx] needs in it",
                assertThrows(ModelException.class, () -> ModelFiles.list(directory))
                        .getMessage());
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(directory.resolve(name), content);
    }
}
