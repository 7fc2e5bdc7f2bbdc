package io.lookalike.encoder;

import io.lookalike.image.Preprocessing;
import io.lookalike.image.Preprocessing.Layout;
import io.lookalike.model.ModelInfo;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.Stop;
import io.lookalike.model.Tensor;
import io.lookalike.model.TensorInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Derives missing fields of a configuration from a loaded graph; throws when it would have to guess. */
public final class GraphFacts implements EncoderConfig.ModelFacts {
    private static final List<String> TYPES =
            List.of("float32", "float16", "float64", "uint8", "int8", "int32", "int64");
    private static final int MAX_SHOWN = 20;
    /** Limit for the numbers in a batch of fixed size: 64 MiB as floats. */
    private static final long MAX_FIXED = 1 << 24;

    private final OnnxModel model;
    private final Stop stop;
    private final ModelInfo info;
    private final TensorInfo input;
    /** The four axes of the input; -1 for a dynamic axis. */
    private final long[] axes;

    /** @param stop ends the run of {@link #output} */
    public GraphFacts(OnnxModel model, Stop stop) {
        this.model = model;
        this.stop = stop;
        this.info = model.info();
        if (info.inputs().size() != 1) {
            throw new IllegalArgumentException(
                    "model [" + info.id() + "] has [" + info.inputs().size() + "] inputs "
                            + list(info.inputs())
                            + "; an embedder takes a picture and nothing else: export the part alone that makes a "
                            + "vector of a picture");
        }
        input = info.inputs().get(0);
        long[] shape = input.shape();
        if ((shape.length != 4 && shape.length != 0) || !TYPES.contains(input.type())) {
            throw new IllegalArgumentException("input [" + input.name() + "] of model [" + info.id() + "] is ["
                    + input.type() + "] of shape " + Arrays.toString(shape) + "; it must be one of " + TYPES
                    + " with four axes, [batch, channels, height, width] or [batch, height, width, channels]");
        }
        axes = shape.length == 0 ? new long[] {-1, -1, -1, -1} : shape;
    }

    @Override
    public String onlyOutput() {
        if (info.outputs().size() != 1) {
            throw new IllegalArgumentException("model [" + info.id() + "] has outputs " + list(info.outputs())
                    + "; name the one to use in [output]");
        }
        return info.outputs().get(0).name();
    }

    @Override
    public void requireOutput(String name) {
        if (info.outputs().stream().noneMatch(output -> output.name().equals(name))) {
            throw new IllegalArgumentException(
                    "model [" + info.id() + "] has no output [" + name + "]; it has " + list(info.outputs()));
        }
    }

    private static String list(List<TensorInfo> tensors) {
        return tensors.stream().limit(MAX_SHOWN).map(TensorInfo::toString).collect(Collectors.joining(", ", "[", "]"))
                + (tensors.size() > MAX_SHOWN ? " and [" + (tensors.size() - MAX_SHOWN) + "] more" : "");
    }

    @Override
    public Layout layout() {
        boolean first = isChannels(axes[1]);
        boolean last = isChannels(axes[3]);
        if (first != last) {
            return first ? Layout.NCHW : Layout.NHWC;
        }
        // a side of 1 or 3 pixels, or a dynamic number of channels with fixed sides
        boolean sidesLast = !isOpen(axes[2]) && !isOpen(axes[3]);
        boolean sidesFirst = !isOpen(axes[1]) && !isOpen(axes[2]);
        if (first || sidesLast != sidesFirst) {
            return first || sidesLast ? Layout.NCHW : Layout.NHWC;
        }
        throw new IllegalArgumentException("[image.layout] is missing and input [" + input + "] of model [" + info.id()
                + "] does not show it; name [nchw], channels before height and width, or [nhwc], channels after them");
    }

    private static boolean isChannels(long axis) {
        return axis == 1 || axis == 3;
    }

    private static boolean isOpen(long axis) {
        return axis < 1;
    }

    @Override
    public int[] inputSize(Layout layout) {
        int[] order = layout == Layout.NCHW ? new int[] {1, 2, 3} : new int[] {3, 1, 2};
        int[] size = Arrays.stream(order)
                .map(axis -> Math.clamp(axes[axis], -1, Integer.MAX_VALUE))
                .toArray();
        if (!isOpen(size[0]) && !isChannels(size[0])) {
            throw new IllegalArgumentException("input [" + input + "] of model [" + info.id() + "] has [" + size[0]
                    + "] channels in layout [" + (layout == Layout.NCHW ? "nchw" : "nhwc")
                    + "]; pictures have [3], or [1] in grey: name the other [image.layout], or export the "
                    + "model for pictures");
        }
        return size;
    }

    @Override
    public long[] wholeNumbers() {
        return switch (input.type()) {
            case "uint8" -> new long[] {0, 255};
            case "int8" -> new long[] {Byte.MIN_VALUE, Byte.MAX_VALUE};
            case "int32", "int64" -> new long[] {Integer.MIN_VALUE, Integer.MAX_VALUE};
            default -> null;
        };
    }

    @Override
    public Tensor output(String output, Preprocessing image) {
        for (TensorInfo each : info.outputs()) {
            if (each.name().equals(output) && Arrays.stream(each.shape()).anyMatch(axis -> axis == 0)) {
                throw new IllegalArgumentException("output [" + each + "] of model [" + info.id()
                        + "] holds no numbers; name another [output], or export the model again");
            }
        }
        int[] inner = image.outputShape();
        float[] picture = new float[inner[0] * inner[1] * inner[2]];
        if (axes[0] > 0 && axes[0] * picture.length > MAX_FIXED) {
            throw new IllegalArgumentException("input [" + input + "] of model [" + info.id() + "] takes [" + axes[0]
                    + "] pictures at a time, which with [image] are [" + axes[0] * picture.length
                    + "] numbers; at most [" + MAX_FIXED
                    + "] are allowed, export the model for a batch of one or of any number");
        }
        float[] range = image.range();
        Random noise = new Random(1);
        for (int i = 0; i < picture.length; i++) {
            picture[i] = range[0] + (range[1] - range[0]) * noise.nextFloat();
        }
        return model.runAll(
                        List.of(output), new float[][] {picture}, new long[] {1, inner[0], inner[1], inner[2]}, stop)
                .getFirst();
    }
}
