package io.lookalike.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Creates the encoder of the demonstration: the built-in one, or one for a model from a folder.
 *
 * <p>The preprocessing comes from its model.json; without one the node assumes it and warns. Stateless.
 */
final class EncoderChoice {
    static final String BUILT_IN = "default";
    static final String OWN = "demo";

    private static final String EMBEDDING = "embedding";

    private EncoderChoice() {}

    /** The id of the model in {@code folder}: its name, with [-] for characters that ids may not have. */
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
     * Creates encoder {@link #OWN} for a model that the node has.
     *
     * @param body see {@link #body}
     * @param say takes the node's warnings
     * @throws UserError with the node's reason if the model cannot serve as an encoder
     */
    static void create(NodeClient client, String model, ObjectNode body, Consumer<String> say) {
        try {
            client.send("PUT", "/_lookalike/encoder/" + OWN, body, warning -> say.accept("warning: " + warning));
        } catch (NodeClient.Refused e) {
            throw new UserError(
                    "model [" + model + "] cannot be used as an encoder: " + e.reason()
                            + "; what the node cannot know goes into a model.json beside model.onnx, see "
                            + "docs/models.md",
                    e);
        }
    }

    /**
     * The body for a model: its name, plus its output if there are several, none is chosen, and one is called
     * {@value #EMBEDDING}.
     *
     * @param facts answer of {@code GET /_lookalike/model/{id}}
     */
    static ObjectNode body(String model, JsonNode facts, Consumer<String> say) {
        Iterator<JsonNode> nodes = facts.path("nodes").elements();
        JsonNode found = nodes.hasNext() ? nodes.next().path("models").path(0) : facts;
        List<String> outputs = new ArrayList<>();
        found.path("outputs").forEach(output -> outputs.add(output.path("name").asText()));
        ObjectNode body = NodeClient.object().put("model", model);
        if (!found.path("has_model_json").asBoolean() && outputs.size() > 1 && outputs.contains(EMBEDDING)) {
            body.put("output", EMBEDDING);
            say.accept("there is no model.json beside model.onnx, which has outputs " + outputs + ": takes ["
                    + EMBEDDING + "]");
        }
        return body;
    }
}
