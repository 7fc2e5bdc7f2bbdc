package io.lookalike.inference;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.EncodersMetadata;
import io.lookalike.image.file.ImageLimits;
import io.lookalike.model.Models;
import io.lookalike.model.Stop;
import io.lookalike.model.TestModels;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.elasticsearch.action.support.PlainActionFuture;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.TimeValue;

/** Encoders without a node, with their own cluster state and with pools of the test. */
public final class TestEncoders implements AutoCloseable {
    final Models models;
    final AtomicLong clock = new AtomicLong();
    private final ClusterSettings settings = new ClusterSettings(Settings.EMPTY, Set.copyOf(LookalikeSettings.ALL));
    private final Encoders encoders;
    private final Map<String, EncoderDefinition> definitions = new TreeMap<>();
    private ClusterState state = state(EncodersMetadata.EMPTY);

    /** @param pool runs the work of documents and of queries */
    public TestEncoders(Path directory, Executor pool) {
        this(directory, pool, Runnable::run);
    }

    /** @param inference runs models */
    TestEncoders(Path directory, Executor pool, Executor inference) {
        this(directory, pool, inference, Runnable::run);
    }

    /** @param generic loads models */
    TestEncoders(Path directory, Executor pool, Executor inference, Executor generic) {
        models = TestModels.open(directory, 1, directory);
        encoders = new Encoders(
                models,
                new InferencePools(
                        pool,
                        pool,
                        inference,
                        1,
                        Runnable::run,
                        1,
                        generic,
                        new ThreadContext(Settings.EMPTY),
                        clock::get),
                new LookalikeSettings(settings),
                new PictureBreaker());
    }

    /** A ticket of work that may wait for ever. */
    static Ticket ticket(Urgency urgency) {
        return new Ticket("it", urgency, null, System::nanoTime, () -> Long.MAX_VALUE);
    }

    /** Encodes a picture on this thread. */
    static Encoding encode(Encoder encoder, byte[] picture) {
        PlainActionFuture<Encoding> future = new PlainActionFuture<>();
        PictureEncoding.encode(encoder, "it", picture, ImageLimits.DEFAULT, ticket(Urgency.DOCUMENT), future);
        return future.actionGet();
    }

    /** An encoder with its model; the pools of the test must run their work at once. */
    public Encoder loaded(String id) {
        PlainActionFuture<Encoder> future = new PlainActionFuture<>();
        encoders.search(id, "it", null, true, null, (encoder, ticket, l) -> l.onResponse(encoder), future);
        return future.actionGet();
    }

    /** How long work may wait. */
    void maxWait(TimeValue time) {
        settings.applySettings(Settings.builder()
                .put(LookalikeSettings.QUEUE_WAIT.getKey(), time.getStringRep())
                .build());
    }

    public Encoders encoders() {
        return encoders;
    }

    /** How many pictures were decoded. */
    public long decoded() {
        return LongStream.of(encoders.stats().micros(EncodingStats.Stage.DECODE).counts())
                .sum();
    }

    /** Creates an encoder as PUT does, and applies the state that holds it. */
    public EncoderDefinition put(String id, Map<String, Object> body) {
        EncoderDefinition definition = encoders.resolver().resolve(id, body, new Stop());
        definitions.put(id, definition);
        apply();
        return definition;
    }

    /** Applies a state with a definition from another node. */
    void adopt(EncoderDefinition definition) {
        definitions.put(definition.id(), definition);
        apply();
    }

    public void delete(String id) {
        definitions.remove(id);
        apply();
    }

    /** Applies the state on another thread, as a node does. */
    private void apply() {
        Thread applier = new Thread(this::applyHere);
        applier.start();
        try {
            applier.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Applies the state on the caller's thread. */
    public void applyHere() {
        ClusterState next = state(new EncodersMetadata(definitions));
        encoders.applyClusterState(new ClusterChangedEvent("test", next, state));
        state = next;
    }

    public static ClusterState state(EncodersMetadata metadata) {
        return ClusterState.builder(ClusterName.DEFAULT)
                .metadata(Metadata.builder()
                        .put(ProjectMetadata.builder(Metadata.DEFAULT_PROJECT_ID)
                                .putCustom(EncodersMetadata.TYPE, metadata)))
                .build();
    }

    @Override
    public void close() {
        models.close();
    }
}
