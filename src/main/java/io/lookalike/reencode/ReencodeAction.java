package io.lookalike.reencode;

import io.lookalike.encoder.ConfigReader;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Messages;
import io.lookalike.task.LongRequest;
import io.lookalike.task.Sampling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.IndicesRequest;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;

/** Writes the fields of a trained encoder beside those of its parent, made from the stored vectors. */
public final class ReencodeAction extends ActionType<ReencodeAction.Response> {
    public static final ReencodeAction INSTANCE = new ReencodeAction();
    public static final String NAME = "indices:data/write/lookalike/reencode";

    private static final int MAX_BATCH = 10_000;

    private ReencodeAction() {
        super(NAME);
    }

    /** Runs on the node that was asked. */
    public static final class Request extends LongRequest implements IndicesRequest.Replaceable {
        final String from;
        final String to;
        /** Null for the field whose mapping names the encoder. */
        public final String sourceField;

        final String targetField;
        /** Null for the same as the source has. */
        public final Mappings.Graph graph;

        final QueryBuilder query;
        public final int batch;
        /** Documents a second; infinite for no limit. */
        final float requestsPerSecond;

        final boolean refresh;
        private String[] indices;

        /**
         * @param body as the user sent it, without [query]
         * @param query null for all documents
         * @throws IllegalArgumentException naming what is wrong
         */
        public Request(
                String[] indices,
                Map<String, Object> body,
                QueryBuilder query,
                float requestsPerSecond,
                boolean refresh) {
            this.indices = indices;
            this.query = query;
            this.requestsPerSecond = requestsPerSecond;
            this.refresh = refresh;
            ConfigReader config = new ConfigReader("reencode", body);
            from = name("from", config.string("from", null));
            to = name("to", config.string("to", null));
            sourceField = name("source_field", config.string("source_field", null));
            targetField = name("target_field", config.string("target_field", null));
            graph = config.choice("graph", Mappings.Graph.class, null);
            batch = config.integer("batch_size", 500, 1, MAX_BATCH);
            config.value("query"); // allowed, and taken out before
            config.finish();
            if (from == null || to == null) {
                throw new IllegalArgumentException("[" + (from == null ? "from" : "to")
                        + "] is missing; name in [from] the encoder that made the stored vectors, in [to] "
                        + "the one that was trained from it");
            }
            if (from.equals(to)) {
                throw new IllegalArgumentException(
                        "[from] and [to] are both [" + from + "]; name another encoder in [to]");
            }
            if (targetField == null || !Mappings.isFieldName(targetField)) {
                throw new IllegalArgumentException(
                        "[target_field] must be the name of a new field, such as [photo_itq]; got [" + targetField
                                + "]");
            }
            if (!(requestsPerSecond > 0)) {
                throw new IllegalArgumentException(
                        "[requests_per_second] must be above [0], or [-1] for no limit; got [" + requestsPerSecond
                                + "]");
            }
        }

        @Override
        public String[] indices() {
            return indices;
        }

        @Override
        public boolean includeDataStreams() {
            return true;
        }

        @Override
        public IndicesOptions indicesOptions() {
            return Sampling.OPTIONS;
        }

        @Override
        public IndicesRequest indices(String... replaced) {
            indices = replaced;
            return this;
        }

        @Override
        public String getDescription() {
            return "reencode " + Messages.cut(List.of(indices)) + " from [" + from + "] to [" + to + "] in ["
                    + targetField + "]";
        }
    }

    /**
     * Why a document was not updated.
     *
     * @param status as in the item of a bulk
     */
    record Failure(String index, String id, RestStatus status, String reason) {
        Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("index", index);
            map.put("id", id);
            map.put("status", status.getStatus());
            map.put("reason", reason);
            return map;
        }
    }

    /** The numbers of documents, and failures. */
    public static final class Response extends ActionResponse implements ToXContentObject {
        private final Map<String, Object> figures;
        private final List<String> warnings;
        private final List<Failure> failures;

        /** @param failures the first few */
        Response(Map<String, Object> figures, List<String> warnings, List<Failure> failures) {
            this.figures = figures;
            this.warnings = warnings;
            this.failures = failures;
        }

        /** As {@code _update_by_query}: the highest status of a failure, else 200. */
        public RestStatus status() {
            RestStatus status = RestStatus.OK;
            for (Failure failure : failures) {
                if (failure.status.getStatus() > status.getStatus()) {
                    status = failure.status;
                }
            }
            return status;
        }

        @Override
        public void writeTo(StreamOutput out) {
            TransportAction.localOnly();
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
            builder.startObject();
            for (Map.Entry<String, Object> figure : figures.entrySet()) {
                builder.field(figure.getKey(), figure.getValue());
            }
            if (!warnings.isEmpty()) {
                builder.field("warnings", warnings);
            }
            List<Object> shown = new ArrayList<>();
            failures.forEach(failure -> shown.add(failure.toMap()));
            return builder.field("failures", shown).endObject();
        }

        @Override
        public String toString() {
            return figures.toString();
        }
    }
}
