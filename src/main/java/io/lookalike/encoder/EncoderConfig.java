package io.lookalike.encoder;

import io.lookalike.hashing.Centroids;
import io.lookalike.hashing.PerceptualHash;
import io.lookalike.image.Background;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Preprocessing.Layout;
import io.lookalike.model.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The complete configuration of an encoder: everything that affects its numbers, with all defaults filled in.
 *
 * <p>{@link #parse} makes it from a user's body over the model's defaults. {@link #toMap} writes it in a form that
 * {@code parse} reads back to an equal configuration.
 *
 * @param model a model's id, or {@link #NO_MODEL}
 * @param inputDims dimensions of the vector that the model makes, or that users send
 * @param output name of the graph's output; null without a model
 * @param skipTokens leading tokens that the average over tokens skips, such as a class token; 0 for other poolings
 * @param map order of the axes when the output is a map; null for other outputs and poolings
 * @param image null without a model
 * @param background of transparent pictures; null without a model
 * @param normalize of the vector of {@code inputDims}, before {@code project}
 * @param project learned maps; each takes the output of the one before
 * @param hash of the projected vector, like all that follows, or of the picture
 * @param clusters null for none
 * @param perceptual null for none
 * @param training how learned arrays were made, for people to read; null when nothing was learned
 */
public record EncoderConfig(
        String model,
        int inputDims,
        String output,
        Pooling pooling,
        int skipTokens,
        Layout map,
        Preprocessing image,
        Background background,
        Normalize normalize,
        List<LearnedStage> project,
        CodeConfig hash,
        int tables,
        int bucketBits,
        long bucketSeed,
        Centroids clusters,
        PerceptualHash perceptual,
        Map<String, Object> training) {

    public static final String NO_MODEL = "none";
    static final int MAX_DIMS = 4096;
    static final String TRAINING = "training";
    public static final String IMAGE = "image";
    public static final String BACKGROUND = "background";

    /** Dimensions of the stored vector. */
    public int dims() {
        return project.isEmpty() ? inputDims : project.getLast().dims();
    }

    /** Whether stored vectors have unit length. */
    public boolean isNormalized() {
        return (project.isEmpty() ? normalize : project.getLast().normalize()) == Normalize.L2;
    }

    /** Whether there are planes, and the distance from their centre differs between vectors. */
    public boolean hasNorms() {
        return hash.network() == null && (!isNormalized() || hash.center() != null);
    }

    /** Limits the hyperplanes of a code to 16 MiB, and those of the buckets to the same. */
    static final int MAX_WEIGHTS = 1 << 22;

    public enum Normalize {
        L2,
        NONE
    }

    private enum Perceptual {
        PHASH,
        DHASH,
        AHASH,
        NONE
    }

    /** Facts about a model that fill in missing fields. */
    public interface ModelFacts {
        /** The only output; throws with the choices when there are several. */
        String onlyOutput();

        /** Throws when the graph does not have this output. */
        void requireOutput(String name);

        /** {@code {channels, height, width}} of the input in this layout; -1 for a dynamic axis. */
        int[] inputSize(Layout layout);

        /** The layout of the graph's input; throws with the choices when the input does not show it. */
        Layout layout();

        /** Range of an integer input: least and greatest value; null for floats. */
        long[] wholeNumbers();

        /** Runs the model on noise. */
        Tensor output(String output, Preprocessing image);
    }

    /**
     * Reads what {@link #toMap} wrote; needs no model, because nothing is left to derive.
     *
     * @throws IllegalArgumentException when a field is missing
     */
    public static EncoderConfig parseResolved(Map<String, Object> config) {
        return parse(config, null);
    }

    /**
     * @param facts null without a model, or when the body is known to be complete
     * @throws IllegalArgumentException with the field, what is allowed and what to do
     */
    public static EncoderConfig parse(Map<String, Object> body, ModelFacts facts) {
        ConfigReader config = new ConfigReader("an encoder", body);
        String model = config.string("model", null);
        if (model == null) {
            throw new IllegalArgumentException(
                    "[model] is missing; name a directory of config/lookalike/models, [builtin-1], [builtin-2], or "
                            + "[none] with [dims]");
        }
        boolean none = model.equals(NO_MODEL);
        boolean hasImage = config.has(IMAGE);
        ConfigReader image = config.objectOrEmpty(IMAGE);
        ModelOutput given = ModelOutput.read(config);
        Normalize normalize = config.choice("normalize", Normalize.class, none ? Normalize.NONE : Normalize.L2);
        Background background = none ? null : image.choice(BACKGROUND, Background.class, Background.WHITE);
        ModelOutput made = none
                ? given.withoutModel(hasImage)
                : facts == null ? given.stored(image) : given.ofModel(model, image, facts);
        List<LearnedStage> project = LearnedStage.parse(config, made.dims());
        int stored = project.isEmpty() ? made.dims() : project.getLast().dims();
        CodeConfig hash = CodeConfig.parse(config.objectOrEmpty("hash"), stored, !none);
        BucketTables buckets = BucketTables.parse(config.objectOrEmpty("buckets"), stored);
        Centroids clusters = ClusterConfig.parse(config.object("clusters"), stored);
        PerceptualHash perceptual = perceptual(config, none);
        Map<String, Object> training = config.map(TRAINING);
        config.finish();
        return new EncoderConfig(
                model,
                made.dims(),
                made.output(),
                made.pooling(),
                made.skipTokens(),
                made.map(),
                made.image(),
                background,
                normalize,
                project,
                hash,
                buckets.tables,
                buckets.bits,
                buckets.seed,
                clusters,
                perceptual,
                training);
    }

    private static PerceptualHash perceptual(ConfigReader config, boolean none) {
        Perceptual perceptual =
                config.choice("perceptual", Perceptual.class, none ? Perceptual.NONE : Perceptual.PHASH);
        if (none && perceptual != Perceptual.NONE) {
            throw new IllegalArgumentException(
                    "[perceptual] needs pictures; an encoder with \"model\":\"none\" has none");
        }
        return perceptual == Perceptual.NONE ? null : PerceptualHash.valueOf(perceptual.name());
    }

    private record BucketTables(int tables, int bits, long seed) {
        static BucketTables parse(ConfigReader config, int dims) {
            HashDefaults defaults = HashDefaults.of(dims);
            int tables = config.integer("tables", defaults.tables(), 1, 256);
            int bits = config.integer("bits", defaults.tableBits(), 1, 62);
            requireWeights("buckets.tables] x [buckets.bits", dims, tables * bits, "bit");
            long seed = config.integer64("seed", 7);
            config.finish();
            return new BucketTables(tables, bits, seed);
        }
    }

    /**
     * @param dims of the vectors that are multiplied with the planes
     * @param each what one plane stands for, for the message
     */
    static void requireWeights(String name, int dims, int planes, String each) {
        if ((long) dims * planes > MAX_WEIGHTS) {
            throw new IllegalArgumentException("[" + name + "] is [" + planes + "]; vectors of [" + dims
                    + "] dims take at most [" + MAX_WEIGHTS / dims
                    + "], because each node holds [dims] numbers for each " + each);
        }
    }

    /** Bytes of hyperplanes and learned arrays on a node that uses the encoder. */
    public long weightBytes() {
        int planes = hash.network() == null ? hash.bits() : 0;
        long weights = (long) dims() * (planes + tables * bucketBits + (clusters == null ? 0 : clusters.count()));
        for (LearnedStage stage : project) {
            weights += (long) stage.dims() * stage.map().inputDims();
        }
        return Float.BYTES * weights;
    }

    /** Bytes of one picture's tensors; 0 without a model. */
    public long tensorBytes() {
        CodeNetwork codes = hash.network();
        return image == null
                ? 0
                : tensorBytes(image) + (codes == null || codes.image().equals(image) ? 0 : tensorBytes(codes.image()));
    }

    /** Bytes of the tensor of one picture. */
    public static long tensorBytes(Preprocessing image) {
        int[] shape = image.outputShape();
        return (long) Float.BYTES * shape[0] * shape[1] * shape[2];
    }

    /** Whether one run of the model makes vectors and codes. */
    public boolean isJoint() {
        CodeNetwork codes = hash.network();
        return codes != null && codes.model().equals(model) && codes.image().equals(image);
    }

    /**
     * Sets the bits and the tables that every encoder of the first release had where neither said, so that the same
     * body makes the same encoder again.
     *
     * @param existing see {@link EncoderDefinition#outline}
     */
    public static void keepBits(Map<String, Object> body, Map<String, Object> existing) {
        HashDefaults.FIRST.forEach((object, first) -> {
            if (existing.get(object) instanceof Map<?, ?> was
                    && first.entrySet().stream()
                            .allMatch(each -> each.getValue().equals(was.get(each.getKey())))
                    && (body.get(object) == null || body.get(object) instanceof Map)) {
                Map<String, Object> copy = new LinkedHashMap<>(first);
                if (body.get(object) instanceof Map<?, ?> given) {
                    given.forEach((key, value) -> copy.put((String) key, value));
                }
                if (Objects.equals(copy.get("type"), first.get("type"))) {
                    body.put(object, copy);
                }
            }
        });
    }

    /** Adds the background to a body that has a model and names no background. */
    public static void background(Map<String, Object> body, Background background) {
        Object image = body.get(IMAGE);
        if (NO_MODEL.equals(body.get("model")) || (image != null && !(image instanceof Map))) {
            return;
        }
        Map<String, Object> copy = new LinkedHashMap<>();
        if (image != null) {
            ((Map<?, ?>) image).forEach((key, value) -> copy.put((String) key, value));
        }
        copy.putIfAbsent(BACKGROUND, lower(background));
        body.put(IMAGE, copy);
    }

    /** The configuration as a body of {@code PUT /_lookalike/encoder/{id}}, in the order of the documentation. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("model", model);
        map.put("dims", inputDims);
        if (image != null) {
            map.put("output", output);
            map.put("pooling", lower(pooling));
            if (pooling == Pooling.MEAN || pooling == Pooling.GEM) {
                map.put("skip_tokens", skipTokens);
            }
            if (this.map != null) {
                map.put("output_layout", lower(this.map));
            }
            map.put(IMAGE, ImageConfig.toMap(image, background));
        }
        map.put("normalize", lower(normalize));
        if (!project.isEmpty()) {
            map.put("project", project.stream().map(LearnedStage::toMap).toList());
        }
        map.put("hash", hash.toMap());
        Map<String, Object> buckets = new LinkedHashMap<>();
        buckets.put("tables", tables);
        buckets.put("bits", bucketBits);
        buckets.put("seed", bucketSeed);
        map.put("buckets", buckets);
        if (clusters != null) {
            map.put("clusters", ClusterConfig.toMap(clusters));
        }
        map.put("perceptual", perceptual == null ? "none" : lower(perceptual));
        if (training != null) {
            map.put(TRAINING, training);
        }
        return map;
    }

    /**
     * After how many stages of {@link #project} this encoder's vectors equal those that the other one stores; -1 for
     * never.
     */
    public int stagesOf(EncoderConfig other) {
        int stages = other.project.size();
        return stages <= project.size() && vectorMap(stages).equals(other.vectorMap(stages)) ? stages : -1;
    }

    /** All fields that affect the vector after the first stages. */
    private Map<String, Object> vectorMap(int stages) {
        Map<String, Object> map = toMap();
        map.keySet().removeAll(List.of("project", "hash", "buckets", "clusters", "perceptual", TRAINING));
        map.put(
                "project",
                project.subList(0, stages).stream().map(LearnedStage::toMap).toList());
        return map;
    }

    /** End of an error message that names the largest learned array; empty without any. */
    String largestArray() {
        String name = "";
        String remedy = "";
        int most = 0;
        for (int i = 0; i < project.size(); i++) {
            int numbers = project.get(i).dims() * project.get(i).map().inputDims();
            if (numbers * FloatFormat.FLOAT32.size() > most) {
                most = numbers * FloatFormat.FLOAT32.size();
                name = "project[" + i + "].weights";
                remedy = "make fewer [dims]";
            }
        }
        if (hash.planes() != null && hash.bits() * dims() * FloatFormat.FLOAT32.size() > most) {
            most = hash.bits() * dims() * FloatFormat.FLOAT32.size();
            name = "hash.weights";
            remedy = "use fewer [bits], or fewer dims by a principal component analysis first";
        }
        if (clusters != null && clusters.count() * dims() * FloatFormat.BFLOAT16.size() > most) {
            most = clusters.count() * dims() * FloatFormat.BFLOAT16.size();
            name = "clusters.centroids";
            remedy = "use fewer clusters, or fewer dims by a principal component analysis first";
        }
        return most == 0
                ? ""
                : "; the largest array is [" + name + "] with [" + most + "] bytes, a third more in base64: " + remedy;
    }

    public static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
