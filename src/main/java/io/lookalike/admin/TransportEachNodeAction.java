package io.lookalike.admin;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.nodes.TransportNodesAction;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Runs a {@link NodesAction} on every node; a subclass makes the answer of one node. */
abstract class TransportEachNodeAction
        extends TransportNodesAction<
                NodesAction.Request, NodesAction.Response, NodesAction.NodeRequest, NodesAction.NodeFields, Void> {
    /** @param pool runs {@link #fields} */
    TransportEachNodeAction(
            String name,
            String pool,
            ClusterService clusterService,
            ThreadPool threadPool,
            TransportService transportService,
            ActionFilters actionFilters) {
        super(
                name,
                clusterService,
                transportService,
                actionFilters,
                NodesAction.NodeRequest::new,
                threadPool.executor(pool));
    }

    /** The answer of this node. */
    abstract Map<String, Object> fields(String argument);

    @Override
    protected final NodesAction.NodeFields nodeOperation(NodesAction.NodeRequest request, Task task) {
        return new NodesAction.NodeFields(clusterService.localNode(), fields(request.argument));
    }

    @Override
    protected final NodesAction.Response newResponse(
            NodesAction.Request request, List<NodesAction.NodeFields> nodes, List<FailedNodeException> failures) {
        return new NodesAction.Response(clusterService.getClusterName(), nodes, failures);
    }

    @Override
    protected final NodesAction.NodeRequest newNodeRequest(NodesAction.Request request) {
        return new NodesAction.NodeRequest(request.argument);
    }

    @Override
    protected final NodesAction.NodeFields newNodeResponse(StreamInput in, DiscoveryNode node) throws IOException {
        return new NodesAction.NodeFields(in);
    }
}
