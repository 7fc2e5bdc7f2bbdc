package io.lookalike.encoder;

import io.lookalike.hashing.Centroids;
import io.lookalike.hashing.PerceptualHash;
import io.lookalike.image.Background;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Preprocessing.Layout;
import io.lookalike.image.Resample;
import io.lookalike.model.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Everything that decides an encoder's numbers, with no default left open.
 *
 * <p>Made from a user's body over the model's own defaults by {@link #parse}; written by {@link #toMap} in a form that
 * {@code parse} takes back to an equal configuration.
 *
 * @param model a model's id, or {@link #NO_MODEL}
 * @param inputDims dimensions of the vector that the model makes, or that users send
 * @param output name of the graph's output; null without a model
 * @param skipTokens leading tokens that an average over tokens leaves out, such as a class token; 0 for other poolings
 * @param map the order of the axes of an output that is a map; null for other outputs and poolings
 * @param image null without a model
 * @param background of pictures that are transparent; null without a model
 * @param normalize of that vector, before it is projected
 * @param project learned maps, each of what the one before makes
 * @param hash of the vector that comes out of them, as all that follows
 * @param clusters null for none
 * @param perceptual null for none
 * @param training how learned arrays came about, for people to look at; null where nothing was learned
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

    /** Dimensions of the vector that is stored. */
    public int dims() {
        return project.isEmpty() ? inputDims : project.getLast().dims();
    }

    /** Whether vectors that are stored have unit length. */
    public boolean isNormalized() {
        return (project.isEmpty() ? normalize : project.getLast().normalize()) == Normalize.L2;
    }

    /** Whether vectors differ in their distance from the centre of the code. */
    public boolean hasNorms() {
        return !isNormalized() || hash.center() != null;
    }

    /** 16 MiB of hyperplanes for a code, and as much for buckets. */
    static final int MAX_WEIGHTS = 1 << 22;
    /** 24 MiB of floats for three channels, and as much again in the model. */
    static final int MAX_TENSOR_PIXELS = 1 << 21;

    private static final int MAX_PIXEL = 255;
    /** Grey levels that must remain where numbers are rounded. */
    private static final int LEAST_LEVELS = 15;

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

    /** What must be known of a model to fill in what a user left out. */
    public interface ModelFacts {
        /** The output that is meant when none is named; throws with the choices where that is not clear. */
        String onlyOutput();

        /** Checks that the graph has this output. */
        void requireOutput(String name);

        /** {@code {channels, height, width}} of the input under a layout; -1 where it is dynamic. */
        int[] inputSize(Layout layout);

        /** Throws with the choices where the graph's input does not show it. */
        Layout layout();

        /** The least and the greatest value of an input that holds whole numbers; null where it holds others. */
        long[] wholeNumbers();

        /** Runs a picture of noise. */
        Tensor output(String output, Preprocessing image);
    }

    /**
     * Takes back what {@link #toMap} wrote, without the model: it leaves nothing to derive.
     *
     * @throws IllegalArgumentException where something is missing
     */
    public static EncoderConfig parseResolved(Map<String, Object> config) {
        return parse(config, null);
    }

    /**
     * @param facts null without a model, or where the body is known to leave nothing open
     * @throws IllegalArgumentException naming the field, what is allowed and what to do
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
        int dims = config.integer("dims", 0, 1, MAX_DIMS);
        String output = config.string("output", null);
        Pooling pooling = config.choice("pooling", Pooling.class, Pooling.NONE);
        boolean hasImage = config.has(IMAGE);
        ConfigReader imageConfig = config.objectOrEmpty(IMAGE);
        Normalize normalize = config.choice("normalize", Normalize.class, none ? Normalize.NONE : Normalize.L2);
        int skipTokens = config.integer("skip_tokens", -1, 0, Pooling.MAX_LEADING);
        Layout map = config.choice("output_layout", Layout.class, null);
        Preprocessing image = null;
        Background background = none ? null : imageConfig.choice(BACKGROUND, Background.class, Background.WHITE);
        if (none) {
            if (dims == 0) {
                throw new IllegalArgumentException(
                        "[dims] is missing; an encoder with \"model\":\"none\" needs the dimensions of its vectors");
            }
            if (output != null || hasImage || pooling != Pooling.NONE || skipTokens >= 0 || map != null) {
                throw new IllegalArgumentException(
                        "[output], [pooling], [skip_tokens], [output_layout] and [image] need a model; an encoder "
                                + "with \"model\":\"none\" takes vectors, not pictures");
            }
            skipTokens = 0;
        } else if (facts == null) {
            if (dims == 0 || output == null || !imageConfig.has("layout")) {
                throw new IllegalArgumentException(
                        "[dims], [output] or [image.layout] is missing, which each stored encoder has");
            }
            image = image(imageConfig, null);
            skipTokens = Math.max(0, skipTokens);
        } else {
            if (output == null) {
                output = facts.onlyOutput();
            } else {
                facts.requireOutput(output);
            }
            image = image(imageConfig, facts);
            Tensor tensor = facts.output(output, image);
            long[] shape = tensor.shape();
            map = mapLayout(map, pooling, shape, image);
            int made = pooling.dims(output, shape, map);
            skipTokens = skipTokens(skipTokens, pooling, output, shape, image);
            if (dims != 0 && dims != made) {
                throw new IllegalArgumentException("[dims] is [" + dims + "] but output [" + output + "] of model ["
                        + model + "] makes [" + made + "]; leave [dims] out");
            }
            if (made > MAX_DIMS) {
                throw new IllegalArgumentException("output [" + output + "] of model [" + model + "] has [" + made
                        + "] dims; a dense_vector field takes at most [" + MAX_DIMS + "]; name a smaller [output]");
            }
            dims = made;
            requireFinite(model, output, pooling.pool(output, tensor, skipTokens, map));
        }
        List<LearnedStage> project = LearnedStage.parse(config, dims);
        int stored = project.isEmpty() ? dims : project.getLast().dims();
        CodeConfig hash = CodeConfig.parse(config.objectOrEmpty("hash"), stored);
        BucketTables buckets = BucketTables.parse(config.objectOrEmpty("buckets"), stored);
        Centroids clusters = ClusterConfig.parse(config.object("clusters"), stored);
        Perceptual perceptual =
                config.choice("perceptual", Perceptual.class, none ? Perceptual.NONE : Perceptual.PHASH);
        if (none && perceptual != Perceptual.NONE) {
            throw new IllegalArgumentException(
                    "[perceptual] needs pictures; an encoder with \"model\":\"none\" has none");
        }
        Map<String, Object> training = config.map(TRAINING);
        config.finish();
        return new EncoderConfig(
                model,
                dims,
                output,
                pooling,
                skipTokens,
                map,
                image,
                background,
                normalize,
                project,
                hash,
                buckets.tables,
                buckets.bits,
                buckets.seed,
                clusters,
                perceptual == Perceptual.NONE ? null : PerceptualHash.valueOf(perceptual.name()),
                training);
    }

    private record BucketTables(int tables, int bits, long seed) {
        static BucketTables parse(ConfigReader config, int dims) {
            int tables = config.integer("tables", 10, 1, 256);
            int bits = config.integer("bits", 8, 1, 62);
            requireWeights("buckets.tables] x [buckets.bits", dims, tables * bits, "bit");
            long seed = config.integer64("seed", 7);
            config.finish();
            return new BucketTables(tables, bits, seed);
        }
    }

    /**
     * @param dims of the vectors that are multiplied
     * @param each what has a number for each of them
     */
    static void requireWeights(String name, int dims, int planes, String each) {
        if ((long) dims * planes > MAX_WEIGHTS) {
            throw new IllegalArgumentException("[" + name + "] is [" + planes + "]; vectors of [" + dims
                    + "] dims take at most [" + MAX_WEIGHTS / dims
                    + "], because each node holds [dims] numbers for each " + each);
        }
    }

    private static int skipTokens(int given, Pooling pooling, String output, long[] shape, Preprocessing image) {
        if (!pooling.averagesTokens(shape)) {
            if (given > 0) {
                throw new IllegalArgumentException(
                        "[skip_tokens] needs [pooling] [mean] or [gem] over an output of shape [1, T, D]; leave it "
                                + "out");
            }
            return 0;
        }
        if (given >= shape[1]) {
            throw new IllegalArgumentException("[skip_tokens] is [" + given + "] but the output has [" + shape[1]
                    + "] tokens; at least one must remain");
        }
        int derived = given >= 0 ? given : Pooling.leadingTokens(shape[1], height(image), width(image));
        if (derived < 0) {
            throw new IllegalArgumentException("[skip_tokens] is missing and cannot be derived: the [" + shape[1]
                    + "] tokens of output [" + output + "] are no grid of patches of a picture of ["
                    + width(image) + "] x ["
                    + height(image)
                    + "] pixels; give [0] to average all of them, or how many tokens lead the patches, such "
                    + "as [1] for a class token");
        }
        return derived;
    }

    private static Layout mapLayout(Layout given, Pooling pooling, long[] shape, Preprocessing image) {
        if (!pooling.averagesMap(shape)) {
            if (given != null) {
                throw new IllegalArgumentException(
                        "[output_layout] needs [pooling] [mean] or [gem] over an output of shape"
                                + " [1, D, H, W] or [1, H, W, D]; leave it out");
            }
            return null;
        }
        return given != null ? given : Pooling.mapLayout(shape, height(image), width(image), image.layout());
    }

    private static int height(Preprocessing image) {
        return image.outputShape()[image.layout() == Layout.NCHW ? 1 : 0];
    }

    private static int width(Preprocessing image) {
        return image.outputShape()[image.layout() == Layout.NCHW ? 2 : 1];
    }

    private static void requireFinite(String model, String output, float[] vector) {
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("output [" + output + "] of model [" + model
                        + "] makes a vector with [" + value
                        + "] of a test picture; all values must be finite: the model"
                        + " is broken, or does not take the numbers that [image.scale], [image.mean] and "
                        + "[image.std] make");
            }
        }
    }

    /** What the planes of the code and of the buckets, and all that was learned, hold on a node that uses them. */
    public long weightBytes() {
        long weights = (long) dims() * (hash.bits() + tables * bucketBits + (clusters == null ? 0 : clusters.count()));
        for (LearnedStage stage : project) {
            weights += (long) stage.dims() * stage.map().inputDims();
        }
        return Float.BYTES * weights;
    }

    /** What one picture's tensor holds; 0 without a model. */
    public long tensorBytes() {
        if (image == null) {
            return 0;
        }
        int[] shape = image.outputShape();
        return (long) Float.BYTES * shape[0] * shape[1] * shape[2];
    }

    private static Preprocessing image(ConfigReader config, ModelFacts facts) {
        Layout layout = config.choice("layout", Layout.class, null);
        if (layout == null) {
            layout = facts.layout();
        }
        int[] size = facts == null ? new int[] {-1, -1, -1} : facts.inputSize(layout);
        ConfigReader resizeConfig = config.object("resize");
        ConfigReader cropConfig = config.object("center_crop");
        Preprocessing.Size crop = cropConfig == null
                ? null
                : new Preprocessing.Size(side(cropConfig, "width"), side(cropConfig, "height"));
        if (cropConfig != null) {
            cropConfig.finish();
        }
        Preprocessing.Resize resize = null;
        if (resizeConfig != null) {
            resize = new Preprocessing.Resize(
                    side(resizeConfig, "width"),
                    side(resizeConfig, "height"),
                    resizeConfig.choice("mode", Preprocessing.Mode.class, Preprocessing.Mode.STRETCH),
                    resizeConfig.choice("filter", Resample.class, Resample.BILINEAR));
            resizeConfig.finish();
        } else if (crop == null) {
            if (size[1] <= 0 || size[2] <= 0) {
                throw new IllegalArgumentException(
                        "[image.resize] is missing and the model's input has no fixed size; give [image.resize] with "
                                + "[width] and [height]");
            }
            resize = new Preprocessing.Resize(size[2], size[1], Preprocessing.Mode.STRETCH, Resample.BILINEAR);
        }
        ConfigReader blurConfig = config.object("blur");
        Preprocessing.Blur blur = null;
        if (blurConfig != null) {
            blur = new Preprocessing.Blur(blurConfig.integer("kernel", 9, 1, 101), blurConfig.number("sigma", 1));
            blurConfig.finish();
        }
        Preprocessing.Channels channels = config.choice(
                "channels",
                Preprocessing.Channels.class,
                size[0] == 1 ? Preprocessing.Channels.GRAY : Preprocessing.Channels.RGB);
        long[] whole = facts == null ? null : facts.wholeNumbers();
        Numbers numbers = Numbers.parse(config, whole, channels);
        config.finish();
        if (facts != null) {
            numbers.require(channels);
        }
        Preprocessing image =
                new Preprocessing(resize, crop, blur, channels, layout, numbers.scale, numbers.mean, numbers.std);
        if (whole != null) {
            requireWhole(image, whole);
        }
        int[] made = image.outputShape();
        int channelCount = image.channels().count();
        if ((long) made[0] * made[1] * made[2] / channelCount > MAX_TENSOR_PIXELS) {
            throw new IllegalArgumentException("[image] makes "
                    + Arrays.toString(made) + "; at most [" + MAX_TENSOR_PIXELS
                    + "] pixels are allowed, such as 1448 x 1448; make [image.resize] or [image.center_crop] smaller");
        }
        int[] asked = layout == Layout.NCHW ? size : new int[] {size[1], size[2], size[0]};
        for (int i = 0; i < 3; i++) {
            if (asked[i] > 0 && made[i] != asked[i]) {
                throw new IllegalArgumentException("[image] makes "
                        + Arrays.toString(made)
                        + " but the model takes "
                        + Arrays.toString(asked)
                        + "; change [image.resize], [image.center_crop], [image.channels] or [image.layout]");
            }
        }
        return image;
    }

    /** What networks are usually trained with, of pixels in [0,1], red first; definitions hold the numbers. */
    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to them
    enum Normalization {
        UNIT(new float[] {0}, new float[] {1}),
        HALF(new float[] {0.5f}, new float[] {0.5f}),
        IMAGENET(new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f}),
        CLIP(new float[] {0.48145467f, 0.4578275f, 0.40821072f}, new float[] {0.26862955f, 0.2613026f, 0.2757771f});

        private final float[] mean;
        private final float[] std;

        Normalization(float[] mean, float[] std) {
            this.mean = mean;
            this.std = std;
        }

        /** Of red, green and blue, or of all three. */
        float[] mean() {
            return mean.clone();
        }
    }

    /** What {@code [image]} says of the numbers that pixels become, with what is meant where it says nothing. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Numbers(float scale, float[] mean, float[] std) {
        /** @param whole as {@link ModelFacts#wholeNumbers} */
        static Numbers parse(ConfigReader config, long[] whole, Preprocessing.Channels channels) {
            Normalization named = config.choice("normalization", Normalization.class, null);
            if (named != null && (config.has("scale") || config.has("mean") || config.has("std"))) {
                throw new IllegalArgumentException(
                        "[image.normalization] stands for [scale], [mean] and [std]; leave it out, or all of these");
            }
            if (named != null && channels == Preprocessing.Channels.GRAY && named.mean.length > 1) {
                throw new IllegalArgumentException("[image.normalization] [" + lower(named)
                        + "] has numbers for three channels, but [image.channels] is [gray]; give [scale], "
                        + "[mean] and [std] with one number each, or name [unit] or [half]");
            }
            float scale = Values.toFloat(config.number("scale", whole == null || named != null ? 1 / 255f : 1));
            float[] mean = named == null ? config.floats("mean") : ordered(named.mean, channels);
            float[] std = named == null ? config.floats("std") : ordered(named.std, channels);
            if (mean == null) {
                // pixels as they are, shifted where whole numbers begin below 0 and end below 255
                mean = new float[] {whole != null && whole[1] < MAX_PIXEL ? (float) -whole[0] : 0};
            }
            return new Numbers(scale, mean, std == null ? new float[] {1} : std);
        }

        private static float[] ordered(float[] rgb, Preprocessing.Channels channels) {
            return channels == Preprocessing.Channels.BGR && rgb.length == 3
                    ? new float[] {rgb[2], rgb[1], rgb[0]}
                    : rgb;
        }

        /** Refuses what no network was trained with. What was stored before is not asked. */
        void require(Preprocessing.Channels channels) {
            if (scale == 0 || !Float.isFinite(scale)) {
                throw new IllegalArgumentException(
                        "[image.scale] must be neither [0], which makes all pictures the same, nor too large for a "
                                + "float; got ["
                                + scale + "]; give [1] for pixels from 0 to 255, or 0.00392156862745098 for [0,1]");
            }
            requireCount("image.mean", mean, channels);
            requireCount("image.std", std, channels);
            for (float each : std) {
                if (!(each > 0)) {
                    throw new IllegalArgumentException(
                            "[image.std] must be above [0], for it is a standard deviation; got [" + each
                                    + "]; for a model that was trained on negatives give a negative [image.scale]");
                }
            }
        }

        private static void requireCount(String name, float[] values, Preprocessing.Channels channels) {
            if (values.length != 1 && values.length != channels.count()) {
                throw new IllegalArgumentException("[" + name + "] has [" + values.length
                        + "] numbers, but [image.channels] is [" + lower(channels) + "]; give [1] for all channels"
                        + (channels.count() == 1 ? "" : ", or [" + channels.count() + "]"));
            }
        }
    }

    /**
     * The least and the greatest number that a model is fed with if {@code [image]} says what it does of
     * {@code normalization}, {@code scale}, {@code mean} and {@code std}.
     */
    static float[] range(Map<String, Object> image, Preprocessing like) {
        Numbers numbers = Numbers.parse(new ConfigReader("[image]", image), null, like.channels());
        return new Preprocessing(
                        null, null, null, like.channels(), like.layout(), numbers.scale, numbers.mean, numbers.std)
                .range();
    }

    /** Numbers are rounded and cut to what the model takes, which must leave something of a picture. */
    private static void requireWhole(Preprocessing image, long[] whole) {
        float[] range = image.range();
        if (range[0] < whole[0] - 0.5f || range[1] > whole[1] + 0.5f || range[1] - range[0] < LEAST_LEVELS) {
            throw new IllegalArgumentException("[image.scale], [image.mean] and [image.std] make numbers from ["
                    + range[0] + "] to [" + range[1] + "], but the model takes whole numbers from [" + whole[0]
                    + "] to ["
                    + whole[1] + "]; leave all three out for pixels as they are");
        }
    }

    private static int side(ConfigReader config, String key) {
        return config.required(key, 1, 4096);
    }

    /** Says in a body with a model, which does not say it, what its background is. */
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

    /** The configuration as a body of {@code PUT /_lookalike/encoder/{id}}, keys in the order of the documentation. */
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
            map.put(IMAGE, imageMap());
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
     * How many stages of {@link #project} made the vectors that another configuration stores; -1 where it makes them
     * otherwise.
     */
    public int stagesOf(EncoderConfig other) {
        int stages = other.project.size();
        return stages <= project.size() && vectorMap(stages).equals(other.vectorMap(stages)) ? stages : -1;
    }

    /** All that decides the vector that the first stages make. */
    private Map<String, Object> vectorMap(int stages) {
        Map<String, Object> map = toMap();
        map.keySet().removeAll(List.of("project", "hash", "buckets", "clusters", "perceptual", TRAINING));
        map.put(
                "project",
                project.subList(0, stages).stream().map(LearnedStage::toMap).toList());
        return map;
    }

    /** What a refusal says of the largest learned array; empty without any. */
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

    private Map<String, Object> imageMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        if (image.resize() != null) {
            Map<String, Object> resize = new LinkedHashMap<>();
            resize.put("width", image.resize().width());
            resize.put("height", image.resize().height());
            resize.put("mode", lower(image.resize().mode()));
            resize.put("filter", lower(image.resize().filter()));
            map.put("resize", resize);
        }
        if (image.centerCrop() != null) {
            Map<String, Object> crop = new LinkedHashMap<>();
            crop.put("width", image.centerCrop().width());
            crop.put("height", image.centerCrop().height());
            map.put("center_crop", crop);
        }
        if (image.blur() != null) {
            Map<String, Object> blur = new LinkedHashMap<>();
            blur.put("kernel", image.blur().kernel());
            blur.put("sigma", image.blur().sigma());
            map.put("blur", blur);
        }
        map.put("channels", lower(image.channels()));
        map.put("layout", lower(image.layout()));
        map.put("scale", image.scale());
        map.put("mean", CodeConfig.list(image.mean()));
        map.put("std", CodeConfig.list(image.std()));
        map.put(BACKGROUND, lower(background));
        return map;
    }

    public static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
