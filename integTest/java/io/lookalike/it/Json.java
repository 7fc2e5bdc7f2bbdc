package io.lookalike.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Short notation for JSON in tests. Stateless. */
final class Json {
    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
            .build();

    private Json() {}

    /**
     * Parses an object whose keys need no quotes and whose strings may have single ones.
     *
     * @param template each {@code ?} in it stands for the next of {@code values}
     * @param values anything that Jackson writes: strings, numbers, arrays, maps, nodes
     */
    static ObjectNode json(String template, Object... values) {
        String[] parts = template.split("\\?", -1);
        if (parts.length != values.length + 1) {
            throw new IllegalArgumentException(values.length + " values for [" + template + "]");
        }
        try {
            StringBuilder text = new StringBuilder(parts[0]);
            for (int i = 0; i < values.length; i++) {
                text.append(MAPPER.writeValueAsString(values[i])).append(parts[i + 1]);
            }
            return (ObjectNode) MAPPER.readTree(text.toString());
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(template, e);
        }
    }

    /** The values of a field of each element of an array. */
    static List<String> texts(JsonNode array, String field) {
        List<String> texts = new ArrayList<>();
        array.forEach(element -> texts.add(element.path(field).asText()));
        return texts;
    }
}
