package io.lookalike.evaluate;

import io.lookalike.encoder.Messages;
import io.lookalike.task.LongRequest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.IndicesRequest;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;

/** Evaluates settings of a search by documents of its indices, on the node that got the request. */
public final class EvaluateAction extends ActionType<EvaluateAction.Response> {
    public static final EvaluateAction INSTANCE = new EvaluateAction();
    public static final String NAME = "indices:data/read/lookalike/evaluate";

    private EvaluateAction() {
        super(NAME);
    }

    /** The indices, and what to evaluate. */
    public static final class Request extends LongRequest implements IndicesRequest.Replaceable {
        private String[] indices;
        private final IndicesOptions options;
        final EvaluateConfig config;

        /** @throws IllegalArgumentException for a body that is wrong for any indices */
        public Request(String[] indices, IndicesOptions options, Map<String, Object> body) {
            this.indices = indices;
            this.options = options;
            this.config = EvaluateConfig.parse(body);
        }

        @Override
        public String[] indices() {
            return indices;
        }

        @Override
        public Request indices(String... resolved) {
            this.indices = resolved;
            return this;
        }

        @Override
        public IndicesOptions indicesOptions() {
            return options;
        }

        @Override
        public String getDescription() {
            return "evaluate [" + config.settings().size() + "] settings of a search of "
                    + Messages.cut(List.of(indices)) + " by at most [" + config.queries() + "] of its documents";
        }
    }

    /** The figures. */
    public static final class Response extends ActionResponse implements ToXContentObject {
        private final EvaluateReport report;

        Response(EvaluateReport report) {
            this.report = report;
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
            return builder.map(report.toMap());
        }

        @Override
        public void writeTo(StreamOutput out) {
            TransportAction.localOnly();
        }
    }
}
