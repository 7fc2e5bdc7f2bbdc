package io.lookalike.ingest;

import io.lookalike.encoder.Encoder;
import io.lookalike.encoder.Encoders;
import io.lookalike.encoder.Encoding;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
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
 * <p>Asynchronous: {@link #execute(IngestDocument, BiConsumer)} returns at once and the document is completed on the
 * thread that encoded it. A document that has no value but already carries an encoding (an update of other fields,
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
    abstract Function<Encoder, Encoding> work(Object value);

    @Override
    public final boolean isAsync() {
        return true;
    }

    @Override
    public final void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
        Object value;
        Function<Encoder, Encoding> work;
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

    private void set(IngestDocument document, Encoding encoding) {
        if (removeSource) {
            document.removeField(field);
        }
        document.setFieldValue(targetField, encoding.toMap());
    }

    final String what() {
        return "field [" + field + "]";
    }

    final Encoders encoders() {
        return encoders;
    }

    /** Reads the settings that both take, refusing an encoder that does not exist. */
    abstract static class Factory implements Processor.Factory {
        /** Asked late: processors are registered before the encoders exist. */
        final Supplier<Encoders> encoders;

        Factory(Supplier<Encoders> encoders) {
            this.encoders = encoders;
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
            if (!encoders.get().exists(encoder)) {
                throw ConfigurationUtils.newConfigurationException(
                        type(), tag, "encoder", encoders.get().noSuchEncoder(encoder));
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
    }
}
