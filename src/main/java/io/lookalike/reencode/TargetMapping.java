package io.lookalike.reencode;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.VectorField;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.core.TimeValue;

/** Adds the fields of an encoder to the mappings of indices that have those of another. Stateless. */
final class TargetMapping {
    private TargetMapping() {}

    /**
     * The indices whose mappings lack the fields.
     *
     * @throws IllegalArgumentException if the fields exist for another encoder
     */
    static List<IndexMetadata> lacking(
            List<IndexMetadata> indices, VectorField source, EncoderDefinition to, String targetField) {
        List<IndexMetadata> lacking = new ArrayList<>();
        for (IndexMetadata index : indices) {
            String name = index.getIndex().getName();
            requireSource(index);
            if (field(index.mapping(), source.name()) == null) {
                continue;
            }
            Map<?, ?> object = field(index.mapping(), targetField);
            Map<?, ?> vector = field(index.mapping(), FieldNames.below(targetField, FieldNames.VECTOR));
            if (object != null
                    && !object.containsKey("properties")
                    && !"object".equals(object.get("type"))
                    && !"nested".equals(object.get("type"))) {
                throw new IllegalArgumentException("field [" + targetField + "] of index [" + name + "] is of type ["
                        + object.get("type") + "]; name a new field in [target_field]");
            }
            boolean nested = object != null && "nested".equals(object.get("type"));
            if (object != null && nested != (source.nested() != null)) {
                throw new IllegalArgumentException("field [" + targetField + "] of index [" + name + "] is "
                        + (nested ? "nested" : "not nested") + " but what holds [" + source.name() + "] is "
                        + (nested ? "not" : "nested") + "; name a new field in [target_field]");
            }
            if (vector == null) {
                lacking.add(index);
                continue;
            }
            if (!(vector.get("meta") instanceof Map<?, ?> meta) || !to.id().equals(meta.get(Mappings.META_ENCODER))) {
                throw new IllegalArgumentException("field [" + targetField + ".vector] of index [" + name
                        + "] is not mapped for encoder [" + to.id()
                        + "]; name a new field in [target_field], which gets its mapping");
            }
            // the run finds the documents that are done by this field
            Map<?, ?> mark = field(index.mapping(), FieldNames.below(targetField, FieldNames.ENCODER));
            if (mark == null || !"keyword".equals(mark.get("type")) || Boolean.FALSE.equals(mark.get("doc_values"))) {
                throw new IllegalArgumentException("field [" + targetField + ".encoder] of index [" + name
                        + "] is not mapped as a [keyword] with doc values; name a new field in "
                        + "[target_field], which gets its mapping");
            }
        }
        return lacking;
    }

    /** Checks that the index keeps {@code _source}, which updates need. */
    private static void requireSource(IndexMetadata index) {
        if (index.mapping() != null
                && index.mapping().sourceAsMap().get("_source") instanceof Map<?, ?> source
                && Boolean.FALSE.equals(source.get("enabled"))) {
            throw new IllegalArgumentException("index [" + index.getIndex().getName()
                    + "] does not keep [_source] and its documents cannot be updated; index them again with "
                    + "the new encoder");
        }
    }

    /** @param graph null for the same as the source has */
    static void add(
            Client client,
            List<IndexMetadata> lacking,
            VectorField source,
            EncoderDefinition to,
            String targetField,
            Mappings.Graph graph,
            ActionListener<Void> listener) {
        AsyncSteps<Void> all = AsyncSteps.first(l -> l.onResponse(null));
        for (IndexMetadata index : lacking) {
            Mappings.Graph chosen = graph == null ? graph(index.mapping(), source.name()) : graph;
            PutMappingRequest request = new PutMappingRequest(index.getIndex().getName())
                    .source(Mappings.of(to, targetField, chosen, source.nested() != null));
            request.masterNodeTimeout(TimeValue.timeValueSeconds(30));
            all = all.then((l, done) -> client.admin().indices().putMapping(request, AsyncSteps.map(l, put -> null)));
        }
        all.to(listener);
    }

    /** The graph of the source: on its vectors, else on its codes, else none. */
    static Mappings.Graph graph(MappingMetadata mapping, String vectorField) {
        String codeField = FieldNames.sibling(vectorField, FieldNames.HASH);
        return hasGraph(mapping, vectorField)
                ? Mappings.Graph.VECTORS
                : hasGraph(mapping, codeField) ? Mappings.Graph.CODES : Mappings.Graph.NONE;
    }

    private static boolean hasGraph(MappingMetadata mapping, String name) {
        Map<?, ?> field = field(mapping, name);
        if (field == null || Boolean.FALSE.equals(field.get("index"))) {
            return false;
        }
        // without [index_options] there is one
        return !(field.get("index_options") instanceof Map<?, ?> options)
                || !String.valueOf(options.get("type")).endsWith("flat");
    }

    /** The mapping of a field; null without one. */
    private static Map<?, ?> field(MappingMetadata mapping, String path) {
        Map<?, ?> at = mapping == null ? null : mapping.sourceAsMap();
        for (String part : path.split("\\.", -1)) {
            at = at != null
                            && at.get("properties") instanceof Map<?, ?> fields
                            && fields.get(part) instanceof Map<?, ?> found
                    ? found
                    : null;
        }
        return at;
    }
}
