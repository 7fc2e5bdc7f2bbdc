package io.lookalike;

import io.lookalike.admin.DeleteEncoderAction;
import io.lookalike.admin.EncodeAction;
import io.lookalike.admin.EncoderHealth;
import io.lookalike.admin.GetEncodersAction;
import io.lookalike.admin.ModelHealth;
import io.lookalike.admin.ModelsAction;
import io.lookalike.admin.PutEncoderAction;
import io.lookalike.admin.StatsAction;
import io.lookalike.admin.TransportDeleteEncoderAction;
import io.lookalike.admin.TransportEncodeAction;
import io.lookalike.admin.TransportGetEncodersAction;
import io.lookalike.admin.TransportModelsAction;
import io.lookalike.admin.TransportPutEncoderAction;
import io.lookalike.admin.TransportStatsAction;
import io.lookalike.duplicates.DuplicatesAction;
import io.lookalike.duplicates.TransportDuplicatesAction;
import io.lookalike.encoder.EncoderCopies;
import io.lookalike.encoder.EncoderUses;
import io.lookalike.encoder.EncodersMetadata;
import io.lookalike.evaluate.EvaluateAction;
import io.lookalike.evaluate.TransportEvaluateAction;
import io.lookalike.inference.CurrentSearch;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.LookalikeSettings;
import io.lookalike.inference.PictureBreaker;
import io.lookalike.ingest.ImageEmbeddingProcessor;
import io.lookalike.ingest.PipelineGuard;
import io.lookalike.ingest.VanishedPictures;
import io.lookalike.ingest.VectorHashProcessor;
import io.lookalike.model.Models;
import io.lookalike.query.HashKnnQueryBuilder;
import io.lookalike.query.HashRadiusQueryBuilder;
import io.lookalike.query.ImageEmbeddingVectorBuilder;
import io.lookalike.query.LeftOut;
import io.lookalike.query.StoredValues;
import io.lookalike.query.StoredValuesPhase;
import io.lookalike.reencode.ReencodeAction;
import io.lookalike.reencode.TransportReencodeAction;
import io.lookalike.rest.RestDeleteEncoderAction;
import io.lookalike.rest.RestDuplicatesAction;
import io.lookalike.rest.RestEncodeAction;
import io.lookalike.rest.RestEncoderMappingAction;
import io.lookalike.rest.RestEvaluateAction;
import io.lookalike.rest.RestGetEncodersAction;
import io.lookalike.rest.RestGetTrainingAction;
import io.lookalike.rest.RestModelsAction;
import io.lookalike.rest.RestPutEncoderAction;
import io.lookalike.rest.RestReencodeAction;
import io.lookalike.rest.RestStatsAction;
import io.lookalike.rest.RestTrainAction;
import io.lookalike.search.FingerprintDocsCache;
import io.lookalike.search.frame.Helpers;
import io.lookalike.task.ComputePool;
import io.lookalike.task.LongTaskStatus;
import io.lookalike.train.GetTrainingAction;
import io.lookalike.train.TrainAction;
import io.lookalike.train.TransportGetTrainingAction;
import io.lookalike.train.TransportTrainAction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.NamedDiff;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.health.HealthIndicatorService;
import org.elasticsearch.indices.breaker.BreakerSettings;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.CircuitBreakerPlugin;
import org.elasticsearch.plugins.HealthPlugin;
import org.elasticsearch.plugins.IngestPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.SearchPlugin;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.search.fetch.FetchSubPhase;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ExecutorBuilder;
import org.elasticsearch.threadpool.FixedExecutorBuilder;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.ParseField;

/** Registers everything that Lookalike adds to a node; the code is in the packages. */
public final class LookalikePlugin extends Plugin
        implements ActionPlugin, CircuitBreakerPlugin, HealthPlugin, IngestPlugin, SearchPlugin {
    private static final int TRAINING_QUEUE = 1_000;

    private final PictureBreaker breaker = new PictureBreaker();
    private volatile Models models;
    private volatile Encoders encoders;
    private volatile ModelHealth health;
    private volatile EncoderHealth encoderHealth;
    private volatile FingerprintDocsCache fingerprintDocs;
    /** Of the node, once it has threads. */
    private volatile Helpers helpers = Helpers.NONE;

    private volatile List<MappedActionFilter> filters = List.of();

    @Override
    public Collection<?> createComponents(PluginServices services) {
        breaker.watch(services.bigArrays().breakerService().getBreaker(CircuitBreaker.IN_FLIGHT_REQUESTS));
        models = new Models(
                services.environment().configDir().resolve("lookalike").resolve("models"),
                LookalikeSettings.sessions(services.environment().settings()),
                services.environment().tmpDir(),
                LookalikeSettings.MODEL_MEMORY
                        .get(services.environment().settings())
                        .getBytes());
        encoders = new Encoders(
                models,
                services.threadPool(),
                new LookalikeSettings(services.clusterService().getClusterSettings()),
                breaker);
        // runs before pipelines are built from the same state, because they look up encoders
        services.clusterService().addHighPriorityApplier(encoders);
        health = new ModelHealth(services.clusterService(), services.client(), encoders);
        services.clusterService().addListener(health);
        EncoderUses uses = new EncoderUses();
        encoderHealth = new EncoderHealth(services.clusterService(), uses);
        services.clusterService().addListener(new EncoderCopies(services.clusterService()));
        fingerprintDocs = new FingerprintDocsCache(services.environment().settings(), breaker);
        List<String> pools = new ArrayList<>(Encoders.poolNames());
        pools.add(ComputePool.POOL);
        helpers = Helpers.of(services.threadPool(), services.environment().settings(), pools);
        List<MappedActionFilter> all = new ArrayList<>(PipelineGuard.all(
                uses,
                () -> EncodersMetadata.project(services.clusterService().state()),
                services.threadPool().getThreadContext()));
        all.add(new CurrentSearch(
                services.threadPool().getThreadContext(),
                () -> services.taskManager().getNodeId()));
        all.add(new VanishedPictures(services.threadPool().getThreadContext()));
        all.add(new LeftOut((NodeClient) services.client(), services.taskManager(), fingerprintDocs));
        filters = List.copyOf(all);
        return List.of(
                encoders,
                uses,
                new ComputePool(services.threadPool(), services.environment().settings(), breaker));
    }

    @Override
    public BreakerSettings getCircuitBreaker(Settings settings) {
        return PictureBreaker.settings(settings);
    }

    @Override
    public void setCircuitBreaker(CircuitBreaker made) {
        breaker.set(made);
    }

    @Override
    public Collection<HealthIndicatorService> getHealthIndicatorServices() {
        return List.of(health, encoderHealth);
    }

    @Override
    public Settings additionalSettings() {
        return PictureBreaker.onSmallHeap();
    }

    @Override
    public List<Setting<?>> getSettings() {
        List<Setting<?>> all = new ArrayList<>(LookalikeSettings.ALL);
        all.add(FingerprintDocsCache.SIZE);
        all.add(ComputePool.THREADS);
        return all;
    }

    @Override
    public List<ExecutorBuilder<?>> getExecutorBuilders(Settings settings) {
        List<ExecutorBuilder<?>> all = new ArrayList<>(Encoders.pools(settings));
        all.add(new FixedExecutorBuilder(
                settings,
                ComputePool.POOL,
                ComputePool.THREADS.get(settings),
                TRAINING_QUEUE,
                "thread_pool." + ComputePool.POOL,
                EsExecutors.TaskTrackingConfig.DO_NOT_TRACK));
        return all;
    }

    @Override
    public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
        Supplier<ProjectMetadata> project = () -> EncodersMetadata.project(
                parameters.ingestService.getClusterService().state());
        return Map.of(
                ImageEmbeddingProcessor.TYPE, new ImageEmbeddingProcessor.Factory(() -> encoders, project),
                VectorHashProcessor.TYPE, new VectorHashProcessor.Factory(() -> encoders, project));
    }

    @Override
    public List<QuerySpec<?>> getQueries() {
        return List.of(
                new QuerySpec<>(
                        HashKnnQueryBuilder.NAME,
                        in -> new HashKnnQueryBuilder(in, fingerprintDocs, helpers),
                        p -> HashKnnQueryBuilder.fromXContent(p, encoders, fingerprintDocs, helpers)),
                new QuerySpec<>(
                        HashRadiusQueryBuilder.NAME,
                        in -> new HashRadiusQueryBuilder(in, fingerprintDocs),
                        p -> HashRadiusQueryBuilder.fromXContent(p, encoders, fingerprintDocs)));
    }

    @Override
    public List<QueryVectorBuilderSpec<?>> getQueryVectorBuilders() {
        return List.of(new QueryVectorBuilderSpec<>(
                ImageEmbeddingVectorBuilder.NAME,
                in -> new ImageEmbeddingVectorBuilder(in, encoders),
                (p, c) -> ImageEmbeddingVectorBuilder.fromXContent(p, encoders)));
    }

    @Override
    public List<FetchSubPhase> getFetchSubPhases(FetchPhaseConstructionContext context) {
        return List.of(new StoredValuesPhase());
    }

    @Override
    public List<SearchExtSpec<?>> getSearchExts() {
        return List.of(new SearchExtSpec<>(StoredValues.NAME, StoredValues::new, StoredValues::fromXContent));
    }

    @Override
    public List<ActionHandler> getActions() {
        return List.of(
                new ActionHandler(PutEncoderAction.INSTANCE, TransportPutEncoderAction.class),
                new ActionHandler(DeleteEncoderAction.INSTANCE, TransportDeleteEncoderAction.class),
                new ActionHandler(GetEncodersAction.INSTANCE, TransportGetEncodersAction.class),
                new ActionHandler(EncodeAction.INSTANCE, TransportEncodeAction.class),
                new ActionHandler(EvaluateAction.INSTANCE, TransportEvaluateAction.class),
                new ActionHandler(ModelsAction.INSTANCE, TransportModelsAction.class),
                new ActionHandler(StatsAction.INSTANCE, TransportStatsAction.class),
                new ActionHandler(TrainAction.INSTANCE, TransportTrainAction.class),
                new ActionHandler(GetTrainingAction.INSTANCE, TransportGetTrainingAction.class),
                new ActionHandler(ReencodeAction.INSTANCE, TransportReencodeAction.class),
                new ActionHandler(DuplicatesAction.INSTANCE, TransportDuplicatesAction.class));
    }

    @Override
    public Collection<MappedActionFilter> getMappedActionFilters() {
        return filters;
    }

    @Override
    public List<RestHandler> getRestHandlers(
            RestHandlersServices services, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
        return List.of(
                new RestPutEncoderAction(breaker),
                new RestDeleteEncoderAction(),
                new RestGetEncodersAction(breaker),
                new RestEncoderMappingAction(),
                new RestEncodeAction(breaker),
                new RestEvaluateAction(breaker),
                new RestModelsAction(),
                new RestStatsAction(),
                new RestTrainAction(breaker),
                new RestGetTrainingAction(),
                new RestReencodeAction(breaker),
                new RestDuplicatesAction(breaker));
    }

    @Override
    public List<NamedWriteableRegistry.Entry> getNamedWriteables() {
        return List.of(
                new NamedWriteableRegistry.Entry(
                        Metadata.ProjectCustom.class, EncodersMetadata.TYPE, EncodersMetadata::readFrom),
                new NamedWriteableRegistry.Entry(
                        NamedDiff.class, EncodersMetadata.TYPE, EncodersMetadata::readDiffFrom),
                new NamedWriteableRegistry.Entry(Task.Status.class, LongTaskStatus.NAME, LongTaskStatus::readFrom));
    }

    @Override
    public List<NamedXContentRegistry.Entry> getNamedXContent() {
        return List.of(new NamedXContentRegistry.Entry(
                Metadata.ProjectCustom.class, new ParseField(EncodersMetadata.TYPE), EncodersMetadata::fromXContent));
    }

    @Override
    public void close() {
        if (encoders != null) {
            encoders.close();
        }
        if (models != null) {
            models.close();
        }
    }
}
