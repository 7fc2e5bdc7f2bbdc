package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.learning.Itq;
import io.lookalike.learning.LearnedCode;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;

/**
 * The code of the search benchmark: learned by {@link Itq} from vectors that are indexed, never from queries.
 *
 * @param seconds that learning took, on one thread
 */
record SearchPlanes(BinaryCode planes, double seconds) {
    private static final int SAMPLE = 20_000;
    private static final long SEED = 42;

    static SearchPlanes learn(SearchData data, int bits) {
        long start = System.nanoTime();
        float[][] sample = Arrays.copyOf(data.base, Math.min(SAMPLE, data.base.length));
        LearnedCode code;
        try (Workers workers = Workers.alone()) {
            code = Itq.learn(sample, bits, Itq.ITERATIONS, SEED, workers, Progress.NONE);
        }
        BinaryCode planes =
                BinaryCode.learned(data.dims(), bits, code.weights(), code.thresholds(), code.center(), code.scale());
        return new SearchPlanes(planes, (System.nanoTime() - start) / 1e9);
    }

    /** Of an encoder that makes this code of vectors. */
    ObjectNode encoder() {
        ObjectNode encoder = JsonNodeFactory.instance
                .objectNode()
                .put("model", "none")
                .put("dims", planes.dims())
                .put("normalize", "none");
        encoder.putObject("hash")
                .put("type", "planes")
                .put("method", "itq")
                .put("bits", planes.bits())
                .put("center", base64(planes.center()))
                .put("weights", base64(planes.weights()))
                .put("scale", planes.scale());
        return encoder;
    }

    private static String base64(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
