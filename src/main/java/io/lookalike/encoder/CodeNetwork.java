package io.lookalike.encoder;

import io.lookalike.encoder.EncoderConfig.ModelFacts;
import io.lookalike.image.Preprocessing;
import io.lookalike.model.ModelException;
import io.lookalike.model.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * {@code hash} of type {@code model_output}: codes come from an output of a network, a bit from each value. The network
 * may be the encoder's own, or another one. Immutable.
 *
 * @param model the id of the network's model
 * @param sha256 of that model
 * @param output its name
 * @param bits number of values of the output
 * @param threshold a bit is set if its value is above the nearest float
 * @param image the network's input
 */
public record CodeNetwork(String model, String sha256, String output, int bits, double threshold, Preprocessing image) {
    public static final String TYPE = "model_output";
    static final String MODEL = "model";
    static final String SHA256 = "model_sha256";

    /** Whether a {@code hash} is of this type. */
    public static boolean is(Object hash) {
        return hash instanceof Map<?, ?> map && TYPE.equals(map.get("type"));
    }

    /**
     * Completes the {@code hash} of a new encoder; derives missing fields from the network, which runs once.
     *
     * @param hash names the model
     * @param sha256 of this model
     * @throws IllegalArgumentException with the field, what is allowed and what to do
     */
    public static Map<String, Object> resolve(Map<String, Object> hash, String sha256, ModelFacts facts) {
        try {
            ConfigReader config = new ConfigReader("an encoder", Map.of("hash", hash)).object("hash");
            config.string("type", TYPE);
            CodeNetwork made = parse(config, sha256, facts);
            config.finish();
            return made.toMap();
        } catch (ModelException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("in [hash] of type [" + TYPE + "]: " + e.getMessage(), e);
        }
    }

    /** Reads what {@link #toMap} wrote, so nothing is left to derive. */
    static CodeNetwork stored(ConfigReader config) {
        return parse(config, null, null);
    }

    private static CodeNetwork parse(ConfigReader config, String sha256, ModelFacts facts) {
        String model = config.string(MODEL, null);
        String givenSha256 = config.string(SHA256, sha256);
        String givenOutput = config.string("output", null);
        int givenBits = config.integer("bits", 0, 16, 4096);
        double threshold = config.number("threshold", 0);
        ConfigReader image = config.objectOrEmpty(EncoderConfig.IMAGE);
        if (facts == null) {
            if (model == null || givenSha256 == null || givenOutput == null || givenBits == 0 || !image.has("layout")) {
                throw new IllegalArgumentException("[hash.model], [hash.model_sha256], [hash.output], [hash.bits] or "
                        + "[hash.image.layout] is missing, which each stored encoder has");
            }
            return new CodeNetwork(
                    model, givenSha256, givenOutput, givenBits, threshold, ImageConfig.parse(image, null));
        }
        if (!givenSha256.equals(sha256)) {
            throw new IllegalArgumentException("[hash.model_sha256] is [" + Messages.show(givenSha256) + "] but model ["
                    + model + "] here has [" + sha256
                    + "]; put the same model there, or take it out of the body to create another encoder");
        }
        if (image.has(EncoderConfig.BACKGROUND)) {
            throw new IllegalArgumentException(
                    "[hash.image.background] cannot differ from that of the vectors; set [image.background]");
        }
        if (givenOutput != null) {
            facts.requireOutput(givenOutput);
        }
        String output = givenOutput == null ? facts.onlyOutput() : givenOutput;
        Preprocessing preprocessing = ImageConfig.parse(image, facts);
        CodeNetwork made = new CodeNetwork(
                model,
                sha256,
                output,
                bits(model, output, facts.output(output, preprocessing)),
                threshold,
                preprocessing);
        if (givenBits != 0 && givenBits != made.bits) {
            throw new IllegalArgumentException("[hash.bits] is [" + givenBits + "] but output [" + output
                    + "] of model [" + model + "] has [" + made.bits + "] values; leave [hash.bits] out");
        }
        return made;
    }

    private static int bits(String model, String output, Tensor made) {
        long values = Pooling.vectorDims(made.shape());
        // Elasticsearch reads two letters of hex, a code of one byte, as base64
        if (values < 16 || values > 4096 || values % 8 != 0) {
            throw new IllegalArgumentException("output [" + output + "] of model [" + model + "] has shape "
                    + Arrays.toString(made.shape())
                    + "; a code needs [1, D], a bit for each value, and D must be a multiple of [8] from [16] to "
                    + "[4096]; name another [hash.output]");
        }
        return Math.toIntExact(values);
    }

    /**
     * The code of a picture: bit i is set if value i is above the threshold, and lies in byte i / 8 under the mask
     * {@code 0x80 >> i % 8}.
     *
     * @param what how messages name the picture
     * @throws IllegalArgumentException if there are not as many values as bits, or one is not finite
     */
    public byte[] code(String what, Tensor made) {
        float[] values = made.data();
        if (values.length != bits) {
            throw new IllegalArgumentException("model [" + model + "] makes [" + values.length + "] values of " + what
                    + " in output [" + output + "] but a code has [" + bits + "] bits");
        }
        byte[] code = new byte[bits / 8];
        for (int i = 0; i < bits; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException("model [" + model + "] makes a value that is not finite of " + what
                        + " in output [" + output + "]");
            }
            if (values[i] > (float) threshold) {
                code[i / 8] |= (byte) (0x80 >> (i % 8));
            }
        }
        return code;
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("type", TYPE);
        map.put(MODEL, model);
        map.put(SHA256, sha256);
        map.put("output", output);
        map.put("bits", bits);
        map.put("threshold", threshold);
        map.put(EncoderConfig.IMAGE, ImageConfig.toMap(image));
        return map;
    }
}
