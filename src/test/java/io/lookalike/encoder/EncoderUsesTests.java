package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lookalike.TestLogging;
import io.lookalike.inference.TestEncoders;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.ingest.IngestMetadata;
import org.elasticsearch.ingest.PipelineConfiguration;
import org.elasticsearch.xcontent.XContentType;
import org.junit.jupiter.api.Test;

class EncoderUsesTests {
    static {
        TestLogging.start();
    }

    private static ClusterState state(Map<String, String> pipelines) {
        Map<String, PipelineConfiguration> configurations = new TreeMap<>();
        pipelines.forEach((id, json) -> configurations.put(
                id, new PipelineConfiguration(id, new BytesArray(json.replace('\'', '"')), XContentType.JSON)));
        return ClusterState.builder(ClusterName.DEFAULT)
                .metadata(Metadata.builder()
                        .put(ProjectMetadata.builder(Metadata.DEFAULT_PROJECT_ID)
                                .putCustom(IngestMetadata.TYPE, new IngestMetadata(configurations))))
                .build();
    }

    private static Set<String> naming(String id, Map<String, String> pipelines) {
        return new EncoderUses()
                .of(state(pipelines))
                .getOrDefault(id, EncoderUses.Uses.NONE)
                .pipelines();
    }

    @Test
    void testWhereverAProcessorOfOursStands() {
        String ours = "{'image_embedding':{'field':'i','target_field':'p','encoder':'photos'}}";
        String hash = "{'vector_hash':{'field':'i','target_field':'p','encoder':'photos'}}";
        Map<String, String> pipelines = new TreeMap<>();
        pipelines.put("plain", "{'processors':[" + ours + "]}");
        pipelines.put("hash", "{'processors':[{'set':{'field':'a','value':1}}," + hash + "]}");
        pipelines.put("failure", "{'processors':[],'on_failure':[" + ours + "]}");
        pipelines.put("nested", "{'processors':[{'set':{'field':'a','value':1,'on_failure':[" + ours + "]}}]}");
        pipelines.put("each", "{'processors':[{'foreach':{'field':'a','processor':" + hash + "}}]}");
        assertEquals(pipelines.keySet(), naming("photos", pipelines));
        assertEquals(Set.of(), naming("other", pipelines));
    }

    @Test
    void testWhatOnlyLooksLikeOne() {
        assertEquals(
                Set.of(),
                naming(
                        "photos",
                        Map.of(
                                "a", "{'processors':[{'set':{'field':'encoder','value':'photos','encoder':'photos'}}]}",
                                "b", "{'processors':[{'image_embedding':{'field':'photos','target_field':'p'}}]}",
                                "c",
                                        "{'processors':[{'image_embedding':{'field':'i','target_field':'p',"
                                                + "'encoder':'photos2'}}]}",
                                "photos", "{'description':'photos','processors':[]}")));
    }

    @Test
    void testSeveralEncodersInOneProcessor() {
        String several =
                "{'processors':[{'image_embedding':{'field':'i','encoders':[{'encoder':'a','target_field':'p'},"
                        + "{'encoder':'b','target_field':'q'}]}}]}";
        assertEquals(Set.of("several"), naming("a", Map.of("several", several)));
        assertEquals(Set.of("several"), naming("b", Map.of("several", several)));
    }

    @Test
    void testNothing() {
        assertEquals(Map.of(), new EncoderUses().of(TestEncoders.state(EncodersMetadata.EMPTY)));
    }

    private static ClusterState indices(Map<String, String> mappings) {
        ProjectMetadata.Builder project = ProjectMetadata.builder(Metadata.DEFAULT_PROJECT_ID);
        mappings.forEach((index, mapping) -> project.put(IndexMetadata.builder(index)
                .settings(Settings.builder()
                        .put(IndexMetadata.SETTING_VERSION_CREATED, IndexVersion.current())
                        .put(IndexMetadata.SETTING_NUMBER_OF_SHARDS, 1)
                        .put(IndexMetadata.SETTING_NUMBER_OF_REPLICAS, 0))
                .putMapping(mapping.replace('\'', '"'))));
        return ClusterState.builder(ClusterName.DEFAULT)
                .metadata(Metadata.builder().put(project))
                .build();
    }

    @Test
    void testMetaOfFields() {
        String field = "{'type':'dense_vector','dims':3,'meta':{'lookalike_encoder':'photos'}}";
        EncoderUses uses = new EncoderUses();
        Map<String, String> mappings = new TreeMap<>(Map.of(
                "deep", "{'properties':{'a':{'type':'nested','properties':{'b':" + field + "}}}}",
                "flat", "{'properties':{'b':" + field + "}}",
                "flat-too", "{'properties':{'b':" + field + "}}",
                "none", "{'properties':{'lookalike_encoder':{'type':'keyword'}}}"));
        assertEquals(
                Map.of("photos", new EncoderUses.Uses(Set.of(), Set.of("deep", "flat", "flat-too"))),
                uses.of(indices(mappings)));
        mappings.remove("deep");
        assertEquals(
                Map.of("photos", new EncoderUses.Uses(Set.of(), Set.of("flat", "flat-too"))),
                uses.of(indices(mappings)));
    }
}
