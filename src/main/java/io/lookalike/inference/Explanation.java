package io.lookalike.inference;

import io.lookalike.encoder.CodeNetwork;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.image.Picture;
import io.lookalike.image.PngOutput;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Preprocessing.Layout;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Shows the input of a model for one picture: how the file was decoded, a preview of what the model sees, and
 * statistics of the tensor. At most about 300 KB for each input. Stateless.
 */
final class Explanation {
    /** The longest side of the preview in pixels. */
    private static final int PREVIEW = 256;

    private Explanation() {}

    /**
     * @param rows tensors without the batch axis: of the model, then of the network that makes codes if there is one
     */
    static Map<String, Object> of(EncoderConfig config, Picture picture, List<float[]> rows) {
        Map<String, Object> read = new LinkedHashMap<>();
        read.put("format", picture.format());
        read.put("width", picture.fullWidth());
        read.put("height", picture.fullHeight());
        read.put("orientation", picture.orientation());
        if (picture.width() != picture.fullWidth() || picture.height() != picture.fullHeight()) {
            read.put("decoded_width", picture.width());
            read.put("decoded_height", picture.height());
        }
        if (picture.repaired()) {
            read.put("repaired", true);
        }
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("picture", read);
        map.putAll(input(config.image(), picture, rows.getFirst()));
        CodeNetwork codes = config.hash().network();
        if (codes != null && !codes.image().equals(config.image())) {
            map.put("hash", input(codes.image(), picture, rows.getLast()));
        }
        return map;
    }

    private static Map<String, Object> input(Preprocessing image, Picture picture, float[] tensor) {
        int[] inner = image.outputShape(picture);
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("shape", List.of(1, inner[0], inner[1], inner[2]));
        numbers.put("layout", EncoderConfig.lower(image.layout()));
        numbers.put("channels", statistics(image, tensor));
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("tensor", numbers);
        map.put(
                "preview",
                "data:image/png;base64,"
                        + Base64.getEncoder().encodeToString(PngOutput.of(image.preview(picture, PREVIEW))));
        return map;
    }

    /** Statistics of each channel, in the order of the tensor. */
    private static List<Map<String, Object>> statistics(Preprocessing image, float[] tensor) {
        List<String> names = switch (image.channels()) {
            case RGB -> List.of("red", "green", "blue");
            case BGR -> List.of("blue", "green", "red");
            case GRAY -> List.of("gray");
        };
        int count = names.size();
        int pixels = tensor.length / count;
        List<Map<String, Object>> channels = new ArrayList<>();
        for (int channel = 0; channel < count; channel++) {
            int from = image.layout() == Layout.NCHW ? channel * pixels : channel;
            int step = image.layout() == Layout.NCHW ? 1 : count;
            double least = Double.POSITIVE_INFINITY;
            double most = Double.NEGATIVE_INFINITY;
            double sum = 0;
            for (int i = 0, at = from; i < pixels; i++, at += step) {
                least = Math.min(least, tensor[at]);
                most = Math.max(most, tensor[at]);
                sum += tensor[at];
            }
            double mean = sum / pixels;
            double squares = 0;
            for (int i = 0, at = from; i < pixels; i++, at += step) {
                squares += (tensor[at] - mean) * (tensor[at] - mean);
            }
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", names.get(channel));
            one.put("min", (float) least);
            one.put("max", (float) most);
            one.put("mean", (float) mean);
            one.put("std", (float) Math.sqrt(squares / pixels));
            channels.add(one);
        }
        return channels;
    }
}
