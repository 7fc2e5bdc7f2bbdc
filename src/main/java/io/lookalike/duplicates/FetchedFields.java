package io.lookalike.duplicates;

import io.lookalike.encoder.Messages;
import java.util.List;
import java.util.Map;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.fetch.subphase.FetchSourceContext;

/**
 * The parts of each member's document that the answer shows, as in a search.
 *
 * @param source null for none
 * @param fields names or patterns
 */
record FetchedFields(FetchSourceContext source, List<String> fields) {
    static FetchedFields takeFrom(Map<String, Object> body) {
        return new FetchedFields(source(body.remove("_source")), names("fields", body.remove("fields")));
    }

    private static FetchSourceContext source(Object value) {
        if (value == null || Boolean.FALSE.equals(value)) {
            return null;
        }
        if (Boolean.TRUE.equals(value)) {
            return FetchSourceContext.FETCH_SOURCE;
        }
        if (value instanceof Map<?, ?> map) {
            if (!List.of("includes", "excludes").containsAll(map.keySet())) {
                throw new IllegalArgumentException("[_source] takes [includes] and [excludes]; got "
                        + Messages.cut(
                                map.keySet().stream().map(String::valueOf).toList()));
            }
            return FetchSourceContext.of(
                    true,
                    null,
                    null,
                    names("_source.includes", map.get("includes")).toArray(String[]::new),
                    names("_source.excludes", map.get("excludes")).toArray(String[]::new));
        }
        return FetchSourceContext.of(true, null, null, names("_source", value).toArray(String[]::new), new String[0]);
    }

    private static List<String> names(String key, Object value) {
        if (value == null) {
            return List.of();
        }
        if (value instanceof String name) {
            return List.of(name);
        }
        if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return list.stream().map(String.class::cast).toList();
        }
        throw new IllegalArgumentException(
                "[" + key + "] must be a name or a list of names; got [" + Messages.show(value) + "]");
    }

    boolean isEmpty() {
        return source == null && fields.isEmpty();
    }

    void applyTo(SearchSourceBuilder search) {
        if (source == null) {
            search.fetchSource(false);
        } else {
            search.fetchSource(source);
        }
        fields.forEach(search::fetchField);
    }
}
