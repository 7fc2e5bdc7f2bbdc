package io.lookalike.encoder;

import io.lookalike.encoder.EncoderConfig.ModelFacts;
import io.lookalike.image.Background;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Preprocessing.Layout;
import io.lookalike.image.Resample;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads and writes {@code [image]} of an encoder: how a picture becomes the tensor that the model takes. */
final class ImageConfig {
    /** 24 MiB of floats for three channels, and as much again in the model. */
    static final int MAX_TENSOR_PIXELS = 1 << 21;

    private static final int MAX_PIXEL = 255;
    /** Grey levels that must remain when numbers are rounded. */
    private static final int LEAST_LEVELS = 15;

    private ImageConfig() {}

    /** @param facts null when the body is known to be complete */
    static Preprocessing parse(ConfigReader config, ModelFacts facts) {
        Layout layout = config.choice("layout", Layout.class, null);
        if (layout == null) {
            layout = facts.layout();
        }
        int[] size = facts == null ? new int[] {-1, -1, -1} : facts.inputSize(layout);
        ConfigReader resizeConfig = config.object("resize");
        Preprocessing.Size crop = crop(config.object("center_crop"));
        Preprocessing.Resize resize = resizeConfig == null && crop != null ? null : resize(resizeConfig, size);
        Preprocessing.Blur blur = blur(config.object("blur"));
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
        requireSize(image, layout == Layout.NCHW ? size : new int[] {size[1], size[2], size[0]});
        return image;
    }

    private static Preprocessing.Size crop(ConfigReader config) {
        if (config == null) {
            return null;
        }
        Preprocessing.Size crop = new Preprocessing.Size(side(config, "width"), side(config, "height"));
        config.finish();
        return crop;
    }

    /** @param size of the model's input: channels, height, width; -1 for a dynamic axis */
    private static Preprocessing.Resize resize(ConfigReader config, int[] size) {
        if (config == null) {
            if (size[1] <= 0 || size[2] <= 0) {
                throw new IllegalArgumentException(
                        "[image.resize] is missing and the model's input has no fixed size; give [image.resize] with "
                                + "[width] and [height]");
            }
            return new Preprocessing.Resize(size[2], size[1], Preprocessing.Mode.STRETCH, Resample.BILINEAR);
        }
        Preprocessing.Resize resize = new Preprocessing.Resize(
                side(config, "width"),
                side(config, "height"),
                config.choice("mode", Preprocessing.Mode.class, Preprocessing.Mode.STRETCH),
                config.choice("filter", Resample.class, Resample.BILINEAR));
        config.finish();
        return resize;
    }

    private static Preprocessing.Blur blur(ConfigReader config) {
        if (config == null) {
            return null;
        }
        Preprocessing.Blur blur =
                new Preprocessing.Blur(config.integer("kernel", 9, 1, 101), config.number("sigma", 1));
        config.finish();
        return blur;
    }

    /** @param asked shape of the model's input; -1 for a dynamic axis */
    private static void requireSize(Preprocessing image, int[] asked) {
        int[] made = image.outputShape();
        if ((long) made[0] * made[1] * made[2] / image.channels().count() > MAX_TENSOR_PIXELS) {
            throw new IllegalArgumentException("[image] makes "
                    + Arrays.toString(made) + "; at most [" + MAX_TENSOR_PIXELS
                    + "] pixels are allowed, such as 1448 x 1448; make [image.resize] or [image.center_crop] smaller");
        }
        for (int i = 0; i < 3; i++) {
            if (asked[i] > 0 && made[i] != asked[i]) {
                throw new IllegalArgumentException("[image] makes "
                        + Arrays.toString(made)
                        + " but the model takes "
                        + Arrays.toString(asked)
                        + "; change [image.resize], [image.center_crop], [image.channels] or [image.layout]");
            }
        }
    }

    /** Usual normalizations of pixels in [0,1], red first. Definitions store the numbers, not the name. */
    @SuppressWarnings("ImmutableEnumChecker") // the arrays are never written
    enum PixelNormalization {
        UNIT(new float[] {0}, new float[] {1}),
        HALF(new float[] {0.5f}, new float[] {0.5f}),
        IMAGENET(new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f}),
        CLIP(new float[] {0.48145467f, 0.4578275f, 0.40821072f}, new float[] {0.26862955f, 0.2613026f, 0.2757771f});

        private final float[] mean;
        private final float[] std;

        PixelNormalization(float[] mean, float[] std) {
            this.mean = mean;
            this.std = std;
        }

        /** One value for each of red, green and blue, or one for all. */
        float[] mean() {
            return mean.clone();
        }
    }

    /** How pixels become numbers: {@code scale}, {@code mean} and {@code std} of {@code [image]}, or their defaults. */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Numbers(float scale, float[] mean, float[] std) {
        /** @param whole as {@link ModelFacts#wholeNumbers} */
        static Numbers parse(ConfigReader config, long[] whole, Preprocessing.Channels channels) {
            PixelNormalization named = config.choice("normalization", PixelNormalization.class, null);
            if (named != null && (config.has("scale") || config.has("mean") || config.has("std"))) {
                throw new IllegalArgumentException(
                        "[image.normalization] stands for [scale], [mean] and [std]; leave it out, or all of these");
            }
            if (named != null && channels == Preprocessing.Channels.GRAY && named.mean.length > 1) {
                throw new IllegalArgumentException("[image.normalization] [" + EncoderConfig.lower(named)
                        + "] has numbers for three channels, but [image.channels] is [gray]; give [scale], "
                        + "[mean] and [std] with one number each, or name [unit] or [half]");
            }
            float scale = Values.toFloat(config.number("scale", whole == null || named != null ? 1 / 255f : 1));
            float[] mean = named == null ? config.floats("mean") : ordered(named.mean, channels);
            float[] std = named == null ? config.floats("std") : ordered(named.std, channels);
            if (mean == null) {
                // pixels unchanged, but shifted for an integer range such as that of int8
                mean = new float[] {whole != null && whole[1] < MAX_PIXEL ? (float) -whole[0] : 0};
            }
            return new Numbers(scale, mean, std == null ? new float[] {1} : std);
        }

        private static float[] ordered(float[] rgb, Preprocessing.Channels channels) {
            return channels == Preprocessing.Channels.BGR && rgb.length == 3
                    ? new float[] {rgb[2], rgb[1], rgb[0]}
                    : rgb;
        }

        /** Refuses numbers that no network was trained with. Stored encoders are not checked. */
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
                        + "] numbers, but [image.channels] is [" + EncoderConfig.lower(channels)
                        + "]; give [1] for all channels"
                        + (channels.count() == 1 ? "" : ", or [" + channels.count() + "]"));
            }
        }
    }

    /**
     * Range of the numbers in the tensor: least and greatest, from {@code normalization}, {@code scale}, {@code mean}
     * and {@code std} of {@code [image]}.
     */
    static float[] range(Map<String, Object> image, Preprocessing like) {
        Numbers numbers = Numbers.parse(new ConfigReader("[image]", image), null, like.channels());
        return new Preprocessing(
                        null, null, null, like.channels(), like.layout(), numbers.scale, numbers.mean, numbers.std)
                .range();
    }

    /** An integer model rounds and clips the numbers; enough grey levels must remain. */
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

    /** In a form that {@link #parse} takes back, with the background. */
    static Map<String, Object> toMap(Preprocessing image, Background background) {
        Map<String, Object> map = toMap(image);
        map.put(EncoderConfig.BACKGROUND, EncoderConfig.lower(background));
        return map;
    }

    /** In a form that {@link #parse} takes back. */
    static Map<String, Object> toMap(Preprocessing image) {
        Map<String, Object> map = new LinkedHashMap<>();
        if (image.resize() != null) {
            Map<String, Object> resize = new LinkedHashMap<>();
            resize.put("width", image.resize().width());
            resize.put("height", image.resize().height());
            resize.put("mode", EncoderConfig.lower(image.resize().mode()));
            resize.put("filter", EncoderConfig.lower(image.resize().filter()));
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
        map.put("channels", EncoderConfig.lower(image.channels()));
        map.put("layout", EncoderConfig.lower(image.layout()));
        map.put("scale", image.scale());
        map.put("mean", CodeConfig.list(image.mean()));
        map.put("std", CodeConfig.list(image.std()));
        return map;
    }
}
