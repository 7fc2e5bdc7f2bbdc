package io.lookalike.reencode;

import io.lookalike.encoder.FieldNames;
import io.lookalike.inference.Encoder;
import io.lookalike.task.Documents;
import io.lookalike.task.VectorField;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.common.xcontent.support.XContentMapValues;
import org.elasticsearch.index.query.BoolQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;

/**
 * Makes the fields of one encoder from those of another, document by document, and copies the fields that belong to the
 * picture and not to the encoder. Thread-safe.
 */
final class DocumentReencoder {
    /**
     * Fields that are copied from the source. The perceptual hash and the detail are copied too, but not from the
     * source, which has no vectors.
     */
    private static final List<String> CARRIED = List.of(
            FieldNames.WIDTH,
            FieldNames.HEIGHT,
            FieldNames.FORMAT,
            FieldNames.REGION,
            FieldNames.PICTURE,
            FieldNames.QUALITY);

    private final Encoder from;
    private final Encoder to;
    private final int stages;
    private final VectorField source;
    private final String sourceField;
    private final String targetField;

    /** @param stages number of stages of {@code to} that the stored vectors have passed already */
    DocumentReencoder(Encoder from, Encoder to, int stages, VectorField source, String targetField) {
        this.from = from;
        this.to = to;
        this.stages = stages;
        this.source = source;
        this.sourceField = FieldNames.parent(source.name());
        this.targetField = targetField;
    }

    /** Fields to read as stored values. */
    List<String> values() {
        List<String> values = new ArrayList<>(List.of(
                source.name(),
                FieldNames.below(sourceField, FieldNames.PERCEPTUAL),
                FieldNames.below(sourceField, FieldNames.DETAIL)));
        if (source.hasEncoderField()) {
            values.add(source.encoderField());
        }
        if (source.nested() == null) {
            values.add(FieldNames.below(targetField, FieldNames.ENCODER));
        }
        return values;
    }

    /** Fields to read from the source. */
    List<String> carried() {
        List<String> carried = new ArrayList<>(List.of(FieldNames.below(sourceField, FieldNames.ENCODER)));
        for (String field : CARRIED) {
            carried.add(FieldNames.below(sourceField, field));
            carried.add(FieldNames.below(sourceField, field) + ".*");
        }
        return carried;
    }

    /** Documents that match and that {@code from} encoded. */
    BoolQueryBuilder encoded(QueryBuilder query) {
        return matching(query).filter(source.exists()).filter(source.madeBy(from.fingerprint()));
    }

    /** Of these, the documents that {@code to} encoded already. */
    BoolQueryBuilder done(QueryBuilder query) {
        return encoded(query).filter(written());
    }

    /** Of these, the documents that {@code to} has yet to encode. */
    BoolQueryBuilder toDo(QueryBuilder query) {
        return encoded(query).mustNot(written());
    }

    /** Needs both a vector and a fingerprint, as users may write a fingerprint by hand. */
    private QueryBuilder written() {
        return QueryBuilders.boolQuery().filter(target().exists()).filter(target().madeBy(to.fingerprint()));
    }

    /** Documents with a vector that {@code from} did not make. */
    BoolQueryBuilder leftOut(QueryBuilder query) {
        return matching(query).filter(source.exists()).mustNot(source.madeBy(from.fingerprint()));
    }

    /** Documents that name {@code from} but have no vector. */
    BoolQueryBuilder lacking(QueryBuilder query) {
        return matching(query).filter(source.lacking(from.fingerprint()));
    }

    private static BoolQueryBuilder matching(QueryBuilder query) {
        BoolQueryBuilder bool = QueryBuilders.boolQuery();
        return query == null ? bool : bool.filter(query);
    }

    /** Warnings of documents that are not reencoded. */
    List<String> warnings(long leftOut, long lacking) {
        return source.warnings(from.id(), leftOut, lacking);
    }

    private VectorField target() {
        return new VectorField(
                FieldNames.below(targetField, FieldNames.VECTOR), source.nested() == null ? null : targetField);
    }

    /**
     * The partial document for an update.
     *
     * @throws IllegalArgumentException naming what the document lacks
     */
    Map<String, Object> update(Documents.Document document) {
        List<Object> vectors = of(document, source.name());
        List<Object> encoders = source.hasEncoderField() ? of(document, source.encoderField()) : List.of();
        List<Object> hashes = of(document, FieldNames.below(sourceField, FieldNames.PERCEPTUAL));
        List<Object> details = of(document, FieldNames.below(sourceField, FieldNames.DETAIL));
        List<?> pictures = pictures(document, vectors.size());
        List<Object> entries = new ArrayList<>();
        for (int i = 0; i < vectors.size(); i++) {
            boolean made = !source.hasEncoderField()
                    || (i < encoders.size()
                            && encoders.get(i) instanceof List<?> fingerprints
                            && fingerprints.contains(from.fingerprint()));
            if (!made || !(vectors.get(i) instanceof float[] vector)) {
                throw new IllegalArgumentException("entry [" + i + "] of field [" + sourceField
                        + "] was made by another encoder than [" + from.id() + "]; index the document again");
            }
            String what = "field [" + source.name() + "]";
            Map<String, Object> entry =
                    to.nonZero(what, to.encodeAfter(what, vector, stages)).toMap();
            copy(hashes, i, FieldNames.PERCEPTUAL, entry);
            copy(details, i, FieldNames.DETAIL, entry);
            carry(document, pictures, i, entry);
            entries.add(entry);
        }
        Object value = source.nested() == null ? over(document, entries) : entries;
        String[] path = targetField.split("\\.", -1);
        requireObjects(document, path);
        for (int i = path.length - 1; i > 0; i--) {
            value = Map.of(path[i], value);
        }
        Map<String, Object> part = new HashMap<>();
        part.put(path[0], value);
        return part;
    }

    private static void copy(List<Object> codes, int i, String field, Map<String, Object> entry) {
        if (i < codes.size() && codes.get(i) instanceof byte[] code) {
            entry.put(field, HexFormat.of().formatHex(code));
        }
    }

    /** Refuses a target within an array, because an update replaces the whole array. */
    private static void requireObjects(Documents.Document document, String[] path) {
        Object at = document.source();
        for (int i = 0; i + 1 < path.length; i++) {
            at = at instanceof Map<?, ?> map ? map.get(path[i]) : null;
            if (at instanceof List) {
                throw new IllegalArgumentException("field [" + path[i]
                        + "] is an array, and an update of what lies within would replace all of it; name a "
                        + "[target_field] outside of it");
            }
        }
    }

    /** The entry, with nulls for fields that another encoder may have left. */
    private Object over(Documents.Document document, List<Object> entries) {
        @SuppressWarnings("unchecked")
        Map<String, Object> entry = (Map<String, Object>) entries.getFirst();
        if (document.first(FieldNames.below(targetField, FieldNames.ENCODER)) != null) {
            for (String field : FieldNames.ALL) {
                entry.putIfAbsent(field, null);
            }
        }
        return entry;
    }

    private static List<Object> of(Documents.Document document, String field) {
        DocumentField found = document.values().get(field);
        return found == null ? List.of() : found.getValues();
    }

    /** The nested objects of the source that are pictures: one for each vector. */
    private List<?> pictures(Documents.Document document, int vectors) {
        if (source.nested() == null) {
            return List.of();
        }
        if (!source.hasEncoderField()) {
            // the vectors were indexed without pictures, so there is nothing to copy
            return Collections.nCopies(vectors, Map.of());
        }
        Object value =
                document.source() == null ? null : XContentMapValues.extractValue(sourceField, document.source());
        List<?> all = value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
        List<?> pictures = all.stream()
                .filter(each -> each instanceof Map<?, ?> map && map.containsKey(FieldNames.ENCODER))
                .toList();
        if (pictures.size() != vectors) {
            throw new IllegalArgumentException(
                    "field [" + sourceField + "] has [" + vectors + "] vectors but its source has [" + pictures.size()
                            + "] entries with [" + FieldNames.ENCODER + "]; index the document again");
        }
        return pictures;
    }

    private void carry(Documents.Document document, List<?> pictures, int i, Map<String, Object> entry) {
        for (String field : CARRIED) {
            Object value;
            if (source.nested() != null) {
                value = ((Map<?, ?>) pictures.get(i)).get(field);
            } else {
                value = document.source() == null
                        ? null
                        : XContentMapValues.extractValue(FieldNames.below(sourceField, field), document.source());
            }
            if (value != null) {
                entry.put(field, value);
            }
        }
    }
}
