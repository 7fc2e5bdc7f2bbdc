package io.lookalike.admin;

import io.lookalike.inference.Encoders;
import io.lookalike.inference.Encoding;
import io.lookalike.inference.PictureEncoding;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;

/** Runs an encoder on the threads for queries. */
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
        if (request.explain) {
            explain(cancellable, request, listener);
            return;
        }
        ActionListener<Encoding> made = listener.map(encoding -> {
            encoding.warnIfVanished("[image]", request.encoder);
            return new EncodeAction.Response(encoding.toMap());
        });
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
                            bytes -> PictureEncoding.encode(encoder, "[image]", bytes, encoders.limits(), ticket, l)),
                    made);
        }
    }

    /** Shows the input of the model, even if the output of the model is refused. */
    private void explain(
            CancellableTask task, EncodeAction.Request request, ActionListener<EncodeAction.Response> listener) {
        AtomicReference<Map<String, Object>> fed = new AtomicReference<>();
        encoders.search(
                request.encoder,
                "[image]",
                request.picture,
                true,
                task,
                (encoder, ticket, l) -> encoders.withPicture(
                        "[image]",
                        request.picture,
                        bytes -> PictureEncoding.explain(
                                encoder, "[image]", bytes, encoders.limits(), ticket, fed::set, l)),
                new ActionListener<Encoding>() {
                    @Override
                    public void onResponse(Encoding made) {
                        made.warnIfVanished("[image]", request.encoder);
                        listener.onResponse(response(made.toMap()));
                    }

                    @Override
                    public void onFailure(Exception e) {
                        if (fed.get() == null || !(e instanceof IllegalArgumentException)) {
                            listener.onFailure(e);
                            return;
                        }
                        Map<String, Object> refused = new LinkedHashMap<>();
                        refused.put("refused", e.getMessage());
                        listener.onResponse(response(refused));
                    }

                    private EncodeAction.Response response(Map<String, Object> map) {
                        map.put("explain", fed.get());
                        return new EncodeAction.Response(map);
                    }
                });
    }
}
