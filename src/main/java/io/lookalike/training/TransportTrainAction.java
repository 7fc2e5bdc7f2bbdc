package io.lookalike.training;

import io.lookalike.encoder.Encoder;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.Encoders;
import io.lookalike.encoder.Failures;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.client.internal.ParentTaskAssigningClient;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskInfo;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/**
 * Trains on the node that was asked: refuses what can be refused, waits for its turn, samples, learns, and has the encoder put into the
 * cluster state as the last step, so that there is all of it or nothing.
 */
public final class TransportTrainAction extends TransportAction<TrainAction.Request, TrainAction.Response> {
    private final Encoders encoders;
    private final Training training;
    private final ClusterService clusterService;
    private final Client client;

    @Inject
    public TransportTrainAction(
            TransportService transportService,
            ClusterService clusterService,
            ActionFilters actionFilters,
            Encoders encoders,
            Training training,
            Client client) {
        super(
                TrainAction.NAME,
                actionFilters,
                transportService.getTaskManager(),
                clusterService.threadPool().executor(ThreadPool.Names.GENERIC));
        this.encoders = encoders;
        this.training = training;
        this.clusterService = clusterService;
        this.client = client;
    }

    @Override
    protected void doExecute(Task task, TrainAction.Request request, ActionListener<TrainAction.Response> listener) {
        DiscoveryNodes nodes = clusterService.state().nodes();
        ActionListener<TrainAction.Response> tamed =
                listener.delegateResponse((next, e) -> next.onFailure(((LongTask) task)
                        .failure(LostNodes.explain(nodes, "no encoder was created", Failures.tame("training", e)))));
        try {
            start((LongTask) task, request, tamed);
        } catch (Exception | Error e) {
            tamed.onFailure(Failures.tame("training", e));
        }
    }

    private void start(LongTask task, TrainAction.Request request, ActionListener<TrainAction.Response> listener) {
        task.figure(Trainings.ENCODER, request.id);
        EncoderDefinition definition = encoders.definition(request.from);
        if (encoders.exists(request.id)) {
            throw new ElasticsearchStatusException(
                    "encoder [{}] exists and cannot change, because documents carry its codes; choose another id, or delete it first",
                    RestStatus.CONFLICT,
                    request.id);
        }
        Encoder from = encoders.encoder(request.from);
        request.learn.requireDims(from.dims());
        Blueprint blueprint = new Blueprint(request.id, definition, from, request.learn);
        blueprint.requireSize();
        Client child = new ParentTaskAssigningClient(client, clusterService.localNode(), task);
        SubscribableListener.<Void>newForked(l -> requireFirst(task, request.id, l))
                .<VectorField>andThen(
                        l -> VectorField.find(child, request.indices, Sampling.OPTIONS, request.field, request.from, l))
                .<TrainAction.Response>andThen((l, field) -> {
                    Sampling sampling = new Sampling(
                            child,
                            training,
                            task,
                            request.indices,
                            request.query,
                            field,
                            from,
                            request.sample,
                            request.seed);
                    sampling.count(l.delegateFailureAndWrap((next, counts) -> {
                        requireDocuments(request, from, field, counts);
                        waitForTurn(
                                new Trainer(
                                        encoders, training, task, request, from, blueprint, field, counts, sampling),
                                child,
                                next);
                    }));
                })
                .addListener(listener);
    }

    private void waitForTurn(Trainer trainer, Client child, ActionListener<TrainAction.Response> listener) {
        // so that too little memory is told at once; whoever waits holds none
        trainer.reserve().close();
        training.turn(
                trainer.task(),
                listener.delegateFailureAndWrap((next, turn) -> ActionListener.run(
                        ActionListener.releaseAfter(next, turn),
                        l -> trainer.run(child, ActionListener.releaseAfter(l, trainer.reserve())))));
        trainer.accept();
    }

    private static void requireDocuments(
            TrainAction.Request request, Encoder from, VectorField field, Sampling.Counts counts) {
        if (counts.all() == 0) {
            throw new IllegalArgumentException("no document of " + request.indices
                    + (request.query == null ? "" : " that matches [query]") + " has a vector in [" + field.name()
                    + "]; index documents first and refresh, or name another [field]");
        }
        if (counts.made() == 0) {
            throw new IllegalArgumentException("none of the [" + counts.all() + "] documents of " + request.indices
                    + " with a vector in [" + field.name() + "] carries the fingerprint [" + from.fingerprint()
                    + "] of encoder [" + request.from + "] in [" + field.encoderField()
                    + "]; name the encoder that made them in [from], or index them again with this one");
        }
        request.learn.requireVectors(Sampling.rows(counts, request.sample), from.dims());
    }

    /** Of two trainings that begin at once, the one that began later, or has the higher task, gives way. */
    private void requireFirst(LongTask task, String id, ActionListener<Void> listener) {
        TaskInfo own = task.taskInfo(clusterService.localNode().getId(), true);
        Trainings.list(client, id, listener.delegateFailureAndWrap((next, running) -> {
            for (TaskInfo other : running) {
                if (!other.taskId().equals(own.taskId())
                        && (Trainings.isAccepted(other) || Trainings.BY_START.compare(other, own) < 0)) {
                    throw new ElasticsearchStatusException(
                            "encoder [{}] is being trained by task [{}]; wait for it, cancel it with POST /_tasks/{}/_cancel, or choose another id",
                            RestStatus.CONFLICT,
                            id,
                            other.taskId(),
                            other.taskId());
                }
            }
            next.onResponse(null);
        }));
    }
}
