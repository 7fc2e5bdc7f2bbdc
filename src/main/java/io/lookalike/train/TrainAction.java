package io.lookalike.train;

import io.lookalike.admin.PutEncoderAction;
import io.lookalike.encoder.ConfigReader;
import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Messages;
import io.lookalike.task.LongRequest;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * Creates an encoder from another, its parent, by learning from the vectors that the parent made of indexed documents.
 */
public final class TrainAction extends ActionType<TrainAction.Response> {
    public static final TrainAction INSTANCE = new TrainAction();
    public static final String NAME = "cluster:admin/lookalike/encoder/train";

    private static final int DEFAULT_SAMPLE = 50_000;
    private static final int MAX_SAMPLE = 10_000_000;

    private TrainAction() {
        super(NAME);
    }

    /** Runs on the node that was asked. */
    public static final class Request extends LongRequest {
        final String id;
        final String from;
        public final List<String> indices;
        /** Null for the field whose mapping names the encoder. */
        public final String field;
        /** Null for all documents. */
        final QueryBuilder query;

        public final int sample;
        public final long seed;
        final LearnConfig learn;
        final TimeValue masterTimeout;

        /**
         * @param body as the user sent it, without [query]
         * @param query null for all documents
         * @throws IllegalArgumentException naming what is wrong with the body
         */
        public Request(String id, Map<String, Object> body, QueryBuilder query, TimeValue masterTimeout) {
            this.id = id;
            this.query = query;
            this.masterTimeout = masterTimeout;
            ConfigReader config = new ConfigReader("_train", body);
            from = name("from", config.string("from", null));
            indices = config.names("index");
            indices.forEach(index -> name("index", index));
            String vectors = name("field", config.string("field", null));
            String target = name("target_field", config.string("target_field", null));
            sample = config.integer("sample", DEFAULT_SAMPLE, 1, MAX_SAMPLE);
            seed = config.integer64("seed", 1);
            ConfigReader what = config.objectOrEmpty("learn");
            config.value("query"); // allowed, and taken out before
            config.finish();
            if (from == null) {
                throw new IllegalArgumentException(
                        "[from] is missing; name the encoder whose vectors the documents have, such as [default]");
            }
            if (indices.isEmpty()) {
                throw new IllegalArgumentException("[index] is missing; name indices, aliases or patterns");
            }
            if (vectors != null && target != null) {
                throw new IllegalArgumentException(
                        "give one of [field] and [target_field], such as [field] [" + target + ".vector]");
            }
            field = target == null ? vectors : FieldNames.below(target, FieldNames.VECTOR);
            learn = LearnConfig.parse(what);
        }

        @Override
        public ActionRequestValidationException validate() {
            return new PutEncoderAction.Request(masterTimeout, masterTimeout, id, Map.of()).validate();
        }

        @Override
        public String getDescription() {
            return "train encoder [" + id + "] from [" + from + "] on " + Messages.cut(indices);
        }
    }

    /**
     * An encoder that was created.
     *
     * @see TransportTrainAction
     */
    public static final class Response extends ActionResponse implements ToXContentObject {
        private final String id;
        private final String fingerprint;
        private final boolean acknowledged;
        private final List<String> warnings;
        private final Map<String, Object> training;

        Response(
                String id,
                String fingerprint,
                boolean acknowledged,
                List<String> warnings,
                Map<String, Object> training) {
            this.warnings = warnings;
            this.id = id;
            this.fingerprint = fingerprint;
            this.acknowledged = acknowledged;
            this.training = training;
        }

        @Override
        public void writeTo(StreamOutput out) {
            TransportAction.localOnly();
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder builder, Params params) throws java.io.IOException {
            builder.startObject()
                    .field("acknowledged", acknowledged)
                    .field("encoder", id)
                    .field("fingerprint", fingerprint);
            if (!warnings.isEmpty()) {
                builder.field("warnings", warnings);
            }
            return builder.field("training", training).endObject();
        }

        @Override
        public String toString() {
            return "encoder [" + id + "] with fingerprint [" + fingerprint + "]";
        }
    }
}
