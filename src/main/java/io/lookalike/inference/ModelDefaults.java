package io.lookalike.inference;

import io.lookalike.encoder.CodeConfig;
import io.lookalike.encoder.CodeNetwork;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.encoder.Messages;
import io.lookalike.encoder.Values;
import io.lookalike.model.Models;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;

/**
 * Reads the {@code model.json} of models: defaults for the fields that the body of an encoder leaves out. Stateless.
 */
public final class ModelDefaults {
    /** In [image]: a name, or the numbers behind it. */
    private static final List<String> NORMALIZING = List.of("normalization", "scale", "mean", "std");

    private final Models models;

    ModelDefaults(Models models) {
        this.models = models;
    }

    /** The body of an encoder over the model's defaults. Numbers replace a named normalization, and the reverse. */
    public Map<String, Object> under(String model, Map<String, Object> body) {
        Map<String, Object> merged = of(model);
        if (isOtherHash(model, merged.get("hash"), body.get("hash"))) {
            merged.remove("hash");
        }
        merge(merged, body);
        return merged;
    }

    /**
     * The [hash] of type model_output of a body, with its model, over that model's defaults. If vectors come from the
     * same model, the default of its [image] is theirs.
     *
     * @param model of the vectors
     */
    @SuppressWarnings("unchecked")
    public Map<String, Object> underCode(String model, Map<String, Object> body) {
        Map<String, Object> hash = new HashMap<>((Map<String, Object>) body.get("hash"));
        hash.putIfAbsent("model", model);
        Map<String, Object> merged = new HashMap<>();
        if (hash.get("model").equals(model)) {
            merged.put("image", body.get("image"));
        } else {
            merged.putAll(of(hash.get("model").toString()));
            merged.keySet().retainAll(List.of("output", "image", "hash"));
            if (merged.remove("hash") instanceof Map<?, ?> its && CodeNetwork.is(its) && its.get("model") == null) {
                merged.putAll((Map<String, Object>) its);
            }
        }
        if (merged.get("image") instanceof Map<?, ?> under) {
            Map<Object, Object> copy = new HashMap<>(under);
            copy.remove(EncoderConfig.BACKGROUND);
            merged.put("image", copy);
        }
        merge(merged, hash);
        return merged;
    }

    /** Merges a body into defaults. Numbers replace a named normalization, and the reverse. */
    private static void merge(Map<String, Object> defaults, Map<String, Object> body) {
        if (defaults.get("image") instanceof Map<?, ?> under && body.get("image") instanceof Map<?, ?> over) {
            NORMALIZING.stream()
                    .filter(each -> over.get(each) != null)
                    .forEach(each -> under.keySet()
                            .removeAll(each.equals("normalization") ? NORMALIZING : List.of("normalization")));
        }
        Values.merge(defaults, body); // an explicit null removes a default
    }

    /** The fields of {@code model.json}; empty without the file. */
    public Map<String, Object> of(String model) {
        byte[] json = models.defaults(model);
        if (json == null) {
            return new HashMap<>();
        }
        try (XContentParser parser = JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, json)) {
            if (parser.nextToken() != XContentParser.Token.START_OBJECT) {
                throw new IllegalArgumentException(
                        parser.currentToken() == null ? "it is empty" : "it does not begin with {");
            }
            Map<String, Object> defaults = new HashMap<>(parser.mapOrdered());
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more text follows the object");
            }
            Object named = defaults.remove("model");
            if (named != null && !named.equals(model)) {
                throw new IllegalArgumentException(
                        "it names model [" + Messages.show(named) + "]; take [model] out of it");
            }
            return defaults;
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "model.json of model [" + model + "] is not a valid JSON object: "
                            + e.getMessage().lines().findFirst().orElse(""),
                    e);
        }
    }

    /** The parameters of one type of hash, or of one network, mean nothing for another. */
    private static boolean isOtherHash(String model, Object under, Object over) {
        return under instanceof Map<?, ?> before
                && over instanceof Map<?, ?> now
                && (isOther(now.get("type"), before.get("type"), CodeConfig.RANDOM)
                        || isOther(now.get("model"), before.get("model"), model));
    }

    private static boolean isOther(Object now, Object before, String fallback) {
        return now != null && !now.equals(before == null ? fallback : before);
    }
}
