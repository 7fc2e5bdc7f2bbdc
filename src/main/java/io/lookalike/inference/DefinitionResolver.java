package io.lookalike.inference;

import io.lookalike.encoder.BodyMemory;
import io.lookalike.encoder.CodeNetwork;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.GraphFacts;
import io.lookalike.image.Background;
import io.lookalike.model.ModelException;
import io.lookalike.model.Models;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.Stop;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.Releasable;

/**
 * Makes the definition of an encoder from the body of a PUT: missing fields come from {@code model.json}, then from the
 * model's graph. Thread-safe.
 */
public final class DefinitionResolver {
    /**
     * Memory that checking and writing a definition takes, as a multiple of its JSON: texts, the bytes that they are
     * base64 of, numbers, and the JSON that is written, whose buffer doubles.
     */
    private static final int FACTOR = 6;

    private final Models models;
    private final ModelDefaults defaults;
    private final Loading loading;
    private final PictureBreaker breaker;
    private final ThreadContext context;

    DefinitionResolver(Models models, Loading loading, PictureBreaker breaker, ThreadContext context) {
        this.models = models;
        this.defaults = new ModelDefaults(models);
        this.loading = loading;
        this.breaker = breaker;
        this.context = context;
    }

    public ModelDefaults defaults() {
        return defaults;
    }

    /**
     * Reserves the memory that {@link #resolve} takes.
     *
     * @throws CircuitBreakingException (429) when there is not enough memory
     */
    public Releasable reserve(String id, Map<String, Object> body) {
        long bytes = BodyMemory.of(body);
        long defining = FACTOR * Math.min(bytes, EncoderDefinition.MAX_BYTES);
        return breaker.reserve(bytes + defining, "encoder [" + id + "], which is defined");
    }

    /** @param warning why the model seems to be fed wrongly, or the code too short; null when both seem right */
    public record Resolved(EncoderDefinition definition, String warning) {}

    /**
     * Makes a definition and, if it has a model, tries the model on another thread. After
     * {@link LookalikeSettings#START_TIMEOUT} the listener gets an {@link IllegalArgumentException}.
     */
    public void resolve(String id, Map<String, Object> body, ActionListener<Resolved> listener) {
        if (!hasModel(body)) {
            ActionListener.completeWith(listener, () -> new Resolved(resolve(id, body, new Stop()), null));
            return;
        }
        ActionListener<Resolved> own = OwnContext.keep(context, listener);
        if (body.get("hash") instanceof Map<?, ?> hash
                && CodeNetwork.is(hash)
                && hash.get("model") instanceof String model
                && !model.equals(body.get("model"))) {
            run(
                    model,
                    id,
                    stop -> codeOf(body, stop),
                    own.delegateFailureAndWrap((next, code) -> resolve(id, body, code, next)));
        } else {
            resolve(id, body, null, own);
        }
    }

    private void resolve(String id, Map<String, Object> body, Map<String, Object> code, ActionListener<Resolved> own) {
        run((String) body.get("model"), id, stop -> tried(resolve(id, body, code, stop), stop), own);
    }

    private <T> void run(String model, String id, Function<Stop, T> work, ActionListener<T> listener) {
        loading.run(model, "encoder [" + id + "]", work, IllegalArgumentException::new, listener);
    }

    /** The complete [hash] of a body whose vectors and codes may come from different models. */
    private Map<String, Object> codeOf(Map<String, Object> body, Stop stop) {
        String own = (String) body.get("model");
        Object named = ((Map<?, ?>) body.get("hash")).get("model");
        String modelId = named == null ? own : named.toString();
        OnnxModel model = models.get(modelId, stop);
        Map<String, Object> merged = defaults.underCode(own, body);
        return explained(
                modelId, () -> CodeNetwork.resolve(merged, model.info().sha256(), new GraphFacts(model, stop)));
    }

    /** Names the file that a wrong field may come from, because the body does not show it. */
    private <T> T explained(String modelId, Supplier<T> parse) {
        try {
            return parse.get();
        } catch (ModelException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw models.hasOwnDefaults(modelId)
                    ? new IllegalArgumentException(
                            e.getMessage() + "; what the body leaves out is taken from model.json of model [" + modelId
                                    + "]",
                            e)
                    : e;
        }
    }

    private Resolved tried(EncoderDefinition definition, Stop stop) {
        EncoderConfig config = EncoderConfig.parseResolved(definition.configMap());
        String warning = CollapseCheck.run(config, models.get(definition.model(), stop), stop);
        CodeNetwork codes = config.hash().network();
        if (codes != null && warning == null) {
            warning = CollapseCheck.run(codes, models.get(codes.model(), stop), stop);
        }
        if (warning == null) {
            warning = BitsCheck.run(config, models.get(definition.model(), stop), stop);
        }
        return new Resolved(definition, warning);
    }

    static boolean hasModel(Map<String, Object> body) {
        return body.get("model") instanceof String model && !model.equals(EncoderConfig.NO_MODEL);
    }

    /** Makes a definition on the caller's thread, which loads the model. */
    EncoderDefinition resolve(String id, Map<String, Object> body, Stop stop) {
        if (!hasModel(body)) {
            return EncoderDefinition.of(id, EncoderConfig.parse(body, null), "");
        }
        return resolve(id, body, null, stop);
    }

    /** @param code the complete [hash] if it is known */
    private EncoderDefinition resolve(String id, Map<String, Object> body, Map<String, Object> code, Stop stop) {
        String modelId = (String) body.get("model");
        OnnxModel model = models.get(modelId, stop);
        Map<String, Object> merged = defaults.under(modelId, body);
        EncoderConfig.background(merged, Background.CONTRAST);
        if (CodeNetwork.is(merged.get("hash"))) {
            merged.put("hash", code == null ? codeOf(merged, stop) : code);
        }
        EncoderConfig config = explained(modelId, () -> EncoderConfig.parse(merged, new GraphFacts(model, stop)));
        return EncoderDefinition.of(id, config, model.info().sha256());
    }
}
