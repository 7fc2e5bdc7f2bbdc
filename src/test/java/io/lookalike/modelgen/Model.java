package io.lookalike.modelgen;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.Map;

/** A generated model, loaded into ONNX Runtime with one thread. */
final class Model implements AutoCloseable {

    private final OrtSession session;
    private final String output;

    Model(byte[] bytes, String output) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            session = OrtEnvironment.getEnvironment().createSession(bytes, options);
        }
        this.output = output;
    }

    /** Runs pictures of {@code channels * size * size} floats as one batch and answers one vector for each. */
    float[][] run(int channels, int size, float[]... pictures) throws OrtException {
        FloatBuffer buffer = FloatBuffer.allocate(pictures.length * channels * size * size);
        for (float[] picture : pictures) {
            buffer.put(picture);
        }
        buffer.flip();
        long[] shape = {pictures.length, channels, size, size};
        try (OnnxTensor input = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), buffer, shape);
                OrtSession.Result result = session.run(Map.of("input", input))) {
            return (float[][]) result.get(output).orElseThrow().getValue();
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
