package io.lookalike.admin;

import io.lookalike.encoder.CodeNetwork;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.encoder.EncoderCopies;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.EncodersMetadata;
import io.lookalike.encoder.InputRangeCheck;
import io.lookalike.encoder.Messages;
import io.lookalike.image.Background;
import io.lookalike.image.Preprocessing;
import io.lookalike.inference.DefinitionResolver;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Failures;
import io.lookalike.inference.ModelDefaults;
import io.lookalike.model.ModelInfo;
import java.util.HashMap;
import java.util.Map;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.master.AcknowledgedResponse;
import org.elasticsearch.action.support.master.AcknowledgedTransportMasterNodeAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.AckedClusterStateUpdateTask;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.block.ClusterBlockException;
import org.elasticsearch.cluster.block.ClusterBlockLevel;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.logging.HeaderWarning;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/**
 * Creates an encoder on the master: resolves its definition, checks that every node has the model, and writes the
 * definition into the cluster state.
 */
public final class TransportPutEncoderAction extends AcknowledgedTransportMasterNodeAction<PutEncoderAction.Request> {
    private final Encoders encoders;
    private final Client client;

    @Inject
    public TransportPutEncoderAction(
            TransportService transportService,
            ClusterService clusterService,
            ThreadPool threadPool,
            ActionFilters actionFilters,
            Encoders encoders,
            Client client) {
        super(
                PutEncoderAction.NAME,
                transportService,
                clusterService,
                threadPool,
                actionFilters,
                PutEncoderAction.Request::new,
                threadPool.executor(ThreadPool.Names.GENERIC));
        this.encoders = encoders;
        this.client = client;
    }

    @Override
    protected void masterOperation(
            Task task,
            PutEncoderAction.Request request,
            ClusterState state,
            ActionListener<AcknowledgedResponse> listener) {
        ActionListener<AcknowledgedResponse> tamed = listener.delegateResponse(
                (next, e) -> next.onFailure(Failures.tame("encoder [" + request.id + "]", e)));
        Releasable held;
        try {
            held = encoders.resolver().reserve(request.id, request.body);
        } catch (Exception | Error e) {
            tamed.onFailure(Failures.tame("encoder [" + request.id + "]", e));
            return;
        }
        Map<String, Object> body = new HashMap<>(request.body);
        Object fingerprint = body.remove("fingerprint");
        Object sha256 = body.remove("model_sha256");
        EncoderDefinition existing = EncodersMetadata.of(state).encoders().get(request.id);
        keepBackground(body, fingerprint, existing);
        if (existing != null) {
            EncoderConfig.keepBits(body, existing.outline());
        }
        ActionListener<DefinitionResolver.Resolved> resolved = ActionListener.notifyOnce(ActionListener.runBefore(
                tamed.delegateFailureAndWrap((next, made) -> {
                    EncoderDefinition definition = made.definition();
                    requireSame(fingerprint, sha256, definition);
                    boolean outOfRange = warnOfNumbers(request, definition);
                    if (made.warning() != null && !outOfRange) {
                        HeaderWarning.addWarning("encoder [{}]: {}", request.id, made.warning());
                    }
                    ModelEverywhere.require(
                            client,
                            definition,
                            next.delegateFailureAndWrap((l, there) -> store(request, definition, l)));
                }),
                held::close));
        try {
            encoders.resolver().resolve(request.id, body, resolved);
        } catch (Exception | Error e) {
            resolved.onFailure(Failures.tame("encoder [" + request.id + "]", e));
        }
    }

    /**
     * Sets the white background for an encoder of the first release, which had only this one. Later exports name their
     * background.
     *
     * @param fingerprint in the body; null for none
     * @param existing encoder with this id; null for none
     */
    public static void keepBackground(Map<String, Object> body, Object fingerprint, EncoderDefinition existing) {
        if (fingerprint != null || (existing != null && existing.isSilentOfBackground())) {
            EncoderConfig.background(body, Background.WHITE);
        }
    }

    /** Optional checks: the fingerprint and the model's hash in the body must match, if given. */
    private static void requireSame(Object fingerprint, Object sha256, EncoderDefinition definition) {
        boolean same = (fingerprint == null || fingerprint.equals(definition.fingerprint()))
                && (sha256 == null || sha256.equals(definition.modelSha256()));
        if (!same) {
            throw new IllegalArgumentException("the body says [fingerprint] [" + Messages.show(fingerprint)
                    + "] and [model_sha256] [" + Messages.show(sha256) + "] but makes fingerprint ["
                    + definition.fingerprint() + "] with model SHA-256 [" + definition.modelSha256()
                    + "] here; put the same model there, or take both out of the body to create another encoder");
        }
    }

    /** @return whether the input of the model seems to be out of range */
    private boolean warnOfNumbers(PutEncoderAction.Request request, EncoderDefinition definition) {
        if (definition.modelSha256().isEmpty()) {
            return false;
        }
        ModelDefaults defaults = encoders.resolver().defaults();
        EncoderConfig config = EncoderConfig.parseResolved(definition.configMap());
        Map<String, Object> body = defaults.under(config.model(), request.body);
        boolean outOfRange = warnOfNumbers(request.id, "", config.model(), body, config.image());
        CodeNetwork code = config.hash().network();
        if (code != null && !config.isJoint()) {
            Map<String, Object> hash = defaults.underCode(config.model(), body);
            warnOfNumbers(request.id, "in [hash]: ", code.model(), hash, code.image());
        }
        return outOfRange;
    }

    /**
     * @param where the start of a warning
     * @param given the fields for the model, over its defaults
     */
    private boolean warnOfNumbers(
            String id, String where, String model, Map<String, Object> given, Preprocessing image) {
        ModelInfo info = encoders.models().info(model);
        if (!info.inputs().get(0).type().startsWith("float")) {
            return false;
        }
        InputRangeCheck.Found found =
                InputRangeCheck.check(id, model, encoders.resolver().defaults().of(model), given, image);
        if (found.warning() != null) {
            HeaderWarning.addWarning("{}", where + found.warning());
        }
        return found.outOfRange();
    }

    @SuppressWarnings("deprecation") // unbatched: encoders change rarely, and one at a time
    private void store(
            PutEncoderAction.Request request,
            EncoderDefinition definition,
            ActionListener<AcknowledgedResponse> listener) {
        clusterService.submitUnbatchedStateUpdateTask(
                "put-lookalike-encoder [" + request.id + "]", new AckedClusterStateUpdateTask(request, listener) {
                    @Override
                    public ClusterState execute(ClusterState current) {
                        EncodersMetadata metadata = EncodersMetadata.of(current);
                        EncoderDefinition before = metadata.encoders().get(request.id);
                        if (before != null) {
                            if (before.fingerprint().equals(definition.fingerprint())) {
                                return current;
                            }
                            throw new ElasticsearchStatusException(
                                    "encoder [{}] exists with another configuration (fingerprint [{}], this one has "
                                            + "[{}]) and cannot change, because documents carry its codes; choose "
                                            + "another id, or delete it first",
                                    RestStatus.CONFLICT,
                                    request.id,
                                    before.fingerprint(),
                                    definition.fingerprint());
                        }
                        EncoderCopies.requireRoom(current, request.id);
                        EncodersMetadata after = metadata.with(definition);
                        after.requireRoom();
                        return EncoderCopies.write(current, after);
                    }
                });
    }

    @Override
    protected ClusterBlockException checkBlock(PutEncoderAction.Request request, ClusterState state) {
        return state.blocks().globalBlockedException(ClusterBlockLevel.METADATA_WRITE);
    }
}
