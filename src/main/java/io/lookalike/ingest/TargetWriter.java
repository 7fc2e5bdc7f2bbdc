package io.lookalike.ingest;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoding;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ingest.IngestDocument;

/**
 * Writes encodings into the target fields of a document, and checks or removes those of an earlier picture. Fields that
 * users have in the same objects stay. Thread-safe.
 */
final class TargetWriter {
    private final String type;
    private final ProcessorOptions options;

    /** @param type of the processor, for error messages */
    TargetWriter(String type, ProcessorOptions options) {
        this.type = type;
        this.options = options;
    }

    /**
     * @param encodings for each input, target and box
     * @param simulated mappings of a simulation; null for the real ones
     */
    void write(
            IngestDocument document,
            DocumentInputs inputs,
            List<List<List<Encoding>>> encodings,
            SimulatedMappings simulated) {
        for (int t = 0; t < options.targets().size(); t++) {
            Target target = options.targets().get(t);
            requireNoDots(document.getSource(), target.field());
            if (inputs.array()) {
                List<Map<String, Object>> entries = entries(inputs, encodings, t);
                entries.forEach(entry -> leaveOut(document, target, simulated, entry));
                writeArray(document, target, entries);
            } else {
                Map<String, Object> fields =
                        encodings.getFirst().get(t).getFirst().toMap();
                leaveOut(document, target, simulated, fields);
                writeObject(document, target, fields);
            }
        }
        if (options.removeSource() && document.hasField(options.field())) {
            RemovedFields.remove(document, options.field());
        }
    }

    /** An index from before there were details takes none: they would be indexed as text, or refused. */
    private void leaveOut(
            IngestDocument document, Target target, SimulatedMappings simulated, Map<String, Object> fields) {
        if (options.mappings() != null
                && fields.containsKey(FieldNames.DETAIL)
                && !options.mappings()
                        .takesDetail(document.getFieldValue("_index", String.class, true), target, simulated)) {
            fields.remove(FieldNames.DETAIL);
        }
    }

    private static List<Map<String, Object>> entries(
            DocumentInputs inputs, List<List<List<Encoding>>> encodings, int target) {
        List<Map<String, Object>> entries = new ArrayList<>();
        for (int i = 0; i < encodings.size(); i++) {
            for (Encoding encoding : encodings.get(i).get(target)) {
                Map<String, Object> entry = encoding.toMap();
                if (inputs.numbered()) {
                    entry.put(FieldNames.PICTURE, inputs.inputs().get(i).number());
                }
                entries.add(entry);
            }
        }
        return entries;
    }

    private void writeObject(IngestDocument document, Target target, Map<String, Object> fields) {
        Object before = document.getFieldValue(target.field(), Object.class, true);
        boolean several = before instanceof List && !stored(document, target).isEmpty();
        document.setFieldValue(
                target.field(),
                several
                        ? overwriteAll(target, (List<?>) before, List.of(fields))
                                .getFirst()
                        : overwrite(target, before, fields));
    }

    private void writeArray(IngestDocument document, Target target, List<Map<String, Object>> entries) {
        Object before = document.getFieldValue(target.field(), Object.class, true);
        List<?> there = before == null ? List.of() : before instanceof List<?> list ? list : List.of(before);
        List<Map<String, Object>> made = overwriteAll(target, there, entries);
        if (!made.isEmpty()) {
            document.setFieldValue(target.field(), made);
        } else if (document.hasField(target.field())) {
            document.removeField(target.field());
        }
    }

    /** Removes the encodings of an earlier picture, and leaves the fields that users have beside them. */
    void remove(IngestDocument document, Target target) {
        List<Map<?, ?>> entries = stored(document, target);
        if (entries.isEmpty()) {
            return;
        }
        List<Map<String, Object>> left = overwriteAll(target, entries, List.of());
        if (left.isEmpty()) {
            document.removeField(target.field());
        } else {
            document.setFieldValue(target.field(), left.size() == 1 ? left.getFirst() : left);
        }
    }

    /**
     * Checks that a document without a picture still has complete encodings of its old one.
     *
     * @throws IllegalArgumentException if it has none, lacks their vectors, or its boxes have changed
     */
    void requireStored(IngestDocument document, Target target) {
        List<Map<?, ?>> entries = stored(document, target);
        if (entries.isEmpty() && !options.ignoreMissing()) {
            throw DocumentReader.missing(document, options.field(), "", "");
        }
        entries.forEach(entry -> requireVectors(document, target, entry));
        requireSameBoxes(document, target, entries);
    }

    /** The encodings of an earlier picture. */
    private static List<Map<?, ?>> stored(IngestDocument document, Target target) {
        Object value = document.getFieldValue(target.field(), Object.class, true);
        List<Map<?, ?>> entries = new ArrayList<>();
        for (Object entry : value instanceof List<?> list ? list : Collections.singletonList(value)) {
            if (entry instanceof Map<?, ?> map && map.containsKey(FieldNames.ENCODER)) {
                entries.add(map);
            }
        }
        return entries;
    }

    /** Elasticsearch shows documents without their vectors. Sent back like that, a document would lose them. */
    private static void requireVectors(IngestDocument document, Target target, Map<?, ?> entry) {
        for (String each : List.of(FieldNames.VECTOR, FieldNames.HASH)) {
            if (entry.get(each) == null) {
                throw new IllegalArgumentException("document [" + DocumentReader.id(document) + "] has ["
                        + target.field() + ".encoder] but no [" + target.field() + "." + each
                        + "]: it was read without its vectors, which Elasticsearch leaves out unless asked with "
                        + "[_source_exclude_vectors=false];"
                        + " send the picture again, read the document so, or change its other fields with [_update]");
            }
        }
    }

    private void requireSameBoxes(IngestDocument document, Target target, List<Map<?, ?>> entries) {
        Boxes boxes = options.boxes();
        Object value = boxes == null ? null : document.getFieldValue(boxes.field(), Object.class, true);
        if (value != null && boxes.differ(value, entries)) {
            throw new IllegalArgumentException("field [" + boxes.field() + "] of document ["
                    + DocumentReader.id(document) + "] was changed without its picture, and [" + target.field()
                    + "] is of the boxes before; send [" + options.field() + "] too");
        }
    }

    /** Refuses names with dots, such as {@code photo.vector}: both would be indexed into the same field. */
    private static void requireNoDots(Map<?, ?> source, String field) {
        Map<?, ?> at = source;
        for (String rest = field; at != null; rest = rest.substring(rest.indexOf('.') + 1)) {
            for (String each : FieldNames.ALL) {
                if (at.containsKey(rest + "." + each)) {
                    throw new IllegalArgumentException("the document holds [" + rest + "." + each
                            + "] under a name with dots, beside what is made in [" + field + "]; leave it out");
                }
            }
            at = rest.indexOf('.') >= 0 && at.get(rest.substring(0, rest.indexOf('.'))) instanceof Map<?, ?> inner
                    ? inner
                    : null;
        }
    }

    /** Overwrites each entry by the new one of the same index. */
    private List<Map<String, Object>> overwriteAll(Target target, List<?> there, List<Map<String, Object>> entries) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            all.add(overwrite(target, i < there.size() ? there.get(i) : null, entries.get(i)));
        }
        for (int i = entries.size(); i < there.size(); i++) {
            Map<String, Object> own = overwrite(target, there.get(i), Map.of());
            if (!own.isEmpty() && !entries.isEmpty()) {
                throw new IllegalArgumentException("field [" + target.field() + "] has [" + there.size()
                        + "] entries with fields of their own, but [" + entries.size()
                        + "] are made; send as many entries as there are pictures or boxes");
            }
            if (!own.isEmpty()) {
                all.add(own);
            }
        }
        return all;
    }

    /** Replaces the fields of an earlier encoding, and keeps all other fields. */
    private Map<String, Object> overwrite(Target to, Object before, Map<String, Object> fields) {
        Map<String, Object> target = new LinkedHashMap<>();
        if (before instanceof Map<?, ?> map) {
            map.forEach((key, value) -> target.put((String) key, value));
        } else if (before != null) {
            throw new IllegalArgumentException("field [" + to.field() + "] must be an object, or absent, to take what "
                    + "[" + type + "] makes; it holds [" + Messages.show(before) + "], name another [target_field]");
        }
        target.keySet().removeAll(FieldNames.ALL);
        target.putAll(fields);
        return target;
    }
}
