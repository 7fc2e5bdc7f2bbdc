package io.lookalike.learning;

import io.lookalike.learning.HeadSettings.Loss;
import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.Random;

/**
 * The loss of one batch of unit vectors and its gradient by them: the sum of the parts of {@link Loss}. For one thread.
 */
final class HeadLoss {
    private final ProxyLoss proxies;
    private final PairLoss pairs;
    private final CodeLoss codes;

    /**
     * @param planes null without codes
     * @param check called between pieces of work; what it throws ends the work
     */
    HeadLoss(
            HeadSettings settings,
            Labels labels,
            int batch,
            Layer planes,
            Random random,
            Workers workers,
            Runnable check) {
        Loss loss = settings.loss();
        proxies = loss.classification() > 0
                ? new ProxyLoss(loss.classification(), labels, settings.dims(), batch, random, workers, check)
                : null;
        pairs = loss.triplet() > 0 || loss.contrastive() > 0 ? new PairLoss(settings, labels, batch, random) : null;
        codes = planes == null ? null : new CodeLoss(settings, labels, batch, planes, random, workers, check);
    }

    /**
     * The loss of a batch; trains proxies and planes by it.
     *
     * @param batch numbers of the vectors
     * @param units {@code [batch][dims]}
     * @param gradients receives those by the units, {@code [batch][dims]}
     * @param rate learning rate
     */
    double of(int[] batch, float[] units, float[] gradients, double rate) {
        Arrays.fill(gradients, 0);
        return (proxies == null ? 0 : proxies.of(batch, units, gradients, rate))
                + (pairs == null ? 0 : pairs.of(batch, units, gradients))
                + (codes == null ? 0 : codes.of(batch, units, gradients, rate));
    }
}
