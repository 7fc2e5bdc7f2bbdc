package io.lookalike.encoder;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;

/** Runs an encoder on the threads of the queries. */
public final class TransportEncodeAction extends TransportAction<EncodeAction.Request, EncodeAction.Response> {
    private final Encoders encoders;

    @Inject
    public TransportEncodeAction(TransportService transportService, ActionFilters actionFilters, Encoders encoders) {
        super(EncodeAction.NAME, actionFilters, transportService.getTaskManager(), EsExecutors.DIRECT_EXECUTOR_SERVICE);
        this.encoders = encoders;
    }

    @Override
    protected void doExecute(Task task, EncodeAction.Request request, ActionListener<EncodeAction.Response> listener) {
        CancellableTask cancellable = (CancellableTask) task;
        ActionListener<Encoding> made = listener.map(EncodeAction.Response::new);
        if (request.vector != null) {
            encoders.search(
                    request.encoder,
                    "[vector]",
                    null,
                    false,
                    cancellable,
                    (encoder, ticket, l) -> l.onResponse(encoder.encodeVector("[vector]", request.vector)),
                    made);
        } else {
            encoders.search(
                    request.encoder,
                    "[image]",
                    request.picture,
                    true,
                    cancellable,
                    (encoder, ticket, l) -> encoders.withPicture(
                            "[image]",
                            request.picture,
                            bytes -> encoder.encodePicture("[image]", bytes, encoders.limits(), ticket, l)),
                    made);
        }
    }
}
