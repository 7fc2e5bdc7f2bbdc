package io.lookalike.ingest;

import io.lookalike.encoder.Encoders;
import io.lookalike.encoder.Encoding;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Values;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.ConfigurationUtils;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;

/**
 * What both processors share: take a field's value, have an encoder work on it elsewhere, set the target field.
 *
 * <p>Asynchronous: {@link #execute(IngestDocument, BiConsumer)} returns at once and the document is completed on a generic
 * thread. A document that has no value but already carries an encoding (an update of other fields,
 * which sends the whole document through the pipeline again) is left alone.
 */
abstract class EncodingProcessor extends AbstractProcessor {
    private final Encoders encoders;
    final String encoder;
    final String field;
    final String targetField;
    final boolean removeSource;
    final boolean ignoreMissing;

    EncodingProcessor(Encoders encoders, String tag, String description, Options options) {
        super(tag, description);
        this.encoders = encoders;
        this.encoder = options.encoder;
        this.field = options.field;
        this.targetField = options.targetField;
        this.removeSource = options.removeSource;
        this.ignoreMissing = options.ignoreMissing;
    }

    /** The settings that both processors take. */
    record Options(String encoder, String field, String targetField, boolean removeSource, boolean ignoreMissing) {}

    /** What to run on an encoder for a value; throws when the value is none that this processor takes. */
    abstract Encoders.Work work(Object value);

    @Override
    public final boolean isAsync() {
        return true;
    }

    @Override
    public final void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
        Object value;
        Encoders.Work work;
        try {
            value = document.getFieldValue(field, Object.class, true);
            if (value == null) {
                if (ignoreMissing || document.hasField(targetField + ".encoder")) {
                    handler.accept(document, null);
                    return;
                }
                throw new IllegalArgumentException("field [" + field + "] is missing in document ["
                        + document.getFieldValue("_id", String.class, true)
                        + "]; send it, or set [ignore_missing] to [true]");
            }
            work = work(value);
        } catch (Exception e) {
            handler.accept(null, e);
            return;
        }
        encoders.ingest(encoder, what(), value, work, new ActionListener<>() {
            @Override
            public void onResponse(Encoding encoding) {
                try {
                    set(document, encoding);
                } catch (Exception e) {
                    handler.accept(null, e);
                    return;
                }
                handler.accept(document, null);
            }

            @Override
            public void onFailure(Exception e) {
                handler.accept(null, e);
            }
        });
    }

    /** Writes our fields over those of an encoding before, and leaves what else a document has under the target. */
    private void set(IngestDocument document, Encoding encoding) {
        Map<String, Object> target = new LinkedHashMap<>();
        Object before = document.getFieldValue(targetField, Object.class, true);
        if (before instanceof Map<?, ?> map) {
            map.forEach((key, value) -> target.put((String) key, value));
        } else if (before != null) {
            throw new IllegalArgumentException("field [" + targetField + "] must be an object, or absent, to take what "
                    + "[" + getType() + "] makes; it holds ["
                    + Values.show(before) + "], name another [target_field]");
        }
        target.keySet().removeAll(Encoding.FIELDS);
        target.putAll(encoding.toMap());
        document.setFieldValue(targetField, target);
        if (removeSource) {
            document.removeField(field);
        }
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
            return create(tag, description, new Options(encoder, field, targetField, removeSource, ignoreMissing));
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
