package io.lookalike.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import io.lookalike.encoder.Mappings;
import io.lookalike.inference.TestEncoders;
import io.lookalike.inference.TinyGraphs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.cluster.metadata.AliasMetadata;
import org.elasticsearch.cluster.metadata.ComponentTemplate;
import org.elasticsearch.cluster.metadata.ComposableIndexTemplate;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.metadata.Template;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.compress.CompressedXContent;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetMappingsTests {
    static {
        TestLogging.start();
    }

    @TempDir
    Path directory;

    private TestEncoders test;
    private ProjectMetadata project =
            ProjectMetadata.builder(Metadata.DEFAULT_PROJECT_ID).build();

    @BeforeEach
    void open() {
        test = new TestEncoders(directory, Runnable::run);
        test.put("a", Map.of("model", "none", "dims", 3));
        test.put("same", Map.of("model", "none", "dims", 3));
        test.put("other", Map.of("model", "none", "dims", 3, "hash", Map.of("bits", 64)));
        test.put("longer", Map.of("model", "none", "dims", 4));
    }

    @AfterEach
    void close() {
        test.close();
    }

    private Map<String, Object> mapping(String encoder, String field, boolean nested) {
        return new HashMap<>(
                Mappings.of(test.encoders().registry().definition(encoder), field, Mappings.Graph.NONE, nested));
    }

    private static String json(Map<String, Object> map) {
        try {
            return BytesReference.bytes(JsonXContent.contentBuilder().map(map)).utf8ToString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static IndexMetadata.Builder index(String name, Map<String, Object> mapping) {
        IndexMetadata.Builder index = IndexMetadata.builder(name)
                .settings(Settings.builder()
                        .put(IndexMetadata.SETTING_VERSION_CREATED, IndexVersion.current())
                        .put(IndexMetadata.SETTING_NUMBER_OF_SHARDS, 1)
                        .put(IndexMetadata.SETTING_NUMBER_OF_REPLICAS, 0));
        return mapping == null ? index : index.putMapping(json(mapping));
    }

    private void put(IndexMetadata.Builder index) {
        project = ProjectMetadata.builder(project).put(index).build();
    }

    private String problem(String encoder, String field, String index, boolean array) {
        TargetMappings mappings =
                new TargetMappings(test.encoders(), () -> project, List.of(new Target(encoder, field)), null);
        return problem(mappings, index, array);
    }

    private static String problem(TargetMappings mappings, String index, boolean array) {
        return problem(mappings, index, array, null);
    }

    private static String problem(TargetMappings mappings, String index, boolean array, SimulatedMappings simulated) {
        try {
            mappings.require(index, array, simulated);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private void refused(String part, String encoder, Map<String, Object> mapping) {
        put(index("i", mapping));
        String problem = problem(encoder, "photo", "i", false);
        assertTrue(problem != null && problem.contains(part), part + ": " + problem);
        assertTrue(problem.contains("check_mapping"), problem);
    }

    private void taken(String encoder, Map<String, Object> mapping) {
        put(index("i", mapping));
        assertEquals(null, problem(encoder, "photo", "i", false));
    }

    @Test
    void testTheMappingThatIsMadeForIt() {
        taken("a", mapping("a", "photo", false));
        taken("a", mapping("a", "photo", true));
        taken("a", mapping("same", "photo", false));
        put(index("deep", mapping("a", "x.photo", false)));
        assertEquals(null, problem("a", "x.photo", "deep", false));
    }

    @Test
    void testOthersAreRefused() {
        refused("has no mapping for [photo.vector, photo.hash]", "a", null);
        refused("has no mapping for", "a", Map.of("properties", Map.of("photo", Map.of("type", "object"))));
        refused("has no mapping for", "a", Map.of("dynamic", "false", "properties", Map.of()));
        refused(
                "[photo.vector] of index [i] is mapped for encoder [other], not for [a]",
                "a",
                mapping("other", "photo", false));
        refused(
                "[photo.vector] of index [i] has [4] dims but encoder [a] makes [3]",
                "a",
                mapping("longer", "photo", false));
        refused(
                "is mapped for encoder [gone]",
                "a",
                with("vector", Map.of("type", "dense_vector", "dims", 3, "meta", Map.of("lookalike_encoder", "gone"))));
        refused(
                "[photo.hash] of index [i] is of type [text] but must be [dense_vector]",
                "a",
                with("hash", Map.of("type", "text")));
        refused(
                "has [element_type] [float] but must have [bit]",
                "a",
                with("hash", Map.of("type", "dense_vector", "dims", 256)));
        refused(
                "has [element_type] [byte] but must have [float]",
                "a",
                with("vector", Map.of("type", "dense_vector", "element_type", "byte")));
        refused(
                "[photo.encoder] of index [i] is not indexed",
                "a",
                with("encoder", Map.of("type", "keyword", "index", false)));
        refused(
                "[photo.encoder] of index [i] is not indexed",
                "a",
                with("encoder", Map.of("type", "keyword", "ignore_above", 10)));
        refused(
                "[_source] of index [i] leaves out [photo.vector] but not [photo.encoder]",
                "a",
                source("excludes", "photo.vector"));
        refused("leaves out [photo.hash]", "a", source("excludes", "*.hash"));
        refused("leaves out [photo.vector]", "a", source("includes", "photo.encoder"));
    }

    /** Indices from before there were details get none. */
    @Test
    void testDetailsAreForMappingsThatHaveThem() {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        test.put("photos", Map.of("model", "means", "output", "embedding"));
        Target target = new Target("photos", "photo");
        TargetMappings mappings = new TargetMappings(test.encoders(), () -> project, List.of(target), null);
        assertTrue(mappings.takesDetail(null, target, null));
        put(index("i", mapping("photos", "photo", false)));
        assertTrue(mappings.takesDetail("i", target, null));
        for (Map<String, Object> wrong : Arrays.<Map<String, Object>>asList(null, Map.of("type", "keyword"))) {
            put(index("i", with("photos", "detail", wrong)));
            assertFalse(mappings.takesDetail("i", target, null));
        }
    }

    /** Where it is no number, nothing is left out for it, without a word. */
    @Test
    void testTheQualityMustBeANumber() {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        test.put("photos", Map.of("model", "means", "output", "embedding"));
        for (Map<String, Object> right : List.<Map<String, Object>>of(
                Map.of("type", "byte"),
                Map.of("type", "float", "index", false),
                Map.of("type", "long", "doc_values", false))) {
            taken("photos", with("photos", "quality", right));
        }
        taken("photos", with("photos", "quality", null));
        String part = "field [photo.quality] of index [i] is not mapped as a number that is indexed";
        for (Map<String, Object> wrong : List.<Map<String, Object>>of(
                Map.of("type", "text"),
                Map.of("type", "keyword"),
                Map.of("type", "byte", "index", false, "doc_values", false))) {
            refused(part, "photos", with("photos", "quality", wrong));
        }
        for (Object dynamic : List.of(false, "runtime")) {
            Map<String, Object> closed = new TreeMap<>(with("photos", "quality", null));
            closed.put("dynamic", dynamic);
            refused(part, "photos", closed);
        }
    }

    /** As {@code _ingest/_simulate} does. */
    @Test
    void testWhatASimulationBringsCounts() throws IOException {
        put(index("i", null));
        TargetMappings mappings =
                new TargetMappings(test.encoders(), () -> project, List.of(new Target("a", "photo")), null);
        assertTrue(problem(mappings, "i", false).contains("has no mapping for"));
        Map<String, Object> mapping = mapping("a", "photo", false);
        assertEquals(null, problem(mappings, "i", false, new SimulatedMappings(Map.of(), Map.of(), mapping)));
        assertEquals(
                null,
                problem(mappings, "i", false, new SimulatedMappings(Map.of(), Map.of(), Map.of("_doc", mapping))));
        Template template = Template.builder()
                .mappings(new CompressedXContent(json(mapping)))
                .build();
        Map<String, ComposableIndexTemplate> templates = Map.of(
                "photos",
                ComposableIndexTemplate.builder()
                        .indexPatterns(List.of("i"))
                        .template(template)
                        .build());
        assertEquals(null, problem(mappings, "i", false, new SimulatedMappings(Map.of(), templates, Map.of())));
        Map<String, ComposableIndexTemplate> composed = Map.of(
                "photos",
                ComposableIndexTemplate.builder()
                        .indexPatterns(List.of("i"))
                        .componentTemplates(List.of("photo"))
                        .build());
        Map<String, ComponentTemplate> components = Map.of("photo", new ComponentTemplate(template, null, null));
        assertEquals(null, problem(mappings, "i", false, new SimulatedMappings(components, composed, Map.of())));
        // nothing of it is remembered
        assertTrue(problem(mappings, "i", false).contains("has no mapping for"));
        put(index("i", mapping));
        assertEquals(null, problem(mappings, "i", false));
        String problem = problem(
                mappings,
                "i",
                false,
                new SimulatedMappings(
                        Map.of(),
                        Map.of(
                                "photos",
                                ComposableIndexTemplate.builder()
                                        .indexPatterns(List.of("i"))
                                        .build()),
                        Map.of()));
        assertTrue(problem != null && problem.contains("mapping for"), problem);
    }

    private Map<String, Object> with(String name, Map<String, Object> field) {
        return with("a", name, field);
    }

    /** @param field null for none */
    private Map<String, Object> with(String encoder, String name, Map<String, Object> field) {
        Map<String, Object> fields = new TreeMap<>();
        ((Map<?, ?>) Mappings.find(mapping(encoder, "photo", false), "photo").get("properties"))
                .forEach((key, value) -> fields.put((String) key, value));
        fields.remove(name);
        if (field != null) {
            fields.put(name, field);
        }
        return Map.of("properties", Map.of("photo", Map.of("properties", fields)));
    }

    private Map<String, Object> source(String key, String pattern) {
        Map<String, Object> mapping = mapping("a", "photo", false);
        mapping.put("_source", Map.of(key, List.of(pattern)));
        return mapping;
    }

    @Test
    void testOnesOwnMappingsThatFit() {
        taken("a", with("vector", Map.of("type", "dense_vector", "similarity", "dot_product")));
        taken("a", source("excludes", "photo"));
        taken("a", source("includes", "photo.*"));
        taken(
                "a",
                Map.of(
                        "properties",
                        Map.of(
                                "photo",
                                Map.of(
                                        "dynamic",
                                        "false",
                                        "properties",
                                        Map.of(
                                                "hash",
                                                Map.of("type", "dense_vector", "element_type", "bit"),
                                                "encoder",
                                                Map.of("type", "keyword"))))));
    }

    @Test
    void testAPictureThatIsKeptNeedsAFieldThatTakesIt() {
        put(index("i", Mappings.withPicture(mapping("a", "photo", false), "image", false)));
        put(index("kept", Mappings.withPicture(mapping("a", "photo", false), "image", true)));
        List<Target> targets = List.of(new Target("a", "photo"));
        TargetMappings removes = new TargetMappings(test.encoders(), () -> project, targets, null);
        TargetMappings keeps = new TargetMappings(test.encoders(), () -> project, targets, "image");
        assertEquals(null, problem(removes, "i", false));
        assertEquals(null, problem(keeps, "kept", false));
        String problem = problem(keeps, "i", false);
        assertTrue(problem.contains("_mapping?target_field=photo&field=image&remove_source=false"), problem);
    }

    @Test
    void testArraysNeedANestedField() {
        put(index("flat", mapping("a", "photo", false)));
        put(index("nested", mapping("a", "photo", true)));
        assertEquals(null, problem("a", "photo", "nested", true));
        String problem = problem("a", "photo", "flat", true);
        assertTrue(problem.contains("nested=true"), problem);
    }

    @Test
    void testAliasesDateMathAndWhatIsNoIndex() {
        put(index("i", mapping("a", "photo", false))
                .putAlias(AliasMetadata.builder("alias").writeIndex(true)));
        put(index("old", null).putAlias(AliasMetadata.builder("alias").writeIndex(false)));
        assertEquals(null, problem("a", "photo", "alias", false));
        assertEquals(null, problem("a", "photo", "<i>", false));
        assertEquals(null, problem("a", "photo", "_index", false));
        assertEquals(null, problem("a", "photo", null, false));
        String problem = problem("a", "photo", "there-is-none", false);
        assertTrue(problem.contains("[there-is-none] does not exist, and no template has a mapping"), problem);
    }

    @Test
    void testTemplates() throws IOException {
        ComponentTemplate component = new ComponentTemplate(
                Template.builder()
                        .mappings(new CompressedXContent(json(mapping("a", "photo", false))))
                        .build(),
                null,
                null);
        project = ProjectMetadata.builder(project)
                .put("photos", component)
                .put(
                        "photos",
                        ComposableIndexTemplate.builder()
                                .indexPatterns(List.of("photos-*"))
                                .componentTemplates(List.of("photos"))
                                .template(Template.builder()
                                        .mappings(new CompressedXContent("{\"_doc\":{\"dynamic\":false}}"))
                                        .build())
                                .build())
                .build();
        assertEquals(null, problem("a", "photo", "photos-1", false));
        assertTrue(problem("other", "photo", "photos-1", false).contains("is mapped for encoder [a]"));
        assertTrue(problem("a", "photo", "other-1", false).contains("does not exist"));
    }

    @Test
    void testAChangedMappingIsLookedAtAgain() {
        TargetMappings mappings =
                new TargetMappings(test.encoders(), () -> project, List.of(new Target("a", "photo")), null);
        put(index("i", null));
        assertTrue(problem(mappings, "i", false).contains("has no mapping for"));
        put(index("i", mapping("a", "photo", false)));
        assertEquals(null, problem(mappings, "i", false));
        test.delete("a");
        test.put("a", Map.of("model", "none", "dims", 9));
        assertTrue(problem(mappings, "i", false).contains("dims"));
        test.delete("a");
        assertThrows(ResourceNotFoundException.class, () -> mappings.require("i", false, null));
    }
}
