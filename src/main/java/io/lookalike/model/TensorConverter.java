package io.lookalike.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Converts rows to an input tensor of ONNX Runtime, and output tensors to floats.
 *
 * <p>The native memory of the input is reused, because a new buffer would be freed only by the garbage collector. Not
 * thread-safe: for one run at a time.
 */
final class TensorConverter {
    /** The most numbers of an output: a sixteenth of the heap as floats, at most 256 MiB. */
    static final long MAX_OUTPUT = Math.min(1L << 26, Runtime.getRuntime().maxMemory() / 16 / Float.BYTES);

    private final ElementType input;
    private ByteBuffer buffer = ByteBuffer.allocate(0);

    TensorConverter(ElementType input) {
        this.input = input;
    }

    /** The caller must close the tensor before the next call. */
    OnnxTensor input(OrtEnvironment environment, RunInput run) throws OrtException {
        float[][] rows = run.rows();
        int rowBytes = Math.multiplyExact(rows[0].length, input.size());
        int bytes = Math.multiplyExact(rows.length, rowBytes);
        if (buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        buffer.clear();
        for (int i = 0; i < rows.length; i++) {
            input.encode(rows[i], buffer.slice(i * rowBytes, rowBytes).order(ByteOrder.nativeOrder()));
        }
        buffer.limit(bytes);
        return OnnxTensor.createTensor(environment, buffer, run.shape(), input.type());
    }

    /** A copy of the output, owned by the caller. */
    static Tensor output(String name, OnnxValue made) {
        if (made instanceof OnnxTensor == false) {
            throw new ModelException("it gave no tensor [" + name + "]");
        }
        OnnxTensor tensor = (OnnxTensor) made;
        long[] shape = tensor.getInfo().getShape();
        long numbers = 1;
        for (long axis : shape) {
            numbers = Math.multiplyExact(numbers, axis);
        }
        if (numbers > MAX_OUTPUT) {
            throw new ModelException(
                    "output [" + name + "] has [" + numbers + "] numbers; at most [" + MAX_OUTPUT + "] are read");
        }
        ElementType type = ElementType.of(tensor.getInfo().type);
        float[] data = type == ElementType.FLOAT32
                ? tensor.getFloatBuffer().array()
                : type.decode(tensor.getByteBuffer().order(ByteOrder.nativeOrder()));
        return new Tensor(data, shape.clone());
    }
}
