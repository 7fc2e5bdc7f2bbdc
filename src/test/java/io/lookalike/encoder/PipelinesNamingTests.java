package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lookalike.TestLogging;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.ingest.IngestMetadata;
import org.elasticsearch.ingest.PipelineConfiguration;
import org.elasticsearch.xcontent.XContentType;
import org.junit.jupiter.api.Test;

class PipelinesNamingTests {
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
        return TransportDeleteEncoderAction.pipelinesNaming(id, state(pipelines));
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
                                        "{'processors':[{'image_embedding':{'field':'i','target_field':'p','encoder':'photos2'}}]}",
                                "photos", "{'description':'photos','processors':[]}")));
    }

    @Test
    void testNoPipelines() {
        assertEquals(
                Set.of(),
                TransportDeleteEncoderAction.pipelinesNaming("a", TestEncoders.state(EncodersMetadata.EMPTY)));
    }
}
