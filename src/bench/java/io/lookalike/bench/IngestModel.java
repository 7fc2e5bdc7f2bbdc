package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Resample;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A network and its preprocessing: stretched to a square, red, green and blue from -1 to 1.
 *
 * @param id its name on the node
 * @param folder of its files; empty for the built-in model
 * @param side of its input, in pixels
 */
record IngestModel(String id, Optional<Path> folder, int side) {
    private static final String BUILTIN = "builtin-1";
    private static final int BUILTIN_SIDE = 128;
    private static final String OUTPUT = "embedding";

    /** The MobileNets in a folder of models; the built-in model if there is none. */
    static List<IngestModel> in(Optional<Path> models) {
        List<IngestModel> found = new ArrayList<>();
        add(found, models, "mobilenet_v2", 224);
        add(found, models, "mobilenet_v1_025", 128);
        return found.isEmpty() ? List.of(builtin()) : found;
    }

    static IngestModel builtin() {
        return new IngestModel(BUILTIN, Optional.empty(), BUILTIN_SIDE);
    }

    private static void add(List<IngestModel> found, Optional<Path> models, String id, int side) {
        models.map(folder -> folder.resolve(id))
                .filter(folder -> Files.isRegularFile(folder.resolve("model.onnx")))
                .ifPresent(folder -> found.add(new IngestModel(id, Optional.of(folder), side)));
    }

    String output() {
        return OUTPUT;
    }

    byte[] bytes() throws IOException {
        if (folder.isPresent()) {
            return Files.readAllBytes(folder.get().resolve("model.onnx"));
        }
        try (InputStream in = Preprocessing.class.getResourceAsStream("/io/lookalike/model/" + id + "/model.onnx")) {
            return in.readAllBytes();
        }
    }

    Preprocessing preprocessing() {
        return new Preprocessing(
                new Preprocessing.Resize(side, side, Preprocessing.Mode.STRETCH, Resample.BILINEAR),
                null,
                null,
                Preprocessing.Channels.RGB,
                Preprocessing.Layout.NCHW,
                1,
                new float[] {128},
                new float[] {128});
    }

    /** The body of the same encoder on a node. */
    ObjectNode encoder() {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("model", id).put("output", OUTPUT);
        ObjectNode image = body.putObject("image")
                .put("channels", "rgb")
                .put("layout", "nchw")
                .put("scale", 1);
        image.putObject("resize")
                .put("width", side)
                .put("height", side)
                .put("mode", "stretch")
                .put("filter", "bilinear");
        image.putArray("mean").add(128);
        image.putArray("std").add(128);
        return body;
    }
}
