package io.lookalike.encoder;

import io.lookalike.hashing.Buckets;
import io.lookalike.hashing.Hyperplanes;
import io.lookalike.hashing.PerceptualHash;
import io.lookalike.image.ImageDecoder;
import io.lookalike.image.ImageLimits;
import io.lookalike.image.Picture;
import io.lookalike.image.PixelMemory;
import io.lookalike.image.Region;
import io.lookalike.image.Resample;
import io.lookalike.model.Tensor;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.Function;
import org.elasticsearch.action.ActionListener;

/**
 * Runs one encoder: picture → pixels → tensor → model → pooled, normalised vector → code, buckets, perceptual hash.
 *
 * <p>Costs one decoding and one inference a picture. Decoding runs on the caller's thread, inference in a batch with what others
 * sent, which changes the last bits of a vector at most. Immutable and thread-safe.
 */
public final class Encoder {
    private final String id;
    private final String fingerprint;
    private final EncoderConfig config;
    private final Batcher model;
    private final Hyperplanes hyperplanes;
    private final Buckets buckets;
    private final Memory memory;
    private final EncodingStats stats;
    /** Whether hyperplanes are made and code is warm, because a vector was encoded. */
    private volatile boolean ready;

    /** @param model runs what the encoder makes of pictures; null where it takes vectors alone */
    Encoder(EncoderDefinition definition, EncoderConfig config, Batcher model, Memory memory, EncodingStats stats) {
        this.id = definition.id();
        this.fingerprint = definition.fingerprint();
        this.config = config;
        this.model = model;
        this.memory = memory;
        this.stats = stats;
        this.hyperplanes = new Hyperplanes(config.dims(), config.bits(), config.seed(), config.center());
        this.buckets =
                new Buckets(config.dims(), config.tables(), config.bucketBits(), config.bucketSeed(), config.center());
    }

    public String id() {
        return id;
    }

    public String fingerprint() {
        return fingerprint;
    }

    public int dims() {
        return config.dims();
    }

    public int bits() {
        return config.bits();
    }

    /** What the hyperplanes of the code and of the buckets hold once they are used. */
    long hyperplaneBytes() {
        return config.hyperplaneBytes();
    }

    boolean isReady() {
        return ready;
    }

    /** What pictures may hold on this node. */
    record Memory(PixelMemory pixels, TensorMemory queries, TensorMemory documents) {
        TensorMemory tensors(Urgency urgency) {
            return urgency == Urgency.QUERY ? queries : documents;
        }
    }

    /**
     * Decodes a picture here and has the model run in a batch with others, whose thread tells the listener.
     *
     * @param what how messages name the picture, such as {@code field [image]}
     * @param listener is told an {@link IllegalArgumentException} when the model or its vector is to blame
     * @throws IllegalArgumentException when the picture, or a model that takes no pictures, is to blame
     */
    public void encodePicture(
            String what, byte[] bytes, ImageLimits limits, Urgency urgency, ActionListener<Encoding> listener) {
        encodeRegions(what, bytes, List.of(), limits, urgency, listener.map(List::getFirst));
    }

    /**
     * The same for boxes of a picture, which is decoded once; the listener gets what is made of each, in order.
     *
     * @param regions empty for the whole picture
     */
    public void encodeRegions(
            String what,
            byte[] bytes,
            List<Region> regions,
            ImageLimits limits,
            Urgency urgency,
            ActionListener<List<Encoding>> listener) {
        if (model == null) {
            throw new IllegalArgumentException("encoder [" + id + "] has no model and cannot encode " + what
                    + "; give it a vector, or name an encoder with a model");
        }
        InOrder<Encoding> made = new InOrder<>(Math.max(1, regions.size()), listener);
        try (Place first = new Place(urgency)) {
            decode(what, bytes, limits, picture -> {
                if (regions.isEmpty()) {
                    first.take(what, picture, null, made.at(0));
                    return null;
                }
                List<int[]> boxes = regions.stream()
                        .map(region -> region.within(what, picture))
                        .toList();
                for (int i = 0; i < boxes.size(); i++) {
                    try (Place place = i == 0 ? first : new Place(urgency)) {
                        place.take(what, picture, boxes.get(i), made.at(i));
                    }
                }
                return null;
            });
        }
    }

    /** Memory for one tensor and its place in a batch; both are given back unless it is taken. For one thread. */
    private final class Place implements AutoCloseable {
        private final Urgency urgency;
        private final TensorMemory tensors;
        private final int held;
        private boolean open = true;

        Place(Urgency urgency) {
            this.urgency = urgency;
            this.tensors = memory.tensors(urgency);
            this.held = tensors.reserve(config.tensorBytes());
            model.announce();
        }

        /** @param box null for the whole picture */
        void take(String what, Picture whole, int[] box, ActionListener<Encoding> listener) {
            Picture picture = box == null ? whole : Region.cut(whole, box);
            Encoding known = Encoding.without(
                    fingerprint, perceptual(picture), whole.fullWidth(), whole.fullHeight(), box, whole.format());
            float[] tensor = config.image().tensor(picture);
            open = false;
            model.submit(tensor, urgency, new ActionListener<>() {
                @Override
                public void onResponse(Tensor made) {
                    tensors.release(held);
                    Encoding encoding;
                    try {
                        encoding = encoding(pool(what, made), known);
                    } catch (Throwable t) {
                        listener.onFailure(Failures.tame(what, t));
                        return;
                    }
                    listener.onResponse(encoding);
                }

                @Override
                public void onFailure(Exception e) {
                    tensors.release(held);
                    listener.onFailure(e);
                }
            });
        }

        @Override
        public void close() {
            if (open) {
                open = false;
                model.withdraw();
                tensors.release(held);
            }
        }
    }

    private float[] pool(String what, Tensor made) {
        float[] vector = config.pooling().pool(config.output(), made, config.skipTokens(), config.map());
        if (vector.length != config.dims()) {
            throw new IllegalArgumentException("model [" + config.model() + "] makes a vector of [" + vector.length
                    + "] dims of " + what + " but encoder [" + id + "] has [" + config.dims() + "]");
        }
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException(
                        "model [" + config.model() + "] makes a vector that is not finite of " + what);
            }
        }
        return vector;
    }

    /** Pixels are given back as soon as what is made of them is made, before the model runs. */
    private <T> T decode(String what, byte[] bytes, ImageLimits limits, Function<Picture, T> make) {
        try (PixelMemory.Reservation reserved = memory.pixels.reservation()) {
            long start = System.nanoTime();
            Picture picture = ImageDecoder.decode(what, bytes, limits, reserved);
            long decoded = System.nanoTime();
            T made = make.apply(picture);
            stats.took(EncodingStats.Stage.DECODE, decoded - start);
            stats.took(EncodingStats.Stage.PREPROCESS, System.nanoTime() - decoded);
            return made;
        }
    }

    /** The perceptual hash alone, without running the model. */
    public Encoding encodePerceptual(String what, byte[] bytes, ImageLimits limits) {
        checkPerceptual(what);
        return decode(what, bytes, limits, this::of);
    }

    /** The perceptual hashes of a picture under each symmetry, one after the other, in the order of {@link io.lookalike.image.Symmetry#ALL}. */
    public Encoding encodeSymmetries(String what, byte[] bytes, ImageLimits limits) {
        checkPerceptual(what);
        return decode(what, bytes, limits, picture -> of(picture, symmetries(picture)));
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
                fingerprint, perceptual, picture.fullWidth(), picture.fullHeight(), null, picture.format());
    }

    /**
     * @param what how messages name the vector, such as {@code [query_vector]}
     * @throws IllegalArgumentException when the vector has other dims or is not finite
     */
    public Encoding encodeVector(String what, float[] vector) {
        if (vector.length != config.dims()) {
            throw new IllegalArgumentException(
                    what + " has [" + vector.length + "] dims but encoder [" + id + "] takes [" + config.dims() + "]");
        }
        for (int d = 0; d < vector.length; d++) {
            if (!Float.isFinite(vector[d])) {
                throw new IllegalArgumentException(
                        what + " has [" + vector[d] + "] at [" + d + "]; all values must be finite");
            }
        }
        return encoding(vector.clone(), Encoding.without(fingerprint, null, 0, 0, null, null));
    }

    private Encoding encoding(float[] vector, Encoding known) {
        if (config.normalize() == EncoderConfig.Normalize.L2) {
            normalize(vector);
        }
        float[] projections = hyperplanes.projections(vector);
        List<String> terms = buckets.terms(vector);
        ready = true;
        return new Encoding(
                fingerprint,
                vector,
                Hyperplanes.code(projections),
                projections,
                config.hasNorms() ? hyperplanes.norm(vector) : null,
                terms,
                known.perceptual(),
                known.width(),
                known.height(),
                known.region(),
                known.format());
    }

    private byte[] perceptual(Picture picture) {
        PerceptualHash hash = config.perceptual();
        return hash == null ? null : hash.hash(picture.grey(hash.width(), hash.height(), Resample.LANCZOS));
    }

    private byte[] symmetries(Picture picture) {
        PerceptualHash hash = config.perceptual();
        ByteArrayOutputStream hashes = new ByteArrayOutputStream();
        for (int[] grey : picture.greys(hash.width(), hash.height(), Resample.LANCZOS)) {
            hashes.writeBytes(hash.hash(grey));
        }
        return hashes.toByteArray();
    }

    /** To unit length; a zero vector stays as it is. */
    private static void normalize(float[] vector) {
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
