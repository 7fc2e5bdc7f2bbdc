package io.lookalike.admin;

import io.lookalike.inference.Encoders;
import java.util.Map;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Answers with the statistics of this node. */
public final class TransportStatsAction extends TransportEachNodeAction {
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
                ThreadPool.Names.MANAGEMENT,
                clusterService,
                threadPool,
                transportService,
                actionFilters);
        this.encoders = encoders;
    }

    @Override
    Map<String, Object> fields(String argument) {
        return encoders.figures();
    }
}
