package io.lookalike.evaluate;

import io.lookalike.encoder.ConfigReader;
import io.lookalike.encoder.Messages;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The settings of a request that are compared: every combination of the given values, each once, without parameters
 * that its way of choosing candidates does not know.
 */
final class Sweep {
    static final int MAX_SETTINGS = 100;
    private static final int MAX_VALUES = 100;
    private static final int MAX_BOUND = 10_000;

    /** Bounds, and the other bound that they must not exceed. */
    private static final Map<String, String> BELOW =
            Map.of("num_exact", "num_candidates", "max_distance", "bits", "min_tables", "tables");

    private Sweep() {}

    /**
     * @param sweep null for the request as it is
     * @throws IllegalArgumentException for values that no setting would use, and for too many settings
     */
    static List<EvaluatedRequest> of(EvaluatedRequest request, ConfigReader sweep, int k) {
        if (sweep == null) {
            return List.of(request.with(Map.of(), k));
        }
        List<Map<String, Object>> fields = fields(sweep, request);
        List<String> candidates = candidates(sweep);
        Map<String, List<Integer>> bounds = bounds(sweep, k);
        sweep.finish();
        List<String> kinds = candidates.isEmpty() ? List.of(request.candidates()) : candidates;
        requireKnown(bounds, kinds, request);
        Set<EvaluatedRequest> settings = new LinkedHashSet<>();
        for (Map<String, Object> field : fields) {
            for (String kind : kinds) {
                Map<String, Object> values = new LinkedHashMap<>(field);
                if (!candidates.isEmpty()) {
                    values.put("candidates", kind);
                }
                combine(request, values, bounds, CandidateBounds.of(kind), k, settings);
            }
        }
        if (settings.isEmpty()) {
            throw new IllegalArgumentException(BELOW.entrySet().stream()
                    .filter(pair -> bounds.containsKey(pair.getKey()) || bounds.containsKey(pair.getValue()))
                    .map(pair -> "[" + pair.getKey() + "] is above [" + pair.getValue()
                            + "] in every combination of [sweep]; lower the one, or raise the other")
                    .collect(Collectors.joining(", or ")));
        }
        if (settings.size() > MAX_SETTINGS) {
            throw new IllegalArgumentException("[sweep] makes [" + settings.size() + "] settings; at most ["
                    + MAX_SETTINGS + "] are judged at once: leave some values out");
        }
        return List.copyOf(settings);
    }

    private static List<String> candidates(ConfigReader sweep) {
        List<String> candidates = sweep.strings("candidates", MAX_VALUES);
        for (String kind : candidates) {
            if (!CandidateBounds.kinds().contains(kind)) {
                throw new IllegalArgumentException("[sweep.candidates] must be of " + CandidateBounds.kinds()
                        + ", where [knn] is stock knn; got [" + Messages.show(kind) + "]");
            }
        }
        return candidates;
    }

    private static Map<String, List<Integer>> bounds(ConfigReader sweep, int k) {
        Map<String, List<Integer>> bounds = new LinkedHashMap<>();
        for (String bound :
                List.of("num_candidates", "num_exact", "probes", "bits", "tables", "min_tables", "max_distance")) {
            int least = switch (bound) {
                case "max_distance" -> 0;
                case "num_candidates", "num_exact" -> k;
                case "bits" -> Byte.SIZE;
                default -> 1;
            };
            List<Integer> values = sweep.integers(bound, least, MAX_BOUND, MAX_VALUES);
            if (!values.isEmpty()) {
                bounds.put(bound, values);
            }
        }
        return bounds;
    }

    /** Refuses bounds that no setting would use. */
    private static void requireKnown(Map<String, List<Integer>> bounds, List<String> kinds, EvaluatedRequest request) {
        for (String bound : bounds.keySet()) {
            if (kinds.stream().noneMatch(kind -> CandidateBounds.of(kind).contains(bound))) {
                throw new IllegalArgumentException("[sweep." + bound + "] does not apply to [candidates] " + kinds
                        + "; leave it out, or compare candidates that it bounds in [sweep.candidates]");
            }
        }
        if (bounds.containsKey("bits") && (bounds.containsKey("num_exact") || request.first("num_exact") != null)) {
            throw new IllegalArgumentException(
                    "[sweep.bits] cannot be compared with [num_exact], which estimates by whole codes; leave one of "
                            + "them out");
        }
    }

    /** Adds the request with each combination of the values of known bounds. */
    private static void combine(
            EvaluatedRequest request,
            Map<String, Object> values,
            Map<String, List<Integer>> bounds,
            List<String> known,
            int k,
            Set<EvaluatedRequest> settings) {
        String next = bounds.keySet().stream()
                .filter(bound -> known.contains(bound) && !values.containsKey(bound))
                .findFirst()
                .orElse(null);
        if (next == null) {
            EvaluatedRequest setting = request.with(values, k);
            if (BELOW.entrySet().stream().noneMatch(pair -> isAbove(setting, bounds, pair.getKey(), pair.getValue()))) {
                settings.add(setting);
            }
            return;
        }
        for (int value : bounds.get(next)) {
            Map<String, Object> more = new LinkedHashMap<>(values);
            more.put(next, value);
            // stops early where there are far too many
            if (settings.size() <= 10 * MAX_SETTINGS) {
                combine(request, more, bounds, known, k, settings);
            }
        }
    }

    /** Whether a bound exceeds the other, and the sweep gives at least one of them. */
    private static boolean isAbove(
            EvaluatedRequest setting, Map<String, List<Integer>> bounds, String bound, String most) {
        return (bounds.containsKey(bound) || bounds.containsKey(most))
                && setting.first(bound) instanceof Number value
                && setting.first(most) instanceof Number limit
                && value.intValue() > limit.intValue();
    }

    private static List<Map<String, Object>> fields(ConfigReader sweep, EvaluatedRequest request) {
        List<Map<String, Object>> fields = new ArrayList<>();
        for (Object field : sweep.list("fields", MAX_VALUES)) {
            Map<String, Object> values = new LinkedHashMap<>();
            if (field instanceof Map<?, ?> map) {
                map.forEach((key, value) -> values.put(String.valueOf(key), value));
            } else {
                values.put("field", field);
            }
            if (!(values.get("field") instanceof String)) {
                throw new IllegalArgumentException(
                        "[sweep.fields] must be names of fields, or objects with [field]; got [" + Messages.show(field)
                                + "]");
            }
            fields.add(values);
        }
        if (!fields.isEmpty() && request.size() > 1) {
            throw new IllegalArgumentException(
                    "[sweep.fields] needs a [request] with one clause to put them into; got [" + request.size() + "]");
        }
        return fields.isEmpty() ? List.of(Map.of()) : fields;
    }
}
