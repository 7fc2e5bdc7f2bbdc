package io.lookalike.evaluate;

import io.lookalike.encoder.FieldNames;
import io.lookalike.query.StoredValues;
import io.lookalike.task.Documents;
import io.lookalike.task.LongTask;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.builder.SearchSourceBuilder;

/**
 * Draws the documents that serve as queries: a random sample, the same for the same seed as long as the index does not
 * change.
 *
 * <p>Each has a vector in every evaluated field, made by the encoder that is searched with. Of a document with several
 * nested objects, the first whose vector that encoder made is the query.
 *
 * @param fields fields of vectors that each query must have
 * @param codeFields the field of codes, by field of vectors; only of those with one
 * @param makers the encoder that is searched with, by nested field of vectors; only of known encoders
 * @param byName fields of vectors in which documents are searched by their names
 * @param ofSeveral whether documents of several indices may have the same name
 * @param labelField null for none
 */
record QuerySample(
        Set<String> fields,
        Map<String, String> codeFields,
        Map<String, Maker> makers,
        Set<String> byName,
        boolean ofSeveral,
        String labelField) {
    private static final int BYTES_GUESSED = 8 << 10;

    /**
     * A document that serves as a query.
     *
     * @param document as {@link #name} calls it
     * @param vectors by field
     * @param routing null without one
     * @param codes in hex, by field of vectors; only those that it has
     * @param index that holds it
     * @param ofSeveral whether a document of another index may have the same name; if not, the index is left out of
     *     queries
     * @param byName fields in which it is searched by its name, because the encoder would project its vector again
     * @param labels empty without any
     */
    record Query(
            String document,
            String index,
            boolean ofSeveral,
            String routing,
            Map<String, float[]> vectors,
            Map<String, String> codes,
            Set<String> byName,
            List<Object> labels)
            implements QueryDocument {
        /** The vector as JSON has it, not copied. */
        @Override
        public List<Float> vector(String field) {
            float[] vector = vectors.get(field);
            return new AbstractList<>() {
                @Override
                public Float get(int i) {
                    return vector[i];
                }

                @Override
                public int size() {
                    return vector.length;
                }
            };
        }

        @Override
        public String code(String field) {
            return codes.get(field);
        }

        @Override
        public Map<String, Object> like(String field) {
            if (!byName.contains(field)) {
                return null;
            }
            Map<String, Object> like = new LinkedHashMap<>();
            if (ofSeveral) {
                like.put("index", index);
            }
            like.put("id", id());
            if (routing != null) {
                like.put("routing", routing);
            }
            return like;
        }

        @Override
        public Map<String, Object> itself() {
            Map<String, Object> ids = Map.of("ids", Map.of("values", List.of(id())));
            return ofSeveral
                    ? Map.of("bool", Map.of("filter", List.of(Map.of("term", Map.of("_index", index)), ids)))
                    : ids;
        }

        private String id() {
            return document.substring(document.indexOf('/') + 1);
        }

        Set<String> labelTexts() {
            return texts(labels);
        }
    }

    /**
     * The encoder that is searched with; it need not have made all nested objects of a document.
     *
     * @param mark field of fingerprints
     */
    record Maker(String mark, String fingerprint) {
        boolean made(Map<String, DocumentField> values, int entry) {
            DocumentField marks = values.get(mark);
            return marks != null
                    && entry < marks.getValues().size()
                    && marks.getValues().get(entry) instanceof List<?> terms
                    && terms.contains(fingerprint);
        }
    }

    /** The name of a hit's document, unique among all indices. */
    static String name(SearchHit hit) {
        return hit.getIndex() + "/" + hit.getId();
    }

    static Set<String> texts(List<Object> labels) {
        Set<String> texts = new LinkedHashSet<>();
        labels.forEach(label -> texts.add(String.valueOf(label)));
        return texts;
    }

    /** @param filter the documents to draw from */
    List<Query> draw(Searches searches, Map<String, Object> filter, long seed, int count, LongTask task) {
        Map<String, Object> random = Map.of(
                "function_score",
                Map.of(
                        "query",
                        filter,
                        "random_score",
                        Map.of("seed", seed, "field", "_seq_no"),
                        "boost_mode",
                        "replace"));
        List<String> values = new ArrayList<>(fields);
        values.addAll(codeFields.values());
        makers.values().forEach(maker -> values.add(maker.mark));
        Map<String, Query> queries = new LinkedHashMap<>();
        int page = Documents.pageSize(BYTES_GUESSED * fields.size());
        for (int from = 0; from < count; from += page) {
            task.at("sample", from, count);
            SearchSourceBuilder source = searches.source(Map.of("query", random), Math.min(page, count - from))
                    .from(from)
                    .ext(List.of(new StoredValues(values)));
            if (labelField != null) {
                source.fetchField(labelField);
            }
            int found = searches.search(source, response -> {
                for (SearchHit hit : response.getHits().getHits()) {
                    Query query = query(hit);
                    if (query != null) {
                        queries.put(query.document, query);
                    }
                }
                return response.getHits().getHits().length;
            });
            if (found < page) {
                break;
            }
        }
        return List.copyOf(queries.values());
    }

    /** Null if a field has no vector after all. */
    private Query query(SearchHit hit) {
        Map<String, float[]> vectors = new HashMap<>();
        Map<String, String> codes = new HashMap<>();
        for (String field : fields) {
            DocumentField stored = hit.field(field);
            List<Object> entries = stored == null ? List.of() : stored.getValues();
            if (!entries.isEmpty() && entries.getFirst() instanceof byte[]) {
                throw new IllegalArgumentException(
                        "field [" + field + "] holds codes (element_type [bit]); [field] must be a field of vectors");
            }
            int first = first(hit.getDocumentFields(), field, makers.get(field));
            if (first < 0) {
                return null;
            }
            vectors.put(field, (float[]) entries.get(first));
            String codeField = codeFields.get(field);
            DocumentField code = codeField == null ? null : hit.field(codeField);
            if (code != null
                    && first < code.getValues().size()
                    && code.getValues().get(first) instanceof byte[] bits) {
                codes.put(field, HexFormat.of().formatHex(bits));
            }
        }
        DocumentField routing = hit.field("_routing");
        return new Query(
                name(hit),
                hit.getIndex(),
                ofSeveral,
                routing == null ? null : routing.getValue(),
                vectors,
                codes,
                byName,
                labels(hit, labelField));
    }

    /**
     * The position of the first vector that an encoder made, among those of a document; -1 without one.
     *
     * @param maker null for any
     */
    static int first(Map<String, DocumentField> values, String field, Maker maker) {
        DocumentField vectors = values.get(field);
        int count = vectors == null ? 0 : vectors.getValues().size();
        for (int entry = 0; entry < count; entry++) {
            if (vectors.getValues().get(entry) instanceof float[] && (maker == null || maker.made(values, entry))) {
                return entry;
            }
        }
        return -1;
    }

    /** The values of a fetched field of a hit; for a nested field those of all its objects. */
    static List<Object> labels(SearchHit hit, String field) {
        List<Object> labels = new ArrayList<>();
        if (field == null) {
            return labels;
        }
        DocumentField found = hit.field(field);
        if (found != null) {
            labels.addAll(found.getValues());
        }
        for (String object : FieldNames.parents(field)) {
            DocumentField holder = hit.field(object);
            if (holder != null) {
                for (Object value : holder.getValues()) {
                    if (value instanceof Map<?, ?> map
                            && map.get(field.substring(object.length() + 1)) instanceof List<?> inner) {
                        labels.addAll(inner);
                    }
                }
            }
        }
        labels.removeIf(label -> label == null);
        return labels;
    }
}
