package io.lookalike.ingest;

import io.lookalike.image.Region;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Encoding;
import io.lookalike.inference.Failures;
import io.lookalike.inference.OrderedAnswers;
import io.lookalike.inference.PictureBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.logging.LogManager;
import org.elasticsearch.logging.Logger;

/**
 * Has encoders encode the pictures or vectors of a document, and completes the document with the result.
 *
 * <p>Asynchronous: {@link #execute(IngestDocument, BiConsumer)} returns at once, and the document is completed on a
 * generic thread. A document without a value that already carries an encoding keeps it: an update of other fields sends
 * the whole document through the pipeline again.
 */
abstract class EncodingProcessor extends AbstractProcessor {
    private static final Logger SLOW = LogManager.getLogger("lookalike.slowlog");

    private final Encoders encoders;
    private final ProcessorOptions options;
    private final DocumentReader reader;
    private final TargetWriter writer;

    EncodingProcessor(String type, Encoders encoders, String tag, String description, ProcessorOptions options) {
        super(tag, description);
        this.encoders = encoders;
        this.options = options;
        this.reader = new DocumentReader(encoders, options);
        this.writer = new TargetWriter(type, options);
    }

    /** The elements of a list of pictures or vectors; null if the value is a single one. */
    abstract List<?> list(Object value);

    /**
     * The work of the encoders on one input; it answers a list of encodings for each encoder.
     *
     * @param regions boxes of the picture, empty for the whole
     * @throws IllegalArgumentException if the processor does not take such a value
     */
    abstract Encoders.JointWork<List<List<Encoding>>> work(String what, Object value, List<Region> regions);

    /** Whether that runs the encoder's model. */
    abstract boolean infers();

    final Encoders encoders() {
        return encoders;
    }

    @Override
    public final boolean isAsync() {
        return true;
    }

    @Override
    public final void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
        DocumentInputs inputs = null;
        List<Encoders.JointWork<List<List<Encoding>>>> works = new ArrayList<>();
        try {
            Object value = reader.value(document);
            if (DocumentReader.isNothing(value)) {
                completeWithoutValue(document, value);
            } else {
                inputs = reader.read(document, value, list(value));
                for (DocumentInputs.Input each : inputs.inputs()) {
                    works.add(work(each.what(), each.value(), each.regions()));
                }
                if (works.isEmpty()) {
                    writer.write(document, inputs, List.of(), null);
                }
            }
        } catch (Exception | Error e) {
            fail(document, e, handler);
            return;
        }
        if (works.isEmpty()) {
            // outside the try: the rest of the pipeline handles its own failures, and the handler is called only once
            handler.accept(document, null);
        } else {
            encode(document, inputs, works, handler);
        }
    }

    private void encode(
            IngestDocument document,
            DocumentInputs inputs,
            List<Encoders.JointWork<List<List<Encoding>>>> works,
            BiConsumer<IngestDocument, Exception> handler) {
        SimulatedMappings simulated = SimulatedMappings.of(encoders.context());
        OrderedAnswers<List<List<Encoding>>> results =
                new OrderedAnswers<>(works.size(), encoders.context(), new ActionListener<>() {
                    @Override
                    public void onResponse(List<List<List<Encoding>>> encodings) {
                        try {
                            warnOfVanished(document, encodings);
                            writer.write(document, inputs, encodings, simulated);
                        } catch (Exception | Error e) {
                            fail(document, e, handler);
                            return;
                        }
                        handler.accept(document, null);
                    }

                    @Override
                    public void onFailure(Exception e) {
                        fail(document, e, handler);
                    }
                });
        List<String> ids = options.targets().stream().map(Target::encoder).toList();
        for (int i = 0; i < works.size(); i++) {
            DocumentInputs.Input input = inputs.inputs().get(i);
            encoders.ingest(
                    ids,
                    input.what(),
                    input.value(),
                    infers(),
                    checkedAndTimed(document, input, inputs.array(), works.get(i), simulated),
                    results.at(i));
        }
    }

    /** Keeps the encodings of an earlier picture, or removes them for an explicit null or an empty array. */
    private void completeWithoutValue(IngestDocument document, Object value) {
        boolean emptied = value != null || document.hasField(options.field()) || reader.hasNoBoxes(document);
        for (Target target : options.targets()) {
            if (emptied) {
                writer.remove(document, target);
            } else {
                writer.requireStored(document, target);
            }
        }
    }

    /**
     * Fails a document. If {@code ignore_failure} or {@code on_failure} lets it pass, it must not keep the encodings of
     * an earlier picture, so they are removed.
     */
    private void fail(IngestDocument document, Throwable reason, BiConsumer<IngestDocument, Exception> handler) {
        Exception failure = Failures.tame(options.what(), reason);
        try {
            if (!DocumentReader.isNothing(reader.value(document))) {
                options.targets().forEach(target -> writer.remove(document, target));
            }
        } catch (Exception | Error e) {
            failure.addSuppressed(e);
        }
        handler.accept(null, failure);
    }

    /** Checks the index's mapping first, and logs slow work whether it succeeds or not. */
    private Encoders.JointWork<List<List<Encoding>>> checkedAndTimed(
            IngestDocument document,
            DocumentInputs.Input input,
            boolean array,
            Encoders.JointWork<List<List<Encoding>>> work,
            SimulatedMappings simulated) {
        return (ready, ticket, listener) -> {
            long start = System.nanoTime();
            ActionListener<List<List<Encoding>>> logged = ActionListener.notifyOnce(
                    ActionListener.runBefore(listener, () -> logSlow(document, input, System.nanoTime() - start)));
            try {
                if (options.mappings() != null) {
                    options.mappings().require(document.getFieldValue("_index", String.class, true), array, simulated);
                }
                work.run(ready, ticket, logged);
            } catch (Throwable t) {
                logged.onFailure(Failures.tame(input.what(), t));
            }
        };
    }

    /** Logs names and sizes, never the picture. */
    private void logSlow(IngestDocument document, DocumentInputs.Input input, long nanos) {
        if (encoders.isSlow(nanos)) {
            SLOW.warn(
                    "{} of document [{}] of index [{}] took [{}] in encoder {}, [{}] bytes",
                    input.what(),
                    document.getFieldValue("_id", String.class, true),
                    document.getFieldValue("_index", String.class, true),
                    TimeValue.timeValueNanos(nanos),
                    options.targets().stream().map(Target::encoder).toList(),
                    PictureBytes.sizeOf(input.value()));
        }
    }

    private void warnOfVanished(IngestDocument document, List<List<List<Encoding>>> encodings) {
        for (int t = 0; t < options.targets().size(); t++) {
            for (List<List<Encoding>> ofInput : encodings) {
                if (ofInput.get(t).stream().anyMatch(Encoding::vanished)) {
                    VanishedPictures.found(
                            encoders.context(),
                            new VanishedPictures.Where(
                                    document.getFieldValue("_index", String.class, true),
                                    options.field(),
                                    options.targets().get(t).encoder()),
                            DocumentReader.id(document));
                }
            }
        }
    }
}
