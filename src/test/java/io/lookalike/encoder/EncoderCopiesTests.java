package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import io.lookalike.inference.TestEncoders;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.ComponentTemplate;
import org.elasticsearch.cluster.metadata.ComposableIndexTemplate;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.metadata.Template;
import org.junit.jupiter.api.Test;

class EncoderCopiesTests {
    static {
        TestLogging.start();
    }

    private static final ClusterState EMPTY = TestEncoders.state(EncodersMetadata.EMPTY);

    private static EncoderDefinition definition(String id, int dims) {
        return EncoderDefinition.of(
                id,
                EncoderConfig.parse(Map.of("model", "none", "dims", dims, "training", Map.of("of", "Fär öar")), null),
                "");
    }

    private static ClusterState with(EncoderDefinition... encoders) {
        ClusterState state = EMPTY;
        for (EncoderDefinition each : encoders) {
            state = EncoderCopies.write(state, EncodersMetadata.of(state).with(each));
        }
        return state;
    }

    private static ProjectMetadata project(ClusterState state) {
        return state.metadata().getProject(Metadata.DEFAULT_PROJECT_ID);
    }

    /** Drops the encoders, as a node without the plugin does. */
    private static ClusterState withoutCustom(ClusterState state) {
        return state.copyAndUpdateProject(
                Metadata.DEFAULT_PROJECT_ID, project -> project.removeCustom(EncodersMetadata.TYPE));
    }

    private static ClusterState withTemplate(ClusterState state, String name, Map<String, Object> meta) {
        return state.copyAndUpdateProject(
                Metadata.DEFAULT_PROJECT_ID,
                project -> project.put(
                        name, new ComponentTemplate(Template.builder().build(), null, meta)));
    }

    @Test
    void testACopyIsTheEncoderWhereThatIsGone() {
        EncoderDefinition a = definition("a", 3);
        EncoderDefinition b = definition("b", 4);
        ClusterState lost = withoutCustom(with(a, b));
        assertEquals(Map.of("a", a, "b", b), EncodersMetadata.of(lost).encoders());
        assertEquals(Map.of(), EncodersMetadata.here(lost).encoders());
        ClusterState back = EncoderCopies.write(lost, EncodersMetadata.of(lost));
        assertEquals(Map.of("a", a, "b", b), EncodersMetadata.here(back).encoders());
    }

    @Test
    void testACopyGoesWithItsEncoder() {
        ClusterState state = with(definition("a", 3), definition("b", 4));
        state = withTemplate(state, EncoderCopies.PREFIX + "own", Map.of("of", "a user"));
        state = EncoderCopies.write(state, EncodersMetadata.of(state).without("a"));
        assertEquals(
                Set.of(EncoderCopies.PREFIX + "b", EncoderCopies.PREFIX + "own"),
                project(state).componentTemplates().keySet());
        // also when only the copy is left
        state = withoutCustom(state);
        state = EncoderCopies.write(state, EncodersMetadata.of(state).without("b"));
        assertEquals(Map.of(), EncodersMetadata.of(state).encoders());
    }

    @Test
    void testTheEncoderHoldsWhereBothAreThere() {
        EncoderDefinition a = definition("a", 3);
        ClusterState state = withTemplate(
                with(a),
                EncoderCopies.PREFIX + "a",
                Map.of(EncoderCopies.ENCODER, definition("a", 4).toMap()));
        assertEquals(Map.of("a", a), EncodersMetadata.of(state).encoders());
        state = withoutCustom(EncoderCopies.write(state, EncodersMetadata.of(state)));
        assertEquals(Map.of("a", a), EncodersMetadata.of(state).encoders());
    }

    @Test
    void testWhatIsNoCopyIsLeftAlone() {
        Map<String, Object> good = definition("a", 3).toMap();
        ClusterState state = EMPTY;
        int i = 0;
        for (Object wrong : new Object[] {
            "text",
            Map.of(),
            with(good, "version", 2),
            with(good, "fingerprint", "00"),
            with(good, "model_sha256", "00"),
            with(good, "config", "{"),
            with(good, "config", String.valueOf(good.get("config")).replace('3', '4')),
            with(good, "config", "[".repeat(100_000))
        }) {
            state = withTemplate(state, EncoderCopies.PREFIX + "wrong" + i++, Map.of(EncoderCopies.ENCODER, wrong));
        }
        assertEquals(Map.of(), EncodersMetadata.of(state).encoders());
        ClusterState written = EncoderCopies.write(state, EncodersMetadata.of(state));
        assertEquals(project(state).componentTemplates(), project(written).componentTemplates());
    }

    private static Map<String, Object> with(Map<String, Object> map, String key, Object value) {
        Map<String, Object> copy = new HashMap<>(map);
        copy.put(key, value);
        return copy;
    }

    @Test
    void testCopiesAreEnoughOnlyWhereTheyAreWhole() {
        EncoderDefinition a = definition("a", 3);
        ClusterState state = with(a);
        assertTrue(EncoderCopies.isWritten(state));
        assertFalse(EncoderCopies.isWritten(withoutCustom(state)));
        assertFalse(EncoderCopies.isWritten(TestEncoders.state(EncodersMetadata.of(state))));
        Map<String, Object> longer = with(a.toMap(), "config", a.toMap().get("config") + " ");
        assertFalse(EncoderCopies.isWritten(
                withTemplate(state, EncoderCopies.PREFIX + "a", Map.of(EncoderCopies.ENCODER, longer))));
    }

    @Test
    void testATemplateOfSomebodyElseIsNotReplaced() {
        ClusterState state = withTemplate(with(definition("a", 3)), EncoderCopies.PREFIX + "own", null);
        EncoderCopies.requireRoom(state, "a");
        EncoderCopies.requireRoom(state, "b");
        assertEquals(
                "component template [lookalike@own] exists and is not a copy of an encoder, but encoder [own] needs "
                        + "this name for its copy; rename the template, or choose another id",
                assertThrows(ElasticsearchStatusException.class, () -> EncoderCopies.requireRoom(state, "own"))
                        .getMessage());
    }

    @Test
    void testACopyThatTemplatesAreMadeOfIsNotDeleted() {
        ClusterState state = with(definition("a", 3), definition("b", 3))
                .copyAndUpdateProject(
                        Metadata.DEFAULT_PROJECT_ID,
                        project -> project.put(
                                "shop",
                                ComposableIndexTemplate.builder()
                                        .indexPatterns(List.of("shop*"))
                                        .componentTemplates(List.of(EncoderCopies.PREFIX + "a"))
                                        .build()));
        EncoderCopies.requireUnused(state, "b");
        assertEquals(
                "index templates [shop] name component template [lookalike@a] in [composed_of]; it only holds the copy "
                        + "of encoder [a] and is deleted with it, so remove it from them first",
                assertThrows(ElasticsearchStatusException.class, () -> EncoderCopies.requireUnused(state, "a"))
                        .getMessage());
    }
}
