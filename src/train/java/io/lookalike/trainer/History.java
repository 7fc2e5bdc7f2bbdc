package io.lookalike.trainer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a training has come to. Immutable.
 *
 * @param settings that cannot change when it goes on
 * @param epochs each one, from the first on
 */
record History(Map<String, String> settings, List<Epoch> epochs) {
    /**
     * @param loss mean of the batches
     * @param precision precision@10 of the pictures that are held out, 0 to 1
     */
    record Epoch(double loss, double precision) {}

    History {
        epochs = List.copyOf(epochs);
    }

    History with(Epoch epoch) {
        List<Epoch> more = new ArrayList<>(epochs);
        more.add(epoch);
        return new History(settings, more);
    }

    /** The number of the first of the best epochs, or 0 if there is none. */
    int best() {
        int best = 0;
        for (int i = 1; i <= epochs.size(); i++) {
            if (best == 0 || epochs.get(i - 1).precision > epochs.get(best - 1).precision) {
                best = i;
            }
        }
        return best;
    }
}
