package io.lookalike.ingest;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoders;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.ingest.ConfigurationUtils;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;

/**
 * Reads and checks the options of a processor in a pipeline.
 *
 * <p>A pipeline that names an encoder which does not exist is refused when a user sends it. It is accepted when a node
 * reads it from the cluster state: if an encoder was deleted by force, documents fail until the encoder exists again.
 */
abstract class EncodingProcessorFactory implements Processor.Factory {
    private static final Set<String> RESERVED = reserved();
    private static final String ENCODERS = "encoders";
    private static final String REGIONS = "regions_field";
    private static final int MAX_ENCODERS = 16;

    private final String type;
    private final boolean removesSource;
    /** A supplier, because processors are registered before the encoders exist. */
    private final Supplier<Encoders> encoders;

    private final Supplier<ProjectMetadata> project;

    /** @param removesSource the default of {@code remove_source} */
    EncodingProcessorFactory(
            String type, boolean removesSource, Supplier<Encoders> encoders, Supplier<ProjectMetadata> project) {
        this.type = type;
        this.removesSource = removesSource;
        this.encoders = encoders;
        this.project = project;
    }

    private static Set<String> reserved() {
        Set<String> names = new HashSet<>(Set.of(IngestDocument.INGEST_KEY, IngestDocument.SOURCE_KEY));
        for (IngestDocument.Metadata metadata : IngestDocument.Metadata.values()) {
            names.add(metadata.getFieldName());
        }
        return names;
    }

    final Encoders encoders() {
        return encoders.get();
    }

    /** Whether the processor has options for boxes. */
    boolean takesRegions() {
        return false;
    }

    /** Why the processor cannot use an encoder that a user created; null when it can. */
    String unusable(EncoderDefinition encoder) {
        return null;
    }

    abstract Processor create(String tag, String description, ProcessorOptions options);

    @Override
    public final Processor create(
            Map<String, Processor.Factory> registry,
            String tag,
            String description,
            Map<String, Object> config,
            ProjectId projectId) {
        String field = ConfigurationUtils.readStringProperty(type, tag, config, "field");
        List<Target> targets = targets(tag, config);
        boolean removeSource =
                ConfigurationUtils.readBooleanProperty(type, tag, config, "remove_source", removesSource);
        boolean ignoreMissing = ConfigurationUtils.readBooleanProperty(type, tag, config, "ignore_missing", false);
        checkName(tag, "field", field);
        Boxes boxes = takesRegions() ? Boxes.read(type, tag, config) : null;
        if (boxes != null) {
            checkName(tag, REGIONS, boxes.field());
            checkApart(tag, boxes.field(), "field", field);
            targets.forEach(target -> checkApart(tag, boxes.field(), "target_field", target.field()));
        }
        boolean checkMapping = ConfigurationUtils.readBooleanProperty(type, tag, config, "check_mapping", true);
        TargetMappings mappings =
                checkMapping ? new TargetMappings(encoders(), project, targets, removeSource ? null : field) : null;
        targets.forEach(target -> check(tag, field, target));
        checkApart(tag, targets);
        return create(
                tag, description, new ProcessorOptions(targets, mappings, field, removeSource, ignoreMissing, boxes));
    }

    private ElasticsearchException wrong(String tag, String property, String reason) {
        return ConfigurationUtils.newConfigurationException(type, tag, property, reason);
    }

    /** Reads one encoder and its field, or a list of them. */
    private List<Target> targets(String tag, Map<String, Object> config) {
        if (!config.containsKey(ENCODERS)) {
            return List.of(target(tag, config));
        }
        for (String one : List.of("encoder", "target_field")) {
            if (config.containsKey(one)) {
                throw wrong(tag, one, "cannot stand beside [" + ENCODERS + "]; move it into an entry of that list");
            }
        }
        List<Target> targets = new ArrayList<>();
        for (Object entry : ConfigurationUtils.readList(type, tag, config, ENCODERS)) {
            if (!(entry instanceof Map<?, ?> map)) {
                throw wrong(
                        tag,
                        ENCODERS,
                        "must hold objects such as {\"encoder\": \"default\", \"target_field\": \"photo\"}; got ["
                                + Messages.show(entry) + "]");
            }
            Map<String, Object> left = new HashMap<>();
            map.forEach((key, value) -> left.put((String) key, value));
            targets.add(target(tag, left));
            if (!left.isEmpty()) {
                throw wrong(tag, ENCODERS, "has an entry with unknown keys " + Messages.show(left.keySet()));
            }
        }
        if (targets.isEmpty() || targets.size() > MAX_ENCODERS) {
            throw wrong(tag, ENCODERS, "must name from [1] to [" + MAX_ENCODERS + "]; got [" + targets.size() + "]");
        }
        return targets;
    }

    private Target target(String tag, Map<String, Object> config) {
        String field = ConfigurationUtils.readStringProperty(type, tag, config, "target_field");
        return new Target(
                ConfigurationUtils.readStringProperty(type, tag, config, "encoder", EncoderDefinition.DEFAULT), field);
    }

    private void check(String tag, String field, Target target) {
        if (!encoders().registry().isApplying() && !encoders().registry().exists(target.encoder())) {
            throw wrong(tag, "encoder", encoders().registry().noSuchEncoder(target.encoder()));
        }
        EncoderDefinition encoder = encoders().registry().isApplying()
                ? null
                : encoders().registry().created().get(target.encoder());
        String unusable = encoder == null ? null : unusable(encoder);
        if (unusable != null) {
            throw wrong(tag, "encoder", unusable);
        }
        checkName(tag, "target_field", target.field());
        String first = target.field().split("\\.", 2)[0];
        if (RESERVED.contains(first)) {
            throw wrong(tag, "target_field", "must lie in the document's source; [" + first + "] does not");
        }
        if (Mappings.overlap(target.field(), field)) {
            throw wrong(
                    tag,
                    "target_field",
                    "[" + target.field() + "] must not equal, contain or lie inside [field] [" + field + "]");
        }
    }

    private void checkApart(String tag, List<Target> targets) {
        for (int i = 0; i < targets.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (Mappings.overlap(targets.get(i).field(), targets.get(j).field())) {
                    throw wrong(
                            tag,
                            ENCODERS,
                            "[target_field] [" + targets.get(i).field() + "] must not equal, contain or lie inside ["
                                    + targets.get(j).field() + "]");
                }
            }
        }
    }

    private void checkApart(String tag, String regions, String property, String other) {
        if (Mappings.overlap(regions, other)) {
            throw wrong(
                    tag,
                    REGIONS,
                    "[" + regions + "] must not equal, contain or lie inside [" + property + "] [" + other + "]");
        }
    }

    private void checkName(String tag, String property, String name) {
        if (!Mappings.isFieldName(name)) {
            throw wrong(tag, property, "must be a field's name, such as [photo]; got [" + Messages.show(name) + "]");
        }
    }
}
