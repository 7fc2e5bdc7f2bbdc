package io.lookalike.admin;

import io.lookalike.inference.Encoders;
import io.lookalike.inference.Failures;
import io.lookalike.model.ModelInfo;
import io.lookalike.model.TensorInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Lists the models of this node, and loads them; the entry of a model that cannot be loaded says why. */
public final class TransportModelsAction extends TransportEachNodeAction {
    private final Encoders encoders;

    @Inject
    public TransportModelsAction(
            ClusterService clusterService,
            ThreadPool threadPool,
            TransportService transportService,
            ActionFilters actionFilters,
            Encoders encoders) {
        super(ModelsAction.NAME, ThreadPool.Names.GENERIC, clusterService, threadPool, transportService, actionFilters);
        this.encoders = encoders;
    }

    /** @param model its id; null for all models */
    @Override
    Map<String, Object> fields(String model) {
        List<String> ids = model == null ? encoders.models().ids() : List.of(model);
        return Map.of(ModelsAction.MODELS, ids.stream().map(this::describe).toList());
    }

    private Map<String, Object> describe(String id) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", id);
        try {
            ModelInfo info = encoders.models().describe(id);
            map.put("sha256", info.sha256());
            map.put("bytes", info.bytes());
            map.put("inputs", tensors(info.inputs()));
            map.put("outputs", tensors(info.outputs()));
            map.put("has_model_json", info.defaults() != null);
            String aside = encoders.asideFor(id);
            if (aside != null) {
                map.put("set_aside", aside);
            }
        } catch (Exception | Error e) {
            map.put("error", Failures.tame("model [" + id + "]", e).getMessage());
        }
        return map;
    }

    private static List<Object> tensors(List<TensorInfo> tensors) {
        List<Object> list = new ArrayList<>();
        for (TensorInfo tensor : tensors) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("name", tensor.name());
            map.put("type", tensor.type());
            map.put("shape", Arrays.stream(tensor.shape()).boxed().toList());
            list.add(map);
        }
        return list;
    }
}
