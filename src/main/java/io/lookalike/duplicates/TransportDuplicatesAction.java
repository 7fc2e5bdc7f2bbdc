package io.lookalike.duplicates;

import io.lookalike.encoder.EncodersMetadata;
import io.lookalike.inference.Encoders;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.ComputePool;
import io.lookalike.task.LongTask;
import io.lookalike.task.TaskClient;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Finds duplicates on the node that got the request, see {@link DuplicatesRun}. */
public final class TransportDuplicatesAction
        extends TransportAction<DuplicatesAction.Request, DuplicatesAction.Response> {
    private final Encoders encoders;
    private final ComputePool pool;
    private final ClusterService clusterService;
    private final Client client;

    @Inject
    public TransportDuplicatesAction(
            TransportService transportService,
            ClusterService clusterService,
            ActionFilters actionFilters,
            Encoders encoders,
            ComputePool pool,
            Client client) {
        super(
                DuplicatesAction.NAME,
                actionFilters,
                transportService.getTaskManager(),
                clusterService.threadPool().executor(ThreadPool.Names.GENERIC));
        this.encoders = encoders;
        this.pool = pool;
        this.clusterService = clusterService;
        this.client = client;
    }

    @Override
    public void doExecute(
            Task task, DuplicatesAction.Request request, ActionListener<DuplicatesAction.Response> listener) {
        LongTask own = (LongTask) task;
        AsyncSteps.<DuplicatesAction.Response>first(l -> {
                    TaskClient child = new TaskClient(client, clusterService.localNode(), own);
                    ProjectMetadata metadata = EncodersMetadata.project(clusterService.state());
                    new DuplicatesRun(encoders, pool, child, own, request, metadata).start(l);
                })
                .to(own.outcome(clusterService.threadPool().getThreadContext(), listener, e -> e));
    }
}
