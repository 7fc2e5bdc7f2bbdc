package io.lookalike.query;

import io.lookalike.encoder.Messages;
import io.lookalike.inference.CurrentSearch;
import io.lookalike.inference.Encoder;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Encoding;
import java.util.concurrent.Executor;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRunnable;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.search.builder.PointInTimeBuilder;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.threadpool.ThreadPool;

/**
 * Turns the user's input into a vector, a code and buckets, once per search, on the coordinating node.
 *
 * <p>Pictures are encoded on the encoders' own threads; then the search continues on the search coordination pool.
 */
final class InputResolver {
    private final Encoders encoders;
    private final InputNeeds needs;
    private final SearchedMappings mappings;
    private final ResolvedIndices indices;
    private final PointInTimeBuilder pit;

    InputResolver(Encoders encoders, InputNeeds needs, QueryRewriteContext context) {
        this.encoders = encoders;
        this.needs = needs;
        this.indices = context.getResolvedIndices();
        this.mappings = new SearchedMappings(indices);
        this.pit = context.getPointInTimeBuilder();
    }

    /** Whether this context belongs to the coordinating node, where inputs are resolved. */
    static boolean coordinates(QueryRewriteContext context) {
        return context.convertToSearchExecutionContext() == null
                && context.convertToCoordinatorRewriteContext() == null
                && context.convertToIndexMetadataContext() == null
                && context.convertToDataRewriteContext() == null
                && context.convertToInnerHitsRewriteContext() == null;
    }

    /**
     * Resolves at once, on any thread, an input that takes almost no time: a vector, with an encoder that is loaded.
     * This saves most searches two changes of threads.
     *
     * @return null where {@link #resolve} must be called
     */
    ResolvedInput resolveNow(UserInput input) {
        return LeftOut.isCounted(indices) ? null : quickly(input);
    }

    private ResolvedInput quickly(UserInput input) {
        if (input.vector() == null || !mappings.isOfOneIndex()) {
            return null;
        }
        String encoder = encoder(input);
        if (encoder == null) {
            return needs.resolved(input, input.vector(), input.hash(), null, null);
        }
        Encoder ready = encoders.registry().ready(encoder);
        if (ready == null) {
            return null;
        }
        needs.requireCode(input, ready);
        return needs.resolved(input, encoder, ready.encodeVector("[query_vector]", input.vector()));
    }

    private String encoder(UserInput input) {
        String encoder = mappings.encoder(needs.searched(), input.encoder(), encoders);
        if (encoder == null) {
            needs.requireNoClusters();
        }
        return encoder;
    }

    /**
     * Resolves an input. If the search that this thread works for is cancelled, the listener fails at once, and queued
     * work is skipped.
     *
     * @param listener called at once, or on the search coordination pool in the thread context of the caller
     */
    void resolve(UserInput input, Client client, ActionListener<ResolvedInput> listener) {
        ThreadContext threadContext = client.threadPool().getThreadContext();
        ActionListener.run(listener, l -> {
            ResolvedInput now = quickly(input);
            if (now != null) {
                l.onResponse(now.withCounted(counts(now.encoder(), now.fingerprint(), threadContext)));
                return;
            }
            CancellableTask task = CurrentSearch.of(threadContext);
            Executor coordination = client.threadPool().executor(ThreadPool.Names.SEARCH_COORDINATION);
            SubscribableListener<ResolvedInput> first = new SubscribableListener<>();
            first.addListener(l, coordination, threadContext);
            CurrentSearch.onCancelled(threadContext, first);
            // not on the caller's thread, which may be a transport thread: the first use of an encoder loads its model
            coordination.execute(ActionRunnable.wrap(first, done -> {
                String encoder = encoder(input);
                boolean counts = encoder != null
                        && counts(
                                input.encoder(),
                                encoders.registry().definition(encoder).fingerprint(),
                                threadContext);
                resolve(
                        input,
                        encoder,
                        task,
                        CurrentSearch.client(client),
                        done.map(resolved -> resolved.withCounted(counts)));
            }));
        });
    }

    /**
     * Starts a count of what all shards leave out; returns false where the coordinating node does not count.
     *
     * @param encoder as the user named it, or null
     */
    private boolean counts(String encoder, String fingerprint, ThreadContext threadContext) {
        return fingerprint != null
                && LeftOut.count(
                        threadContext, indices, pit, new LeftOut.Others(needs.searched(), encoder, fingerprint));
    }

    private void resolve(
            UserInput input, String encoder, CancellableTask task, Client client, ActionListener<ResolvedInput> l) {
        if (input.picture() != null) {
            new PictureResolver(encoders, needs).resolve(input, encoder, task, l);
        } else if (input.like() != null) {
            new LikeResolver(encoders, needs, indices, pit).resolve(input, encoder, task, client, l);
        } else if (input.vectorBuilder() != null) {
            requireSame(input, encoder);
            input.vectorBuilder()
                    .buildVector(
                            client,
                            l.delegateFailureAndWrap(
                                    (next, vector) -> byVector(input, built(input, vector), encoder, task, next)));
        } else {
            byVector(input, input.vector(), encoder, task, l);
        }
    }

    /** Refuses a vector of another encoder, whose distances mean nothing. */
    private void requireSame(UserInput input, String encoder) {
        if (encoder != null
                && input.vectorBuilder() instanceof ImageEmbeddingVectorBuilder builder
                && !builder.encoder().equals(encoder)
                && !encoders.registry()
                        .definition(builder.encoder())
                        .fingerprint()
                        .equals(encoders.registry().definition(encoder).fingerprint())) {
            throw new IllegalArgumentException("[query_vector_builder] [image_embedding] encodes with encoder ["
                    + Messages.show(builder.encoder()) + "] but the search is by encoder [" + Messages.show(encoder)
                    + "]; vectors of two encoders cannot be compared; name the same encoder in both");
        }
    }

    private static float[] built(UserInput input, float[] vector) {
        String what = "[query_vector_builder] [" + input.vectorBuilder().getWriteableName() + "]";
        if (vector == null) {
            throw new IllegalArgumentException(what + " made no vector");
        }
        UserInput.checkFinite("the vector of " + what, vector);
        return vector;
    }

    /** @param vector null where a code alone is searched by */
    private void byVector(
            UserInput input,
            float[] vector,
            String encoder,
            CancellableTask task,
            ActionListener<ResolvedInput> listener) {
        if (encoder == null || vector == null) {
            String fingerprint = encoder == null
                    ? null
                    : encoders.registry().definition(encoder).fingerprint();
            listener.onResponse(needs.resolved(input, vector, input.hash(), null, fingerprint));
            return;
        }
        encoders.search(
                encoder,
                "[query_vector]",
                null,
                false,
                task,
                (e, ticket, l) -> {
                    needs.requireCode(input, e);
                    l.onResponse(
                            input.vectorBuilder() instanceof ImageEmbeddingVectorBuilder
                                    ? e.encodeStored("the vector of [query_vector_builder] [image_embedding]", vector)
                                    : e.encodeVector("[query_vector]", vector));
                },
                listener.map((Encoding encoding) -> needs.resolved(input, encoder, encoding)));
    }
}
