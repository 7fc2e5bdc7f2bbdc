package io.lookalike.ingest;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Messages;
import io.lookalike.encoder.Values;
import io.lookalike.inference.Encoders;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.metadata.IndexAbstraction;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.metadata.IndexTemplateMetadata;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.cluster.metadata.MetadataIndexTemplateService;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.common.compress.CompressedXContent;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.XContentType;

/**
 * Checks that the index of a document has the mapping that its encoders need. The index may be an alias, a data stream,
 * or one that a template will create. Without the mapping, Elasticsearch would index vectors as plain numbers and codes
 * as text, and report success.
 *
 * <p>Results are cached by index until its mapping changes. Thread-safe.
 */
final class TargetMappings {
    /** The name that {@code _simulate} gives a document that names no index. */
    private static final String NO_INDEX = "_index";

    private static final int MAX_RESULTS = 1000;

    private final Encoders encoders;
    private final Supplier<ProjectMetadata> project;
    private final List<Target> targets;
    /** The source field if it stays in documents; null if it is removed. */
    private final String kept;

    private final Map<String, Result> results = new ConcurrentHashMap<>();

    TargetMappings(Encoders encoders, Supplier<ProjectMetadata> project, List<Target> targets, String kept) {
        this.encoders = encoders;
        this.project = project;
        this.targets = targets;
        this.kept = kept;
    }

    /**
     * The result for an index.
     *
     * @param version the mapping's hash, or a reference to the project that has the templates
     * @param problem null for none
     * @param notNested the error for arrays if a target is not nested; null if all are
     * @param withoutDetail the targets of which an older mapping lacks the field for {@link FieldNames#DETAIL}
     */
    private record Result(
            Object version,
            List<EncoderDefinition> definitions,
            String problem,
            String notNested,
            Set<Target> withoutDetail) {
        boolean isOf(MappingMetadata mapping, ProjectMetadata now) {
            return mapping == null
                    ? version instanceof WeakReference<?> project && now.equals(project.get())
                    : mapping.getSha256().equals(version);
        }
    }

    /**
     * @param array whether the targets become arrays
     * @param simulated mappings of a simulation; null for the real ones
     * @throws IllegalArgumentException if the mapping is wrong; says what to do
     */
    void require(String index, boolean array, SimulatedMappings simulated) {
        Result result = result(index, simulated);
        if (result == null) {
            return;
        }
        if (result.problem != null) {
            throw new IllegalArgumentException(result.problem);
        }
        if (array && result.notNested != null) {
            throw new IllegalArgumentException(result.notNested);
        }
    }

    /** Whether the mapping of an index has a field for {@link FieldNames#DETAIL}, which those of before lack. */
    boolean takesDetail(String index, Target target, SimulatedMappings simulated) {
        Result result = result(index, simulated);
        return result == null || !result.withoutDetail.contains(target);
    }

    /** Null if nothing is known of the index. */
    private Result result(String index, SimulatedMappings simulated) {
        if (index == null || index.equals(NO_INDEX)) {
            return null;
        }
        String name = IndexNameExpressionResolver.resolveDateMathExpression(index);
        ProjectMetadata now = project.get();
        List<EncoderDefinition> definitions = targets.stream()
                .map(target -> encoders.registry().definition(target.encoder()))
                .toList();
        IndexAbstraction there = now.getIndicesLookup().get(name);
        if (there != null && there.getWriteIndex() == null) {
            return null; // refused by Elasticsearch
        }
        boolean exists = there != null && !(there instanceof DataStream stream && stream.rolloverOnWrite());
        MappingMetadata mapping =
                !exists ? null : now.getIndexSafe(there.getWriteIndex()).mapping();
        Object version = mapping == null ? new WeakReference<>(now) : mapping.getSha256();
        if (simulated != null) {
            Map<String, Object> brought = simulated.over(
                    simulated.replaces()
                            ? ofTemplates(simulated.over(now), name)
                            : mapping(now, name, mapping, exists));
            return look(name, version, definitions, brought, exists);
        }
        Result result = results.get(name);
        if (result == null || !result.isOf(mapping, now) || !result.definitions.equals(definitions)) {
            result = look(name, version, definitions, mapping(now, name, mapping, exists), exists);
            if (results.size() >= MAX_RESULTS) {
                results.clear();
            }
            results.put(name, result);
        }
        return result;
    }

    private static Map<String, Object> mapping(
            ProjectMetadata now, String name, MappingMetadata mapping, boolean exists) {
        return mapping != null ? mapping.sourceAsMap() : exists ? Map.of() : ofTemplates(now, name);
    }

    private Result look(
            String index,
            Object version,
            List<EncoderDefinition> definitions,
            Map<String, Object> mapping,
            boolean exists) {
        if (kept != null && Mappings.isRefusing(Mappings.find(mapping, kept))) {
            return new Result(
                    version,
                    definitions,
                    "field [" + kept + "] of index [" + Messages.cut(index)
                            + "] refuses what is not removed, but [remove_source] is [false]; create the index with "
                            + "GET "
                            + MappingCheck.call(
                                    definitions.getFirst(), targets.getFirst().field()) + "&field=" + kept
                            + "&remove_source=false, or set [remove_source] to [true]",
                    null,
                    Set.of());
        }
        String notNested = null;
        Set<Target> withoutDetail = new HashSet<>();
        for (int i = 0; i < targets.size(); i++) {
            Target target = targets.get(i);
            String problem =
                    new MappingCheck(encoders, index, mapping, exists, definitions.get(i), target.field()).problem();
            if (problem != null) {
                return new Result(
                        version, definitions, problem + ", or set [check_mapping] to [false]", null, Set.of());
            }
            Map<?, ?> detail = Mappings.find(mapping, FieldNames.below(target.field(), FieldNames.DETAIL));
            if (detail == null || !"bit".equals(detail.get("element_type"))) {
                withoutDetail.add(target);
            }
            Map<?, ?> object = Mappings.find(mapping, target.field());
            if (object == null || !"nested".equals(object.get("type"))) {
                notNested = "field [" + target.field() + "] of index [" + Messages.cut(index)
                        + "] is not nested and cannot take several pictures, boxes or vectors; create the index with "
                        + "GET "
                        + MappingCheck.call(definitions.get(i), target.field())
                        + "&nested=true, send one picture a document, or set [check_mapping] to [false]";
            }
        }
        return new Result(version, definitions, null, notNested, withoutDetail);
    }

    /** The mapping that a new index of this name would get. */
    private static Map<String, Object> ofTemplates(ProjectMetadata project, String index) {
        List<CompressedXContent> layers = new ArrayList<>();
        String template = MetadataIndexTemplateService.findV2Template(project, index, false);
        if (template != null) {
            layers.addAll(MetadataIndexTemplateService.collectMappings(project, template, index));
        } else {
            for (IndexTemplateMetadata old : MetadataIndexTemplateService.findV1Templates(project, index, null)) {
                layers.add(old.mappings());
            }
            Collections.reverse(layers);
        }
        Map<String, Object> mapping = new HashMap<>();
        for (CompressedXContent layer : layers) {
            if (layer != null) {
                Map<String, Object> map = XContentHelper.convertToMap(layer.uncompressed(), true, XContentType.JSON)
                        .v2();
                Values.merge(mapping, withoutType(map));
            }
        }
        return mapping;
    }

    static Map<String, Object> withoutType(Map<String, Object> mapping) {
        return mapping.get("_doc") instanceof Map<?, ?> inner ? castKeys(inner) : mapping;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> castKeys(Map<?, ?> map) {
        return (Map<String, Object>) map;
    }
}
