package io.lookalike.learning;

import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.Random;

/**
 * The classification part of a loss: a softmax over the cosines to one learned vector a label, its proxy (Zhai and Wu:
 * Classification is a Strong Baseline for Deep Metric Learning, BMVC 2019). For one thread.
 */
final class ProxyLoss {
    private static final double SCALE = 16;
    private static final double MARGIN = .1;

    /** The proxies' learning rate, in times that of the layers: there are few, and they begin anywhere. */
    private static final double RATE = 5;

    private final double weight;
    private final Competitors competitors;
    private final Layer proxies;
    /** The competing proxies, scaled to length one. */
    private final Layer directions;

    private final double[] lengths;
    private final float[] cosines;

    ProxyLoss(double weight, Labels labels, int dims, int batch, Random random, Workers workers, Runnable check) {
        this.weight = weight;
        competitors = new Competitors(labels, random);
        proxies = new Layer(labels.count(), dims, batch, workers, check).random(random);
        directions = new Layer(competitors.count(), dims, batch, workers, check);
        lengths = new double[competitors.count()];
        cosines = new float[batch * competitors.count()];
    }

    /**
     * Trains the proxies by a batch.
     *
     * @param units {@code [batch][dims]}
     * @param gradients receives those by the units
     */
    double of(int[] batch, float[] units, float[] gradients, double rate) {
        int dims = proxies.cols;
        competitors.choose(batch);
        for (int c = 0; c < lengths.length; c++) {
            System.arraycopy(proxies.weights, competitors.label(c) * dims, directions.weights, c * dims, dims);
            lengths[c] = UnitVectors.normalize(directions.weights, c * dims, dims);
        }
        directions.prepare();
        directions.forward(units, batch.length, cosines);
        double loss = competitors.crossEntropy(batch, cosines, SCALE, MARGIN, weight);
        directions.backward(units, cosines, gradients);
        float[] byProxy = proxies.weightGradients;
        Arrays.fill(byProxy, 0);
        for (int c = 0; c < lengths.length; c++) {
            int at = competitors.label(c) * dims;
            System.arraycopy(directions.weightGradients, c * dims, byProxy, at, dims);
            UnitVectors.backward(directions.weights, c * dims, byProxy, at, dims, lengths[c]);
        }
        proxies.step(RATE * rate, 0);
        return loss;
    }
}
