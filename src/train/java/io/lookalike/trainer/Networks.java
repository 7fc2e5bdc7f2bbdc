package io.lookalike.trainer;

import ai.djl.basicmodelzoo.basic.Mlp;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import java.util.ArrayList;
import java.util.List;

/** The networks, of blocks that {@link Export} can write. Stateless. */
final class Networks {
    /** Side of the one kind of max pooling, its stride and its padding; {@link Export} relies on them. */
    static final int POOL = 3;

    static final int POOL_STRIDE = 2;
    static final int POOL_PADDING = 1;

    /** The running means of batch norms follow a tenth of each batch. */
    private static final float MOMENTUM = 0.9f;

    private static final int[] MLP_HIDDEN = {128};

    private Networks() {}

    /** A network and what is usual for it: the side of its input in pixels, the dims of its embedding. */
    enum Kind {
        /** He et al. (2015), table 1: 18 layers, 11.7 million weights at 1,000 dims. */
        RESNET18(224, 1000, 32),
        /** Two convolutions and four residual units, for pictures of about 32 pixels. */
        SMALL(32, 128, 8),
        /** No convolution: the pixels, 128 hidden units, the embedding. */
        MLP(32, 64, 1);

        final int size;
        final int dims;
        final int leastSize;

        Kind(int size, int dims, int leastSize) {
            this.size = size;
            this.dims = dims;
            this.leastSize = leastSize;
        }
    }

    /**
     * A network with its heads: outputs {@code embedding [batch, dims]}, then {@code hash [batch, bits]} in [-1, 1] if
     * there are bits, then {@code classes [batch, classes]} (logits) if there are classes, then, if there are both, the
     * logits of a linear layer over {@code hash}, which are only for training.
     */
    static SequentialBlock withHeads(Kind kind, int size, int dims, int bits, int classes) {
        List<Block> heads = new ArrayList<>();
        heads.add(Blocks.identityBlock());
        if (bits > 0) {
            heads.add(new SequentialBlock().add(linear(bits)).add(Activation.tanhBlock()));
        }
        if (classes > 0) {
            heads.add(linear(classes));
        }
        SequentialBlock net =
                new SequentialBlock().add(network(kind, size, dims)).add(new ParallelBlock(Networks::all, heads));
        if (bits > 0 && classes > 0) {
            Block ofHash = new SequentialBlock()
                    .add(new LambdaBlock(outputs -> new NDList(outputs.get(1))))
                    .add(linear(classes));
            net.add(new ParallelBlock(Networks::all, List.of(Blocks.identityBlock(), ofHash)));
        }
        return net;
    }

    private static NDList all(List<NDList> outputs) {
        NDList all = new NDList();
        outputs.forEach(all::addAll);
        return all;
    }

    private static SequentialBlock network(Kind kind, int size, int dims) {
        return switch (kind) {
            case RESNET18 -> {
                SequentialBlock net = new SequentialBlock();
                convolution(net, 7, 64, 2);
                net.add(pool());
                units(net, 64, 64, 128, 256, 512);
                yield end(net, dims);
            }
            case SMALL -> {
                SequentialBlock net = new SequentialBlock();
                convolution(net, 3, 32, 1);
                convolution(net, 3, 32, 2);
                units(net, 32, 64, 128);
                yield end(net, dims);
            }
            case MLP -> new Mlp(3 * size * size, dims, MLP_HIDDEN);
        };
    }

    private static void convolution(SequentialBlock net, int side, int filters, int stride) {
        net.add(Conv2d.builder()
                        .setKernelShape(new Shape(side, side))
                        .setFilters(filters)
                        .optStride(new Shape(stride, stride))
                        .optPadding(new Shape(side / 2, side / 2))
                        .optBias(false)
                        .build())
                .add(BatchNorm.builder().optMomentum(MOMENTUM).build())
                .add(Activation.reluBlock());
    }

    private static Block pool() {
        return Pool.maxPool2dBlock(
                new Shape(POOL, POOL), new Shape(POOL_STRIDE, POOL_STRIDE), new Shape(POOL_PADDING, POOL_PADDING));
    }

    /**
     * Two residual units for each number of filters; the first of them halves the sides where the number changes.
     *
     * <p>The zoo's own {@code ResNetV1} with 18 layers has bottlenecks, and a third of the weights of the paper's.
     */
    private static void units(SequentialBlock net, int channels, int... filters) {
        int before = channels;
        for (int number : filters) {
            boolean same = number == before;
            int stride = same ? 1 : 2;
            net.add(ResNetV1.residualUnit(number, new Shape(stride, stride), same, false, MOMENTUM));
            net.add(ResNetV1.residualUnit(number, new Shape(1, 1), true, false, MOMENTUM));
            before = number;
        }
    }

    private static SequentialBlock end(SequentialBlock net, int dims) {
        return net.add(Pool.globalAvgPool2dBlock())
                .add(Blocks.batchFlattenBlock())
                .add(linear(dims));
    }

    private static Linear linear(int units) {
        return Linear.builder().setUnits(units).build();
    }
}
