package io.lookalike.encoder;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.ingest.IngestMetadata;

/**
 * Finds which pipelines (in their processors) and which indices (in the {@code meta} of their fields) name an encoder.
 * A mapping is read once, even if many indices share it. Thread-safe.
 */
public final class EncoderUses {
    private static final String PICTURES = "image_embedding";
    private static final Set<String> PROCESSORS = Set.of(PICTURES, "vector_hash");

    private static final int MAX_REMEMBERED = 10_000;

    /** Encoders named by a mapping, by the hash of the mapping. */
    private final Map<String, Set<String>> mappings = new ConcurrentHashMap<>();

    /** The pipelines and the indices that name one encoder. */
    public record Uses(Set<String> pipelines, Set<String> indices) {
        public static final Uses NONE = new Uses(Set.of(), Set.of());

        private Uses() {
            this(new TreeSet<>(), new TreeSet<>());
        }
    }

    private volatile Pictures pictures = new Pictures(null, Map.of());

    /** The fields of pictures, and the pipelines from which they were read. */
    private record Pictures(IngestMetadata of, Map<String, Set<String>> fields) {}

    /** The fields that pipelines read pictures from, each with the fields that they write to. */
    @SuppressWarnings("ReferenceEquality") // the same object until pipelines change
    public Map<String, Set<String>> pictures(ProjectMetadata project) {
        IngestMetadata ingest = project.custom(IngestMetadata.TYPE);
        Pictures known = pictures;
        if (known.of != ingest) {
            Map<String, Set<String>> fields = new TreeMap<>();
            if (ingest != null) {
                ingest.getPipelines()
                        .values()
                        .forEach(pipeline -> processors(pipeline.getConfig(), (type, processor) -> {
                            if (type.equals(PICTURES) && processor.get("field") instanceof String field) {
                                Set<String> targets = fields.computeIfAbsent(field, f -> new TreeSet<>());
                                each(processor, "target_field", targets::add);
                            }
                        }));
            }
            known = new Pictures(ingest, fields);
            pictures = known;
        }
        return known.fields;
    }

    /** The encoders that a mapping names. */
    public Set<String> named(MappingMetadata mapping) {
        if (mappings.size() >= MAX_REMEMBERED) {
            mappings.clear(); // most belong to indices whose mapping has changed since
        }
        return mappings.computeIfAbsent(mapping.getSha256(), hash -> read(mapping));
    }

    /** By encoder; encoders that nothing names are missing. */
    public Map<String, Uses> of(ClusterState state) {
        ProjectMetadata project = EncodersMetadata.project(state);
        Map<String, Uses> uses = new TreeMap<>();
        IngestMetadata ingest = project.custom(IngestMetadata.TYPE);
        if (ingest != null) {
            ingest.getPipelines()
                    .forEach((name, pipeline) -> processors(
                            pipeline.getConfig(),
                            (type, processor) -> each(
                                    processor,
                                    "encoder",
                                    encoder -> uses.computeIfAbsent(encoder, e -> new Uses())
                                            .pipelines
                                            .add(name))));
        }
        mappings.keySet().retainAll(project.getMappingsByHash().keySet());
        for (IndexMetadata index : project) {
            MappingMetadata mapping = index.mapping();
            if (mapping != null) {
                for (String encoder : named(mapping)) {
                    uses.computeIfAbsent(encoder, e -> new Uses())
                            .indices
                            .add(index.getIndex().getName());
                }
            }
        }
        return uses;
    }

    private static Set<String> read(MappingMetadata mapping) {
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

    /** Visits our processors at any depth of a pipeline's configuration, with their types. */
    private static void processors(Object config, BiConsumer<String, Map<?, ?>> user) {
        if (config instanceof List<?> list) {
            list.forEach(entry -> processors(entry, user));
        } else if (config instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                if (PROCESSORS.contains(key) && value instanceof Map<?, ?> processor) {
                    user.accept((String) key, processor);
                }
                processors(value, user);
            });
        }
    }

    /** Visits the values of a setting in a processor and in each of its [encoders]. */
    private static void each(Map<?, ?> processor, String setting, Consumer<String> user) {
        Stream.concat(
                        Stream.of(processor),
                        processor.get("encoders") instanceof List<?> several ? several.stream() : Stream.of())
                .forEach(one -> {
                    if (one instanceof Map<?, ?> map && map.get(setting) instanceof String value) {
                        user.accept(value);
                    }
                });
    }
}
