package io.lookalike.admin;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.inference.Encoders;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterStateListener;
import org.elasticsearch.cluster.node.DiscoveryNode;
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
import org.elasticsearch.logging.LogManager;
import org.elasticsearch.logging.Logger;

/**
 * The health indicator {@code lookalike_models}: yellow when a node lacks the model of an encoder, has a different one,
 * or has set it aside because it runs too long.
 *
 * <p>The master asks all nodes when a node joins or leaves and when encoders change. A node that gets a health request
 * asks them again if its last answers are old. The indicator reports the last answers and does not wait. Thread-safe.
 */
public final class ModelHealth implements HealthIndicatorService, ClusterStateListener {
    static final String NAME = "lookalike_models";
    private static final Logger LOGGER = LogManager.getLogger(ModelHealth.class);
    /** Prefix of the answer of a node that has the model but does not run it. */
    private static final String ASIDE = "set aside: ";

    private static final long OLD_NANOS = 10_000_000_000L;

    private final ClusterService clusterService;
    private final Client client;
    private final Encoders encoders;
    /** By model and node id: the hash from the answer, or the reason why there is none. */
    private volatile Map<String, Map<String, String>> answers = Map.of();

    private volatile long askedAt = System.nanoTime() - OLD_NANOS;
    private volatile Set<EncoderDefinition> known = Set.of();

    public ModelHealth(ClusterService clusterService, Client client, Encoders encoders) {
        this.clusterService = clusterService;
        this.client = client;
        this.encoders = encoders;
    }

    @Override
    public void clusterChanged(ClusterChangedEvent event) {
        Set<EncoderDefinition> now = Set.copyOf(encoders.registry().created().values());
        boolean changed = event.nodesChanged() || !now.equals(known);
        known = now;
        if (changed && event.localNodeMaster()) {
            ask();
        }
    }

    /** The hashes that every node should have, by model. */
    private Map<String, Set<String>> wanted() {
        Map<String, Set<String>> wanted = new TreeMap<>();
        for (EncoderDefinition encoder : encoders.registry().created().values()) {
            encoder.models()
                    .forEach((model, sha256) ->
                            wanted.computeIfAbsent(model, m -> new TreeSet<>()).add(sha256));
        }
        return wanted;
    }

    private void ask() {
        askedAt = System.nanoTime();
        for (String model : wanted().keySet()) {
            AsSystem.execute(
                    client,
                    ModelsAction.INSTANCE,
                    ModelsAction.request(model),
                    ActionListener.wrap(response -> answered(model, response), e -> failed(model, e)));
        }
    }

    /** No node was asked, so earlier answers no longer count. */
    private synchronized void failed(String model, Exception e) {
        LOGGER.warn("nodes could not be asked for model [" + model + "]", e);
        Map<String, Map<String, String>> all = new HashMap<>(answers);
        all.remove(model);
        answers = Map.copyOf(all);
    }

    private synchronized void answered(String model, NodesAction.Response response) {
        Map<String, String> nodes = new HashMap<>();
        for (NodesAction.NodeFields node : response.getNodes()) {
            Map<String, Object> found = ModelsAction.models(node).getFirst();
            Object aside = found.get("set_aside");
            nodes.put(
                    node.getNode().getId(),
                    aside != null
                            ? ASIDE + aside
                            : found.containsKey("sha256") ? (String) found.get("sha256") : "" + found.get("error"));
        }
        response.failures().forEach(failure -> nodes.put(failure.nodeId(), "the node did not answer"));
        Map<String, Map<String, String>> all = new HashMap<>(answers);
        all.put(model, nodes);
        answers = Map.copyOf(all);
    }

    @Override
    public String name() {
        return NAME;
    }

    /** A node that lacks a model, has a different one, or has set it aside. */
    private record Problem(String model, DiscoveryNode node, String why) {
        boolean isAside() {
            return why.startsWith(ASIDE);
        }
    }

    @Override
    public HealthIndicatorResult calculate(boolean verbose, int maxAffectedResourcesCount, HealthInfo healthInfo) {
        if (System.nanoTime() - askedAt >= OLD_NANOS) {
            ask();
        }
        Map<String, Set<String>> wanted = wanted();
        Map<String, Map<String, String>> seen = answers;
        List<Problem> problems = new ArrayList<>();
        boolean unknown = false;
        for (DiscoveryNode node : clusterService.state().nodes()) {
            for (Map.Entry<String, Set<String>> model : wanted.entrySet()) {
                String answer = seen.getOrDefault(model.getKey(), Map.of()).get(node.getId());
                unknown |= answer == null;
                if (answer != null && !model.getValue().equals(Set.of(answer))) {
                    problems.add(new Problem(model.getKey(), node, answer));
                }
            }
        }
        if (problems.isEmpty()) {
            return createIndicator(
                    unknown ? HealthStatus.UNKNOWN : HealthStatus.GREEN,
                    unknown
                            ? "Not every node has said yet which models it has."
                            : "Every node has the models of all image encoders.",
                    HealthIndicatorDetails.EMPTY,
                    List.of(),
                    List.of());
        }
        return createIndicator(
                HealthStatus.YELLOW,
                problems.stream().allMatch(Problem::isAside)
                        ? "A node has set the model of an image encoder aside because it runs too long."
                        : "A node lacks the model of an image encoder, or has a different one.",
                verbose ? details(problems, maxAffectedResourcesCount) : HealthIndicatorDetails.EMPTY,
                List.of(new HealthIndicatorImpact(
                        NAME,
                        "encoding_fails",
                        2,
                        "Pictures that are indexed or searched through these nodes fail with a message.",
                        List.of(ImpactArea.INGEST, ImpactArea.SEARCH))),
                verbose ? diagnoses(problems, maxAffectedResourcesCount) : List.of());
    }

    private static HealthIndicatorDetails details(List<Problem> problems, int most) {
        return new SimpleHealthIndicatorDetails(Map.of(
                "models",
                problems.stream()
                        .limit(most)
                        .map(p -> Map.of("model", p.model, "node", p.node.getName(), "found", p.why))
                        .toList()));
    }

    private static List<Diagnosis> diagnoses(List<Problem> problems, int most) {
        List<Diagnosis> diagnoses = new ArrayList<>();
        add(
                diagnoses,
                "model_missing_or_different",
                "The model of an encoder is not in config/lookalike/models of the node, or is not the one that the "
                        + "encoder was made with.",
                "Put the same model files into config/lookalike/models of every node and restart those that lacked "
                        + "them.",
                problems.stream().filter(problem -> !problem.isAside()).toList(),
                most);
        add(
                diagnoses,
                "model_set_aside",
                "The model of an encoder takes longer than the node allows, again and again, or does not end.",
                "See [set_aside] in GET /_lookalike/stats; use a smaller model or smaller pictures, or raise the "
                        + "limit that it names. Restart the node where a model does not end.",
                problems.stream().filter(Problem::isAside).toList(),
                most);
        return diagnoses;
    }

    private static void add(
            List<Diagnosis> diagnoses, String id, String cause, String action, List<Problem> problems, int most) {
        if (!problems.isEmpty()) {
            diagnoses.add(new Diagnosis(
                    new Diagnosis.Definition(NAME, id, cause, action, null),
                    List.of(new Diagnosis.Resource(problems.stream()
                            .map(Problem::node)
                            .distinct()
                            .limit(most)
                            .toList()))));
        }
    }
}
