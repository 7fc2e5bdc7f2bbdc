package io.lookalike.demo;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Puts the encoder that a demonstration uses in place: the built-in one, or one for a model from a folder.
 *
 * <p>How its pictures are to be prepared is said by its model.json, or assumed by the node, which warns. Stateless.
 */
final class EncoderChoice {
    static final String BUILT_IN = "default";
    static final String OWN = "demo";

    private EncoderChoice() {}

    /** The id under which the node knows the model in {@code folder}: its name, with [-] for what no id may have. */
    static String modelId(Path folder) {
        Path name = folder.toAbsolutePath().normalize().getFileName();
        String id = (name == null ? "" : name.toString())
                .replaceAll("[^A-Za-z0-9_.-]+", "-")
                .replaceAll("[.]{2,}", ".")
                .replaceFirst("^[^A-Za-z0-9]+", "");
        return id.isEmpty() || id.startsWith("builtin-") ? "model-" + id : id.substring(0, Math.min(100, id.length()));
    }

    /**
     * Copies the files of {@code folder}, under the model's id, into {@code models}, which is emptied first.
     *
     * @throws UserError if a file cannot be read
     */
    static void copy(Path folder, Path models) {
        try {
            empty(models);
            Path target = Files.createDirectories(models.resolve(modelId(folder)));
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, Files::isRegularFile)) {
                for (Path file : files) {
                    Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException e) {
            throw new UserError("cannot copy the model in [" + folder + "]: " + e.getMessage(), e);
        }
    }

    private static void empty(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> walk = Files.walk(folder)) {
                for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    /**
     * Creates encoder {@link #OWN} for a model that the node has, of which nothing is assumed but what the node assumes.
     *
     * @param say takes the node's warnings
     * @throws UserError with the node's reason if the model cannot serve as an encoder
     */
    static void create(NodeClient client, String model, Consumer<String> say) {
        try {
            client.send(
                    "PUT",
                    "/_lookalike/encoder/" + OWN,
                    NodeClient.object().put("model", model),
                    warning -> say.accept("warning: " + warning));
        } catch (NodeClient.Refused e) {
            throw new UserError(
                    "model [" + model + "] cannot be used as an encoder: " + e.reason()
                            + "; what the node cannot know goes into a model.json beside model.onnx, see docs/models.md",
                    e);
        }
    }
}
