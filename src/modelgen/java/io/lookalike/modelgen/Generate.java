package io.lookalike.modelgen;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the built-in models, each as a directory with {@code model.onnx} and {@code model.json}.
 *
 * <p>Every run on every machine writes the same bytes, because fingerprints of encoders depend on them.
 */
public final class Generate {

    private Generate() {}

    /**
     * Writes all models.
     *
     * @param args the directory to write the models' directories into, made if missing; then, optionally, a file to
     *     write this Java runtime's home directory into, for later steps of a build
     */
    public static void main(String[] args) throws IOException {
        if (args.length < 1 || args.length > 2) {
            throw new IllegalArgumentException(
                    "expected [1] or [2] arguments but got [" + args.length + "]; supply an output directory");
        }
        write(Path.of(args[0]).resolve(Builtin1.NAME), Builtin1.model(), Builtin1.json());
        write(Path.of(args[0]).resolve(Builtin2.NAME), Builtin2.model(Yardstick.load()), Builtin2.json());
        if (args.length == 2) {
            Files.writeString(Path.of(args[1]), System.getProperty("java.home"), StandardCharsets.UTF_8);
        }
    }

    private static void write(Path directory, byte[] model, String json) throws IOException {
        Files.createDirectories(directory);
        Files.write(directory.resolve("model.onnx"), model);
        Files.writeString(directory.resolve("model.json"), json, StandardCharsets.UTF_8);
    }
}
