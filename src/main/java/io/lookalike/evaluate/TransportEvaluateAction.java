package io.lookalike.evaluate;

import io.lookalike.inference.Encoders;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.ComputePool;
import io.lookalike.task.LongTask;
import io.lookalike.task.TaskClient;
import java.util.concurrent.Semaphore;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.core.Releasables;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.elasticsearch.xcontent.NamedXContentRegistry;

/**
 * Runs evaluations, each on a thread that mostly waits for searches. Few run at once, because they distort each other's
 * times.
 */
public final class TransportEvaluateAction extends TransportAction<EvaluateAction.Request, EvaluateAction.Response> {
    private static final int AT_ONCE = 2;

    private final Client client;
    private final NamedXContentRegistry registry;
    private final TransportService transportService;
    private final ClusterService clusterService;
    private final Encoders encoders;
    private final ComputePool pool;
    private final Semaphore places = new Semaphore(AT_ONCE);

    @Inject
    public TransportEvaluateAction(
            TransportService transportService,
            ActionFilters actionFilters,
            Client client,
            NamedXContentRegistry registry,
            ClusterService clusterService,
            Encoders encoders,
            ComputePool pool) {
        super(
                EvaluateAction.NAME,
                actionFilters,
                transportService.getTaskManager(),
                EsExecutors.DIRECT_EXECUTOR_SERVICE);
        this.client = client;
        this.registry = registry;
        this.transportService = transportService;
        this.clusterService = clusterService;
        this.encoders = encoders;
        this.pool = pool;
    }

    @Override
    public void doExecute(Task task, EvaluateAction.Request request, ActionListener<EvaluateAction.Response> listener) {
        if (!places.tryAcquire()) {
            throw new EsRejectedExecutionException(
                    "[" + AT_ONCE + "] evaluations run on this node already; wait for one to end, or ask another node");
        }
        LongTask own = (LongTask) task;
        AsyncSteps.holding(
                Releasables.releaseOnce(places::release),
                own.outcome(pool.threadPool().getThreadContext(), listener, e -> e),
                next -> AsyncSteps.run(
                        pool.threadPool().generic(),
                        next,
                        l -> l.onResponse(new EvaluateAction.Response(evaluate(own, request)))));
    }

    private EvaluateReport evaluate(LongTask task, EvaluateAction.Request request) {
        Searches searches = new Searches(
                new TaskClient(client, transportService.getLocalNode(), task),
                task,
                registry,
                request.indices(),
                request.indicesOptions());
        return new Evaluation(
                        request.config,
                        searches,
                        encoders,
                        pool,
                        task,
                        clusterService.state().metadata().getProject(Metadata.DEFAULT_PROJECT_ID))
                .run(request::accept);
    }
}
