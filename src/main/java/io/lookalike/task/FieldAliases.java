package io.lookalike.task;

import io.lookalike.encoder.Mappings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;

/**
 * Resolves field aliases by the mappings of some indices: siblings of a field, such as its encoder or its codes, lie
 * beside the field and not beside an alias. Immutable.
 */
public final class FieldAliases {
    private final List<Map<String, Object>> mappings;

    private FieldAliases(List<Map<String, Object>> mappings) {
        this.mappings = mappings;
    }

    /**
     * @param indices concrete names of indices that the user may read; unknown ones, such as those of remote clusters,
     *     are ignored
     */
    public static FieldAliases of(ProjectMetadata metadata, String[] indices) {
        Map<String, Map<String, Object>> distinct = new HashMap<>();
        for (String name : indices) {
            IndexMetadata index = metadata.index(name);
            if (index != null && index.mapping() != null) {
                distinct.computeIfAbsent(
                        index.mapping().getSha256(), hash -> index.mapping().sourceAsMap());
            }
        }
        return new FieldAliases(List.copyOf(distinct.values()));
    }

    /** The fields that a name stands for; itself if it is not mapped. */
    Set<String> targets(String field) {
        Set<String> targets = new TreeSet<>();
        for (Map<String, Object> mapping : mappings) {
            String target = Mappings.target(mapping, field);
            if (target != null) {
                targets.add(target);
            }
        }
        return targets.isEmpty() ? Set.of(field) : targets;
    }

    /**
     * The field that a name stands for.
     *
     * @throws IllegalArgumentException if it stands for several
     */
    public String target(String field) {
        return Mappings.oneTarget(field, targets(field));
    }
}
