package io.lookalike.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Puts the encoder that a demonstration uses in place: the built-in one, or one for a model from a folder.
 *
 * <p>A folder without model.json does not say how its pictures are to be prepared; what is assumed then, namely what
 * MobileNets take, is said aloud. Stateless.
 */
final class EncoderChoice {
    static final String BUILT_IN = "default";
    static final String OWN = "demo";

    private static final String EMBEDDING = "embedding";
    private static final int USUAL_SIDE = 224;

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
     * Creates encoder {@link #OWN} for a model that the node has.
     *
     * @throws UserError with the node's reason if the model cannot serve as an encoder
     */
    static void create(NodeClient client, String model, Consumer<String> say) {
        ObjectNode body = NodeClient.object().put("model", model);
        JsonNode facts = facts(client.send("GET", "/_lookalike/model/" + model, null));
        if (facts.has("error")) {
            throw new UserError("the node cannot use model [" + model + "]: "
                    + facts.path("error").asText());
        }
        boolean assumed = !facts.path("has_model_json").asBoolean();
        if (assumed) {
            assume(body, facts);
            say.accept("there is no model.json beside model.onnx; assumed, as for MobileNets: " + body);
        }
        try {
            client.send("PUT", "/_lookalike/encoder/" + OWN, body);
        } catch (NodeClient.Refused e) {
            throw new UserError(
                    "model [" + model + "] cannot be used as an encoder: " + e.reason()
                            + (assumed ? "; say what it takes in a model.json beside model.onnx" : ""),
                    e);
        }
    }

    private static JsonNode facts(JsonNode answer) {
        for (JsonNode node : answer.path("nodes")) {
            return node.path("models").path(0);
        }
        throw new UserError("no node says what models it has");
    }

    /** Fills in output and preprocessing where nothing says what they are. */
    static void assume(ObjectNode body, JsonNode facts) {
        List<String> outputs = new ArrayList<>();
        facts.path("outputs").forEach(output -> outputs.add(output.path("name").asText()));
        if (outputs.size() > 1 && outputs.contains(EMBEDDING)) {
            body.put("output", EMBEDDING);
        }
        JsonNode shape = facts.path("inputs").path(0).path("shape");
        boolean last = shape.path(3).asInt() == 3;
        ObjectNode image = body.putObject("image");
        image.putObject("resize")
                .put("width", side(shape.path(last ? 2 : 3).asInt()))
                .put("height", side(shape.path(last ? 1 : 2).asInt()))
                .put("mode", "stretch")
                .put("filter", "bilinear");
        image.put("channels", "rgb").put("layout", last ? "nhwc" : "nchw").put("scale", 1);
        ArrayNode mean = image.putArray("mean");
        ArrayNode std = image.putArray("std");
        for (int channel = 0; channel < 3; channel++) {
            mean.add(128);
            std.add(128);
        }
    }

    private static int side(int given) {
        return given > 0 ? given : USUAL_SIDE;
    }
}
