package io.lookalike.encoder;

import io.lookalike.image.Preprocessing;
import io.lookalike.model.ModelInfo;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.TensorInfo;
import java.util.Arrays;
import java.util.List;

/** What an encoder's configuration derives from a loaded graph, refusing where it would have to guess. */
final class GraphFacts implements EncoderConfig.ModelFacts {
    private static final List<String> FLOATS = List.of("float32", "float16");

    private final OnnxModel model;
    private final ModelInfo info;
    private final TensorInfo input;

    GraphFacts(OnnxModel model) {
        this.model = model;
        this.info = model.info();
        if (info.inputs().size() != 1) {
            throw new IllegalArgumentException("model [" + info.id() + "] has ["
                    + info.inputs().size() + "] inputs; an embedder takes one picture: export it with a single input");
        }
        input = info.inputs().get(0);
        if (input.shape().length != 4 || !FLOATS.contains(input.type())) {
            throw new IllegalArgumentException("input [" + input.name() + "] of model [" + info.id() + "] is ["
                    + input.type() + "] of shape " + Arrays.toString(input.shape())
                    + "; it must be one of " + FLOATS
                    + " with four axes, [batch, channels, height, width] or [batch, height, width, channels]");
        }
    }

    @Override
    public String onlyOutput() {
        List<String> names = info.outputs().stream().map(TensorInfo::name).toList();
        if (names.size() != 1) {
            throw new IllegalArgumentException(
                    "model [" + info.id() + "] has outputs " + names + "; name the one to use in [output]");
        }
        return names.get(0);
    }

    @Override
    public void requireOutput(String name) {
        List<String> names = info.outputs().stream().map(TensorInfo::name).toList();
        if (!names.contains(name)) {
            throw new IllegalArgumentException(
                    "model [" + info.id() + "] has no output [" + name + "]; it has " + names);
        }
    }

    @Override
    public Preprocessing.Layout layout() {
        long[] shape = input.shape();
        boolean last = shape[3] == 3 || shape[3] == 1;
        boolean first = shape[1] == 3 || shape[1] == 1;
        return last && !first ? Preprocessing.Layout.NHWC : Preprocessing.Layout.NCHW;
    }

    @Override
    public int[] inputSize(Preprocessing.Layout layout) {
        int[] axes = layout == Preprocessing.Layout.NCHW ? new int[] {1, 2, 3} : new int[] {3, 1, 2};
        return Arrays.stream(axes).map(axis -> (int) input.shape()[axis]).toArray();
    }

    @Override
    public long[] outputShape(String output, Preprocessing image) {
        int[] inner = image.outputShape();
        long[] shape = {1, inner[0], inner[1], inner[2]};
        float[][] blank = {new float[inner[0] * inner[1] * inner[2]]};
        return model.runAll(output, blank, shape).getFirst().shape();
    }
}
