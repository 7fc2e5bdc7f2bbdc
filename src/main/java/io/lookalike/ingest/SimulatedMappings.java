package io.lookalike.ingest;

import io.lookalike.encoder.Values;
import java.util.HashMap;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.bulk.SimulateBulkAction;
import org.elasticsearch.action.bulk.SimulateBulkRequest;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.cluster.metadata.ComponentTemplate;
import org.elasticsearch.cluster.metadata.ComposableIndexTemplate;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.tasks.Task;

/**
 * Mappings and templates that a request to {@code _ingest/_simulate} brings to replace the real ones. The processors
 * check documents against them, as Elasticsearch does. Immutable.
 *
 * @param addition merged into the mapping; empty for none
 */
record SimulatedMappings(
        Map<String, ComponentTemplate> components,
        Map<String, ComposableIndexTemplate> templates,
        Map<String, Object> addition) {
    private static final String KEY = "lookalike.simulated_mappings";

    /** Those of the current request; null if it is no simulation, or one without mappings. */
    static SimulatedMappings of(ThreadContext context) {
        return context.getTransient(KEY);
    }

    /** Whether the mapping comes from templates, even if the index exists. */
    boolean replaces() {
        return !components.isEmpty() || !templates.isEmpty();
    }

    /** Adds the templates of the simulation. */
    ProjectMetadata over(ProjectMetadata project) {
        ProjectMetadata.Builder builder = ProjectMetadata.builder(project);
        components.forEach(builder::put);
        templates.forEach(builder::put);
        return builder.build();
    }

    /** Adds the mapping of the simulation. */
    Map<String, Object> over(Map<String, Object> mapping) {
        Map<String, Object> merged = new HashMap<>(mapping);
        Values.merge(merged, TargetMappings.withoutType(addition));
        return merged;
    }

    /** Stores them in the thread context of the request, which its documents share. */
    record Filter(ThreadContext context) implements MappedActionFilter {
        @Override
        public String actionName() {
            return SimulateBulkAction.NAME;
        }

        @Override
        public <Request extends ActionRequest, Response extends ActionResponse> void apply(
                Task task,
                String name,
                Request request,
                ActionListener<Response> listener,
                ActionFilterChain<Request, Response> chain) {
            ThreadContext.StoredContext callers = context.newStoredContext();
            try (callers) {
                if (request instanceof SimulateBulkRequest bulk && context.getTransient(KEY) == null) {
                    SimulatedMappings brought = new SimulatedMappings(
                            bulk.getComponentTemplateSubstitutions(),
                            bulk.getIndexTemplateSubstitutions(),
                            bulk.getMappingAddition());
                    if (brought.replaces() || !brought.addition.isEmpty()) {
                        context.putTransient(KEY, brought);
                    }
                }
                chain.proceed(task, name, request, listener);
            }
        }
    }
}
