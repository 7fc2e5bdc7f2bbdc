package io.lookalike.task;

import io.lookalike.encoder.Messages;
import io.lookalike.query.StoredValues;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.search.join.ScoreMode;
import org.elasticsearch.action.fieldcaps.FieldCapabilities;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesResponse;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.search.aggregations.AggregationBuilder;
import org.elasticsearch.search.aggregations.AggregationBuilders;

/**
 * A field that says what documents show: a keyword, a whole number or a boolean with doc values, of one or several
 * values. Its values are read by {@link StoredValues}, each as its text.
 *
 * @param name as the user wrote it
 * @param nested path of the nested object that holds it; null if none does
 */
public record LabelField(String name, String nested) {
    private static final Set<String> TYPES = Set.of("keyword", "boolean", "byte", "short", "integer", "long");

    /** The most labels of a vector. */
    private static final int MOST = 100;

    private static final int LONGEST = 512;

    /** The greatest threshold that Elasticsearch allows. */
    private static final int MOST_PRECISE = 40_000;

    /**
     * @param found the capabilities of the field and of {@link io.lookalike.encoder.FieldNames#parents its parents}
     * @param key of the request, which messages name
     * @throws IllegalArgumentException if no index has the field, or one has it without labels
     */
    public static LabelField of(FieldCapabilitiesResponse found, List<String> indices, String key, String name) {
        Map<String, FieldCapabilities> types = found.get().getOrDefault(name, Map.of());
        if (types.isEmpty()) {
            throw new IllegalArgumentException("no index of " + Messages.cut(indices) + " has a field ["
                    + Messages.cut(name) + "]; name the field of the labels in [" + key + "]");
        }
        for (FieldCapabilities type : types.values()) {
            if (!type.getType().equals("unmapped")
                    && !(TYPES.contains(type.getType()) && type.isAggregatable() && type.isSearchable())) {
                throw new IllegalArgumentException("[" + key + "] [" + Messages.cut(name) + "] is of type "
                        + new TreeSet<>(types.keySet()) + "; labels need a [keyword], a whole number or a [boolean] "
                        + "that is indexed and has doc values, such as [" + Messages.cut(name) + ".keyword]");
            }
        }
        return new LabelField(name, FieldLookup.nestedPath(found, name));
    }

    /** Documents with a label. */
    public QueryBuilder exists() {
        QueryBuilder exists = QueryBuilders.existsQuery(name);
        return nested == null
                ? exists
                : QueryBuilders.nestedQuery(nested, exists, ScoreMode.None).ignoreUnmapped(true);
    }

    /** Counts different labels. */
    AggregationBuilder cardinality(String as) {
        AggregationBuilder values =
                AggregationBuilders.cardinality(as).field(name).precisionThreshold(MOST_PRECISE);
        return nested == null ? values : AggregationBuilders.nested(as, nested).subAggregation(values);
    }

    /**
     * The labels of one vector of a document: of its own nested object if that holds the labels too, else all of the
     * document.
     *
     * @param vectorsNested path of the nested object that holds the vector; null if none does
     * @param entry number of the vector among those of the document
     * @throws IllegalArgumentException naming the document, if it has too many labels or a very long one
     */
    public Set<String> of(Documents.Document document, String vectorsNested, int entry) {
        DocumentField found = document.values().get(name);
        if (found == null) {
            return Set.of();
        }
        Set<String> labels = new TreeSet<>();
        if (nested != null && nested.equals(vectorsNested)) {
            add(found.getValues().get(entry), labels);
        } else {
            add(found.getValues(), labels);
        }
        for (String label : labels) {
            if (labels.size() > MOST || label.length() > LONGEST) {
                throw new IllegalArgumentException("document [" + Messages.cut(document.id()) + "] of index ["
                        + document.index() + "] has [" + labels.size() + "] labels in [" + Messages.cut(name)
                        + "], one of them of [" + label.length() + "] letters; at most [" + MOST + "] of [" + LONGEST
                        + "] letters are allowed: name a field that says in few words what a document shows");
            }
        }
        return labels;
    }

    private static void add(Object value, Set<String> labels) {
        if (value instanceof Collection<?> several) {
            several.forEach(each -> add(each, labels));
        } else if (value != null) {
            labels.add(value.toString());
        }
    }
}
