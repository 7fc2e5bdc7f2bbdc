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
 * Of field aliases what they point to, in the mappings of some indices. What is derived from a field, such as its
 * encoder or its codes, lies beside that and not beside the alias. Immutable.
 */
public final class FieldAliases {
    private final List<Map<String, Object>> mappings;

    private FieldAliases(List<Map<String, Object>> mappings) {
        this.mappings = mappings;
    }

    /**
     * @param indices that whoever asks may read, by their own names; others, such as those of remote clusters, tell
     *     nothing
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

    /** What a name means where it is mapped; itself where it is not. */
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
     * The field that a name means.
     *
     * @throws IllegalArgumentException where it means several
     */
    public String target(String field) {
        return Mappings.oneTarget(field, targets(field));
    }
}
