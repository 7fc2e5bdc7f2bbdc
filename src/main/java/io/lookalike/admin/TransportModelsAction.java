package io.lookalike.admin;

import io.lookalike.inference.Encoders;
import io.lookalike.inference.Failures;
import io.lookalike.model.ModelInfo;
import io.lookalike.model.TensorInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.nodes.TransportNodesAction;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Lists the models of every node, loading those that are asked for; a model that cannot be loaded says why. */
public final class TransportModelsAction
        extends TransportNodesAction<
                ModelsAction.Request, ModelsAction.Response, ModelsAction.NodeRequest, ModelsAction.NodeModels, Void> {
    private final Encoders encoders;

    @Inject
    public TransportModelsAction(
            ClusterService clusterService,
            ThreadPool threadPool,
            TransportService transportService,
            ActionFilters actionFilters,
            Encoders encoders) {
        super(
                ModelsAction.NAME,
                clusterService,
                transportService,
                actionFilters,
                ModelsAction.NodeRequest::new,
                threadPool.executor(ThreadPool.Names.GENERIC));
        this.encoders = encoders;
    }

    @Override
    protected ModelsAction.NodeModels nodeOperation(ModelsAction.NodeRequest request, Task task) {
        List<String> ids = request.model == null ? encoders.models().ids() : List.of(request.model);
        List<Map<String, Object>> models = new ArrayList<>();
        for (String id : ids) {
            models.add(describe(id));
        }
        return new ModelsAction.NodeModels(clusterService.localNode(), models);
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

    @Override
    protected ModelsAction.Response newResponse(
            ModelsAction.Request request, List<ModelsAction.NodeModels> nodes, List<FailedNodeException> failures) {
        return new ModelsAction.Response(clusterService.getClusterName(), nodes, failures);
    }

    @Override
    protected ModelsAction.NodeRequest newNodeRequest(ModelsAction.Request request) {
        return new ModelsAction.NodeRequest(request.model);
    }

    @Override
    protected ModelsAction.NodeModels newNodeResponse(StreamInput in, DiscoveryNode node) throws IOException {
        return new ModelsAction.NodeModels(in);
    }
}
