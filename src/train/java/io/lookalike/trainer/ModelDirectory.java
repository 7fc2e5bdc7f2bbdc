package io.lookalike.trainer;

import ai.djl.nn.SequentialBlock;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The directory that an encoder takes: {@code model.onnx}, {@code model.json}, and for people a folder {@code training}
 * that a node does not read. Every file is complete at all times: it is written beside its place and then moved there.
 */
final class ModelDirectory {
    static final String MODEL = "model.onnx";
    static final String DEFAULTS = "model.json";
    static final String TRAINING = "training";

    /** Pictures on which ONNX Runtime is compared with PyTorch. */
    static final int CHECKED = 100;

    /** How far a number may differ; for numbers above 1, as a part of the largest of them. */
    static final double TOLERANCE = 1e-4;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;
    private final TrainOptions options;

    /** Makes the directory. */
    ModelDirectory(TrainOptions options) throws IOException {
        this.options = options;
        directory = options.out();
        Files.createDirectories(directory.resolve(TRAINING));
    }

    /**
     * Writes the network, if ONNX Runtime's outputs agree with PyTorch's.
     *
     * @param checked the pictures to compare on, at most {@link #CHECKED}
     * @return the largest difference
     * @throws IllegalStateException if they do not agree; nothing is written then
     */
    double write(Learner learner, List<Sample> checked) throws IOException {
        List<String> names = options.outputs();
        List<float[][]> expected = learner.outputs(checked, done -> {});
        List<Integer> lengths = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            lengths.add(expected.get(i)[0].length);
        }
        SequentialBlock network = learner.network();
        byte[] model = Export.onnx(network, options.size(), names, lengths);
        double difference = compare(model, learner, checked, expected);
        if (!(difference <= TOLERANCE)) {
            throw new IllegalStateException("ONNX Runtime's outputs differ from PyTorch's by [" + difference
                    + "]; at most [" + TOLERANCE + "] is allowed");
        }
        put(MODEL, model);
        put(DEFAULTS, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(defaults()));
        ObjectNode vectors = JSON.createObjectNode();
        for (int i = 0; i < checked.size(); i++) {
            ArrayNode vector = vectors.putArray(checked.get(i).file().toString());
            for (float value : expected.get(0)[i]) {
                vector.add(value);
            }
        }
        put(TRAINING + "/vectors.json", JSON.writeValueAsBytes(vectors));
        return difference;
    }

    private double compare(byte[] model, Learner learner, List<Sample> checked, List<float[][]> expected) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        double worst = 0;
        try (OrtSession session = environment.createSession(model)) {
            for (int i = 0; i < checked.size(); i++) {
                FloatBuffer tensor = FloatBuffer.wrap(learner.tensor(List.of(checked.get(i)), List.of(View.PLAIN)));
                long[] shape = {1, 3, options.size(), options.size()};
                try (OnnxTensor input = OnnxTensor.createTensor(environment, tensor, shape);
                        OrtSession.Result result = session.run(Map.of(Export.INPUT, input))) {
                    for (int output = 0; output < options.outputs().size(); output++) {
                        float[][] values = (float[][]) result.get(output).getValue();
                        worst = Math.max(worst, difference(values[0], expected.get(output)[i]));
                    }
                }
            }
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime refuses the model: " + e.getMessage(), e);
        }
        return worst;
    }

    /** Not a number if one of them is none. */
    private static double difference(float[] a, float[] b) {
        double most = 0;
        double scale = 1;
        for (int i = 0; i < a.length; i++) {
            most = Math.max(most, Math.abs((double) a[i] - b[i]));
            scale = Math.max(scale, Math.abs(b[i]));
        }
        return most / scale;
    }

    private ObjectNode defaults() {
        ObjectNode defaults = JSON.createObjectNode();
        defaults.put("output", "embedding");
        ObjectNode image = defaults.putObject("image");
        image.putObject("resize")
                .put("width", options.size())
                .put("height", options.size())
                .put("mode", "stretch")
                .put("filter", "bilinear");
        image.put("channels", "rgb").put("layout", "nchw").put("scale", Pictures.SCALE);
        numbers(image.putArray("mean"), Pictures.MEAN);
        numbers(image.putArray("std"), Pictures.STD);
        defaults.put("normalize", "none");
        if (options.hash() > 0) {
            defaults.putObject("hash")
                    .put("type", "model_output")
                    .put("output", "hash")
                    .put("threshold", 0);
        }
        return defaults;
    }

    private static void numbers(ArrayNode array, float[] numbers) {
        for (float number : numbers) {
            array.add(number);
        }
    }

    /** Replaces a file as a whole. */
    void put(String name, byte[] content) throws IOException {
        Path file = directory.resolve(name);
        Path beside = file.resolveSibling(file.getFileName() + ".tmp");
        Files.write(beside, content);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Saves what {@code --resume} goes on from, and the curve of all epochs. */
    void save(Learner learner, History history) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(JSON.writeValueAsString(history));
            learner.network().saveParameters(out);
        }
        put(TRAINING + "/last.params", bytes.toByteArray());
        put(TRAINING + "/curve.png", Curve.png(history.epochs()));
    }

    /**
     * What {@link #save} saved.
     *
     * @param parameters of the network's blocks, as DJL writes them
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Saved(History history, byte[] parameters) {}

    /**
     * Loads what {@link #save} saved.
     *
     * @param settings that must be those of the saved training
     * @throws UserError if there is nothing, or it was trained with other settings
     */
    Saved load(Map<String, String> settings) throws IOException {
        Path file = directory.resolve(TRAINING + "/last.params");
        if (!Files.isRegularFile(file)) {
            throw new UserError("directory [" + directory + "] holds no training to go on from; leave out --resume");
        }
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            History history = JSON.readValue(in.readUTF(), History.class);
            if (!history.settings().equals(settings)) {
                throw new UserError("directory [" + directory + "] was trained with " + history.settings()
                        + "; go on from it with the same, not " + settings);
            }
            return new Saved(history, in.readAllBytes());
        }
    }
}
