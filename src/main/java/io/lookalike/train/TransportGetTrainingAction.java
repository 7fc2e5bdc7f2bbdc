package io.lookalike.train;

import io.lookalike.inference.Encoders;
import io.lookalike.task.AsyncSteps;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskInfo;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Asks every node for running trainings; if none runs, looks at the encoder in the cluster state. */
public final class TransportGetTrainingAction
        extends TransportAction<GetTrainingAction.Request, GetTrainingAction.Response> {
    private final Encoders encoders;
    private final Client client;

    @Inject
    public TransportGetTrainingAction(
            TransportService transportService,
            ThreadPool threadPool,
            ActionFilters actionFilters,
            Encoders encoders,
            Client client) {
        super(
                GetTrainingAction.NAME,
                actionFilters,
                transportService.getTaskManager(),
                threadPool.executor(ThreadPool.Names.GENERIC));
        this.encoders = encoders;
        this.client = client;
    }

    @Override
    protected void doExecute(
            Task task, GetTrainingAction.Request request, ActionListener<GetTrainingAction.Response> listener) {
        RunningTrainings.list(client, request.id, AsyncSteps.map(listener, running -> response(request.id, running)));
    }

    private GetTrainingAction.Response response(String id, List<TaskInfo> running) {
        TaskInfo first = running.stream()
                .min((a, b) -> RunningTrainings.isAccepted(a) == RunningTrainings.isAccepted(b)
                        ? RunningTrainings.BY_START.compare(a, b)
                        : Boolean.compare(RunningTrainings.isAccepted(b), RunningTrainings.isAccepted(a)))
                .orElse(null);
        if (first != null) {
            return new GetTrainingAction.Response(id, first, Map.of());
        }
        if (!encoders.registry().exists(id)) {
            throw new ResourceNotFoundException("no node trains encoder [" + id
                    + "], and there is no such encoder: its training failed, was cancelled, ended with its node, or "
                    + "never began; the answer of POST /_lookalike/encoder/"
                    + id + "/_train, or of GET /_tasks/{task} where [wait_for_completion] was [false], says why");
        }
        Map<String, Object> training = encoders.registry().definition(id).training();
        if (training != null) {
            return new GetTrainingAction.Response(id, null, training);
        }
        throw new ResourceNotFoundException(
                "encoder [" + id + "] was not trained but put as it is; see GET /_lookalike/encoder/" + id);
    }
}
