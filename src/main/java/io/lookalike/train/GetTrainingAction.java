package io.lookalike.train;

import java.io.IOException;
import java.util.Map;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.tasks.TaskInfo;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;

/** Shows the progress of the training of an encoder, on any node, or its result. */
public final class GetTrainingAction extends ActionType<GetTrainingAction.Response> {
    public static final GetTrainingAction INSTANCE = new GetTrainingAction();
    public static final String NAME = "cluster:monitor/lookalike/encoders/training";

    private GetTrainingAction() {
        super(NAME);
    }

    /** Names the encoder that is trained. */
    public static final class Request extends ActionRequest {
        final String id;

        public Request(String id) {
            this.id = id;
        }

        @Override
        public ActionRequestValidationException validate() {
            return null;
        }
    }

    /** A running or a finished training. */
    public static final class Response extends ActionResponse implements ToXContentObject {
        private final String id;
        private final TaskInfo running;
        private final Map<?, ?> training;

        /**
         * @param running null if it is finished
         * @param training the figures of a finished one
         */
        Response(String id, TaskInfo running, Map<?, ?> training) {
            this.id = id;
            this.running = running;
            this.training = training;
        }

        @Override
        public void writeTo(StreamOutput out) {
            TransportAction.localOnly();
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
            builder.startObject().field("encoder", id).field("running", running != null);
            if (running == null) {
                builder.field("training", training);
            } else {
                builder.field("task", running.taskId().toString())
                        .field("node", running.taskId().getNodeId())
                        .field("running_time_in_millis", running.runningTimeNanos() / 1_000_000)
                        .field("cancelled", running.cancelled())
                        .field("status", running.status());
            }
            return builder.endObject();
        }
    }
}
