package io.lookalike.encoder;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.ingest.IngestMetadata;

/**
 * Who names an encoder: pipelines in their processors, indices in the {@code meta} of their fields. A mapping is read once, however many
 * indices have it. Thread-safe.
 */
public final class EncoderUses {
    private static final Set<String> PROCESSORS = Set.of("image_embedding", "vector_hash");

    /** The encoders that a mapping names, by its hash. */
    private final Map<String, Set<String>> mappings = new ConcurrentHashMap<>();

    /** The pipelines and the indices that name one encoder. */
    record Uses(Set<String> pipelines, Set<String> indices) {
        static final Uses NONE = new Uses(Set.of(), Set.of());

        private Uses() {
            this(new TreeSet<>(), new TreeSet<>());
        }
    }

    /** By encoder; one that nothing names is left out. */
    Map<String, Uses> of(ClusterState state) {
        ProjectMetadata project = state.metadata().getProject(Metadata.DEFAULT_PROJECT_ID);
        Map<String, Uses> uses = new TreeMap<>();
        IngestMetadata ingest = project.custom(IngestMetadata.TYPE);
        if (ingest != null) {
            ingest.getPipelines()
                    .forEach((name, pipeline) -> processors(
                            pipeline.getConfig(),
                            encoder -> uses.computeIfAbsent(encoder, e -> new Uses())
                                    .pipelines
                                    .add(name)));
        }
        mappings.keySet().retainAll(project.getMappingsByHash().keySet());
        for (IndexMetadata index : project) {
            MappingMetadata mapping = index.mapping();
            if (mapping != null) {
                for (String encoder : mappings.computeIfAbsent(mapping.getSha256(), hash -> named(mapping))) {
                    uses.computeIfAbsent(encoder, e -> new Uses())
                            .indices
                            .add(index.getIndex().getName());
                }
            }
        }
        return uses;
    }

    private static Set<String> named(MappingMetadata mapping) {
        Set<String> encoders = new TreeSet<>();
        if (mapping.source().string().contains(Mappings.META_ENCODER)) {
            fields(mapping.sourceAsMap(), encoders::add);
        }
        return encoders;
    }

    private static void fields(Object mapping, Consumer<String> encoders) {
        if (mapping instanceof Map<?, ?> map) {
            if (map.get("meta") instanceof Map<?, ?> meta
                    && meta.get(Mappings.META_ENCODER) instanceof String encoder) {
                encoders.accept(encoder);
            }
            map.values().forEach(value -> fields(value, encoders));
        }
    }

    /** The encoders of the processors of ours that a pipeline's configuration has at any depth. */
    private static void processors(Object config, Consumer<String> encoders) {
        if (config instanceof List<?> list) {
            list.forEach(entry -> processors(entry, encoders));
        } else if (config instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                if (PROCESSORS.contains(key) && value instanceof Map<?, ?> processor) {
                    encoder(processor, encoders);
                    if (processor.get("encoders") instanceof List<?> several) {
                        several.forEach(each -> {
                            if (each instanceof Map<?, ?> one) {
                                encoder(one, encoders);
                            }
                        });
                    }
                }
                processors(value, encoders);
            });
        }
    }

    private static void encoder(Map<?, ?> config, Consumer<String> encoders) {
        if (config.get("encoder") instanceof String encoder) {
            encoders.accept(encoder);
        }
    }
}
