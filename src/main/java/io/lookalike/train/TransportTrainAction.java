package io.lookalike.train;

import io.lookalike.admin.ModelEverywhere;
import io.lookalike.encoder.EncoderCopies;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoder;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.NodeLacksModelException;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.ComputePool;
import io.lookalike.task.FieldLookup;
import io.lookalike.task.LabelField;
import io.lookalike.task.LongTask;
import io.lookalike.task.LostNodes;
import io.lookalike.task.Sampling;
import io.lookalike.task.TaskClient;
import io.lookalike.task.VectorField;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskInfo;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/**
 * Trains on the node that got the request: checks the request, waits for its turn, samples, learns, and creates the
 * encoder as the last step, so that a failure leaves nothing behind.
 */
public final class TransportTrainAction extends TransportAction<TrainAction.Request, TrainAction.Response> {
    private final Encoders encoders;
    private final ComputePool pool;
    private final ClusterService clusterService;
    private final Client client;

    @Inject
    public TransportTrainAction(
            TransportService transportService,
            ClusterService clusterService,
            ActionFilters actionFilters,
            Encoders encoders,
            ComputePool pool,
            Client client) {
        super(
                TrainAction.NAME,
                actionFilters,
                transportService.getTaskManager(),
                clusterService.threadPool().executor(ThreadPool.Names.GENERIC));
        this.encoders = encoders;
        this.pool = pool;
        this.clusterService = clusterService;
        this.client = client;
    }

    @Override
    public void doExecute(Task task, TrainAction.Request request, ActionListener<TrainAction.Response> listener) {
        LongTask own = (LongTask) task;
        DiscoveryNodes nodes = clusterService.state().nodes();
        AsyncSteps.<TrainAction.Response>first(l -> start(own, request, l))
                .to(own.outcome(
                        clusterService.threadPool().getThreadContext(),
                        listener,
                        e -> LostNodes.explain(nodes, "no encoder was created", e)));
    }

    /** Checks that all nodes have the model, as creating the encoder at the end needs it. */
    private void requireModel(EncoderDefinition from, ActionListener<Void> listener) {
        ModelEverywhere.require(
                client,
                from,
                listener.delegateResponse((l, e) ->
                        l.onFailure(e instanceof IllegalArgumentException ? new NodeLacksModelException(e) : e)));
    }

    private void start(LongTask task, TrainAction.Request request, ActionListener<TrainAction.Response> listener) {
        task.figure(RunningTrainings.ENCODER, request.id);
        EncoderDefinition definition = encoders.registry().definition(request.from);
        if (encoders.registry().exists(request.id)) {
            throw new ElasticsearchStatusException(
                    "encoder [{}] exists and cannot change, because documents carry its codes; choose another id, or "
                            + "delete it first",
                    RestStatus.CONFLICT,
                    request.id);
        }
        EncoderCopies.requireRoom(clusterService.state(), request.id);
        Encoder from = encoders.registry().encoder(request.from);
        request.learn.requireDims(from.dims());
        TrainedConfig trained = new TrainedConfig(request.id, definition, from, request.learn);
        trained.requireSize();
        TaskClient child = new TaskClient(client, clusterService.localNode(), task);
        FieldLookup lookup = new FieldLookup(
                child,
                request.indices,
                Sampling.OPTIONS,
                clusterService.state().metadata().getProject(Metadata.DEFAULT_PROJECT_ID));
        AsyncSteps.<Void>first(l -> requireFirst(task, request.id, l))
                .<Void>then((l, first) -> requireModel(definition, l))
                .<VectorField>then((l, there) -> lookup.vectors(request.field, request.from, "name one in [field]", l))
                .<TrainAction.Response>then((l, field) ->
                        labels(lookup, request, AsyncSteps.after(l, (next, labels) -> {
                            Sampling sampling = new Sampling(
                                    child,
                                    pool,
                                    task,
                                    request.indices,
                                    request.query,
                                    field,
                                    labels,
                                    from,
                                    request.sample,
                                    request.seed);
                            sampling.count(AsyncSteps.after(next, (last, counts) -> {
                                requireDocuments(request, from, field, counts);
                                waitForTurn(
                                        new TrainingRun(
                                                encoders, pool, task, request, from, trained, field, counts, sampling),
                                        child,
                                        last);
                            }));
                        })))
                .to(listener);
    }

    /** The field of the labels; null if none are needed. */
    private static void labels(FieldLookup lookup, TrainAction.Request request, ActionListener<LabelField> listener) {
        HeadConfig head = request.learn.head();
        if (head == null) {
            listener.onResponse(null);
        } else {
            lookup.labels("learn." + head.key() + ".label_field", head.labelField(), listener);
        }
    }

    private void waitForTurn(TrainingRun run, TaskClient child, ActionListener<TrainAction.Response> listener) {
        // fails at once if there is too little memory; a waiting task holds none
        run.reserve().close();
        pool.inTurn(run.task(), listener, next -> AsyncSteps.holding(run.reserve(), next, l -> run.run(child, l)));
        run.accept();
    }

    private static void requireDocuments(
            TrainAction.Request request, Encoder from, VectorField field, Sampling.Counts counts) {
        if (counts.all() == 0) {
            throw new IllegalArgumentException("no document of " + Messages.cut(request.indices)
                    + (request.query == null ? "" : " that matches [query]") + " has a vector in [" + field.name()
                    + "]; index documents first and refresh, or name another [field]");
        }
        HeadConfig head = request.learn.head();
        if (head != null && counts.made() < HeadSample.LEAST && counts.unlabelled() > 0) {
            throw new IllegalArgumentException("[" + counts.unlabelled() + "] of the ["
                    + (counts.unlabelled() + counts.made()) + "] documents of " + Messages.cut(request.indices)
                    + " with a vector of encoder [" + request.from + "] have no label in [" + head.labelField()
                    + "]; [" + head.key() + "] needs at least [" + HeadSample.LEAST
                    + "] with one, two of each of two labels");
        }
        if (counts.made() == 0) {
            throw new IllegalArgumentException(
                    "none of the [" + counts.all() + "] documents of " + Messages.cut(request.indices)
                            + " with a vector in [" + field.name() + "] carries the fingerprint [" + from.fingerprint()
                            + "] of encoder [" + request.from + "] in [" + field.encoderField()
                            + "]; name the encoder that made them in [from], or index them again with this one");
        }
        if (head != null && counts.labels() < 2) {
            throw new IllegalArgumentException("the [" + counts.made() + "] documents with a label in ["
                    + head.labelField() + "] have [" + counts.labels()
                    + "] label; [" + head.key() + "] learns to tell two or more apart");
        }
        request.learn.requireVectors(Sampling.rows(counts, request.sample), from.dims());
    }

    /**
     * Refuses the training if another one of the same encoder began earlier, or at the same time with a lower task id.
     */
    private void requireFirst(LongTask task, String id, ActionListener<Void> listener) {
        TaskInfo own = task.taskInfo(clusterService.localNode().getId(), true);
        RunningTrainings.list(client, id, AsyncSteps.after(listener, (next, running) -> {
            for (TaskInfo other : running) {
                if (!other.taskId().equals(own.taskId())
                        && (RunningTrainings.isAccepted(other) || RunningTrainings.BY_START.compare(other, own) < 0)) {
                    throw new ElasticsearchStatusException(
                            "encoder [{}] is being trained by task [{}]; wait for it, cancel it with POST "
                                    + "/_tasks/{}/_cancel, or choose another id",
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
