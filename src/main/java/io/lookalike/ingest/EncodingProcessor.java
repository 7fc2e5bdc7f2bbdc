package io.lookalike.ingest;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Values;
import io.lookalike.image.Region;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Encoding;
import io.lookalike.inference.Failures;
import io.lookalike.inference.InOrder;
import io.lookalike.inference.InferenceSettings;
import io.lookalike.inference.PictureBytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
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
 * <p>Asynchronous: {@link #execute(IngestDocument, BiConsumer)} returns at once and the document is completed on a
 * generic thread. A document that has no value but already carries an encoding (an update of other fields, which sends
 * the whole document through the pipeline again) is left alone.
 */
abstract class EncodingProcessor extends AbstractProcessor {
    private static final Logger SLOW = LogManager.getLogger("lookalike.slowlog");

    private final Encoders encoders;
    /** Null where mappings are not looked at. */
    private final TargetMappings mappings;

    final List<Target> targets;
    final String field;
    final boolean removeSource;
    final boolean ignoreMissing;
    /** Null for none. */
    final Boxes boxes;

    EncodingProcessor(Encoders encoders, String tag, String description, Options options) {
        super(tag, description);
        this.encoders = encoders;
        this.targets = options.targets;
        this.mappings = options.mappings;
        this.field = options.field;
        this.removeSource = options.removeSource;
        this.ignoreMissing = options.ignoreMissing;
        this.boxes = options.boxes;
    }

    /** The settings that both processors take. */
    record Options(
            List<Target> targets,
            TargetMappings mappings,
            String field,
            boolean removeSource,
            boolean ignoreMissing,
            Boxes boxes) {}

    /** What a list of pictures or vectors holds; null where the value is one alone. */
    abstract List<?> several(Object value);

    /**
     * What a document says of the boxes of its pictures, one list for each, null for the whole; empty where it says
     * nothing.
     */
    List<List<Region>> regions(IngestDocument document, int pictures, boolean several) {
        return List.of();
    }

    /** Whether a document says that there is nothing to look at in its pictures. */
    boolean wantsNothing(IngestDocument document) {
        return false;
    }

    /**
     * What to run on the encoders for a value, which makes a list for each of them; throws when the value is none that
     * this processor takes.
     *
     * @param regions of the picture, empty for the whole
     */
    abstract Encoders.JointWork<List<List<Encoding>>> work(String what, Object value, List<Region> regions);

    /** Whether that runs the encoder's model. */
    abstract boolean infers();

    @Override
    public final boolean isAsync() {
        return true;
    }

    /**
     * One picture or vector of a document, and what is to be done with it.
     *
     * @param number among the document's
     */
    private record Part(int number, String what, Object value, Encoders.JointWork<List<List<Encoding>>> work) {}

    /** @param array whether the target becomes one */
    private record Parts(List<Part> parts, boolean numbered, boolean array) {}

    @Override
    public final void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
        Parts all = null;
        try {
            Object value = value(document);
            if (isNothing(value)) {
                leave(document, value);
            } else {
                all = parts(document, value);
                if (all.parts.isEmpty()) {
                    set(document, List.of(), all);
                    all = null;
                }
            }
        } catch (Exception | Error e) {
            fail(document, e, handler);
            return;
        }
        if (all == null) {
            // outside of the try: what follows in the pipeline fails by itself, and is told once
            handler.accept(document, null);
            return;
        }
        Parts parts = all;
        InOrder<List<List<Encoding>>> made =
                new InOrder<>(parts.parts.size(), encoders.context(), new ActionListener<>() {
                    @Override
                    public void onResponse(List<List<List<Encoding>>> encodings) {
                        try {
                            set(document, encodings, parts);
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
        List<String> ids = targets.stream().map(Target::encoder).toList();
        SimulatedMappings simulated = SimulatedMappings.of(encoders.context());
        for (int i = 0; i < parts.parts.size(); i++) {
            Part part = parts.parts.get(i);
            encoders.ingest(
                    ids, part.what, part.value, infers(), timed(document, part, parts.array, simulated), made.at(i));
        }
    }

    private static boolean isNothing(Object value) {
        return value == null || (value instanceof List<?> list && list.isEmpty());
    }

    /**
     * Fails a document. It may go on all the same, by {@code ignore_failure} or {@code on_failure}: then not with what
     * was made of a picture before the one that came.
     */
    private void fail(IngestDocument document, Throwable reason, BiConsumer<IngestDocument, Exception> handler) {
        Exception failure = Failures.tame(what(), reason);
        try {
            if (!isNothing(value(document))) {
                targets.forEach(target -> takeAway(document, target));
            }
        } catch (Exception | Error e) {
            failure.addSuppressed(e);
        }
        handler.accept(null, failure);
    }

    /** Removes what was made of an earlier picture, and leaves what users have beside it. */
    private void takeAway(IngestDocument document, Target target) {
        List<Map<?, ?>> entries = encodings(document, target);
        if (!entries.isEmpty()) {
            List<Map<String, Object>> left = over(target, entries, List.of());
            if (left.isEmpty()) {
                document.removeField(target.field());
            } else {
                document.setFieldValue(target.field(), left.size() == 1 ? left.getFirst() : left);
            }
        }
    }

    /** What the field holds, or held before a processor of ours took it away in the same run. */
    private Object value(IngestDocument document) {
        Object value = document.getFieldValue(field, Object.class, true);
        return value == null && !document.hasField(field) ? TakenValues.get(document, field) : value;
    }

    /**
     * For a document without a picture: what was made of an earlier one stays, as in an update of other fields; an
     * explicit null or an empty array takes it away.
     */
    private void leave(IngestDocument document, Object value) {
        boolean emptied = value != null || document.hasField(field);
        for (Target target : targets) {
            List<Map<?, ?>> entries = encodings(document, target);
            if (emptied || wantsNothing(document)) {
                takeAway(document, target);
            } else if (entries.isEmpty() && !ignoreMissing) {
                throw missing(document, field, "", "");
            } else {
                entries.forEach(entry -> requireWhole(document, target, entry));
                requireCurrent(document, target, entries);
            }
        }
    }

    /**
     * @param how what else may be sent
     * @param ignored what is done if it is ignored
     */
    static IllegalArgumentException missing(IngestDocument document, String name, String how, String ignored) {
        return new IllegalArgumentException("field [" + name + "] is missing in document [" + id(document)
                + "]; send it" + how + ", or set [ignore_missing] to [true]" + ignored);
    }

    static String id(IngestDocument document) {
        return Values.cut(document.getFieldValue("_id", String.class, true));
    }

    /** What an encoder made of an earlier picture of the document. */
    private static List<Map<?, ?>> encodings(IngestDocument document, Target target) {
        Object value = document.getFieldValue(target.field(), Object.class, true);
        List<Map<?, ?>> entries = new ArrayList<>();
        for (Object entry : value instanceof List<?> list ? list : Collections.singletonList(value)) {
            if (entry instanceof Map<?, ?> map && map.containsKey("encoder")) {
                entries.add(map);
            }
        }
        return entries;
    }

    /**
     * Elasticsearch shows documents without their vectors; one that is sent back so would lose them and still name its
     * encoder.
     */
    private static void requireWhole(IngestDocument document, Target target, Map<?, ?> entry) {
        for (String each : List.of("vector", "hash")) {
            if (entry.get(each) == null) {
                throw new IllegalArgumentException("document [" + id(document) + "] has [" + target.field()
                        + ".encoder] but no [" + target.field() + "." + each
                        + "]: it was read without its vectors, which Elasticsearch leaves out unless asked with "
                        + "[_source_exclude_vectors=false];"
                        + " send the picture again, read the document so, or change its other fields with [_update]");
            }
        }
    }

    /**
     * Refuses what was made of an earlier picture where the document says by now that something else is to be made of
     * it.
     */
    void requireCurrent(IngestDocument document, Target target, List<Map<?, ?>> entries) {}

    /** Says in the log what took long, whether it succeeded or not. */
    private Encoders.JointWork<List<List<Encoding>>> timed(
            IngestDocument document, Part part, boolean array, SimulatedMappings simulated) {
        return (ready, ticket, listener) -> {
            long start = System.nanoTime();
            ActionListener<List<List<Encoding>>> logged = ActionListener.notifyOnce(
                    ActionListener.runBefore(listener, () -> logSlow(document, part, System.nanoTime() - start)));
            try {
                if (mappings != null) {
                    mappings.require(document.getFieldValue("_index", String.class, true), array, simulated);
                }
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
                    "{} of document [{}] of index [{}] took [{}] in encoder {}, [{}] bytes",
                    part.what,
                    document.getFieldValue("_id", String.class, true),
                    document.getFieldValue("_index", String.class, true),
                    TimeValue.timeValueNanos(nanos),
                    targets.stream().map(Target::encoder).toList(),
                    PictureBytes.sizeOf(part.value));
        }
    }

    private Parts parts(IngestDocument document, Object value) {
        List<?> several = several(value);
        List<?> values = several == null ? List.of(value) : several;
        List<List<Region>> regions = regions(document, values.size(), several != null);
        int entries = 0;
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            List<Region> boxes = regions.isEmpty() ? null : regions.get(i);
            entries += boxes == null ? 1 : boxes.size();
            if (entries > encoders.maxPictures()) {
                throw new IllegalArgumentException("field [" + field + "] has more than [" + encoders.maxPictures()
                        + "] pictures, boxes or vectors; send several documents, or raise ["
                        + InferenceSettings.MAX_PICTURES.getKey() + "]");
            }
            String what = several == null ? what() : what() + " [" + i + "]";
            if (values.get(i) == null) {
                throw new IllegalArgumentException(what + " is null; leave it out");
            }
            if (boxes == null || !boxes.isEmpty()) {
                parts.add(
                        new Part(i, what, values.get(i), work(what, values.get(i), boxes == null ? List.of() : boxes)));
            }
        }
        return new Parts(parts, several != null, several != null || !regions.isEmpty());
    }

    private void set(IngestDocument document, List<List<List<Encoding>>> encodings, Parts all) {
        warnOfVanished(document, encodings);
        for (int t = 0; t < targets.size(); t++) {
            Target target = targets.get(t);
            Object before = document.getFieldValue(target.field(), Object.class, true);
            requireNoDots(document.getSource(), target.field());
            if (!all.array) {
                Map<String, Object> one = encodings.getFirst().get(t).getFirst().toMap();
                boolean several =
                        before instanceof List && !encodings(document, target).isEmpty();
                document.setFieldValue(
                        target.field(),
                        several ? over(target, (List<?>) before, List.of(one)).getFirst() : over(target, before, one));
                continue;
            }
            List<Map<String, Object>> entries = new ArrayList<>();
            for (int i = 0; i < encodings.size(); i++) {
                for (Encoding encoding : encodings.get(i).get(t)) {
                    Map<String, Object> entry = encoding.toMap();
                    if (all.numbered) {
                        entry.put(FieldNames.PICTURE, all.parts.get(i).number);
                    }
                    entries.add(entry);
                }
            }
            List<?> there = before == null ? List.of() : before instanceof List<?> list ? list : List.of(before);
            List<Map<String, Object>> made = over(target, there, entries);
            if (!made.isEmpty()) {
                document.setFieldValue(target.field(), made);
            } else if (document.hasField(target.field())) {
                document.removeField(target.field());
            }
        }
        if (removeSource && document.hasField(field)) {
            TakenValues.take(document, field);
        }
    }

    private void warnOfVanished(IngestDocument document, List<List<List<Encoding>>> encodings) {
        for (int t = 0; t < targets.size(); t++) {
            for (List<List<Encoding>> made : encodings) {
                if (made.get(t).stream().anyMatch(Encoding::vanished)) {
                    VanishedPictures.found(
                            encoders.context(),
                            new VanishedPictures.Where(
                                    document.getFieldValue("_index", String.class, true),
                                    field,
                                    targets.get(t).encoder()),
                            id(document));
                }
            }
        }
    }

    /** Refuses a field of ours whose name is written with dots: it would be indexed beside what is made. */
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

    /** Each entry over the one that was at its place before. */
    private List<Map<String, Object>> over(Target target, List<?> there, List<Map<String, Object>> entries) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            all.add(over(target, i < there.size() ? there.get(i) : null, entries.get(i)));
        }
        for (int i = entries.size(); i < there.size(); i++) {
            Map<String, Object> own = over(target, there.get(i), Map.of());
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

    /** Writes our fields over those of an encoding before, and leaves what else there was. */
    private Map<String, Object> over(Target to, Object before, Map<String, Object> fields) {
        Map<String, Object> target = new LinkedHashMap<>();
        if (before instanceof Map<?, ?> map) {
            map.forEach((key, value) -> target.put((String) key, value));
        } else if (before != null) {
            throw new IllegalArgumentException("field [" + to.field() + "] must be an object, or absent, to take what "
                    + "[" + getType() + "] makes; it holds ["
                    + Values.show(before) + "], name another [target_field]");
        }
        target.keySet().removeAll(FieldNames.ALL);
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
     * Reads the settings that both take, refusing an encoder that does not exist. Not so where a node reads a pipeline
     * from the cluster state: an encoder that was deleted by force fails documents, and works again once it is there
     * again.
     */
    abstract static class Factory implements Processor.Factory {
        private static final Set<String> RESERVED = reserved();
        private static final String ENCODERS = "encoders";
        private static final String REGIONS = "regions_field";
        private static final int MAX_ENCODERS = 16;

        /** Asked late: processors are registered before the encoders exist. */
        final Supplier<Encoders> encoders;

        private final Supplier<ProjectMetadata> project;

        Factory(Supplier<Encoders> encoders, Supplier<ProjectMetadata> project) {
            this.encoders = encoders;
            this.project = project;
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
            List<Target> targets = targets(tag, config);
            boolean removeSource =
                    ConfigurationUtils.readBooleanProperty(type(), tag, config, "remove_source", removesSource());
            boolean ignoreMissing =
                    ConfigurationUtils.readBooleanProperty(type(), tag, config, "ignore_missing", false);
            checkName(tag, "field", field);
            Boxes boxes = takesRegions() ? Boxes.read(type(), tag, config) : null;
            if (boxes != null) {
                checkName(tag, REGIONS, boxes.field());
                checkApart(tag, boxes.field(), "field", field);
                targets.forEach(target -> checkApart(tag, boxes.field(), "target_field", target.field()));
            }
            boolean checkMapping = ConfigurationUtils.readBooleanProperty(type(), tag, config, "check_mapping", true);
            TargetMappings mappings = checkMapping
                    ? new TargetMappings(encoders.get(), project, targets, removeSource ? null : field)
                    : null;
            targets.forEach(target -> check(tag, field, target));
            for (int i = 0; i < targets.size(); i++) {
                for (int j = 0; j < i; j++) {
                    if (Mappings.overlap(targets.get(i).field(), targets.get(j).field())) {
                        throw wrong(
                                tag,
                                ENCODERS,
                                "[target_field] [" + targets.get(i).field() + "] must not be, hold or lie within ["
                                        + targets.get(j).field() + "]");
                    }
                }
            }
            return create(tag, description, new Options(targets, mappings, field, removeSource, ignoreMissing, boxes));
        }

        private ElasticsearchException wrong(String tag, String property, String reason) {
            return ConfigurationUtils.newConfigurationException(type(), tag, property, reason);
        }

        /** One encoder and its field, or a list of such. */
        private List<Target> targets(String tag, Map<String, Object> config) {
            if (!config.containsKey(ENCODERS)) {
                return List.of(target(tag, config));
            }
            for (String one : List.of("encoder", "target_field")) {
                if (config.containsKey(one)) {
                    throw wrong(tag, one, "stands beside [" + ENCODERS + "]; move it into an entry of that");
                }
            }
            List<Target> targets = new ArrayList<>();
            for (Object entry : ConfigurationUtils.readList(type(), tag, config, ENCODERS)) {
                if (!(entry instanceof Map<?, ?> map)) {
                    throw wrong(
                            tag,
                            ENCODERS,
                            "must hold objects such as {\"encoder\": \"default\", \"target_field\": \"photo\"}; got ["
                                    + Values.show(entry) + "]");
                }
                Map<String, Object> left = new HashMap<>();
                map.forEach((key, value) -> left.put((String) key, value));
                targets.add(target(tag, left));
                if (!left.isEmpty()) {
                    throw wrong(tag, ENCODERS, "has an entry with unknown keys " + Values.show(left.keySet()));
                }
            }
            if (targets.isEmpty() || targets.size() > MAX_ENCODERS) {
                throw wrong(
                        tag, ENCODERS, "must name from [1] to [" + MAX_ENCODERS + "]; got [" + targets.size() + "]");
            }
            return targets;
        }

        private Target target(String tag, Map<String, Object> config) {
            String field = ConfigurationUtils.readStringProperty(type(), tag, config, "target_field");
            return new Target(
                    ConfigurationUtils.readStringProperty(type(), tag, config, "encoder", EncoderDefinition.DEFAULT),
                    field);
        }

        private void check(String tag, String field, Target target) {
            if (!encoders.get().isApplying() && !encoders.get().exists(target.encoder())) {
                throw wrong(tag, "encoder", encoders.get().noSuchEncoder(target.encoder()));
            }
            checkName(tag, "target_field", target.field());
            String first = target.field().split("\\.", 2)[0];
            if (RESERVED.contains(first)) {
                throw wrong(tag, "target_field", "must lie in the document's source; [" + first + "] does not");
            }
            if (Mappings.overlap(target.field(), field)) {
                throw wrong(
                        tag,
                        "target_field",
                        "[" + target.field() + "] must not be, hold or lie within [field] [" + field + "]");
            }
        }

        private void checkApart(String tag, String regions, String property, String other) {
            if (Mappings.overlap(regions, other)) {
                throw wrong(
                        tag,
                        REGIONS,
                        "[" + regions + "] must not be, hold or lie within [" + property + "] [" + other + "]");
            }
        }

        private void checkName(String tag, String property, String name) {
            if (!Mappings.isFieldName(name)) {
                throw wrong(tag, property, "must be a field's name, such as [photo]; got [" + Values.show(name) + "]");
            }
        }
    }
}
