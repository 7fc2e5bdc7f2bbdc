package io.lookalike.pairs;

import java.util.List;

/** Reports each pair in the first band in which its keys are near enough, so that no pair is reported twice. */
final class PairBlocks extends CodeBlocks {
    private final List<BandPlan.Band> before;
    private final NearPairs.PairConsumer consumer;

    PairBlocks(SortedBand band, int radius, BandPlan plan, NearPairs.PairConsumer consumer) {
        super(band, radius);
        this.before = plan.bands().subList(0, plan.bands().indexOf(band.band()));
        this.consumer = consumer;
    }

    @Override
    void found(int row, int col) {
        int a = row * words;
        int b = col * words;
        for (BandPlan.Band band : before) {
            if (band.keyDistance(codes, a, b) <= band.radius()) {
                return;
            }
        }
        int distance = 0;
        for (int word = 0; word < words; word++) {
            distance += Long.bitCount(codes[a + word] ^ codes[b + word]);
        }
        consumer.pair(numbers[row], numbers[col], distance);
    }
}
