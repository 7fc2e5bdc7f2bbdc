package io.lookalike.encoder;

import io.lookalike.hashing.PerceptualHash;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Resample;
import java.util.ArrayList;
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
 * @param dims dimensions of the vector
 * @param output name of the graph's output; null without a model
 * @param image null without a model
 * @param center subtracted from vectors before hashing, or null
 * @param perceptual null for none
 */
@SuppressWarnings("ArrayRecordComponent") // compared by its JSON
record EncoderConfig(
        String model,
        int dims,
        String output,
        Pooling pooling,
        Preprocessing image,
        Normalize normalize,
        int bits,
        long seed,
        float[] center,
        int tables,
        int bucketBits,
        long bucketSeed,
        PerceptualHash perceptual) {

    static final String NO_MODEL = "none";
    static final int MAX_DIMS = 4096;

    enum Normalize {
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
    interface ModelFacts {
        /** The output that is meant when none is named; throws with the choices where that is not clear. */
        String onlyOutput();

        /** Checks that the graph has this output. */
        void requireOutput(String name);

        /** {@code {channels, height, width}} of the input under a layout; -1 where it is dynamic. */
        int[] inputSize(Preprocessing.Layout layout);

        Preprocessing.Layout layout();

        /** Runs a blank picture and answers the shape of the output. */
        long[] outputShape(String output, Preprocessing image);
    }

    /** @throws IllegalArgumentException naming the field, what is allowed and what to do */
    static EncoderConfig parse(Map<String, Object> body, ModelFacts facts) {
        ConfigReader config = new ConfigReader("", body);
        String model = config.string("model", null);
        if (model == null) {
            throw new IllegalArgumentException(
                    "[model] is missing; name a directory of config/lookalike/models, [builtin-1], or [none] with [dims]");
        }
        boolean none = model.equals(NO_MODEL);
        int dims = config.integer("dims", 0, 1, MAX_DIMS);
        String output = config.string("output", null);
        Pooling pooling = config.choice("pooling", Pooling.class, Pooling.NONE);
        ConfigReader imageConfig = config.object("image");
        Normalize normalize = config.choice("normalize", Normalize.class, none ? Normalize.NONE : Normalize.L2);
        Preprocessing image = null;
        if (none) {
            if (dims == 0) {
                throw new IllegalArgumentException(
                        "[dims] is missing; an encoder with \"model\":\"none\" needs the dimensions of its vectors");
            }
            if (output != null || imageConfig != null) {
                throw new IllegalArgumentException(
                        "[output] and [image] need a model; an encoder with \"model\":\"none\" takes vectors, not pictures");
            }
        } else {
            if (output == null) {
                output = facts.onlyOutput();
            } else {
                facts.requireOutput(output);
            }
            image = image(imageConfig == null ? new ConfigReader("image", Map.of()) : imageConfig, facts);
            int made = pooling.dims(output, facts.outputShape(output, image));
            if (dims != 0 && dims != made) {
                throw new IllegalArgumentException("[dims] is [" + dims + "] but output [" + output + "] of model ["
                        + model + "] makes [" + made + "]; leave [dims] out");
            }
            if (made > MAX_DIMS) {
                throw new IllegalArgumentException("output [" + output + "] of model [" + model + "] has [" + made
                        + "] dims; a dense_vector field takes at most [" + MAX_DIMS + "]; name a smaller [output]");
            }
            dims = made;
        }
        ConfigReader hash = config.object("hash");
        int bits = 256;
        long seed = 42;
        float[] center = null;
        if (hash != null) {
            String type = hash.string("type", "hyperplane");
            if (!type.equals("hyperplane")) {
                throw new IllegalArgumentException("[hash.type] must be one of [hyperplane]; got [" + type + "]");
            }
            bits = hash.integer("bits", bits, 8, 4096);
            if (bits % 8 != 0) {
                throw new IllegalArgumentException("[hash.bits] must be a multiple of [8]; got [" + bits + "]");
            }
            seed = hash.integer64("seed", seed);
            center = hash.floats("center");
            if (center != null && center.length != dims) {
                throw new IllegalArgumentException(
                        "[hash.center] has [" + center.length + "] dims but vectors have [" + dims + "]");
            }
            hash.finish();
        }
        ConfigReader buckets = config.object("buckets");
        int tables = 10;
        int bucketBits = 8;
        long bucketSeed = 7;
        if (buckets != null) {
            tables = buckets.integer("tables", tables, 1, 256);
            bucketBits = buckets.integer("bits", bucketBits, 1, 62);
            bucketSeed = buckets.integer64("seed", bucketSeed);
            buckets.finish();
        }
        Perceptual perceptual =
                config.choice("perceptual", Perceptual.class, none ? Perceptual.NONE : Perceptual.PHASH);
        if (none && perceptual != Perceptual.NONE) {
            throw new IllegalArgumentException(
                    "[perceptual] needs pictures; an encoder with \"model\":\"none\" has none");
        }
        config.finish();
        return new EncoderConfig(
                model,
                dims,
                output,
                pooling,
                image,
                normalize,
                bits,
                seed,
                center,
                tables,
                bucketBits,
                bucketSeed,
                perceptual == Perceptual.NONE ? null : PerceptualHash.valueOf(perceptual.name()));
    }

    private static Preprocessing image(ConfigReader config, ModelFacts facts) {
        Preprocessing.Layout layout = config.choice("layout", Preprocessing.Layout.class, null);
        if (layout == null) {
            layout = facts.layout();
        }
        int[] size = facts.inputSize(layout);
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
                        "[image.resize] is missing and the model's input has no fixed size; give [image.resize] with [width] and [height]");
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
        float scale = (float) config.number("scale", 1 / 255f);
        float[] mean = config.floats("mean");
        float[] std = config.floats("std");
        config.finish();
        Preprocessing image = new Preprocessing(
                resize,
                crop,
                blur,
                channels,
                layout,
                scale,
                mean == null ? new float[] {0} : mean,
                std == null ? new float[] {1} : std);
        int[] made = image.outputShape();
        int[] asked = layout == Preprocessing.Layout.NCHW ? size : new int[] {size[1], size[2], size[0]};
        for (int i = 0; i < 3; i++) {
            if (asked[i] > 0 && made[i] != asked[i]) {
                throw new IllegalArgumentException("[image] makes "
                        + java.util.Arrays.toString(made)
                        + " but the model takes "
                        + java.util.Arrays.toString(asked)
                        + "; change [image.resize], [image.center_crop], [image.channels] or [image.layout]");
            }
        }
        return image;
    }

    private static int side(ConfigReader config, String key) {
        return config.required(key, 1, 4096);
    }

    /** The configuration as a body of {@code PUT /_lookalike/encoder/{id}}, keys in the order of the documentation. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("model", model);
        map.put("dims", dims);
        if (image != null) {
            map.put("output", output);
            map.put("pooling", lower(pooling));
            map.put("image", imageMap());
        }
        map.put("normalize", lower(normalize));
        Map<String, Object> hash = new LinkedHashMap<>();
        hash.put("type", "hyperplane");
        hash.put("bits", bits);
        hash.put("seed", seed);
        if (center != null) {
            hash.put("center", list(center));
        }
        map.put("hash", hash);
        Map<String, Object> buckets = new LinkedHashMap<>();
        buckets.put("tables", tables);
        buckets.put("bits", bucketBits);
        buckets.put("seed", bucketSeed);
        map.put("buckets", buckets);
        map.put("perceptual", perceptual == null ? "none" : lower(perceptual));
        return map;
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
        map.put("mean", list(image.mean()));
        map.put("std", list(image.std()));
        return map;
    }

    private static List<Float> list(float[] values) {
        List<Float> list = new ArrayList<>(values.length);
        for (float value : values) {
            list.add(value);
        }
        return list;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
