package io.lookalike.inference;

import io.lookalike.encoder.EncoderConfig;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.LearnedStage;
import io.lookalike.encoder.Values;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.hashing.Buckets;
import io.lookalike.model.Tensor;
import java.util.List;

/**
 * One encoder: output of its model, or a vector → pooled, normalised, projected vector → code, buckets, clusters. If
 * codes come from a network, only pictures have one. {@link PictureEncoding} encodes pictures with it. Immutable and
 * thread-safe.
 */
public final class Encoder {
    private final String id;
    private final String fingerprint;
    private final String modelSha256;
    private final EncoderConfig config;
    /** Run the model, and the other network that makes codes if there is one; empty if it only takes vectors. */
    private final List<Batcher> networks;

    /** Null if a network makes codes. */
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
        this.networks = List.of();
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

    private Encoder(Encoder vectors, List<Batcher> networks) {
        this.id = vectors.id;
        this.fingerprint = vectors.fingerprint;
        this.modelSha256 = vectors.modelSha256;
        this.config = vectors.config;
        this.networks = networks;
        this.memory = vectors.memory;
        this.stats = vectors.stats;
        this.code = vectors.code;
        this.buckets = vectors.buckets;
    }

    /** The same encoder with its networks. Both share learned arrays and random planes. */
    Encoder with(List<Batcher> running) {
        return new Encoder(this, List.copyOf(running));
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

    EncoderConfig config() {
        return config;
    }

    /** Run the model, and the other network that makes codes if there is one; empty if it only takes vectors. */
    List<Batcher> networks() {
        return networks;
    }

    PictureMemory memory() {
        return memory;
    }

    EncodingStats stats() {
        return stats;
    }

    boolean isReady() {
        return ready;
    }

    void requireModel(String what) {
        if (networks.isEmpty()) {
            throw new IllegalArgumentException("encoder [" + id + "] has no model and cannot encode " + what
                    + "; give it a vector, or name an encoder with a model");
        }
        networks.forEach(Batcher::requireServing);
    }

    /** Whether a vector alone has a code. */
    public boolean hasVectorCodes() {
        return code != null;
    }

    /**
     * @param remedy what to do, as the end of the message
     * @throws IllegalArgumentException if vectors alone have no code
     */
    public void requireVectorCodes(String remedy) {
        if (code == null) {
            throw new IllegalArgumentException("encoder [" + id + "] takes the codes of pictures from model ["
                    + config.hash().network().model() + "], and makes none of vectors; " + remedy);
        }
    }

    /**
     * Makes the encoding from the outputs of the networks.
     *
     * @param made by each of {@link #networks}
     * @param known what the picture's pixels tell
     */
    Encoding ofModel(String what, List<Tensor> made, Encoding known) {
        float[] pooled = pooled(what, made.getFirst());
        requireNonZero(what, pooled, true);
        byte[] ofPicture = code == null
                ? config.hash()
                        .network()
                        .code(what, config.isJoint() ? made.getFirst().next() : made.getLast())
                : null;
        Encoding encoding = encoding(what, pooled, 0, known, ofPicture);
        requireNonZero(what, encoding.vector(), true);
        return encoding;
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
        return encoding(what, own, projected ? stages() : 0, Encoding.without(fingerprint), null);
    }

    /**
     * Encodes a vector as {@link #encodeVector} does, for a document, which any metric may search.
     *
     * @throws IllegalArgumentException also when the vector or the stored vector is all zeros, or has no code
     */
    public Encoding encodeForDocument(String what, float[] vector) {
        requireVectorCodes("index pictures with the processor [image_embedding], or name another encoder");
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
        return encoding(what, vector.clone(), stages, Encoding.without(fingerprint), null);
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

    /**
     * @param stages of {@code project} that were already applied
     * @param ofPicture the code that a network made; null for none
     */
    private Encoding encoding(String what, float[] vector, int stages, Encoding known, byte[] ofPicture) {
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
        float[] projections = code == null ? null : code.projections(stored);
        List<String> terms = buckets.terms(stored);
        ready = true;
        return new Encoding(
                fingerprint,
                stored,
                code == null ? ofPicture : code.bitsOf(projections),
                projections,
                code == null ? 0 : code.scale(),
                config.hasNorms() ? code.norm(stored) : null,
                terms,
                config.clusters(),
                known.perceptual(),
                known.quality(),
                known.detail(),
                known.width(),
                known.height(),
                known.region(),
                known.format(),
                known.vanished());
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
