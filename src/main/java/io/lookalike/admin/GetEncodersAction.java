package io.lookalike.admin;

import io.lookalike.encoder.EncoderDefinition;
import java.util.Map;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;

/** Reads encoders from the cluster state of the node that gets the request. */
public final class GetEncodersAction extends ActionType<GetEncodersAction.Response> {
    public static final GetEncodersAction INSTANCE = new GetEncodersAction();
    public static final String NAME = "cluster:monitor/lookalike/encoders";

    private GetEncodersAction() {
        super(NAME);
    }

    /** The id of one encoder; null for all. */
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

    /** Definitions by id. */
    public static final class Response extends ActionResponse {
        private final Map<String, EncoderDefinition> encoders;

        Response(Map<String, EncoderDefinition> encoders) {
            this.encoders = encoders;
        }

        public Map<String, EncoderDefinition> encoders() {
            return encoders;
        }

        @Override
        public void writeTo(StreamOutput out) {
            TransportAction.localOnly();
        }
    }
}
