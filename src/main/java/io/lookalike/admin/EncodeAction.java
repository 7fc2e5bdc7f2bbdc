package io.lookalike.admin;

import java.util.Map;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskId;

/** Encodes one picture or vector on the node that gets the request, and shows the result. */
public final class EncodeAction extends ActionType<EncodeAction.Response> {
    public static final EncodeAction INSTANCE = new EncodeAction();
    public static final String NAME = "cluster:monitor/lookalike/encode";

    private EncodeAction() {
        super(NAME);
    }

    /** A picture (bytes, base64 or a data: URL) or a vector. */
    public static final class Request extends ActionRequest {
        final String encoder;
        final Object picture;
        final float[] vector;
        final boolean explain;

        /** @param explain whether to show the input of the model; for pictures */
        public Request(String encoder, Object picture, float[] vector, boolean explain) {
            this.encoder = encoder;
            this.picture = picture;
            this.vector = vector;
            this.explain = explain;
        }

        @Override
        public ActionRequestValidationException validate() {
            return null;
        }

        /** A task that is cancelled when the client disconnects; its description shows nothing of the picture. */
        @Override
        public Task createTask(long id, String type, String action, TaskId parent, Map<String, String> headers) {
            return new CancellableTask(id, type, action, "encode with [" + encoder + "]", parent, headers);
        }
    }

    /** The encoding as a JSON object. */
    public static final class Response extends ActionResponse {
        private final Map<String, Object> map;

        Response(Map<String, Object> map) {
            this.map = map;
        }

        public Map<String, Object> map() {
            return map;
        }

        @Override
        public void writeTo(StreamOutput out) {
            TransportAction.localOnly();
        }
    }
}
