package io.lookalike.encoder;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.lucene.util.UnicodeUtil;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.ClusterStateListener;
import org.elasticsearch.cluster.ClusterStateUpdateTask;
import org.elasticsearch.cluster.metadata.ComponentTemplate;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.metadata.Template;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.gateway.GatewayService;
import org.elasticsearch.logging.LogManager;
import org.elasticsearch.logging.Logger;
import org.elasticsearch.rest.RestStatus;

/**
 * Keeps copies of the encoders in the {@code _meta} of component templates that no index uses. A node that starts
 * without the plugin drops {@link EncodersMetadata}, which it cannot read, but keeps templates.
 *
 * <p>A copy is written and removed in the same task as its encoder. When encoders were dropped, they are restored from
 * their copies ({@link #restored}); the master then writes whatever is missing. Where both exist, the encoder counts.
 * Thread-safe.
 */
public final class EncoderCopies implements ClusterStateListener {
    static final String PREFIX = "lookalike@";
    /** Key of a template's {@code _meta}. */
    static final String ENCODER = "lookalike_encoder";

    private static final Logger LOGGER = LogManager.getLogger(EncoderCopies.class);

    private final ClusterService clusterService;
    private final AtomicBoolean writing = new AtomicBoolean();
    /** Used only by the thread that applies cluster states. */
    private EncodersMetadata.Parts seen;

    public EncoderCopies(ClusterService clusterService) {
        this.clusterService = clusterService;
    }

    /** The state with exactly these encoders and their copies. */
    public static ClusterState write(ClusterState state, EncodersMetadata encoders) {
        ProjectMetadata before = EncodersMetadata.project(state);
        return state.copyAndUpdateProject(Metadata.DEFAULT_PROJECT_ID, project -> {
            project.putCustom(EncodersMetadata.TYPE, encoders);
            EncodersMetadata.of(state).encoders().keySet().stream()
                    .filter(id -> !encoders.encoders().containsKey(id) && isCopy(before, id))
                    .forEach(id -> project.removeComponentTemplate(PREFIX + id));
            encoders.encoders().values().stream()
                    .filter(encoder -> !isCopied(before, encoder))
                    .forEach(encoder -> project.put(PREFIX + encoder.id(), copy(encoder)));
        });
    }

    /** Refuses an encoder whose copy would replace a template that a user made. */
    public static void requireRoom(ClusterState state, String id) {
        ComponentTemplate template =
                EncodersMetadata.project(state).componentTemplates().get(PREFIX + id);
        if (template != null && !isCopy(EncodersMetadata.project(state), id)) {
            throw new ElasticsearchStatusException(
                    "component template [{}] exists and is not a copy of an encoder, but encoder [{}] needs this name "
                            + "for its copy; rename the template, or choose another id",
                    RestStatus.CONFLICT,
                    PREFIX + id,
                    id);
        }
    }

    /** Refuses to delete an encoder whose copy is named in an index template. */
    public static void requireUnused(ClusterState state, String id) {
        Set<String> users = new TreeSet<>();
        EncodersMetadata.project(state).templatesV2().forEach((name, template) -> {
            if (template.composedOf().contains(PREFIX + id)) {
                users.add(name);
            }
        });
        if (!users.isEmpty() && isCopy(EncodersMetadata.project(state), id)) {
            throw new ElasticsearchStatusException(
                    "index templates {} name component template [{}] in [composed_of]; it only holds the copy of "
                            + "encoder [{}] and is deleted with it, so remove it from them first",
                    RestStatus.CONFLICT,
                    Messages.cut(users),
                    PREFIX + id,
                    id);
        }
    }

    private static ComponentTemplate copy(EncoderDefinition encoder) {
        return new ComponentTemplate(
                Template.builder().build(),
                null,
                Map.of(
                        "managed",
                        true,
                        "description",
                        "A copy of image encoder [" + encoder.id()
                                + "], which it is restored from after a start without the plugin lookalike. DELETE "
                                + "/_lookalike/encoder/"
                                + encoder.id() + " removes both.",
                        ENCODER,
                        encoder.toMap()));
    }

    private static boolean isCopy(ProjectMetadata project, String id) {
        ComponentTemplate template = project.componentTemplates().get(PREFIX + id);
        return template != null
                && template.metadata() != null
                && template.metadata().containsKey(ENCODER);
    }

    /** Compares no arrays; {@link #restored} checks the fingerprint before it uses a copy. */
    private static boolean isCopied(ProjectMetadata project, EncoderDefinition encoder) {
        return isCopy(project, encoder.id())
                && project.componentTemplates()
                                .get(PREFIX + encoder.id())
                                .metadata()
                                .get(ENCODER)
                        instanceof Map<?, ?> copy
                && encoder.fingerprint().equals(copy.get("fingerprint"))
                && encoder.modelSha256().equals(copy.get("model_sha256"))
                && copy.get("config") instanceof String config
                && UnicodeUtil.calcUTF16toUTF8Length(config, 0, config.length()) == encoder.length();
    }

    /** Reads the encoders from their copies. Logs a template that is not a valid copy, and does not change it. */
    static EncodersMetadata restored(ProjectMetadata project) {
        Map<String, EncoderDefinition> all = new TreeMap<>();
        for (Map.Entry<String, ComponentTemplate> template :
                project.componentTemplates().entrySet()) {
            if (!template.getKey().startsWith(PREFIX)) {
                continue;
            }
            String id = template.getKey().substring(PREFIX.length());
            if (!isCopy(project, id)) {
                continue;
            }
            try {
                EncoderDefinition.requireId(id);
                EncoderDefinition encoder = EncoderDefinition.fromMap(
                        id, (Map<?, ?>) template.getValue().metadata().get(ENCODER));
                all.put(id, encoder);
                new EncodersMetadata(all).requireRoom();
            } catch (RuntimeException e) {
                all.remove(id);
                LOGGER.warn("component template [" + template.getKey() + "] is not a valid copy of an encoder", e);
            }
        }
        return all.isEmpty() ? EncodersMetadata.EMPTY : new EncodersMetadata(all);
    }

    @Override
    public void clusterChanged(ClusterChangedEvent event) {
        if (!event.localNodeMaster()
                || event.state().blocks().hasGlobalBlock(GatewayService.STATE_NOT_RECOVERED_BLOCK)) {
            return;
        }
        EncodersMetadata.Parts now = EncodersMetadata.Parts.of(event.state());
        if (!now.isSame(seen) && !writing.get()) {
            seen = now;
            if (!isWritten(event.state()) && writing.compareAndSet(false, true)) {
                writeBack();
            }
        }
    }

    static boolean isWritten(ClusterState state) {
        EncodersMetadata all = EncodersMetadata.of(state);
        EncodersMetadata there = EncodersMetadata.project(state).custom(EncodersMetadata.TYPE, EncodersMetadata.EMPTY);
        return all.encoders().size() == there.encoders().size()
                && all.encoders().values().stream()
                        .allMatch(encoder -> isCopied(EncodersMetadata.project(state), encoder));
    }

    @SuppressWarnings("deprecation") // unbatched: rare
    private void writeBack() {
        clusterService.submitUnbatchedStateUpdateTask("write-back-lookalike-encoders", new ClusterStateUpdateTask() {
            @Override
            public ClusterState execute(ClusterState current) {
                return isWritten(current) ? current : write(current, EncodersMetadata.of(current));
            }

            @Override
            public void clusterStateProcessed(ClusterState before, ClusterState after) {
                writing.set(false);
                EncodersMetadata.of(after).encoders().keySet().stream()
                        .filter(id -> !EncodersMetadata.here(before).encoders().containsKey(id))
                        .forEach(id -> LOGGER.info("encoder [{}] is restored from its copy", id));
                EncodersMetadata.here(before).encoders().values().stream()
                        .filter(encoder -> EncodersMetadata.project(before)
                                        .componentTemplates()
                                        .containsKey(PREFIX + encoder.id())
                                && !isCopied(EncodersMetadata.project(before), encoder))
                        .forEach(encoder -> LOGGER.warn(
                                "component template [{}] was changed, and is written again as the copy of encoder [{}]",
                                PREFIX + encoder.id(),
                                encoder.id()));
            }

            @Override
            public void onFailure(Exception e) {
                writing.set(false);
                LOGGER.warn(
                        "encoders and their copies could not be written back; this is tried again when either changes",
                        e);
            }
        });
    }
}
