package io.lookalike.admin;

import io.lookalike.encoder.WireVersion;
import java.io.IOException;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.master.AcknowledgedRequest;
import org.elasticsearch.action.support.master.AcknowledgedResponse;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.core.TimeValue;

/** Deletes an encoder; refused while a pipeline or a mapping names it, unless forced. */
public final class DeleteEncoderAction extends ActionType<AcknowledgedResponse> {
    public static final DeleteEncoderAction INSTANCE = new DeleteEncoderAction();
    public static final String NAME = "cluster:admin/lookalike/encoder/delete";

    private DeleteEncoderAction() {
        super(NAME);
    }

    /** The id of the encoder, and whether to delete it even if it is in use. */
    public static final class Request extends AcknowledgedRequest<Request> {
        private static final WireVersion VERSION = new WireVersion("a request to delete an encoder", 1);

        final String id;
        final boolean force;

        public Request(TimeValue masterTimeout, TimeValue ackTimeout, String id, boolean force) {
            super(masterTimeout, ackTimeout);
            this.id = id;
            this.force = force;
        }

        Request(StreamInput in) throws IOException {
            super(in);
            VERSION.readFrom(in);
            id = in.readString();
            force = in.readBoolean();
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            super.writeTo(out);
            VERSION.writeTo(out);
            out.writeString(id);
            out.writeBoolean(force);
        }
    }
}
