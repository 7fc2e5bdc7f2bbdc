package io.lookalike.duplicates;

import io.lookalike.encoder.ConfigReader;
import io.lookalike.encoder.Messages;
import io.lookalike.hashing.PictureQuality;
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
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;

/** Finds groups of near-duplicates among the documents of some indices. */
public final class DuplicatesAction extends ActionType<DuplicatesAction.Response> {
    public static final DuplicatesAction INSTANCE = new DuplicatesAction();
    public static final String NAME = "indices:data/read/lookalike/duplicates";

    private static final int MAX_GROUPS = 10_000;
    private static final int MEMBERS = 1000;
    private static final int MAX_MEMBERS = 100_000;
    /** The most members whose source is fetched for one answer. */
    private static final int MAX_SHOWN = 10_000;

    private static final int MAX_DOCUMENTS = 100_000_000;

    private DuplicatesAction() {
        super(NAME);
    }

    /** How pairs make a group. */
    enum Grouping {
        /** Pictures that are connected by a chain of pairs. */
        LINKED,
        /** Pictures that are near enough to the group's representative. */
        STAR
    }

    /** Runs on the node that was asked. */
    public static final class Request extends LongRequest implements IndicesRequest.Replaceable {
        /** Null if not asked for. */
        final DuplicateCriterion same;

        final DuplicateCriterion alike;

        /** Whether the body names one field without {@code same} or {@code alike}; the type of the field decides. */
        final boolean simple;

        /** Null for all documents. */
        final QueryBuilder query;

        final int size;
        final int from;
        /** Where the previous page ended; null for the first page. */
        final List<?> after;

        final int minGroupSize;
        final int members;
        final Grouping grouping;
        /** Of {@link #same}. */
        final Verify verify;

        final int maxDocuments;
        /** Pictures of a lower quality are left out. */
        final int minQuality;

        final FetchedFields fetched;
        private String[] indices;

        /**
         * @param body as the user sent it, without [query]
         * @param query null for all documents
         * @throws IllegalArgumentException naming what is wrong with the body
         */
        public Request(String[] indices, Map<String, Object> body, QueryBuilder query) {
            this.indices = indices;
            this.query = query;
            this.fetched = FetchedFields.takeFrom(body);
            this.after = GroupOrder.afterOf(body.remove("after"));
            ConfigReader config = new ConfigReader("_lookalike/duplicates", body);
            simple = !config.has("same") && !config.has("alike");
            if (simple) {
                // the type of the field decides between the two
                same = DuplicateCriterion.parse(config, "");
                alike = null;
            } else {
                ConfigReader first = config.object("same");
                ConfigReader second = config.object("alike");
                same = first == null
                        ? null
                        : DuplicateCriterion.parse(first, "same.").requireSame();
                alike = second == null
                        ? null
                        : DuplicateCriterion.parse(second, "alike.").requireAlike();
            }
            size = config.integer("size", 10, 0, MAX_GROUPS);
            from = config.integer("from", 0, 0, Integer.MAX_VALUE - MAX_GROUPS);
            minGroupSize = config.integer("min_group_size", 2, 2, Integer.MAX_VALUE);
            members = config.integer(
                    "members",
                    fetched.isEmpty() ? MEMBERS : Math.clamp(MAX_SHOWN / Math.max(1, size), 1, MEMBERS),
                    1,
                    MAX_MEMBERS);
            grouping = config.choice("grouping", Grouping.class, Grouping.STAR);
            verify = config.choice("verify", Verify.class, Verify.AUTO);
            if (verify.isAsked() && same == null) {
                throw new IllegalArgumentException("[verify] confirms pictures that are the [same] by their codes; "
                        + "leave it out, as [alike] alone is asked for");
            }
            maxDocuments = config.integer("max_documents", 2_000_000, 1, MAX_DOCUMENTS);
            minQuality = config.integer("min_quality", PictureQuality.LEAST, 0, PictureQuality.MOST);
            for (String taken : List.of("query", "after", "_source", "fields")) {
                config.value(taken); // allowed, and taken out before
            }
            config.finish();
            if (!fetched.isEmpty() && (long) size * members > MAX_SHOWN) {
                throw new IllegalArgumentException("[size] x [members] must be at most [" + MAX_SHOWN
                        + "] with [_source] or [fields]; got [" + size + "] x [" + members + "]");
            }
            if (after != null && from > 0) {
                throw new IllegalArgumentException("give one of [from] and [after]; got both");
            }
            if (after != null && !simple && same != null && alike != null) {
                throw new IllegalArgumentException(
                        "[after] goes on with one of [same] and [alike], each of which has its own; use [from] to "
                                + "page through both");
            }
        }

        @Override
        public String[] indices() {
            return indices;
        }

        @Override
        public IndicesOptions indicesOptions() {
            return IndicesOptions.strictExpandOpenAndForbidClosed();
        }

        @Override
        public IndicesRequest indices(String... replaced) {
            indices = replaced;
            return this;
        }

        @Override
        public void requireStorable() {
            if (!fetched.isEmpty()) {
                throw new IllegalArgumentException(
                        "[_source] and [fields] are not kept in the document of a task, which others may read; leave "
                                + "them out and get the documents by their [_index] and [_id], or ask with "
                                + "[wait_for_completion] [true]");
            }
        }

        @Override
        public String getDescription() {
            return "near-duplicates of " + Messages.cut(List.of(indices))
                    + (same == null ? "" : " by [" + same.field() + "]")
                    + (alike == null ? "" : " by [" + alike.field() + "]");
        }
    }

    /** What was found. */
    public static final class Response extends ActionResponse implements ToXContentObject {
        private final Map<String, Object> answer;

        Response(Map<String, Object> answer) {
            this.answer = answer;
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
            return builder.map(answer);
        }

        @Override
        public void writeTo(StreamOutput out) {
            TransportAction.localOnly();
        }
    }
}
