package io.lookalike.encoder;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.master.AcknowledgedResponse;
import org.elasticsearch.action.support.master.AcknowledgedTransportMasterNodeAction;
import org.elasticsearch.cluster.AckedClusterStateUpdateTask;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.block.ClusterBlockException;
import org.elasticsearch.cluster.block.ClusterBlockLevel;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.ingest.IngestMetadata;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Takes an encoder out of the cluster state. */
public final class TransportDeleteEncoderAction
        extends AcknowledgedTransportMasterNodeAction<DeleteEncoderAction.Request> {
    private static final Set<String> PROCESSORS = Set.of("image_embedding", "vector_hash");

    private final Encoders encoders;

    @Inject
    public TransportDeleteEncoderAction(
            TransportService transportService,
            ClusterService clusterService,
            ThreadPool threadPool,
            ActionFilters actionFilters,
            Encoders encoders) {
        super(
                DeleteEncoderAction.NAME,
                transportService,
                clusterService,
                threadPool,
                actionFilters,
                DeleteEncoderAction.Request::new,
                EsExecutors.DIRECT_EXECUTOR_SERVICE);
        this.encoders = encoders;
    }

    @Override
    @SuppressWarnings("deprecation") // unbatched: encoders change rarely, and one at a time
    protected void masterOperation(
            Task task,
            DeleteEncoderAction.Request request,
            ClusterState state,
            ActionListener<AcknowledgedResponse> listener) {
        if (request.id.equals(Encoders.DEFAULT)) {
            throw new IllegalArgumentException("encoder [" + request.id + "] is built in and cannot be deleted");
        }
        clusterService.submitUnbatchedStateUpdateTask(
                "delete-lookalike-encoder [" + request.id + "]", new AckedClusterStateUpdateTask(request, listener) {
                    @Override
                    public ClusterState execute(ClusterState current) {
                        EncodersMetadata metadata = EncodersMetadata.of(current);
                        if (!metadata.encoders().containsKey(request.id)) {
                            throw new ResourceNotFoundException(encoders.noSuchEncoder(request.id));
                        }
                        Set<String> pipelines = pipelinesNaming(request.id, current);
                        if (!pipelines.isEmpty() && !request.force) {
                            throw new ElasticsearchStatusException(
                                    "encoder [{}] is named by pipelines {}; delete or change them first, or add [force=true]",
                                    RestStatus.CONFLICT,
                                    request.id,
                                    pipelines);
                        }
                        return current.copyAndUpdateProject(
                                Metadata.DEFAULT_PROJECT_ID,
                                project -> project.putCustom(EncodersMetadata.TYPE, metadata.without(request.id)));
                    }
                });
    }

    static Set<String> pipelinesNaming(String id, ClusterState state) {
        Set<String> naming = new TreeSet<>();
        IngestMetadata ingest =
                state.metadata().getProject(Metadata.DEFAULT_PROJECT_ID).custom(IngestMetadata.TYPE);
        if (ingest != null) {
            ingest.getPipelines().forEach((name, pipeline) -> {
                if (names(pipeline.getConfig(), id)) {
                    naming.add(name);
                }
            });
        }
        return naming;
    }

    /** Whether a pipeline's configuration has, at any depth, a processor of ours with this encoder. */
    private static boolean names(Object config, String id) {
        if (config instanceof List<?> list) {
            return list.stream().anyMatch(entry -> names(entry, id));
        }
        if (config instanceof Map<?, ?> map) {
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                boolean ours = PROCESSORS.contains(String.valueOf(entry.getKey()))
                        && entry.getValue() instanceof Map<?, ?> processor
                        && id.equals(processor.get("encoder"));
                if (ours || names(entry.getValue(), id)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    protected ClusterBlockException checkBlock(DeleteEncoderAction.Request request, ClusterState state) {
        return state.blocks().globalBlockedException(ClusterBlockLevel.METADATA_WRITE);
    }
}
