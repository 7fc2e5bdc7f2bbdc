package io.lookalike.reencode;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.EncodersMetadata;
import io.lookalike.encoder.FieldNames;
import io.lookalike.inference.Encoder;
import io.lookalike.inference.Encoders;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.FieldLookup;
import io.lookalike.task.LongTask;
import io.lookalike.task.LostNodes;
import io.lookalike.task.Sampling;
import io.lookalike.task.TaskClient;
import io.lookalike.task.VectorField;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.block.ClusterBlockException;
import org.elasticsearch.cluster.block.ClusterBlockLevel;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.index.Index;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/**
 * Reencodes on the node that got the request: checks the request, adds the mapping, and updates the documents. Encodes
 * on the threads of ingest.
 */
public final class TransportReencodeAction extends TransportAction<ReencodeAction.Request, ReencodeAction.Response> {
    private final Encoders encoders;
    private final ClusterService clusterService;
    private final IndexNameExpressionResolver names;
    private final Client client;

    @Inject
    public TransportReencodeAction(
            TransportService transportService,
            ClusterService clusterService,
            ActionFilters actionFilters,
            IndexNameExpressionResolver names,
            Encoders encoders,
            Client client) {
        super(
                ReencodeAction.NAME,
                actionFilters,
                transportService.getTaskManager(),
                clusterService.threadPool().executor(ThreadPool.Names.GENERIC));
        this.encoders = encoders;
        this.clusterService = clusterService;
        this.names = names;
        this.client = client;
    }

    @Override
    public void doExecute(Task task, ReencodeAction.Request request, ActionListener<ReencodeAction.Response> listener) {
        LongTask own = (LongTask) task;
        var nodes = clusterService.state().nodes();
        AsyncSteps.<ReencodeAction.Response>first(l -> start(own, request, l))
                .to(own.outcome(
                        clusterService.threadPool().getThreadContext(),
                        listener,
                        e -> LostNodes.explain(nodes, "what was written stays", e)));
    }

    private void start(
            LongTask task, ReencodeAction.Request request, ActionListener<ReencodeAction.Response> listener) {
        EncoderDefinition target = encoders.registry().definition(request.to);
        Encoder from = encoders.registry().encoder(request.from);
        Encoder to = encoders.registry().encoder(request.to);
        to.requireVectorCodes("index the pictures again with [" + request.to + "]");
        int stages = to.stagesOf(from);
        if (stages < 0) {
            throw new IllegalArgumentException("vectors of encoder [" + request.from + "] do not become those of ["
                    + request.to
                    + "], which was not trained from it: model, [image] with its [background], [output], [pooling], "
                    + "[normalize] and [dims] must be the same, and [project] must begin with the stages of ["
                    + request.from + "]; index the pictures again with [" + request.to + "]");
        }
        TaskClient child = new TaskClient(client, clusterService.localNode(), task);
        String field = request.sourceField == null ? null : FieldNames.below(request.sourceField, FieldNames.VECTOR);
        AsyncSteps.<VectorField>first(l -> new FieldLookup(
                                child,
                                List.of(request.indices()),
                                Sampling.OPTIONS,
                                EncodersMetadata.project(clusterService.state()))
                        .vectors(field, request.from, "give the object that holds one in [source_field]", l))
                .<DocumentReencoder>then((l, source) -> {
                    requireFields(source, request.targetField);
                    List<IndexMetadata> lacking =
                            TargetMapping.lacking(indices(request), source, target, request.targetField);
                    DocumentReencoder reencoder = new DocumentReencoder(from, to, stages, source, request.targetField);
                    request.accept();
                    task.at("mapping", 0, lacking.size());
                    TargetMapping.add(
                            child,
                            lacking,
                            source,
                            target,
                            request.targetField,
                            request.graph,
                            AsyncSteps.map(l, done -> reencoder));
                })
                .<ReencodeAction.Response>then((l, reencoder) -> {
                    Executor executor = encoders.documentPool();
                    new ReencodeRun(child, clusterService.threadPool(), executor, task, request, reencoder).run(l);
                })
                .to(listener);
    }

    private static void requireFields(VectorField source, String target) {
        String holder = FieldNames.parent(source.name());
        if (holder.isEmpty() || !FieldNames.last(source.name()).equals(FieldNames.VECTOR)) {
            throw new IllegalArgumentException("field [" + source.name()
                    + "] is not named [vector] within an object, as the fields of an encoder are; give the "
                    + "object in [source_field]");
        }
        if (target.equals(holder) || target.startsWith(holder + ".") || holder.startsWith(target + ".")) {
            throw new IllegalArgumentException(
                    "[target_field] [" + target + "] must not equal, contain or lie inside [source_field] [" + holder
                            + "]: what an encoder made is never changed in place, so that searches go on; name a new "
                            + "field");
        }
        String parent = FieldNames.parent(target);
        if (!parent.isEmpty() && !holder.startsWith(parent + ".")) {
            throw new IllegalArgumentException("[target_field] [" + target + "] must lie beside [source_field] ["
                    + holder + "] or further out; name another field");
        }
        if (source.nested() != null && !source.nested().equals(holder)) {
            throw new IllegalArgumentException("field [" + source.name() + "] lies within nested [" + source.nested()
                    + "]; only where [source_field] itself is nested, or nothing is, can it be reencoded; "
                    + "index the documents again");
        }
    }

    /** The indices of the request; throws if one cannot be written to. */
    private List<IndexMetadata> indices(ReencodeAction.Request request) throws ClusterBlockException {
        ClusterState state = clusterService.state();
        ProjectMetadata project = EncodersMetadata.project(state);
        Index[] indices = names.concreteIndices(project, request);
        ClusterBlockException blocked = state.blocks()
                .indicesBlockedException(
                        Metadata.DEFAULT_PROJECT_ID,
                        ClusterBlockLevel.WRITE,
                        Arrays.stream(indices).map(Index::getName).toArray(String[]::new));
        if (blocked != null) {
            throw blocked;
        }
        return Arrays.stream(indices).map(project::index).toList();
    }
}
