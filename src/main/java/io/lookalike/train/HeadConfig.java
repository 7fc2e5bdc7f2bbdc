package io.lookalike.train;

import io.lookalike.encoder.ConfigReader;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.learning.HeadSettings;
import io.lookalike.learning.HeadSettings.Loss;
import io.lookalike.learning.HeadSettings.Negatives;
import io.lookalike.learning.HoldOut;
import io.lookalike.task.LongRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code metric} or {@code hash_head} of a {@code _train} request: a small network that is trained to bring documents
 * of one label together.
 *
 * @param labelField the field of the labels
 * @param dims of the learned vectors; 0 for the default
 * @param hidden units of a hidden layer; 0 for none
 * @param loss the weights of its parts
 * @param bits of codes that are trained together with the vectors; 0 for {@code metric}
 * @param minDocuments labels of fewer documents are left out; 0 to refuse labels of one document
 */
record HeadConfig(
        String labelField,
        int dims,
        int hidden,
        Loss loss,
        Negatives negatives,
        HoldOut holdOut,
        int bits,
        int epochs,
        int patience,
        int minDocuments,
        long seed) {
    static final String METRIC = "metric";
    static final String HASH_HEAD = "hash_head";

    private static final int MAX_DIMS = 4096;
    private static final int DEFAULT_DIMS = 128;
    private static final int LEAST_BITS = 16;
    private static final int MOST_BITS = 512;
    private static final int MAX_EPOCHS = 1000;

    /** @return null if the request has none */
    static HeadConfig parse(ConfigReader learn) {
        ConfigReader metric = learn.object(METRIC);
        ConfigReader hash = learn.object(HASH_HEAD);
        if (metric != null && hash != null) {
            throw new IllegalArgumentException("[learn] has [" + METRIC + "] and [" + HASH_HEAD + "]; give one of "
                    + "them: [" + HASH_HEAD + "] learns vectors too");
        }
        return metric == null && hash == null ? null : parse(metric == null ? hash : metric, metric == null);
    }

    private static HeadConfig parse(ConfigReader config, boolean hash) {
        String labelField = LongRequest.name(config.name("label_field"), config.string("label_field", null));
        if (labelField == null) {
            throw new IllegalArgumentException(
                    "[" + config.name("label_field") + "] is missing; name the field that says what documents show");
        }
        int bits = hash ? config.required("bits", LEAST_BITS, MOST_BITS) : 0;
        if (bits % 8 != 0) {
            throw new IllegalArgumentException(
                    "[" + config.name("bits") + "] must be a multiple of [8]; got [" + bits + "]");
        }
        double quantization = hash ? atLeastZero(config, "quantization_weight", .1) : 0;
        boolean named = config.has("loss");
        ConfigReader parts = config.objectOrEmpty("loss");
        Loss loss = new Loss(
                atLeastZero(parts, "triplet", named ? 0 : 1),
                atLeastZero(parts, "contrastive", 0),
                atLeastZero(parts, "classification", named ? 0 : 1),
                hash ? 1 : 0,
                quantization,
                atLeastZero(config, "margin", .2));
        parts.finish();
        if (!hash && loss.triplet() + loss.contrastive() + loss.classification() == 0) {
            throw new IllegalArgumentException("[" + config.name("loss") + "] is zero; give at least one of [triplet], "
                    + "[contrastive] and [classification] a weight above [0]");
        }
        ConfigReader held = config.objectOrEmpty("hold_out");
        double share = held.number("share", .1);
        if (!(share >= 0 && share <= .5)) {
            throw new IllegalArgumentException(
                    "[" + held.name("share") + "] must be within [0..0.5]; got [" + share + "]");
        }
        HoldOut holdOut = new HoldOut(share, held.choice("by", HoldOut.By.class, HoldOut.By.DOCUMENT));
        held.finish();
        HeadConfig made = new HeadConfig(
                labelField,
                config.integer("dims", 0, 1, MAX_DIMS),
                config.integer("hidden", 0, 0, MAX_DIMS),
                loss,
                config.choice("negatives", Negatives.class, Negatives.SEMI_HARD),
                holdOut,
                bits,
                config.integer("epochs", 20, 1, MAX_EPOCHS),
                config.integer("patience", 5, 1, MAX_EPOCHS),
                config.integer("min_documents", 0, 2, Integer.MAX_VALUE),
                config.integer64("seed", 1));
        config.finish();
        return made;
    }

    private static double atLeastZero(ConfigReader config, String key, double fallback) {
        double value = config.number(key, fallback);
        if (value < 0 || value > 1e6) {
            throw new IllegalArgumentException(
                    "[" + config.name(key) + "] must be within [0..1000000]; got [" + value + "]");
        }
        return value;
    }

    /** Its name in {@code learn}. */
    String key() {
        return bits > 0 ? HASH_HEAD : METRIC;
    }

    /** Dims of the learned vectors, which are made of some of {@code before}. */
    int dims(int before) {
        return dims > 0 ? dims : Math.min(DEFAULT_DIMS, before);
    }

    /** In how many dims the learned vectors can vary: a layer makes none that its input lacks. */
    int rank(int before) {
        int rank = Math.min(before, dims(before));
        return hidden == 0 ? rank : Math.min(rank, hidden);
    }

    HeadSettings settings(int before) {
        return HeadSettings.of(before, dims(before), hidden, loss, negatives, bits, epochs, patience, seed);
    }

    /** Numbers of all layers and planes. */
    long weights(int before) {
        long layers = hidden == 0 ? (before + 1L) * dims(before) : hidden * (before + 1L + dims(before));
        return layers + (long) bits * (dims(before) + 1L);
    }

    /** Layers, which become stages of {@code project}. */
    int stages() {
        return hidden == 0 ? 1 : 2;
    }

    /** As JSON, with defaults filled in. */
    Map<String, Object> toMap(int before) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("label_field", labelField);
        map.put("dims", dims(before));
        map.put("hidden", hidden);
        if (bits > 0) {
            map.put("bits", bits);
            map.put("quantization_weight", loss.quantization());
        }
        map.put(
                "loss",
                new TreeMap<>(Map.of(
                        "triplet", loss.triplet(),
                        "contrastive", loss.contrastive(),
                        "classification", loss.classification())));
        map.put("margin", loss.margin());
        map.put("negatives", EncoderConfig.lower(negatives));
        map.put("hold_out", Map.of("share", holdOut.share(), "by", EncoderConfig.lower(holdOut.by())));
        map.put("epochs", epochs);
        map.put("patience", patience);
        if (minDocuments > 0) {
            map.put("min_documents", minDocuments);
        }
        map.put("seed", seed);
        return map;
    }
}
