package io.lookalike.admin;

import io.lookalike.encoder.EncoderCopies;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.EncoderUses;
import io.lookalike.encoder.EncodersMetadata;
import io.lookalike.inference.Encoders;
import java.util.List;
import java.util.Set;
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
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Removes an encoder from the cluster state. */
public final class TransportDeleteEncoderAction
        extends AcknowledgedTransportMasterNodeAction<DeleteEncoderAction.Request> {
    private static final int SHOWN = 20;

    private final Encoders encoders;
    private final EncoderUses uses;

    @Inject
    public TransportDeleteEncoderAction(
            TransportService transportService,
            ClusterService clusterService,
            ThreadPool threadPool,
            ActionFilters actionFilters,
            Encoders encoders,
            EncoderUses uses) {
        super(
                DeleteEncoderAction.NAME,
                transportService,
                clusterService,
                threadPool,
                actionFilters,
                DeleteEncoderAction.Request::new,
                EsExecutors.DIRECT_EXECUTOR_SERVICE);
        this.encoders = encoders;
        this.uses = uses;
    }

    @Override
    @SuppressWarnings("deprecation") // unbatched: encoders change rarely, and one at a time
    protected void masterOperation(
            Task task,
            DeleteEncoderAction.Request request,
            ClusterState state,
            ActionListener<AcknowledgedResponse> listener) {
        if (request.id.equals(EncoderDefinition.DEFAULT)) {
            throw new IllegalArgumentException("encoder [" + request.id + "] is built in and cannot be deleted");
        }
        clusterService.submitUnbatchedStateUpdateTask(
                "delete-lookalike-encoder [" + request.id + "]", new AckedClusterStateUpdateTask(request, listener) {
                    @Override
                    public ClusterState execute(ClusterState current) {
                        EncodersMetadata metadata = EncodersMetadata.of(current);
                        if (!metadata.encoders().containsKey(request.id)) {
                            throw new ResourceNotFoundException(
                                    encoders.registry().noSuchEncoder(request.id));
                        }
                        EncoderUses.Uses named = uses.of(current).getOrDefault(request.id, EncoderUses.Uses.NONE);
                        if (!request.force
                                && !(named.pipelines().isEmpty()
                                        && named.indices().isEmpty())) {
                            throw new ElasticsearchStatusException(
                                    "encoder [{}] is named by pipelines {} and by mappings of indices {}; delete or "
                                            + "change them first, or add [force=true]",
                                    RestStatus.CONFLICT,
                                    request.id,
                                    first(named.pipelines()),
                                    first(named.indices()));
                        }
                        EncoderCopies.requireUnused(current, request.id);
                        return EncoderCopies.write(current, metadata.without(request.id));
                    }
                });
    }

    private static List<String> first(Set<String> names) {
        return names.stream().limit(SHOWN).toList();
    }

    @Override
    protected ClusterBlockException checkBlock(DeleteEncoderAction.Request request, ClusterState state) {
        return state.blocks().globalBlockedException(ClusterBlockLevel.METADATA_WRITE);
    }
}
