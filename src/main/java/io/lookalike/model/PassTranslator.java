package io.lookalike.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Hands whole tensors to a DJL predictor and takes one output from it.
 *
 * <p>ONNX Runtime's arrays cannot be stacked, so there is no batchifier: the tensor is the batch. The native memory of the input
 * is kept for the next call, for that of a fresh buffer comes back only when the garbage collector gets to it. Not thread-safe:
 * it belongs to one predictor.
 */
final class PassTranslator implements NoBatchifyTranslator<Pass, Tensor> {
    /** Numbers of one output that are copied to the heap, 256 MiB as floats. */
    static final long MAX_OUTPUT = 1L << 26;

    private final Elements input;
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private String output;

    PassTranslator(Elements input) {
        this.input = input;
    }

    @Override
    public NDList processInput(TranslatorContext context, Pass pass) {
        output = pass.output();
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
        return new NDList(context.getNDManager().create(buffer, new Shape(pass.shape()), input.type()));
    }

    @Override
    public Tensor processOutput(TranslatorContext context, NDList outputs) {
        NDArray array = outputs.get(output);
        if (array == null) {
            throw new ModelException("it gave no output [" + output + "]");
        }
        if (array.size() > MAX_OUTPUT) {
            throw new ModelException("output [" + output + "] has [" + array.size() + "] numbers; at most ["
                    + MAX_OUTPUT + "] are read");
        }
        float[] data = Elements.of(array.getDataType()).decode(array.toByteBuffer());
        return new Tensor(data, array.getShape().getShape());
    }
}
