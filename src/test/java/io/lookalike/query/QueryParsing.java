package io.lookalike.query;

import io.lookalike.LookalikePlugin;
import io.lookalike.inference.Encoders;
import java.io.IOException;
import java.util.List;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.io.stream.NamedWriteableAwareStreamInput;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.query.AbstractQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.search.SearchModule;
import org.elasticsearch.search.vectors.QueryVectorBuilder;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;

/** Queries from JSON and over the wire, as a node with the plugin reads them. */
public final class QueryParsing {
    private static final SearchModule MODULE = new SearchModule(Settings.EMPTY, List.of(new LookalikePlugin()));
    static final NamedXContentRegistry XCONTENT = new NamedXContentRegistry(MODULE.getNamedXContents());
    static final NamedWriteableRegistry WRITEABLES = new NamedWriteableRegistry(MODULE.getNamedWriteables());

    private QueryParsing() {}

    /** @param json with ' for " */
    static QueryBuilder parse(String json) throws IOException {
        try (XContentParser parser = JsonXContent.jsonXContent.createParser(
                XContentParserConfiguration.EMPTY.withRegistry(XCONTENT), json.replace('\'', '"'))) {
            return AbstractQueryBuilder.parseTopLevelQuery(parser);
        }
    }

    public static HashKnnQueryBuilder knn(String body) throws IOException {
        return (HashKnnQueryBuilder) parse("{'hash_knn':{" + body + "}}");
    }

    public static HashRadiusQueryBuilder radius(String body) throws IOException {
        return (HashRadiusQueryBuilder) parse("{'hash_radius':{" + body + "}}");
    }

    /** An {@code image_embedding}, from the object under its name. */
    static QueryVectorBuilder vectorBuilder(String body, Encoders encoders) throws IOException {
        try (XContentParser parser = JsonXContent.jsonXContent.createParser(
                XContentParserConfiguration.EMPTY.withRegistry(XCONTENT), body.replace('\'', '"'))) {
            return ImageEmbeddingVectorBuilder.fromXContent(parser, encoders);
        }
    }

    static String json(QueryBuilder query) {
        return Strings.toString(query);
    }

    public static QueryBuilder overTheWire(QueryBuilder query) throws IOException {
        try (BytesStreamOutput out = new BytesStreamOutput()) {
            out.writeNamedWriteable(query);
            try (StreamInput in = new NamedWriteableAwareStreamInput(out.bytes().streamInput(), WRITEABLES)) {
                return in.readNamedWriteable(QueryBuilder.class);
            }
        }
    }

    /** A resolved input. */
    public static ResolvedInput resolved(float[] vector, byte[] hash, String fingerprint) {
        return new ResolvedInput(
                vector, hash, null, ResolvedInput.Encoded.NONE, ResolvedInput.Liked.NONE, null, fingerprint, false);
    }

    public static ResolvedInput inBuckets(ResolvedInput input, String... terms) {
        return new ResolvedInput(
                input.vector(),
                input.hash(),
                List.of(terms),
                input.encoded(),
                input.liked(),
                null,
                input.fingerprint(),
                false);
    }

    public static ResolvedInput near(ResolvedInput input, int... clusters) {
        return input.withEncoded(new ResolvedInput.Encoded(null, 0, clusters));
    }

    public static ResolvedInput like(ResolvedInput input, String id, String index, boolean includeSelf) {
        return new ResolvedInput(
                input.vector(),
                input.hash(),
                null,
                ResolvedInput.Encoded.NONE,
                new ResolvedInput.Liked(new Like(null, id, null, null), index, includeSelf),
                null,
                input.fingerprint(),
                false);
    }

    public static ResolvedInput counted(ResolvedInput input, boolean counted) {
        return input.withCounted(counted);
    }
}
