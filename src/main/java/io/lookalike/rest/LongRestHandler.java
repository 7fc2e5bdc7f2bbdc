package io.lookalike.rest;

import io.lookalike.inference.PictureBreaker;
import io.lookalike.task.LongRequest;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.RefCountingRunnable;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.rest.action.RestCancellableNodeClient;
import org.elasticsearch.rest.action.RestToXContentListener;
import org.elasticsearch.tasks.LoggingTaskListener;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * Answers requests for long work: when the work is done, or with {@code ?wait_for_completion=false} at once, with a
 * task that will store the answer. In both cases a request that is refused is answered at once.
 */
abstract class LongRestHandler extends BodyRestHandler {
    LongRestHandler(PictureBreaker breaker, String name, Route... routes) {
        super(breaker, name, routes);
    }

    /**
     * Call this once for a request, in {@link #prepareRequest}.
     *
     * @param counted keeps the memory of the request reserved until its work is done
     */
    static final <Q extends LongRequest, R extends ActionResponse & ToXContentObject> RestChannelConsumer run(
            RestRequest request, NodeClient client, ActionType<R> type, Q work, RefCountingRunnable counted) {
        return run(request, client, type, work, counted, response -> RestStatus.OK);
    }

    /** @param status of the answer, if the client waits for it */
    static final <Q extends LongRequest, R extends ActionResponse & ToXContentObject> RestChannelConsumer run(
            RestRequest request,
            NodeClient client,
            ActionType<R> type,
            Q work,
            RefCountingRunnable counted,
            Function<R, RestStatus> status) {
        if (Parameters.flag(request, "wait_for_completion", true)) {
            // if the client disconnects, the work is cancelled, because others wait for their turn
            return channel -> new RestCancellableNodeClient(client, request.getHttpChannel())
                    .execute(
                            type,
                            work,
                            ActionListener.releaseAfter(
                                    new RestToXContentListener<>(channel, status), counted.acquire()));
        }
        work.storeResult();
        return channel -> start(channel, client, type, work, counted.acquire());
    }

    private static <Q extends LongRequest, R extends ActionResponse & ToXContentObject> void start(
            RestChannel channel, NodeClient client, ActionType<R> type, Q work, Releasable counted) {
        AtomicReference<Task> started = new AtomicReference<>();
        ActionListener<Void> answer = ActionListener.notifyOnce(new RestBuilderListener<>(channel) {
            @Override
            public RestResponse buildResponse(Void accepted, XContentBuilder builder) throws Exception {
                builder.startObject()
                        .field(
                                "task",
                                client.getLocalNodeId() + ":" + started.get().getId())
                        .endObject();
                return new RestResponse(RestStatus.OK, builder);
            }
        });
        SubscribableListener<R> done = new SubscribableListener<>();
        done.addListener(ActionListener.releasing(counted));
        started.set(client.executeLocally(type, work, done));
        work.whenAccepted(answer.delegateFailureAndWrap((next, accepted) -> {
            done.addListener(new LoggingTaskListener<>(started.get()));
            next.onResponse(null);
        }));
        done.addListener(answer.map(response -> null));
    }
}
