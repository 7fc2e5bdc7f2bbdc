package io.lookalike.encoder;

import io.lookalike.encoder.EncoderConfig.ModelFacts;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Preprocessing.Layout;
import io.lookalike.model.Tensor;

/**
 * How the output of a model becomes one vector. Immutable.
 *
 * @param dims of the vector; 0 when the body does not give it
 * @param output its name; null without a model
 * @param skipTokens see {@link EncoderConfig#skipTokens}; -1 when the body does not give it
 * @param map see {@link EncoderConfig#map}
 * @param image null without a model
 */
record ModelOutput(int dims, String output, Pooling pooling, int skipTokens, Layout map, Preprocessing image) {
    /** The fields as the body gives them. */
    static ModelOutput read(ConfigReader config) {
        return new ModelOutput(
                config.integer("dims", 0, 1, EncoderConfig.MAX_DIMS),
                config.string("output", null),
                config.choice("pooling", Pooling.class, Pooling.NONE),
                config.integer("skip_tokens", -1, 0, Pooling.MAX_LEADING),
                config.choice("output_layout", Layout.class, null),
                null);
    }

    /** For an encoder that takes vectors. */
    ModelOutput withoutModel(boolean hasImage) {
        if (dims == 0) {
            throw new IllegalArgumentException(
                    "[dims] is missing; an encoder with \"model\":\"none\" needs the dimensions of its vectors");
        }
        if (output != null || hasImage || pooling != Pooling.NONE || skipTokens >= 0 || map != null) {
            throw new IllegalArgumentException(
                    "[output], [pooling], [skip_tokens], [output_layout] and [image] need a model; an encoder "
                            + "with \"model\":\"none\" takes vectors, not pictures");
        }
        return new ModelOutput(dims, null, pooling, 0, null, null);
    }

    /** For an encoder that was stored, so nothing is left to derive. */
    ModelOutput stored(ConfigReader image) {
        if (dims == 0 || output == null || !image.has("layout")) {
            throw new IllegalArgumentException(
                    "[dims], [output] or [image.layout] is missing, which each stored encoder has");
        }
        return new ModelOutput(dims, output, pooling, Math.max(0, skipTokens), map, ImageConfig.parse(image, null));
    }

    /** For a new encoder; derives missing fields from the model, which runs once. */
    ModelOutput ofModel(String model, ConfigReader imageConfig, ModelFacts facts) {
        if (output != null) {
            facts.requireOutput(output);
        }
        String name = output == null ? facts.onlyOutput() : output;
        Preprocessing image = ImageConfig.parse(imageConfig, facts);
        Tensor tensor = facts.output(name, image);
        long[] shape = tensor.shape();
        Layout layout = mapLayout(map, pooling, shape, image);
        int made = pooling.dims(name, shape, layout);
        int skipped = skipTokens(skipTokens, pooling, name, shape, image);
        if (dims != 0 && dims != made) {
            throw new IllegalArgumentException("[dims] is [" + dims + "] but output [" + name + "] of model [" + model
                    + "] makes [" + made + "]; leave [dims] out");
        }
        if (made > EncoderConfig.MAX_DIMS) {
            throw new IllegalArgumentException("output [" + name + "] of model [" + model + "] has [" + made
                    + "] dims; a dense_vector field takes at most [" + EncoderConfig.MAX_DIMS
                    + "]; name a smaller [output]");
        }
        requireFinite(model, name, pooling.pool(name, tensor, skipped, layout));
        return new ModelOutput(made, name, pooling, skipped, layout, image);
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
}
