package io.lookalike.ingest;

import io.lookalike.encoder.Encoders;
import io.lookalike.encoder.Encoding;
import io.lookalike.encoder.Failures;
import io.lookalike.encoder.InOrder;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.PictureBytes;
import io.lookalike.encoder.Values;
import io.lookalike.image.Region;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.ConfigurationUtils;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.logging.LogManager;
import org.elasticsearch.logging.Logger;

/**
 * What both processors share: take a field's value, have an encoder work on it elsewhere, set the target field. Several
 * pictures or boxes become an array, for a nested field.
 *
 * <p>Asynchronous: {@link #execute(IngestDocument, BiConsumer)} returns at once and the document is completed on a generic
 * thread. A document that has no value but already carries an encoding (an update of other fields,
 * which sends the whole document through the pipeline again) is left alone.
 */
abstract class EncodingProcessor extends AbstractProcessor {
    private static final Logger SLOW = LogManager.getLogger("lookalike.slowlog");

    private final Encoders encoders;
    final String encoder;
    final String field;
    final String targetField;
    final boolean removeSource;
    final boolean ignoreMissing;
    /** Null for none. */
    final String regionsField;

    EncodingProcessor(Encoders encoders, String tag, String description, Options options) {
        super(tag, description);
        this.encoders = encoders;
        this.encoder = options.encoder;
        this.field = options.field;
        this.targetField = options.targetField;
        this.removeSource = options.removeSource;
        this.ignoreMissing = options.ignoreMissing;
        this.regionsField = options.regionsField;
    }

    /** The settings that both processors take. */
    record Options(
            String encoder,
            String field,
            String targetField,
            boolean removeSource,
            boolean ignoreMissing,
            String regionsField) {}

    /** What a list of pictures or vectors holds; null where the value is one alone. */
    abstract List<?> several(Object value);

    /** What a document says of the boxes of its pictures, one list for each; empty where it says nothing. */
    List<List<Region>> regions(IngestDocument document, int pictures, boolean several) {
        return List.of();
    }

    /**
     * What to run on an encoder for a value; throws when the value is none that this processor takes.
     *
     * @param regions of the picture, empty for the whole
     */
    abstract Encoders.Work<List<Encoding>> work(String what, Object value, List<Region> regions);

    @Override
    public final boolean isAsync() {
        return true;
    }

    /** One picture or vector of a document, and what is to be done with it. */
    private record Part(String what, Object value, Encoders.Work<List<Encoding>> work) {}

    /** @param array whether the target becomes one */
    private record Parts(List<Part> parts, boolean numbered, boolean array) {}

    @Override
    public final void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
        Parts all;
        try {
            Object value = document.getFieldValue(field, Object.class, true);
            if (value == null || (value instanceof List<?> list && list.isEmpty())) {
                if (!ignoreMissing && !isEncoded(document)) {
                    throw new IllegalArgumentException(
                            "field [" + field + "] is " + (value == null ? "missing" : "an empty array")
                                    + " in document ["
                                    + Values.cut(document.getFieldValue("_id", String.class, true))
                                    + "]; send it, or set [ignore_missing] to [true]");
                }
                all = null;
            } else {
                all = parts(document, value);
            }
        } catch (Exception | Error e) {
            handler.accept(null, Failures.tame(what(), e));
            return;
        }
        if (all == null) {
            // outside of the try: what follows in the pipeline fails by itself, and is told once
            handler.accept(document, null);
            return;
        }
        InOrder<List<Encoding>> made = new InOrder<>(all.parts.size(), encoders.context(), new ActionListener<>() {
            @Override
            public void onResponse(List<List<Encoding>> encodings) {
                try {
                    set(document, encodings, all);
                } catch (Exception | Error e) {
                    handler.accept(null, Failures.tame(what(), e));
                    return;
                }
                handler.accept(document, null);
            }

            @Override
            public void onFailure(Exception e) {
                handler.accept(null, e);
            }
        });
        for (int i = 0; i < all.parts.size(); i++) {
            Part part = all.parts.get(i);
            encoders.ingest(encoder, part.what, part.value, timed(document, part), made.at(i));
        }
    }

    /** Says in the log what took long, whether it succeeded or not. */
    private Encoders.Work<List<Encoding>> timed(IngestDocument document, Part part) {
        return (ready, ticket, listener) -> {
            long start = System.nanoTime();
            ActionListener<List<Encoding>> logged = ActionListener.notifyOnce(
                    ActionListener.runBefore(listener, () -> logSlow(document, part, System.nanoTime() - start)));
            try {
                part.work.run(ready, ticket, logged);
            } catch (Throwable t) {
                logged.onFailure(Failures.tame(part.what, t));
            }
        };
    }

    /** Never what is in it. */
    private void logSlow(IngestDocument document, Part part, long nanos) {
        if (encoders.isSlow(nanos)) {
            SLOW.warn(
                    "{} of document [{}] of index [{}] took [{}] in encoder [{}], [{}] bytes",
                    part.what,
                    document.getFieldValue("_id", String.class, true),
                    document.getFieldValue("_index", String.class, true),
                    TimeValue.timeValueNanos(nanos),
                    encoder,
                    PictureBytes.sizeOf(part.value));
        }
    }

    /** Whether the document carries what an encoder made. */
    private boolean isEncoded(IngestDocument document) {
        Object target = document.getFieldValue(targetField, Object.class, true);
        Object one = target instanceof List<?> list && !list.isEmpty() ? list.getFirst() : target;
        return one instanceof Map<?, ?> map && map.containsKey("encoder");
    }

    private Parts parts(IngestDocument document, Object value) {
        List<?> several = several(value);
        List<?> values = several == null ? List.of(value) : several;
        List<List<Region>> regions = regions(document, values.size(), several != null);
        int entries = 0;
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            List<Region> boxes = regions.isEmpty() ? List.of() : regions.get(i);
            entries += Math.max(1, boxes.size());
            if (entries > encoders.maxPictures()) {
                throw new IllegalArgumentException("field [" + field + "] has more than [" + encoders.maxPictures()
                        + "] pictures, boxes or vectors; send several documents, or raise ["
                        + Encoders.MAX_PICTURES.getKey() + "]");
            }
            String what = several == null ? what() : what() + " [" + i + "]";
            if (values.get(i) == null) {
                throw new IllegalArgumentException(what + " is null; leave it out");
            }
            parts.add(new Part(what, values.get(i), work(what, values.get(i), boxes)));
        }
        return new Parts(parts, several != null, several != null || !regions.isEmpty());
    }

    private void set(IngestDocument document, List<List<Encoding>> encodings, Parts all) {
        Object before = document.getFieldValue(targetField, Object.class, true);
        if (!all.array) {
            document.setFieldValue(
                    targetField, over(before, encodings.getFirst().getFirst().toMap()));
        } else {
            List<Map<String, Object>> entries = new ArrayList<>();
            for (int i = 0; i < encodings.size(); i++) {
                for (Encoding encoding : encodings.get(i)) {
                    Map<String, Object> entry = encoding.toMap();
                    if (all.numbered) {
                        entry.put(Encoding.PICTURE, i);
                    }
                    entries.add(entry);
                }
            }
            document.setFieldValue(targetField, over(before, entries));
        }
        if (removeSource) {
            document.removeField(field);
        }
    }

    /** Each entry over the one that was at its place before. */
    private List<Map<String, Object>> over(Object before, List<Map<String, Object>> entries) {
        List<?> there = before == null ? List.of() : before instanceof List<?> list ? list : List.of(before);
        List<Map<String, Object>> all = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            all.add(over(i < there.size() ? there.get(i) : null, entries.get(i)));
        }
        for (int i = entries.size(); i < there.size(); i++) {
            if (!over(there.get(i), Map.of()).isEmpty()) {
                throw new IllegalArgumentException("field [" + targetField + "] has [" + there.size()
                        + "] entries with fields of their own, but [" + entries.size()
                        + "] are made; send as many entries as there are pictures or boxes");
            }
        }
        return all;
    }

    /** Writes our fields over those of an encoding before, and leaves what else there was. */
    private Map<String, Object> over(Object before, Map<String, Object> fields) {
        Map<String, Object> target = new LinkedHashMap<>();
        if (before instanceof Map<?, ?> map) {
            map.forEach((key, value) -> target.put((String) key, value));
        } else if (before != null) {
            throw new IllegalArgumentException("field [" + targetField + "] must be an object, or absent, to take what "
                    + "[" + getType() + "] makes; it holds ["
                    + Values.show(before) + "], name another [target_field]");
        }
        target.keySet().removeAll(Encoding.FIELDS);
        target.putAll(fields);
        return target;
    }

    final String what() {
        return "field [" + field + "]";
    }

    final Encoders encoders() {
        return encoders;
    }

    /**
     * Reads the settings that both take, refusing an encoder that does not exist. Not so where a node reads a pipeline from the
     * cluster state: an encoder that was deleted by force fails documents, and works again once it is there again.
     */
    abstract static class Factory implements Processor.Factory {
        private static final Set<String> RESERVED = reserved();

        /** Asked late: processors are registered before the encoders exist. */
        final Supplier<Encoders> encoders;

        Factory(Supplier<Encoders> encoders) {
            this.encoders = encoders;
        }

        private static Set<String> reserved() {
            Set<String> names = new HashSet<>(Set.of(IngestDocument.INGEST_KEY, IngestDocument.SOURCE_KEY));
            for (IngestDocument.Metadata metadata : IngestDocument.Metadata.values()) {
                names.add(metadata.getFieldName());
            }
            return names;
        }

        abstract String type();

        abstract boolean removesSource();

        boolean takesRegions() {
            return false;
        }

        abstract Processor create(String tag, String description, Options options);

        @Override
        public final Processor create(
                Map<String, Processor.Factory> registry,
                String tag,
                String description,
                Map<String, Object> config,
                ProjectId projectId) {
            String field = ConfigurationUtils.readStringProperty(type(), tag, config, "field");
            String targetField = ConfigurationUtils.readStringProperty(type(), tag, config, "target_field");
            String encoder = ConfigurationUtils.readStringProperty(type(), tag, config, "encoder", Encoders.DEFAULT);
            boolean removeSource =
                    ConfigurationUtils.readBooleanProperty(type(), tag, config, "remove_source", removesSource());
            boolean ignoreMissing =
                    ConfigurationUtils.readBooleanProperty(type(), tag, config, "ignore_missing", false);
            if (!encoders.get().isApplying() && !encoders.get().exists(encoder)) {
                throw ConfigurationUtils.newConfigurationException(
                        type(), tag, "encoder", encoders.get().noSuchEncoder(encoder));
            }
            checkName(tag, "field", field);
            checkName(tag, "target_field", targetField);
            String regionsField = takesRegions()
                    ? ConfigurationUtils.readOptionalStringProperty(type(), tag, config, "regions_field")
                    : null;
            if (regionsField != null) {
                checkName(tag, "regions_field", regionsField);
            }
            String first = targetField.split("\\.", 2)[0];
            if (RESERVED.contains(first)) {
                throw ConfigurationUtils.newConfigurationException(
                        type(), tag, "target_field", "must lie in the document's source; [" + first + "] does not");
            }
            if (targetField.equals(field)
                    || targetField.startsWith(field + ".")
                    || field.startsWith(targetField + ".")) {
                throw ConfigurationUtils.newConfigurationException(
                        type(),
                        tag,
                        "target_field",
                        "[" + targetField + "] must not be, hold or lie within [field] [" + field + "]");
            }
            return create(
                    tag,
                    description,
                    new Options(encoder, field, targetField, removeSource, ignoreMissing, regionsField));
        }

        private void checkName(String tag, String property, String name) {
            if (!Mappings.isFieldName(name)) {
                throw ConfigurationUtils.newConfigurationException(
                        type(),
                        tag,
                        property,
                        "must be a field's name, such as [photo]; got [" + Values.show(name) + "]");
            }
        }
    }
}
