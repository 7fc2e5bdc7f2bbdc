package io.lookalike.evaluate;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Messages;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Warns of documents that the evaluated searches pass over, as there may be in an index that is filled by hand, or by
 * several encoders. For one use.
 */
final class EvaluationWarnings {
    private final EvaluationPlan plan;
    private final Searches searches;
    private final Set<String> warnings = new LinkedHashSet<>();

    private EvaluationWarnings(EvaluationPlan plan, Searches searches) {
        this.plan = plan;
        this.searches = searches;
    }

    static List<String> of(EvaluationPlan plan, Searches searches) {
        EvaluationWarnings found = new EvaluationWarnings(plan, searches);
        plan.exacts.forEach(found::warnOfOtherEncoders);
        plan.fingerprints.forEach(found::warnOfMissingVectors);
        found.warnOfMissingFields();
        found.warnOfUnknownLabels();
        return List.copyOf(found.warnings);
    }

    private void warnOfOtherEncoders(EvaluatedRequest exact) {
        String field = exact.fields().getFirst();
        String fingerprint = plan.fingerprints.get(field);
        if (fingerprint == null) {
            return;
        }
        boolean stock = plan.settings.stream().anyMatch(EvaluatedRequest::isStock);
        warn(
                searches.count(plan.searchable(exact).ofOtherEncoders(field, fingerprint)),
                "carry another fingerprint in [" + Messages.show(FieldNames.sibling(field, FieldNames.ENCODER))
                        + "] than the encoder that is searched with has, or none, and are left out"
                        + (stock ? ", but found by stock [knn], which asks for none" : ""));
    }

    private void warnOfMissingVectors(String field, String fingerprint) {
        Map<String, Object> query = Map.of(
                "bool",
                Map.of(
                        "filter",
                        List.of(SearchableDocuments.madeBy(field, fingerprint)),
                        "must_not",
                        List.of(Map.of("exists", Map.of("field", field)))));
        warn(
                searches.count(plan.mapped.inNested(field, query)),
                "name the encoder in [" + Messages.show(FieldNames.sibling(field, FieldNames.ENCODER))
                        + "] but have no [" + Messages.show(field)
                        + "], and are not found; index them again through a pipeline");
    }

    private void warnOfMissingFields() {
        Map<Object, Long> counted = new HashMap<>();
        for (EvaluatedRequest setting : plan.settings) {
            for (String field : setting.requiredFields()) {
                if (plan.mapped.isMapped(field)) {
                    warn(
                            counted.computeIfAbsent(plan.searchable(setting).without(field), searches::count),
                            "have no [" + Messages.show(field) + "], and are not found with [candidates] ["
                                    + Messages.show(setting.candidates()) + "]; index them again through a pipeline");
                }
            }
        }
    }

    private void warnOfUnknownLabels() {
        Set<String> known = new HashSet<>();
        plan.queries.forEach(query -> known.addAll(query.labelTexts()));
        List<String> unknown = plan.config.holdOut().stream()
                .filter(label -> !known.contains(label) && searches.count(plan.withLabel(List.of(label))) == 0)
                .toList();
        if (!unknown.isEmpty()) {
            warnings.add("no document has the labels " + Messages.cut(unknown) + " of [hold_out.labels] in ["
                    + Messages.show(plan.config.labelField()) + "]");
        }
    }

    private void warn(long documents, String what) {
        if (documents > 0) {
            warnings.add("[" + documents + "] documents " + what);
        }
    }
}
