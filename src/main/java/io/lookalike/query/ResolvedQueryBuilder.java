package io.lookalike.query;

import io.lookalike.encoder.WireVersion;
import io.lookalike.inference.Encoders;
import io.lookalike.search.FingerprintDocsCache;
import java.io.IOException;
import org.apache.lucene.util.SetOnce;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.index.query.LeafQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryRewriteContext;

/** A query whose input is resolved once, on the coordinating node, before it travels to the shards. Immutable. */
abstract class ResolvedQueryBuilder<Q extends ResolvedQueryBuilder<Q>> extends LeafQueryBuilder<Q> {
    /**
     * What all such queries have.
     *
     * @param encoders null on shards
     * @param resolving receives the resolved input; null unless it is being resolved
     */
    record Searched(
            Encoders encoders,
            FingerprintDocsCache fingerprintDocs,
            QueryInput input,
            SetOnce<ResolvedInput> resolving) {
        Searched with(QueryInput newInput) {
            return new Searched(encoders, fingerprintDocs, newInput, null);
        }
    }

    /** Resolves the input of a query. */
    @FunctionalInterface
    interface Resolution {
        void start(Client client, ActionListener<ResolvedInput> listener);
    }

    final Searched searched;

    ResolvedQueryBuilder(Searched searched) {
        this.searched = searched;
    }

    ResolvedQueryBuilder(StreamInput in, WireVersion wire, FingerprintDocsCache fingerprintDocs) throws IOException {
        super(in);
        wire.readFrom(in);
        this.searched = new Searched(null, fingerprintDocs, ResolvedInput.readFrom(in), null);
    }

    final void write(StreamOutput out, WireVersion wire) throws IOException {
        wire.writeTo(out);
        ResolvedInput.write(searched.input, out);
    }

    /** The same query without boost and name. */
    abstract Q copy(Searched newSearched);

    private Q with(Searched newSearched) {
        return copy(newSearched).boost(boost()).queryName(queryName());
    }

    public final Q withInput(ResolvedInput resolved) {
        return with(searched.with(resolved));
    }

    @Override
    protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
        if (searched.resolving != null) {
            ResolvedInput done = searched.resolving.get();
            return done == null ? this : withInput(done);
        }
        return searched.input instanceof UserInput user && InputResolver.coordinates(context)
                ? resolve(user, new SearchedMappings(context.getResolvedIndices()), context)
                : this;
    }

    /** Replaces a field by the one that its name stands for; if it is that already, starts to resolve the input. */
    abstract QueryBuilder resolve(UserInput user, SearchedMappings mappings, QueryRewriteContext context);

    /** A copy that waits for its input. */
    final Q resolving(QueryRewriteContext context, Resolution resolution) {
        SetOnce<ResolvedInput> result = new SetOnce<>();
        context.registerAsyncAction(
                (client, listener) -> resolution.start(client, listener.delegateFailureAndWrap((next, done) -> {
                    result.set(done);
                    next.onResponse(null);
                })));
        return with(new Searched(searched.encoders, searched.fingerprintDocs, searched.input, result));
    }

    @Override
    public TransportVersion getMinimalSupportedVersion() {
        return TransportVersion.minimumCompatible();
    }
}
