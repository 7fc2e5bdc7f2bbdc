package io.lookalike.admin;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.Messages;
import io.lookalike.encoder.WireVersion;
import java.io.IOException;
import java.util.Map;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.ValidateActions;
import org.elasticsearch.action.support.master.AcknowledgedRequest;
import org.elasticsearch.action.support.master.AcknowledgedResponse;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.core.TimeValue;

/** Creates an encoder. The same encoder again is acknowledged; a different one with the same id is a conflict. */
public final class PutEncoderAction extends ActionType<AcknowledgedResponse> {
    public static final PutEncoderAction INSTANCE = new PutEncoderAction();
    public static final String NAME = "cluster:admin/lookalike/encoder/put";

    private PutEncoderAction() {
        super(NAME);
    }

    /** The id and the body as the user sent it. */
    public static final class Request extends AcknowledgedRequest<Request> {
        private static final WireVersion VERSION = new WireVersion("a request to put an encoder", 1);

        final String id;
        final Map<String, Object> body;

        public Request(TimeValue masterTimeout, TimeValue ackTimeout, String id, Map<String, Object> body) {
            super(masterTimeout, ackTimeout);
            this.id = id;
            this.body = body;
        }

        Request(StreamInput in) throws IOException {
            super(in);
            VERSION.readFrom(in);
            id = in.readString();
            body = in.readGenericMap();
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            super.writeTo(out);
            VERSION.writeTo(out);
            out.writeString(id);
            out.writeGenericMap(body);
        }

        @Override
        public ActionRequestValidationException validate() {
            ActionRequestValidationException errors = null;
            if (!id.matches(EncoderDefinition.ID)) {
                errors = ValidateActions.addValidationError(
                        "encoder id [" + Messages.cut(id)
                                + "] is not allowed; start with a lower-case letter or a digit and go on with those, "
                                + "[_], [-] or [.], at most [100] in all",
                        errors);
            }
            if (id.equals(EncoderDefinition.DEFAULT)) {
                errors = ValidateActions.addValidationError(
                        "encoder [" + id + "] is built in and cannot be changed; choose another id", errors);
            }
            return errors;
        }
    }
}
