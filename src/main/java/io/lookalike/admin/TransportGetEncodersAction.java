package io.lookalike.admin;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Failures;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.logging.HeaderWarning;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Reads encoders from this node's cluster state. */
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

    /** All encoders; a warning replaces the built-in one if its model cannot be loaded. */
    private Map<String, EncoderDefinition> all() {
        Map<String, EncoderDefinition> all = new TreeMap<>(encoders.registry().created());
        try {
            all.put(EncoderDefinition.DEFAULT, encoders.registry().definition(EncoderDefinition.DEFAULT));
        } catch (IllegalArgumentException e) {
            HeaderWarning.addWarning("encoder [{}] is left out: {}", EncoderDefinition.DEFAULT, e.getMessage());
        }
        return all;
    }

    @Override
    protected void doExecute(
            Task task, GetEncodersAction.Request request, ActionListener<GetEncodersAction.Response> listener) {
        try {
            listener.onResponse(new GetEncodersAction.Response(
                    request.id == null
                            ? all()
                            : Map.of(request.id, encoders.registry().definition(request.id))));
        } catch (Exception | Error e) {
            listener.onFailure(Failures.tame("encoders", e));
        }
    }
}
