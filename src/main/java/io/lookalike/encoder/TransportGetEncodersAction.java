package io.lookalike.encoder;

import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Answers from this node's cluster state. */
public final class TransportGetEncodersAction
        extends TransportAction<GetEncodersAction.Request, GetEncodersAction.Response> {
    private final Encoders encoders;

    @Inject
    public TransportGetEncodersAction(
            TransportService transportService, ThreadPool threadPool, ActionFilters actionFilters, Encoders encoders) {
        super(
                GetEncodersAction.NAME,
                actionFilters,
                transportService.getTaskManager(),
                threadPool.executor(ThreadPool.Names.GENERIC));
        this.encoders = encoders;
    }

    @Override
    protected void doExecute(
            Task task, GetEncodersAction.Request request, ActionListener<GetEncodersAction.Response> listener) {
        try {
            listener.onResponse(new GetEncodersAction.Response(
                    request.id == null ? encoders.definitions() : Map.of(request.id, encoders.definition(request.id))));
        } catch (Exception | Error e) {
            listener.onFailure(Failures.tame("encoders", e));
        }
    }
}
