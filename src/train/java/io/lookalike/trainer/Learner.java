package io.lookalike.trainer;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** A network in PyTorch, its steps and its outputs. Holds native memory until it is closed. Not thread-safe. */
final class Learner implements AutoCloseable {
    private static final float RATE = 0.001f;
    private static final int EMBEDDED_AT_ONCE = 64;

    private final TrainOptions options;
    private final Pictures pictures;
    private final Model model;
    private final Trainer trainer;

    /**
     * @param classes that are trained on
     * @param parameters of a network of the same kind to go on from; null for random ones
     */
    Learner(TrainOptions options, Pictures pictures, int classes, byte[] parameters) throws IOException {
        this.options = options;
        this.pictures = pictures;
        Engine.getEngine("PyTorch").setRandomSeed((int) options.seed());
        model = Model.newInstance("train", "PyTorch");
        model.setBlock(Networks.withHeads(
                options.network(),
                options.size(),
                options.dims(),
                options.hash(),
                options.classification() > 0 ? classes : 0));
        if (parameters != null) {
            try {
                network()
                        .loadParameters(
                                model.getNDManager(), new DataInputStream(new ByteArrayInputStream(parameters)));
            } catch (MalformedModelException e) {
                throw new IOException("the saved parameters are damaged", e);
            }
        }
        trainer = model.newTrainer(new DefaultTrainingConfig(Loss.l2Loss())
                .optOptimizer(Optimizer.adam()
                        .optLearningRateTracker(Tracker.fixed(RATE))
                        .build()));
        trainer.initialize(new Shape(1, 3, options.size(), options.size()));
    }

    SequentialBlock network() {
        return (SequentialBlock) model.getBlock();
    }

    /**
     * Takes one step for each batch of triplets.
     *
     * @param done is told how many triplets were used
     * @param stopping ends between two batches
     * @return the mean loss of the batches
     * @throws UserError if the loss is no number any more
     */
    double learn(List<Triplet> triplets, Random random, IntConsumer done, BooleanSupplier stopping) {
        double sum = 0;
        int steps = 0;
        for (int from = 0; from < triplets.size() && !stopping.getAsBoolean(); from += options.batch()) {
            List<Triplet> batch = triplets.subList(from, Math.min(triplets.size(), from + options.batch()));
            List<Sample> samples = new ArrayList<>();
            batch.forEach(triplet -> samples.add(triplet.anchor()));
            batch.forEach(triplet -> samples.add(triplet.positive()));
            batch.forEach(triplet -> samples.add(triplet.negative()));
            List<View> views = samples.stream()
                    .map(sample -> View.random(options.augment(), random))
                    .toList();
            float loss = step(samples, views);
            if (!Float.isFinite(loss)) {
                throw new UserError("the loss is no finite number any more; the last model that was written stays; try"
                        + " a larger [--batch] or another [--loss]");
            }
            sum += loss;
            steps++;
            done.accept(batch.size());
        }
        return sum / Math.max(1, steps);
    }

    private float step(List<Sample> samples, List<View> views) {
        try (NDManager manager = trainer.getManager().newSubManager()) {
            NDArray labels =
                    manager.create(samples.stream().mapToLong(Sample::label).toArray());
            float value;
            try (GradientCollector gradients = trainer.newGradientCollector()) {
                NDList outputs = trainer.forward(new NDList(input(manager, samples, views)));
                NDArray loss = Losses.sum(outputs, labels, options);
                value = loss.getFloat();
                if (value == 0 || !Float.isFinite(value)) {
                    return value; // nothing to learn here
                }
                gradients.backward(loss);
            }
            trainer.step();
            return value;
        }
    }

    /**
     * Every output for each sample, as it is.
     *
     * @param done is told how many samples went through
     */
    List<float[][]> outputs(List<Sample> samples, IntConsumer done) {
        List<float[][]> all = new ArrayList<>();
        for (int from = 0; from < samples.size(); from += EMBEDDED_AT_ONCE) {
            List<Sample> batch = samples.subList(from, Math.min(samples.size(), from + EMBEDDED_AT_ONCE));
            List<View> views = batch.stream().map(sample -> View.PLAIN).toList();
            try (NDManager manager = trainer.getManager().newSubManager()) {
                NDList outputs = trainer.evaluate(new NDList(input(manager, batch, views)));
                for (int output = 0; output < outputs.size(); output++) {
                    if (from == 0) {
                        all.add(new float[samples.size()][]);
                    }
                    float[] flat = outputs.get(output).toFloatArray();
                    int length = flat.length / batch.size();
                    for (int i = 0; i < batch.size(); i++) {
                        all.get(output)[from + i] = Arrays.copyOfRange(flat, i * length, (i + 1) * length);
                    }
                }
            }
            done.accept(batch.size());
        }
        return all;
    }

    private NDArray input(NDManager manager, List<Sample> samples, List<View> views) {
        return manager.create(tensor(samples, views), new Shape(samples.size(), 3, options.size(), options.size()));
    }

    /** The tensors of the samples, one after another. */
    float[] tensor(List<Sample> samples, List<View> views) {
        int values = pictures.values();
        float[] tensor = new float[samples.size() * values];
        IntStream.range(0, samples.size()).parallel().forEach(i -> {
            try {
                pictures.tensor(pictures.pixels(samples.get(i)), views.get(i), tensor, i * values);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read [" + samples.get(i).file() + "] again", e);
            }
        });
        return tensor;
    }

    @Override
    public void close() {
        trainer.close();
        model.close();
    }
}
