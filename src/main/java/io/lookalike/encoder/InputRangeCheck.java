package io.lookalike.encoder;

import io.lookalike.image.Preprocessing;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Warns when an encoder seems to feed its model other numbers than it was trained with. Nothing else shows this
 * mistake; searches just find less. Stateless.
 */
public final class InputRangeCheck {
    private static final double MAX_PIXEL = 255;
    /** Black and white are usually 1 to 9 apart, or 255 when pixels are not scaled. */
    private static final double WIDE = 20;

    private static final double NARROW = 0.3;
    /** Allowed difference from the range in model.json, as a part of it, because of rounded digits. */
    private static final double ROUNDED = 0.01;
    /** Allowed difference from ImageNet's mean of a colour; those means are .03 apart. */
    private static final double SAME_MEAN = 0.01;

    private static final List<String> NUMBERS = List.of("normalization", "scale", "mean", "std");

    private InputRangeCheck() {}

    /**
     * @param warning null when nothing seems wrong
     * @param outOfRange whether the numbers are so wrong that pictures will look alike to the model
     */
    public record Found(String warning, boolean outOfRange) {
        private static final Found NOTHING = new Found(null, false);
    }

    /**
     * Checks the input of a model that takes floats. (Integer inputs take plain pixels, so nothing can be wrong.)
     *
     * @param defaults the fields of model.json; empty without the file
     * @param said the user's body over {@code defaults}
     * @param image the resulting preprocessing
     */
    public static Found check(
            String id, String model, Map<String, Object> defaults, Map<String, Object> said, Preprocessing image) {
        String warning = range(id, image);
        if (warning != null) {
            return new Found(warning, true);
        }
        Map<String, Object> usual = numbers(defaults);
        Map<String, Object> now = numbers(said);
        float[] fed = image.range();
        String feeds =
                "encoder [" + id + "] feeds model [" + model + "] numbers from [" + fed[0] + "] to [" + fed[1] + "]";
        if (!usual.isEmpty() && !usual.equals(now)) {
            warning = unlikeDefaults(feeds, usual, image);
            if (warning != null) {
                return new Found(warning, true);
            }
        }
        if (defaults.get(EncoderConfig.IMAGE) instanceof Map<?, ?> own
                && own.get("channels") instanceof String channels
                && !channels.equals(EncoderConfig.lower(image.channels()))) {
            return new Found(
                    "encoder [" + id + "] feeds model [" + model + "] channels ["
                            + EncoderConfig.lower(image.channels())
                            + "], but the model's own defaults are [" + channels
                            + "]: leave [channels] out of [image], unless these defaults are wrong",
                    false);
        }
        if (image.scale() < 0) {
            return new Found(
                    feeds
                            + " of negatives, because [image.scale] is below [0]: make it positive, unless the model "
                            + "was trained on negatives",
                    false);
        }
        warning = order(id, image);
        if (warning != null) {
            return new Found(warning, false);
        }
        if (now.isEmpty()) {
            return new Found(
                    feeds
                            + ", pixels scaled to [0,1], because neither model.json nor [image] says "
                            + "[normalization], or [scale], [mean] and [std]; if it was trained otherwise, "
                            + "create an encoder that says so",
                    false);
        }
        if (now.keySet().equals(Set.of("scale")) && fed[1] > WIDE) {
            return new Found(
                    feeds
                            + ", because [image] says [scale] and neither [mean] nor [std]; if it was trained so, "
                            + "say [mean] [0] and [std] [1] too, else what it was trained with",
                    false);
        }
        return Found.NOTHING;
    }

    /** Warns when the range of the numbers is not that of the model's defaults. */
    private static String unlikeDefaults(String feeds, Map<String, Object> usual, Preprocessing image) {
        float[] fed = image.range();
        float[] trained = ImageConfig.range(usual, image);
        double rounded = ROUNDED * (trained[1] - trained[0]);
        boolean differs = Math.abs(fed[0] - trained[0]) > rounded || Math.abs(fed[1] - trained[1]) > rounded;
        return differs
                ? feeds + ", but the model's own defaults make numbers from [" + trained[0] + "] to [" + trained[1]
                        + "]: leave [normalization], [scale], [mean] and [std] out of [image], unless these "
                        + "defaults are wrong"
                : null;
    }

    /** The fields of a body that affect the numbers, without nulls. */
    private static Map<String, Object> numbers(Map<String, Object> body) {
        Map<String, Object> numbers = new HashMap<>();
        if (body.get(EncoderConfig.IMAGE) instanceof Map<?, ?> image) {
            NUMBERS.stream()
                    .filter(each -> image.get(each) != null)
                    .forEach(each -> numbers.put(each, image.get(each)));
        }
        return numbers;
    }

    /** Warns when [mean] and [std] are for pixels in [0,1] but pixels go up to 255, or the reverse. */
    private static String range(String id, Preprocessing image) {
        double scale = image.scale();
        double white = MAX_PIXEL * scale;
        double farthest = 0;
        boolean small = false;
        for (double mean : image.mean()) {
            farthest = Math.max(farthest, Math.max(mean - Math.max(0, white), Math.min(0, white) - mean));
            small |= mean > 0 && mean < 1;
        }
        for (double std : image.std()) {
            double range = Math.abs(white / std);
            boolean wide = range > WIDE && (std < 1 || small || Math.abs(scale) > 1);
            if (wide || range < NARROW) {
                return "[image.scale] [" + image.scale() + "] and [image.std] [" + (float) std + "] of encoder [" + id
                        + "] make numbers that are [" + (float) range + "] apart of black and white: "
                        + (wide
                                ? "[mean] and [std] seem to be for pixels in [0,1]; set [scale] to "
                                        + "0.00392156862745098, or say [normalization] [imagenet]"
                                : "all pictures will look alike to the model; set [scale] to 1 if [mean] and [std] "
                                        + "are for pixels up to 255");
            }
        }
        return farthest > Math.abs(white)
                ? "[image.mean] " + Arrays.toString(image.mean()) + " of encoder [" + id
                        + "] lies far from all pixels, which [image.scale] [" + image.scale()
                        + "] makes numbers from [0] to ["
                        + (float) white + "] of: set [scale] to 1 if [mean] and [std] are for pixels up to 255"
                : null;
    }

    /** Warns when ImageNet's means are in the reverse order of the channels. */
    private static String order(String id, Preprocessing image) {
        float[] mean = image.mean();
        float[] imagenet = ImageConfig.PixelNormalization.IMAGENET.mean();
        int count = imagenet.length;
        if (mean.length != count) {
            return null;
        }
        double white = MAX_PIXEL * image.scale();
        boolean bgr = image.channels() == Preprocessing.Channels.BGR;
        for (int channel = 0; channel < count; channel++) {
            // the colour in the reverse order
            double colour = imagenet[bgr ? channel : count - 1 - channel];
            if (Math.abs(mean[channel] / white - colour) > SAME_MEAN) {
                return null;
            }
        }
        return "[image.mean] " + Arrays.toString(mean) + " of encoder [" + id + "] is ImageNet's in the order of ["
                + (bgr ? "rgb" : "bgr") + "], but [image.channels] is [" + (bgr ? "bgr" : "rgb")
                + "]: turn [mean] and [std] round, or name the other [channels]";
    }
}
