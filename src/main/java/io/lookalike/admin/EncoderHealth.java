package io.lookalike.admin;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.EncoderUses;
import io.lookalike.encoder.EncodersMetadata;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.health.Diagnosis;
import org.elasticsearch.health.HealthIndicatorDetails;
import org.elasticsearch.health.HealthIndicatorImpact;
import org.elasticsearch.health.HealthIndicatorResult;
import org.elasticsearch.health.HealthIndicatorService;
import org.elasticsearch.health.HealthStatus;
import org.elasticsearch.health.ImpactArea;
import org.elasticsearch.health.SimpleHealthIndicatorDetails;
import org.elasticsearch.health.node.HealthInfo;

/**
 * The health indicator {@code lookalike_encoders}: red when a pipeline or a mapping names an encoder that does not
 * exist. Thread-safe.
 */
public final class EncoderHealth implements HealthIndicatorService {
    static final String NAME = "lookalike_encoders";

    private final ClusterService clusterService;
    private final EncoderUses uses;

    public EncoderHealth(ClusterService clusterService, EncoderUses uses) {
        this.clusterService = clusterService;
        this.uses = uses;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public HealthIndicatorResult calculate(boolean verbose, int maxAffectedResourcesCount, HealthInfo healthInfo) {
        Map<String, EncoderUses.Uses> missing = new TreeMap<>(uses.of(clusterService.state()));
        missing.remove(EncoderDefinition.DEFAULT);
        missing.keySet()
                .removeAll(
                        EncodersMetadata.of(clusterService.state()).encoders().keySet());
        if (missing.isEmpty()) {
            return createIndicator(
                    HealthStatus.GREEN,
                    "Every image encoder that a pipeline or a mapping names exists.",
                    HealthIndicatorDetails.EMPTY,
                    List.of(),
                    List.of());
        }
        return createIndicator(
                HealthStatus.RED,
                "Pipelines or mappings name image encoders that do not exist: "
                        + missing.keySet().stream()
                                .limit(maxAffectedResourcesCount)
                                .toList() + ".",
                verbose ? details(missing, maxAffectedResourcesCount) : HealthIndicatorDetails.EMPTY,
                List.of(new HealthIndicatorImpact(
                        NAME,
                        "encoder_missing",
                        1,
                        "Pictures that are indexed through these pipelines, and searches by picture on these "
                                + "indices, fail.",
                        List.of(ImpactArea.INGEST, ImpactArea.SEARCH))),
                verbose
                        ? List.of(new Diagnosis(
                                new Diagnosis.Definition(
                                        NAME,
                                        "encoder_missing",
                                        "An encoder was deleted by force, or an index, a pipeline or the cluster's "
                                                + "state was restored from where the encoder is not.",
                                        "Put the encoder again with PUT /_lookalike/encoder/{id}, with the body that "
                                                + "GET /_lookalike/encoder/{id}?full=true gave where it was, or "
                                                + "train it again with the same data and seed. The fingerprint in "
                                                + "the field [encoder] of the documents says whether it is the same. "
                                                + "Else delete the pipelines and indices that name it.",
                                        null),
                                List.of(new Diagnosis.Resource(
                                        Diagnosis.Resource.Type.INDEX,
                                        missing.values().stream()
                                                .flatMap(each -> each.indices().stream())
                                                .distinct()
                                                .limit(maxAffectedResourcesCount)
                                                .toList()))))
                        : List.of());
    }

    private static HealthIndicatorDetails details(Map<String, EncoderUses.Uses> missing, int most) {
        return new SimpleHealthIndicatorDetails(Map.of(
                "missing",
                missing.entrySet().stream()
                        .limit(most)
                        .map(each -> {
                            Map<String, Object> map = new LinkedHashMap<>();
                            map.put("encoder", each.getKey());
                            map.put("pipelines", first(each.getValue().pipelines(), most));
                            map.put("indices", first(each.getValue().indices(), most));
                            return map;
                        })
                        .toList()));
    }

    private static List<String> first(Set<String> names, int most) {
        return names.stream().limit(most).toList();
    }
}
