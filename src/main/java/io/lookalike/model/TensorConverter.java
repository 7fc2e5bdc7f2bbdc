package io.lookalike.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Makes a tensor of ONNX Runtime of the rows of a pass, and numbers of the tensor that comes out.
 *
 * <p>The native memory of the input is kept for the next call, for that of a fresh buffer comes back only when the
 * garbage collector gets to it. Not thread-safe: it belongs to one run at a time.
 */
final class TensorConverter {
    /** Numbers of one output that are copied to the heap: as floats a sixteenth of it, and no more than 256 MiB. */
    static final long MAX_OUTPUT = Math.min(1L << 26, Runtime.getRuntime().maxMemory() / 16 / Float.BYTES);

    private final ElementType input;
    private ByteBuffer buffer = ByteBuffer.allocate(0);

    TensorConverter(ElementType input) {
        this.input = input;
    }

    /** The caller closes what it gets before it calls again. */
    OnnxTensor input(OrtEnvironment environment, RunInput pass) throws OrtException {
        float[][] rows = pass.rows();
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
        return OnnxTensor.createTensor(environment, buffer, pass.shape(), input.type());
    }

    /** A copy of what came out, which the caller goes on to own. */
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
