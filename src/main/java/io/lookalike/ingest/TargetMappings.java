package io.lookalike.ingest;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Values;
import io.lookalike.inference.Encoders;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
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
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.XContentType;

/**
 * Says whether the index that a document goes to has the mapping that what encoders make needs: an index, an alias, a
 * data stream, or a name that templates have a mapping for. Without one, vectors would be indexed as plain numbers and
 * codes as text, with success.
 *
 * <p>What was found is remembered by index until its mapping changes. Thread-safe.
 */
final class TargetMappings {
    /** The name that {@code _simulate} gives a document that names no index. */
    private static final String NO_INDEX = "_index";

    private static final String DOT = ".";

    /**
     * Searches refuse others of ours that are mapped wrongly; these would be numbers and text, of which nothing is
     * found.
     */
    private static final List<String> NEEDED = List.of("vector", "hash", "phash");

    private static final Set<String> NUMBERS =
            Set.of("byte", "short", "integer", "long", "half_float", "float", "double");

    /** Letters of a fingerprint. */
    private static final int FINGERPRINT = 64;

    private static final int MAX_REMEMBERED = 1000;

    private final Encoders encoders;
    private final Supplier<ProjectMetadata> project;
    private final List<Target> targets;
    /** The field that stays in documents; null where it is removed. */
    private final String kept;

    private final Map<String, Seen> remembered = new ConcurrentHashMap<>();

    TargetMappings(Encoders encoders, Supplier<ProjectMetadata> project, List<Target> targets, String kept) {
        this.encoders = encoders;
        this.project = project;
        this.targets = targets;
        this.kept = kept;
    }

    /**
     * What was found of an index.
     *
     * @param of the mapping's hash, or a reference to the project that has the templates
     * @param problem null for none
     * @param flat a target that is not nested; null for none
     */
    private record Seen(Object of, List<EncoderDefinition> definitions, String problem, String flat) {
        boolean isOf(MappingMetadata mapping, ProjectMetadata now) {
            return mapping == null
                    ? of instanceof WeakReference<?> project && now.equals(project.get())
                    : mapping.getSha256().equals(of);
        }
    }

    /**
     * @param array whether the targets become arrays
     * @param simulated null for what is there
     * @throws IllegalArgumentException where the index would take it wrongly; says what to do
     */
    void require(String index, boolean array, SimulatedMappings simulated) {
        if (index == null || index.equals(NO_INDEX)) {
            return;
        }
        String name = IndexNameExpressionResolver.resolveDateMathExpression(index);
        ProjectMetadata now = project.get();
        List<EncoderDefinition> definitions = targets.stream()
                .map(target -> encoders.definition(target.encoder()))
                .toList();
        IndexAbstraction there = now.getIndicesLookup().get(name);
        if (there != null && there.getWriteIndex() == null) {
            return; // refused by Elasticsearch
        }
        boolean exists = there != null && !(there instanceof DataStream stream && stream.rolloverOnWrite());
        MappingMetadata mapping =
                !exists ? null : now.getIndexSafe(there.getWriteIndex()).mapping();
        Object of = mapping == null ? new WeakReference<>(now) : mapping.getSha256();
        if (simulated != null) {
            Map<String, Object> brought = simulated.over(
                    simulated.replaces()
                            ? ofTemplates(simulated.over(now), name)
                            : mapping(now, name, mapping, exists));
            require(look(name, of, definitions, brought, exists), array);
            return;
        }
        Seen seen = remembered.get(name);
        if (seen == null || !seen.isOf(mapping, now) || !seen.definitions.equals(definitions)) {
            seen = look(name, of, definitions, mapping(now, name, mapping, exists), exists);
            if (remembered.size() >= MAX_REMEMBERED) {
                remembered.clear();
            }
            remembered.put(name, seen);
        }
        require(seen, array);
    }

    private static Map<String, Object> mapping(
            ProjectMetadata now, String name, MappingMetadata mapping, boolean exists) {
        return mapping != null ? mapping.sourceAsMap() : exists ? Map.of() : ofTemplates(now, name);
    }

    private static void require(Seen seen, boolean array) {
        if (seen.problem != null) {
            throw new IllegalArgumentException(seen.problem);
        }
        if (array && seen.flat != null) {
            throw new IllegalArgumentException(seen.flat);
        }
    }

    private Seen look(
            String index, Object of, List<EncoderDefinition> definitions, Map<String, Object> mapping, boolean exists) {
        if (kept != null && Mappings.isRefusing(Mappings.find(mapping, kept))) {
            return new Seen(
                    of,
                    definitions,
                    "field [" + kept + "] of index [" + Values.cut(index)
                            + "] refuses what is not removed, but [remove_source] is [false]; create the index with "
                            + "GET "
                            + call(definitions.getFirst(), targets.getFirst().field()) + "&field=" + kept
                            + "&remove_source=false, or set [remove_source] to [true]",
                    null);
        }
        String flat = null;
        for (int i = 0; i < targets.size(); i++) {
            Target target = targets.get(i);
            String problem = problem(index, mapping, target.field(), definitions.get(i), exists);
            if (problem != null) {
                return new Seen(of, definitions, problem + ", or set [check_mapping] to [false]", null);
            }
            Map<?, ?> object = Mappings.find(mapping, target.field());
            if (object == null || !"nested".equals(object.get("type"))) {
                flat = "field [" + target.field() + "] of index [" + Values.cut(index)
                        + "] is not nested and cannot take several pictures, boxes or vectors; create the index with "
                        + "GET "
                        + call(definitions.get(i), target.field())
                        + "&nested=true, send one picture a document, or set [check_mapping] to [false]";
            }
        }
        return new Seen(of, definitions, null, flat);
    }

    private static String call(EncoderDefinition encoder, String field) {
        return "/_lookalike/encoder/" + encoder.id() + "/_mapping?target_field=" + field;
    }

    /** Null for none. */
    private String problem(
            String index, Map<String, Object> mapping, String field, EncoderDefinition encoder, boolean exists) {
        String where = "index [" + Values.cut(index) + "]";
        Map<?, ?> wanted = fields(Mappings.of(encoder, field, Mappings.Graph.NONE, false), field);
        List<String> lacking = new ArrayList<>();
        for (String name : NEEDED) {
            if (!(wanted.get(name) instanceof Map<?, ?> type)) {
                continue;
            }
            Map<?, ?> found = Mappings.find(mapping, field + DOT + name);
            if (found == null) {
                lacking.add(field + DOT + name);
                continue;
            }
            String wrong = wrong(found, type, encoder);
            if (wrong != null) {
                return "field [" + field + DOT + name + "] of " + where + " " + wrong
                        + "; name another [encoder] or [target_field], or create the index with GET "
                        + call(encoder, field);
            }
        }
        boolean none = lacking.contains(field + ".vector")
                && lacking.contains(field + ".hash")
                && (lacking.contains(field + ".phash") || !wanted.containsKey("phash"));
        if (none || (!lacking.isEmpty() && isDynamic(mapping, field))) {
            return where + (exists ? " has no" : " does not exist, and no template has a") + " mapping for " + lacking
                    + ": what encoder [" + encoder.id()
                    + "] makes would be indexed as plain numbers and text, or not at all; create the index with GET "
                    + call(encoder, field) + ", or put that mapping into its template";
        }
        if (wanted.containsKey(FieldNames.QUALITY)
                && !lacking.contains(field + ".phash")
                && !isNumber(Mappings.find(mapping, field + DOT + FieldNames.QUALITY), dynamic(mapping, field))) {
            return "field [" + field + DOT + FieldNames.QUALITY + "] of " + where
                    + " is not mapped as a number that is indexed, and searches by [phash] would find all pictures "
                    + "without content; map it as GET "
                    + call(encoder, field) + " does";
        }
        Map<?, ?> mark = Mappings.find(mapping, field + ".encoder");
        boolean unsearchable = mark == null
                ? !isDynamic(mapping, field)
                : Boolean.FALSE.equals(mark.get("index"))
                        || (mark.get("ignore_above") instanceof Number most && most.intValue() < FINGERPRINT);
        if (unsearchable) {
            return "field [" + field + ".encoder] of " + where
                    + " is not indexed, and searches by encoder would find nothing; map it as a keyword, as GET "
                    + call(encoder, field) + " does";
        }
        return ofSource(mapping, field) == null
                ? null
                : "[_source] of " + where + " leaves out [" + ofSource(mapping, field) + "] but not [" + field
                        + ".encoder]: an update would leave a document that names its encoder and has no vector; "
                        + "leave out all of ["
                        + field + "], or nothing of it (vectors are kept once, and are not shown, by themselves)";
    }

    /** The fields of a target in a mapping of its own. */
    private static Map<?, ?> fields(Map<String, Object> mapping, String field) {
        return (Map<?, ?>) Mappings.find(mapping, field).get("properties");
    }

    private String wrong(Map<?, ?> found, Map<?, ?> wanted, EncoderDefinition encoder) {
        Object type = found.containsKey("type") ? found.get("type") : "object";
        if (!wanted.get("type").equals(type)) {
            return "is of type [" + type + "] but must be [" + wanted.get("type") + "]";
        }
        Object elements = found.containsKey("element_type") ? found.get("element_type") : "float";
        boolean bits = "bit".equals(wanted.get("element_type"));
        if (bits != "bit".equals(elements) || "byte".equals(elements)) {
            return "has [element_type] [" + elements + "] but must have [" + wanted.get("element_type") + "]";
        }
        if (found.get("dims") != null
                && ((Number) found.get("dims")).intValue() != ((Number) wanted.get("dims")).intValue()) {
            return "has [" + found.get("dims") + "] dims but encoder [" + encoder.id() + "] makes ["
                    + wanted.get("dims") + "]";
        }
        if (found.get("meta") instanceof Map<?, ?> meta
                && meta.get(Mappings.META_ENCODER) instanceof String named
                && !named.equals(encoder.id())
                && !(encoders.exists(named)
                        && encoders.definition(named).fingerprint().equals(encoder.fingerprint()))) {
            return "is mapped for encoder [" + named + "], not for [" + encoder.id() + "]";
        }
        return null;
    }

    /** Whether searches can ask for its value; where it isn't mapped, whether it becomes such a field. */
    private static boolean isNumber(Map<?, ?> found, String dynamic) {
        if (found == null) {
            return "true".equals(dynamic);
        }
        boolean searched = !Boolean.FALSE.equals(found.get("index")) || !Boolean.FALSE.equals(found.get("doc_values"));
        return searched && found.get("type") instanceof String type && NUMBERS.contains(type);
    }

    /** Whether fields that a mapping lacks are added to it. */
    private static boolean isDynamic(Map<String, Object> mapping, String field) {
        return Set.of("true", "runtime").contains(dynamic(mapping, field));
    }

    private static String dynamic(Map<String, Object> mapping, String field) {
        Object dynamic = mapping.get("dynamic");
        for (int dot = field.indexOf('.'); ; dot = field.indexOf('.', dot + 1)) {
            Map<?, ?> object = Mappings.find(mapping, dot < 0 ? field : field.substring(0, dot));
            if (object != null && object.get("dynamic") != null) {
                dynamic = object.get("dynamic");
            }
            if (dot < 0) {
                return dynamic == null ? "true" : dynamic.toString();
            }
        }
    }

    /** A field that {@code _source} lacks though it has the encoder beside it; null for none. */
    private static String ofSource(Map<String, Object> mapping, String field) {
        if (!(mapping.get("_source") instanceof Map<?, ?> source) || isLeftOut(source, field + ".encoder")) {
            return null;
        }
        for (String name : List.of("vector", "hash")) {
            if (isLeftOut(source, field + DOT + name)) {
                return field + DOT + name;
            }
        }
        return null;
    }

    private static boolean isLeftOut(Map<?, ?> source, String field) {
        List<String> includes = strings(source.get("includes"));
        return isNamed(strings(source.get("excludes")), field) || (!includes.isEmpty() && !isNamed(includes, field));
    }

    private static List<String> strings(Object value) {
        return value == null
                ? List.of()
                : value instanceof Collection<?> all
                        ? all.stream().map(String::valueOf).toList()
                        : List.of(value.toString());
    }

    /** Also by what it lies within. */
    private static boolean isNamed(List<String> patterns, String field) {
        for (int dot = field.indexOf('.'); ; dot = field.indexOf('.', dot + 1)) {
            String part = dot < 0 ? field : field.substring(0, dot);
            if (patterns.stream().anyMatch(pattern -> Regex.simpleMatch(pattern, part))) {
                return true;
            }
            if (dot < 0) {
                return false;
            }
        }
    }

    /** The mapping that an index of this name would get. */
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
