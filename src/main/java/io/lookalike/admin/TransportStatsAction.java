package io.lookalike.admin;

import io.lookalike.inference.Encoders;
import java.io.IOException;
import java.util.List;
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

/** Gathers every node's figures. */
public final class TransportStatsAction
        extends TransportNodesAction<
                StatsAction.Request, StatsAction.Response, StatsAction.NodeRequest, StatsAction.NodeStats, Void> {
    private final Encoders encoders;

    @Inject
    public TransportStatsAction(
            ClusterService clusterService,
            ThreadPool threadPool,
            TransportService transportService,
            ActionFilters actionFilters,
            Encoders encoders) {
        super(
                StatsAction.NAME,
                clusterService,
                transportService,
                actionFilters,
                StatsAction.NodeRequest::new,
                threadPool.executor(ThreadPool.Names.MANAGEMENT));
        this.encoders = encoders;
    }

    @Override
    protected StatsAction.NodeStats nodeOperation(StatsAction.NodeRequest request, Task task) {
        return new StatsAction.NodeStats(clusterService.localNode(), encoders.figures());
    }

    @Override
    protected StatsAction.Response newResponse(
            StatsAction.Request request, List<StatsAction.NodeStats> nodes, List<FailedNodeException> failures) {
        return new StatsAction.Response(clusterService.getClusterName(), nodes, failures);
    }

    @Override
    protected StatsAction.NodeRequest newNodeRequest(StatsAction.Request request) {
        return new StatsAction.NodeRequest();
    }

    @Override
    protected StatsAction.NodeStats newNodeResponse(StreamInput in, DiscoveryNode node) throws IOException {
        return new StatsAction.NodeStats(in);
    }
}
