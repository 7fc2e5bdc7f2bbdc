package io.lookalike.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.image.Picture;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Resample;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Measures how well the built-in models, and parts of them, find pictures of the same class.
 *
 * <p>Every picture is a query, by exact cosine; precision is the share of its class among the first ten. Times are for
 * one thread and one picture at a time, from decoded pixels to the vector, resizing included.
 */
final class BuiltinBenchmark implements Benchmark {
    private static final int SIDE = 128;
    private static final int HISTOGRAM_DIMS = 64;
    private static final Preprocessing PREPROCESSING = new Preprocessing(
            new Preprocessing.Resize(SIDE, SIDE, Preprocessing.Mode.STRETCH, Resample.BILINEAR),
            null,
            null,
            Preprocessing.Channels.RGB,
            Preprocessing.Layout.NCHW,
            1 / 255f,
            new float[] {0},
            new float[] {1});

    /**
     * A range of dims of a model that is compared separately.
     *
     * @param label for readers
     */
    private record Part(String label, int from, int to) {}

    private static final Map<String, List<Part>> MODELS = Map.of(
            "builtin-1",
            List.of(
                    new Part("builtin-1", 0, 382),
                    new Part("builtin-1, edges in 4 x 4 cells", 0, 128),
                    new Part("builtin-1, pairs of edges", 128, 246),
                    new Part("builtin-1, surface patterns", 246, 327)),
            "builtin-2",
            List.of(
                    new Part("builtin-2", 0, 998),
                    new Part("builtin-2, structure", 0, 400),
                    new Part("builtin-2, layout of colours", 400, 704),
                    new Part("builtin-2, colours", 704, 998)));

    @Override
    public String name() {
        return "builtin";
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException {
        LabelledPictures pictures = data.isPresent() ? LabelledPictures.read(data.get()) : LabelledPictures.drawn();
        say.accept(String.format(
                Locale.ROOT, "%n%,d pictures in %d classes", pictures.pictures().size(), pictures.classes()));
        List<ObjectNode> rows = new ArrayList<>();
        rows.add(histogram(pictures));
        for (String model : List.of("builtin-1", "builtin-2")) {
            rows.addAll(model(model, pictures));
        }
        say.accept(String.format(Locale.ROOT, "%-34s %8s %8s %6s %6s", "model", "p@10", "ms", "dims", "MB"));
        for (ObjectNode row : rows) {
            say.accept(String.format(
                    Locale.ROOT,
                    "%-34s %8.4f %8s %6d %6s",
                    row.path("model").asText(),
                    row.path("p10").asDouble(),
                    number(row, "ms"),
                    row.path("dims").asInt(),
                    number(row, "mb")));
        }
        return rows;
    }

    private static String number(ObjectNode row, String field) {
        return row.has(field)
                ? String.format(Locale.ROOT, "%.2f", row.path(field).asDouble())
                : "";
    }

    private static ObjectNode histogram(LabelledPictures pictures) {
        List<float[]> vectors = new ArrayList<>();
        double[] millis = new double[pictures.pictures().size()];
        for (int i = 0; i < millis.length; i++) {
            long start = System.nanoTime();
            vectors.add(histogram(pictures.pictures().get(i)));
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        return row("colour histogram, 64 bins", HISTOGRAM_DIMS, Precision.atTen(vectors, pictures.labels()))
                .put("ms", Spread.median(millis))
                .put("mb", 0.0);
    }

    /** The square roots of the shares of 64 colours: the two highest bits of red, green and blue. */
    static float[] histogram(Picture picture) {
        float[] shares = new float[HISTOGRAM_DIMS];
        byte[] rgb = picture.rgb();
        for (int p = 0; p < rgb.length; p += 3) {
            shares[(rgb[p] >> 2 & 0x30) | (rgb[p + 1] >> 4 & 0x0c) | (rgb[p + 2] >> 6 & 0x03)]++;
        }
        for (int i = 0; i < shares.length; i++) {
            shares[i] = (float) Math.sqrt(shares[i]);
        }
        return shares;
    }

    private static List<ObjectNode> model(String id, LabelledPictures pictures) throws IOException {
        byte[] bytes;
        try (InputStream in = Preprocessing.class.getResourceAsStream("/io/lookalike/model/" + id + "/model.onnx")) {
            bytes = in.readAllBytes();
        }
        List<float[]> vectors = new ArrayList<>();
        double[] millis = new double[pictures.pictures().size()];
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            try (OrtSession session = OrtEnvironment.getEnvironment().createSession(bytes, options)) {
                for (int i = 0; i < millis.length; i++) {
                    long start = System.nanoTime();
                    vectors.add(vector(
                            session, PREPROCESSING.tensor(pictures.pictures().get(i))));
                    millis[i] = (System.nanoTime() - start) / 1e6;
                }
            }
        } catch (OrtException e) {
            throw new IOException(e);
        }
        List<ObjectNode> rows = new ArrayList<>();
        for (Part part : MODELS.get(id)) {
            List<float[]> parts = vectors.stream()
                    .map(vector -> Arrays.copyOfRange(vector, part.from, part.to))
                    .toList();
            rows.add(row(part.label, part.to - part.from, Precision.atTen(parts, pictures.labels())));
        }
        rows.getFirst().put("ms", Spread.median(millis)).put("mb", bytes.length / 1e6);
        return rows;
    }

    private static float[] vector(OrtSession session, float[] picture) throws OrtException {
        long[] shape = {1, 3, SIDE, SIDE};
        try (OnnxTensor input =
                        OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), FloatBuffer.wrap(picture), shape);
                OrtSession.Result result = session.run(Map.of("input", input))) {
            return ((float[][]) result.get(0).getValue())[0];
        }
    }

    private static ObjectNode row(String label, int dims, double precision) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", "builtin")
                .put("model", label)
                .put("p10", precision)
                .put("dims", dims);
    }
}
