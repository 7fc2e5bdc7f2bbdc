package io.lookalike.inference;

import io.lookalike.encoder.EncoderConfig;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.LearnedStage;
import io.lookalike.encoder.Values;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.hashing.Buckets;
import io.lookalike.hashing.PerceptualHash;
import io.lookalike.hashing.PictureQuality;
import io.lookalike.image.Background;
import io.lookalike.image.BoundedMemory;
import io.lookalike.image.ImageDecoder;
import io.lookalike.image.Picture;
import io.lookalike.image.PixelMemory;
import io.lookalike.image.Region;
import io.lookalike.image.Resample;
import io.lookalike.image.file.ImageLimits;
import io.lookalike.model.Tensor;
import java.io.ByteArrayOutputStream;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.elasticsearch.action.ActionListener;

/**
 * Runs one encoder: picture → pixels → tensor → model → pooled, normalised, projected vector → code, buckets, clusters.
 * Also makes the perceptual hash.
 *
 * <p>A picture costs one decoding and one inference. Decoding runs on the caller's thread. Inference runs in a batch
 * with pictures of other callers, which changes at most the last bits of a vector. Immutable and thread-safe.
 */
public final class Encoder {
    /**
     * Limit for the decoded pixels in all boxes of one picture. Cutting, hashing and resizing takes about 12 ns a pixel
     * (Pillow: 8 ns).
     */
    private static final long MAX_BOX_PIXELS = 200_000_000;

    private final String id;
    private final String fingerprint;
    private final String modelSha256;
    private final EncoderConfig config;
    /** Runs the model; null for an encoder that only takes vectors. */
    private final Batcher model;

    private final BinaryCode code;
    private final Buckets buckets;
    private final PictureMemory memory;
    private final EncodingStats stats;
    /** Whether a vector was encoded before, so random planes exist and the code is compiled. */
    private volatile boolean ready;

    /** An encoder without its model: takes vectors, and makes perceptual hashes of pictures. */
    Encoder(EncoderDefinition definition, EncoderConfig config, PictureMemory memory, EncodingStats stats) {
        this.id = definition.id();
        this.fingerprint = definition.fingerprint();
        this.modelSha256 = definition.modelSha256();
        this.config = config;
        this.model = null;
        this.memory = memory;
        this.stats = stats;
        this.code = config.hash().code(config.dims());
        this.buckets = new Buckets(
                config.dims(),
                config.tables(),
                config.bucketBits(),
                config.bucketSeed(),
                config.hash().center());
    }

    private Encoder(Encoder vectors, Batcher model) {
        this.id = vectors.id;
        this.fingerprint = vectors.fingerprint;
        this.modelSha256 = vectors.modelSha256;
        this.config = vectors.config;
        this.model = model;
        this.memory = vectors.memory;
        this.stats = vectors.stats;
        this.code = vectors.code;
        this.buckets = vectors.buckets;
    }

    /** The same encoder with its model. Both share learned arrays and random planes. */
    Encoder with(Batcher running) {
        return new Encoder(this, running);
    }

    public String id() {
        return id;
    }

    public String fingerprint() {
        return fingerprint;
    }

    /** Dimensions of the stored vector, after the stages of {@code project}. */
    public int dims() {
        return config.dims();
    }

    /** Dimensions of the vector that the model makes or that users send. */
    public int inputDims() {
        return config.inputDims();
    }

    public int bits() {
        return config.hash().bits();
    }

    /** Number of clusters; 0 without any. */
    public int clusters() {
        return config.clusters() == null ? 0 : config.clusters().count();
    }

    /** Whether stored vectors have unit length. */
    public boolean isNormalized() {
        return config.isNormalized();
    }

    /** Number of stages in {@code project}. */
    public int stages() {
        return config.project().size();
    }

    /** Bytes of hyperplanes and learned arrays once they are in use. */
    long weightBytes() {
        return config.weightBytes();
    }

    boolean isReady() {
        return ready;
    }

    /**
     * Decodes a picture on this thread, and queues it for the model; the thread that runs the batch calls the listener.
     *
     * @param what how messages name the picture, such as {@code field [image]}
     * @param ticket how long the picture may wait for memory and for the model
     * @param listener gets an {@link IllegalArgumentException} when the model or its vector is at fault
     * @throws IllegalArgumentException when the picture is at fault, or the encoder takes no pictures
     */
    public void encodePicture(
            String what, byte[] bytes, ImageLimits limits, Ticket ticket, ActionListener<Encoding> listener) {
        encodeRegions(
                List.of(this),
                what,
                bytes,
                List.of(),
                limits,
                ticket,
                listener.map(all -> all.getFirst().getFirst()));
    }

    /** The same; also reports the input of the model before it runs. */
    public void explainPicture(
            String what,
            byte[] bytes,
            ImageLimits limits,
            Ticket ticket,
            Consumer<Map<String, Object>> fed,
            ActionListener<Encoding> listener) {
        encodeRegions(
                List.of(this),
                what,
                bytes,
                List.of(),
                limits,
                ticket,
                fed,
                listener.map(all -> all.getFirst().getFirst()));
    }

    /**
     * The same for boxes of a picture and several encoders. The picture is decoded once. The listener gets a list for
     * each encoder, with one encoding for each box.
     *
     * @param regions empty for the whole picture
     */
    public static void encodeRegions(
            List<Encoder> encoders,
            String what,
            byte[] bytes,
            List<Region> regions,
            ImageLimits limits,
            Ticket ticket,
            ActionListener<List<List<Encoding>>> listener) {
        encodeRegions(encoders, what, bytes, regions, limits, ticket, null, listener);
    }

    /** @param fed gets the input of the models; null when it is not wanted */
    private static void encodeRegions(
            List<Encoder> encoders,
            String what,
            byte[] bytes,
            List<Region> regions,
            ImageLimits limits,
            Ticket ticket,
            Consumer<Map<String, Object>> fed,
            ActionListener<List<List<Encoding>>> listener) {
        encoders.forEach(each -> each.requireModel(what));
        int boxesOrOne = Math.max(1, regions.size());
        InOrder<Encoding> made = new InOrder<>(
                encoders.size() * boxesOrOne,
                encoders.getFirst().model.context(),
                listener.map(all -> IntStream.range(0, encoders.size())
                        .mapToObj(e -> all.subList(e * boxesOrOne, (e + 1) * boxesOrOne))
                        .toList()));
        // one for each model: with two of them, the batch would wait for the next step of this thread
        IdentityHashMap<Batcher, Place> first = new IdentityHashMap<>();
        encoders.forEach(each -> first.computeIfAbsent(each.model, m -> each.new Place(ticket, fed)));
        try {
            encoders.getFirst().decode(what, bytes, limits, ticket, picture -> {
                List<int[]> boxes = regions.stream()
                        .map(region -> region.within(what, picture))
                        .toList();
                checkWork(what, picture, boxes, encoders.size());
                for (int e = 0; e < encoders.size(); e++) {
                    Encoder encoder = encoders.get(e);
                    picture.lay(encoder.config.background());
                    boolean[] vanished = encoder.vanished(picture, boxes);
                    for (int i = 0; i < boxesOrOne; i++) {
                        Place announced = first.remove(encoder.model);
                        try (Place place = announced == null ? encoder.new Place(ticket, fed) : announced) {
                            Region region = boxes.isEmpty() ? null : regions.get(i);
                            int[] box = boxes.isEmpty() ? null : boxes.get(i);
                            place.take(what, picture, region, box, vanished[i], made.at(e * boxesOrOne + i));
                        }
                    }
                }
                return null;
            });
        } finally {
            first.values().forEach(Place::close);
        }
    }

    private void requireModel(String what) {
        if (model == null) {
            throw new IllegalArgumentException("encoder [" + id + "] has no model and cannot encode " + what
                    + "; give it a vector, or name an encoder with a model");
        }
        model.requireServing();
    }

    private static void checkWork(String what, Picture picture, List<int[]> boxes, int encoders) {
        double decoded = (double) picture.width() * picture.height() / picture.fullWidth() / picture.fullHeight();
        long pixels = (long) (encoders
                * decoded
                * boxes.stream().mapToLong(box -> (long) box[2] * box[3]).sum());
        if (pixels > MAX_BOX_PIXELS) {
            throw new IllegalArgumentException(
                    "the boxes of " + what + " have [" + pixels + "] pixels in all; at most [" + MAX_BOX_PIXELS
                            + "] are allowed, send fewer or smaller boxes, or a smaller picture");
        }
    }

    /** A reserved place in a batch; closing gives it up unless it was taken. Not thread-safe. */
    private final class Place implements AutoCloseable {
        private final Ticket ticket;
        private final BoundedMemory tensors;
        /** Gets the input of the model; null when it is not wanted. */
        private final Consumer<Map<String, Object>> fed;

        private boolean open = true;

        Place(Ticket ticket, Consumer<Map<String, Object>> fed) {
            this.ticket = ticket;
            this.fed = fed;
            this.tensors = memory.tensors(ticket.urgency());
            model.announce();
        }

        /**
         * Waits for tensor memory while it holds pixel memory, never the reverse, so no deadlock is possible: models
         * free tensors and wait for nothing.
         *
         * @param region null for the whole picture
         * @param box the part of the region within the picture
         */
        void take(
                String what,
                Picture whole,
                Region region,
                int[] box,
                boolean vanished,
                ActionListener<Encoding> listener) {
            long held = Math.min(config.tensorBytes(), tensors.capacity()); // a single tensor may exceed the capacity
            tensors.acquire(held, 0, ticket);
            float[] tensor;
            Encoding known;
            try {
                Picture picture = box == null ? whole : Region.cut(whole, box);
                known = Encoding.without(
                        fingerprint,
                        perceptual(picture),
                        quality(picture),
                        whole.fullWidth(),
                        whole.fullHeight(),
                        region == null ? null : region.stored(box),
                        whole.format(),
                        vanished);
                tensor = config.image().tensor(picture);
                if (fed != null) {
                    fed.accept(Explanation.of(config.image(), picture, tensor));
                }
            } catch (Throwable t) {
                tensors.release(held, 0);
                throw t;
            }
            open = false;
            model.submit(tensor, ticket, new ActionListener<>() {
                @Override
                public void onResponse(Tensor made) {
                    tensors.release(held, 0);
                    Encoding encoding;
                    try {
                        float[] pooled = pooled(what, made);
                        requireNonZero(what, pooled, true);
                        encoding = encoding(what, pooled, 0, known);
                        requireNonZero(what, encoding.vector(), true);
                    } catch (Throwable t) {
                        listener.onFailure(Failures.tame(what, t));
                        return;
                    }
                    listener.onResponse(encoding);
                }

                @Override
                public void onFailure(Exception e) {
                    tensors.release(held, 0);
                    listener.onFailure(e);
                }
            });
        }

        @Override
        public void close() {
            if (open) {
                open = false;
                model.withdraw();
            }
        }
    }

    private float[] pooled(String what, Tensor made) {
        float[] vector = config.pooling().pool(config.output(), made, config.skipTokens(), config.map());
        if (vector.length != config.inputDims()) {
            throw new IllegalArgumentException("model [" + config.model() + "] makes a vector of [" + vector.length
                    + "] dims of " + what + " but encoder [" + id + "] has [" + config.inputDims() + "]");
        }
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException(
                        "model [" + config.model() + "] makes a vector that is not finite of " + what);
            }
        }
        normalize(vector, config.normalize());
        return vector;
    }

    /** Frees the pixels before the model runs. */
    private <T> T decode(String what, byte[] bytes, ImageLimits limits, Ticket ticket, Function<Picture, T> make) {
        try (PixelMemory.Reservation reserved = memory.pixels().reservation(ticket)) {
            long start = System.nanoTime();
            Picture picture =
                    ImageDecoder.decode(what, bytes, limits, config.background(), reserved, ticket::ensureWanted);
            long decoded = System.nanoTime();
            T made = make.apply(picture);
            if (picture.repaired()) {
                stats.repaired();
            }
            stats.took(EncodingStats.Stage.DECODE, decoded - start);
            stats.took(EncodingStats.Stage.PREPROCESS, System.nanoTime() - decoded);
            return made;
        }
    }

    /** The perceptual hash alone, without running the model. */
    public Encoding encodePerceptual(String what, byte[] bytes, ImageLimits limits, Ticket ticket) {
        checkPerceptual(what);
        return decode(what, bytes, limits, ticket, this::of);
    }

    /**
     * The perceptual hashes of a picture under each symmetry, one after the other, in the order of
     * {@link io.lookalike.image.Symmetry#ALL}.
     */
    public Encoding encodeSymmetries(String what, byte[] bytes, ImageLimits limits, Ticket ticket) {
        checkPerceptual(what);
        return decode(what, bytes, limits, ticket, picture -> of(picture, symmetries(picture)));
    }

    private void checkPerceptual(String what) {
        if (config.perceptual() == null) {
            throw new IllegalArgumentException("encoder [" + id + "] makes no perceptual hash of " + what
                    + "; name an encoder with [perceptual], or give [query_hash]");
        }
    }

    private Encoding of(Picture picture) {
        return of(picture, perceptual(picture));
    }

    private Encoding of(Picture picture, byte[] perceptual) {
        return Encoding.without(
                fingerprint,
                perceptual,
                quality(picture),
                picture.fullWidth(),
                picture.fullHeight(),
                null,
                picture.format(),
                vanished(picture, List.of())[0]);
    }

    /**
     * Encodes a vector as the model makes it or as users send it. If {@code project} changes the dims, a projected
     * vector is also accepted.
     *
     * @param what how messages name the vector, such as {@code [query_vector]}
     * @throws IllegalArgumentException when the vector has other dims or is not finite
     */
    public Encoding encodeVector(String what, float[] vector) {
        boolean projected = vector.length == dims() && dims() != inputDims();
        if (vector.length != inputDims() && !projected) {
            throw new IllegalArgumentException(
                    what + " has [" + vector.length + "] dims but encoder [" + id + "] takes [" + inputDims() + "]"
                            + (dims() == inputDims() ? "" : ", or [" + dims() + "] as it stores them"));
        }
        checkFinite(what, vector);
        float[] own = vector.clone();
        normalize(own, projected ? config.project().getLast().normalize() : config.normalize());
        return encoding(what, own, projected ? stages() : 0, Encoding.without(fingerprint));
    }

    /**
     * The same for a document, which any metric may search.
     *
     * @throws IllegalArgumentException also when the vector or the stored vector is all zeros
     */
    public Encoding encodeForDocument(String what, float[] vector) {
        requireNonZero(what, vector, false);
        return nonZero(what, encodeVector(what, vector));
    }

    /**
     * Encodes a vector in the form that this encoder stores, such as one read from a document.
     *
     * @throws IllegalArgumentException when the vector has other dims or is not finite
     */
    public Encoding encodeStored(String what, float[] vector) {
        return encodeAfter(what, vector, stages());
    }

    /**
     * Encodes a vector that is the result of the first stages of {@code project}; for 0 stages, a pooled and normalised
     * one.
     *
     * @throws IllegalArgumentException when the vector has other dims or is not finite
     */
    public Encoding encodeAfter(String what, float[] vector, int stages) {
        int takes = stages == 0 ? inputDims() : config.project().get(stages - 1).dims();
        if (vector.length != takes) {
            throw new IllegalArgumentException(what + " has [" + vector.length + "] dims but encoder [" + id + "] "
                    + (stages == stages() ? "stores" : "goes on from") + " [" + takes + "]");
        }
        checkFinite(what, vector);
        return encoding(what, vector.clone(), stages, Encoding.without(fingerprint));
    }

    /**
     * The number of stages of {@code project} after which the vectors are those that another encoder stores;
     * {@link #encodeAfter} can continue from them. -1 when they never are.
     */
    public int stagesOf(Encoder other) {
        return modelSha256.equals(other.modelSha256) ? config.stagesOf(other.config) : -1;
    }

    private static void checkFinite(String what, float[] vector) {
        for (int d = 0; d < vector.length; d++) {
            if (!Float.isFinite(vector[d])) {
                throw new IllegalArgumentException(
                        what + " has [" + vector[d] + "] at [" + d + "]; all values must be finite");
            }
        }
    }

    /**
     * Checks an encoding that is to be stored.
     *
     * @throws IllegalArgumentException when its vector is all zeros
     */
    public Encoding nonZero(String what, Encoding made) {
        requireNonZero(what, made.vector(), false);
        return made;
    }

    private void requireNonZero(String what, float[] vector, boolean byModel) {
        if (!Values.isZero(vector)) {
            return;
        }
        throw new IllegalArgumentException("the vector of " + what + " for encoder [" + id
                + "] is all zeros, and has no direction to compare; "
                + (byModel
                        ? "model [" + config.model()
                                + "] may be untrained, or its input differs from its training; see it in "
                                + "POST /_lookalike/encoder/"
                                + id + "/_encode?explain"
                        : "leave it out, or send a vector that is not"));
    }

    /** @param stages of {@code project} that were already applied */
    private Encoding encoding(String what, float[] vector, int stages, Encoding known) {
        float[] stored = vector;
        for (LearnedStage stage : config.project().subList(stages, stages())) {
            stored = stage.apply(stored);
            normalize(stored, stage.normalize());
            for (float value : stored) {
                if (!Float.isFinite(value)) {
                    throw new IllegalArgumentException("[project] of encoder [" + id
                            + "] makes a vector that is not finite of " + what + "; its values are too large");
                }
            }
        }
        float[] projections = code.projections(stored);
        List<String> terms = buckets.terms(stored);
        ready = true;
        return new Encoding(
                fingerprint,
                stored,
                code.bitsOf(projections),
                projections,
                code.scale(),
                config.hasNorms() ? code.norm(stored) : null,
                terms,
                config.clusters(),
                known.perceptual(),
                known.quality(),
                known.width(),
                known.height(),
                known.region(),
                known.format(),
                known.vanished());
    }

    private byte[] perceptual(Picture picture) {
        PerceptualHash hash = config.perceptual();
        return hash == null ? null : hash.hash(picture.grey(hash.width(), hash.height(), Resample.LANCZOS));
    }

    private Integer quality(Picture picture) {
        return config.perceptual() == null
                ? null
                : PictureQuality.of(picture.means(PictureQuality.SIDE, PictureQuality.SIDE));
    }

    /**
     * Finds the boxes that are empty over this encoder's background but not over the other one. Costs nothing for
     * pictures without transparency.
     *
     * @param boxes empty for the whole picture
     */
    private boolean[] vanished(Picture picture, List<int[]> boxes) {
        boolean[] vanished = new boolean[Math.max(1, boxes.size())];
        if (config.background() == Background.CONTRAST || !picture.dependsOnBackground()) {
            return vanished;
        }
        boolean any = false;
        for (int i = 0; i < vanished.length; i++) {
            vanished[i] = isEmpty(picture, boxes, i);
            any |= vanished[i];
        }
        if (any) {
            picture.lay(Background.CONTRAST);
            for (int i = 0; i < vanished.length; i++) {
                vanished[i] = vanished[i] && !isEmpty(picture, boxes, i);
            }
            picture.lay(config.background());
        }
        return vanished;
    }

    private static boolean isEmpty(Picture picture, List<int[]> boxes, int i) {
        Picture part = boxes.isEmpty() ? picture : Region.cut(picture, boxes.get(i));
        return PictureQuality.of(part.means(PictureQuality.SIDE, PictureQuality.SIDE)) < PictureQuality.LEAST;
    }

    private byte[] symmetries(Picture picture) {
        PerceptualHash hash = config.perceptual();
        ByteArrayOutputStream hashes = new ByteArrayOutputStream();
        for (int[] grey : picture.greys(hash.width(), hash.height(), Resample.LANCZOS)) {
            hashes.writeBytes(hash.hash(grey));
        }
        return hashes.toByteArray();
    }

    /** Scales to unit length if asked; a zero vector does not change. */
    private static void normalize(float[] vector, EncoderConfig.Normalize how) {
        if (how == EncoderConfig.Normalize.NONE) {
            return;
        }
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        if (squares > 0) {
            double scale = 1 / Math.sqrt(squares);
            for (int d = 0; d < vector.length; d++) {
                vector[d] = (float) (vector[d] * scale);
            }
        }
    }
}
