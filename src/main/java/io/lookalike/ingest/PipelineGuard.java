package io.lookalike.ingest;

import io.lookalike.encoder.EncoderUses;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Messages;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.DocWriteRequest;
import org.elasticsearch.action.bulk.BulkItemResponse;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.bulk.TransportBulkAction;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.action.update.TransportUpdateAction;
import org.elasticsearch.action.update.UpdateRequest;
import org.elasticsearch.cluster.metadata.IndexAbstraction;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.common.logging.HeaderWarning;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.common.xcontent.support.XContentMapValues;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.mapper.DocumentParsingException;
import org.elasticsearch.ingest.IngestService;
import org.elasticsearch.logging.LogManager;
import org.elasticsearch.logging.Logger;
import org.elasticsearch.tasks.Task;

/**
 * Reports pictures that reach an index without passing a pipeline, because an update would then keep the vector of an
 * earlier picture. Elasticsearch runs no pipeline for the {@code update} items of a bulk, nor for {@code _update}
 * without {@code index.default_pipeline}.
 *
 * <p>If the field is mapped by {@code _mapping}, the index refuses such a picture, and this filter explains why in the
 * error. Otherwise it adds a warning. It parses only documents for which no pipeline runs, in indices with pictures.
 * Thread-safe.
 */
public final class PipelineGuard implements MappedActionFilter {
    private static final String NONE = IngestService.NOOP_PIPELINE_NAME;

    private static final Logger LOGGER = LogManager.getLogger(PipelineGuard.class);
    private static final int MAX_WARNINGS = 10;

    private final String action;
    private final EncoderUses uses;
    private final Supplier<ProjectMetadata> project;

    private PipelineGuard(String action, EncoderUses uses, Supplier<ProjectMetadata> project) {
        this.action = action;
        this.uses = uses;
        this.project = project;
    }

    /**
     * Filters for bulks (single documents are sent as bulks, too), for updates, and for simulations, whose mappings the
     * processors need.
     */
    public static List<MappedActionFilter> all(
            EncoderUses uses, Supplier<ProjectMetadata> project, ThreadContext context) {
        return List.of(
                new PipelineGuard(TransportBulkAction.NAME, uses, project),
                new PipelineGuard(TransportUpdateAction.NAME, uses, project),
                new SimulatedMappings.Filter(context));
    }

    @Override
    public String actionName() {
        return action;
    }

    @Override
    public <Request extends ActionRequest, Response extends ActionResponse> void apply(
            Task task,
            String name,
            Request request,
            ActionListener<Response> listener,
            ActionFilterChain<Request, Response> chain) {
        if (request instanceof UpdateRequest update) {
            warn(List.of(update), false);
            chain.proceed(task, name, request, listener);
        } else if (request instanceof BulkRequest bulk) {
            warn(bulk.requests(), true);
            chain.proceed(task, name, request, listener.map(response -> {
                if (response instanceof BulkResponse answer && answer.hasFailures()) {
                    explain(answer);
                }
                return response;
            }));
        } else {
            chain.proceed(task, name, request, listener);
        }
    }

    /**
     * The mapping of an index, looked up once for all documents of a request; {@code fields} is null if the index has
     * no pictures.
     */
    private record Images(Map<String, Object> fields) {}

    /** Documents that passed no pipeline are counted by these. */
    private record Past(String index, String field, boolean update) {}

    /**
     * Adds one warning for all documents of an index and a field, because each warning is a header, and clients accept
     * few. Never fails a request.
     */
    private void warn(List<? extends DocWriteRequest<?>> requests, boolean inBulk) {
        try {
            ProjectMetadata now = project.get();
            Map<String, Images> seen = new HashMap<>();
            Map<Past, List<String>> past = new LinkedHashMap<>();
            for (DocWriteRequest<?> request : requests) {
                Images images = request.index() == null
                        ? new Images(null)
                        : seen.computeIfAbsent(request.index(), index -> images(now, index));
                if (images.fields != null) {
                    find(request, inBulk, now, images.fields, past);
                }
            }
            past.entrySet().stream()
                    .limit(MAX_WARNINGS)
                    .forEach(each -> warn(each.getKey(), each.getValue(), inBulk, now, seen));
        } catch (RuntimeException e) {
            LOGGER.debug("documents without a pipeline were not looked at", e);
        }
    }

    private Images images(ProjectMetadata now, String index) {
        MappingMetadata mapping = mapping(now, index);
        return new Images(mapping == null || uses.named(mapping).isEmpty() ? null : mapping.sourceAsMap());
    }

    private void find(
            DocWriteRequest<?> request,
            boolean inBulk,
            ProjectMetadata now,
            Map<String, Object> mapping,
            Map<Past, List<String>> past) {
        boolean update = request instanceof UpdateRequest;
        IndexRequest written =
                update ? ((UpdateRequest) request).doc() : request instanceof IndexRequest index ? index : null;
        // in a bulk, the partial document of an update passes a pipeline only with doc_as_upsert
        boolean upserts = update && inBulk && ((UpdateRequest) request).docAsUpsert();
        boolean piped = written != null && (upserts || !(update && inBulk)) && hasPipeline(request, written, now);
        if (written == null || (piped && !upserts)) {
            return;
        }
        uses.pictures(now).forEach((field, targets) -> {
            if (writes(written, field, piped || refuses(mapping, field), update ? Set.of() : targets)) {
                past.computeIfAbsent(new Past(request.index(), field, update), p -> new ArrayList<>())
                        .add(request.id());
            }
        });
    }

    private void warn(Past past, List<String> ids, boolean inBulk, ProjectMetadata now, Map<String, Images> seen) {
        List<String> targets = uses.pictures(now).getOrDefault(past.field, Set.of()).stream()
                .filter(target -> Mappings.find(seen.get(past.index).fields, target) != null)
                .toList();
        HeaderWarning.addWarning(
                past.update
                        ? "[{}] documents of index [{}], of which [{}] is the first, were updated with [{}] and no "
                                + "pipeline ran: {} are still of the picture before; {}"
                        : "[{}] documents of index [{}], of which [{}] is the first, were written with [{}] and no "
                                + "pipeline ran: they have no {} and no search by picture finds them; {}",
                ids.size(),
                Messages.cut(past.index),
                Messages.cut(String.valueOf(ids.getFirst())),
                past.field,
                targets,
                past.update && inBulk
                        ? "send whole documents, or use the _update API with [index.default_pipeline], because "
                                + "Elasticsearch runs no pipeline for the updates of a _bulk"
                        : "set [index.default_pipeline]");
    }

    private static boolean hasPipeline(DocWriteRequest<?> request, IndexRequest written, ProjectMetadata project) {
        if (written.isPipelineResolved()) {
            return true; // already resolved, and checked, on another pass
        }
        String asked = written.getPipeline();
        if (asked != null && !asked.equals(NONE)) {
            return true;
        }
        IngestService.Pipelines pipelines =
                IngestService.resolvePipelines(request, new IndexRequest(request.index()), project, 0);
        return (asked == null && !NONE.equals(pipelines.defaultPipeline())) || !NONE.equals(pipelines.finalPipeline());
    }

    /**
     * @param nothing whether only null, an empty array or an empty object counts, because the mapping refuses the rest
     */
    private static boolean writes(IndexRequest written, String field, boolean nothing, Set<String> targets) {
        try {
            Map<String, Object> source = XContentHelper.convertToMap(
                            written.source(), false, written.getContentType(), Set.of(field), Set.of())
                    .v2();
            Object none = new Object();
            Object value = XContentMapValues.extractValue(field, source, none);
            boolean empty = none.equals(value)
                    || (value instanceof Collection<?> list && list.isEmpty())
                    || (value instanceof Map<?, ?> map && map.isEmpty());
            if (value == null || (nothing && !empty)) {
                return false;
            }
            return targets.isEmpty()
                    || targets.stream()
                            .noneMatch(target -> has(
                                    XContentHelper.convertToMap(
                                                    written.source(),
                                                    false,
                                                    written.getContentType(),
                                                    Set.of(target + ".encoder"),
                                                    Set.of())
                                            .v2(),
                                    target));
        } catch (RuntimeException e) {
            return false; // Elasticsearch reports what is wrong with it
        }
    }

    private static boolean has(Map<String, Object> source, String field) {
        return XContentMapValues.extractValue(field, source) != null;
    }

    private static MappingMetadata mapping(ProjectMetadata project, String index) {
        IndexAbstraction there =
                index == null ? null : project.getIndicesLookup().get(index);
        return there == null || there.getWriteIndex() == null
                ? null
                : project.getIndexSafe(there.getWriteIndex()).mapping();
    }

    /** Whether a field is mapped to refuse pictures, as {@code _mapping} does if they are not kept. */
    private static boolean refuses(Map<String, Object> mapping, String field) {
        return Mappings.isRefusing(Mappings.find(mapping, field));
    }

    /** Replaces Elasticsearch's error about a text instead of an object by one that says what to do. */
    private void explain(BulkResponse response) {
        try {
            explainAll(response);
        } catch (RuntimeException e) {
            LOGGER.debug("failures are told as they are", e); // the documents are already written
        }
    }

    private void explainAll(BulkResponse response) {
        BulkItemResponse[] items = response.getItems();
        ProjectMetadata now = project.get();
        for (int i = 0; i < items.length; i++) {
            if (!items[i].isFailed() || !(items[i].getFailure().getCause() instanceof DocumentParsingException cause)) {
                continue;
            }
            BulkItemResponse.Failure failure = items[i].getFailure();
            MappingMetadata mapping = mapping(now, failure.getIndex());
            if (mapping == null || uses.named(mapping).isEmpty()) {
                continue;
            }
            String field = Mappings.refusing(mapping.sourceAsMap()).stream()
                    .filter(each -> cause.getMessage().contains("[" + each + "]"))
                    .findFirst()
                    .orElse(null);
            if (field != null) {
                items[i] = BulkItemResponse.failure(
                        items[i].getItemId(),
                        items[i].getOpType(),
                        new BulkItemResponse.Failure(
                                failure.getIndex(),
                                failure.getId(),
                                new IllegalArgumentException(
                                        message(field, items[i].getOpType(), failure, now), cause)));
            }
        }
    }

    private String message(
            String field, DocWriteRequest.OpType type, BulkItemResponse.Failure failure, ProjectMetadata project) {
        String pipeline = project.index(failure.getIndex()) == null
                ? NONE
                : IndexSettings.DEFAULT_PIPELINE.get(
                        project.index(failure.getIndex()).getSettings());
        return "field [" + field + "] of index [" + failure.getIndex()
                + "] takes pictures through an ingest pipeline with [image_embedding], and none took that of document ["
                + failure.getId() + "]; "
                + (pipeline.equals(NONE)
                        ? "name one in [pipeline], or set [index.default_pipeline], which updates need"
                        : type == DocWriteRequest.OpType.UPDATE
                                ? "Elasticsearch runs none for the updates of a _bulk: send the whole document, or "
                                        + "use POST /"
                                        + failure.getIndex() + "/_update/" + failure.getId()
                                : "that of the index is [" + pipeline
                                        + "], which the request went around, or which does not read [" + field + "]")
                + "; where the processor failed and the document went on, by [ignore_failure] or [on_failure], "
                + "remove the field there";
    }
}
