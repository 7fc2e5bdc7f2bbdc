package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One figure from several processes or rounds: the median of the medians of the processes, and the overall extremes.
 * Immutable.
 */
record Spread(double median, double min, double max) {
    /** Of at least one process with at least one figure each. */
    static Spread of(List<double[]> processes) {
        double[] medians = processes.stream().mapToDouble(Spread::median).toArray();
        double[] all = processes.stream().flatMapToDouble(Arrays::stream).toArray();
        return new Spread(
                median(medians),
                Arrays.stream(all).min().orElseThrow(),
                Arrays.stream(all).max().orElseThrow());
    }

    /** Of an even number of figures the mean of the two in the middle. */
    static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Such as {@code 20.1 (18.0..21.4)}. */
    String text(int decimals) {
        String format = "%." + decimals + "f";
        return String.format(Locale.ROOT, format + " (" + format + ".." + format + ")", median, min, max);
    }

    /** Puts the median under a name and the extremes under the name with {@code _spread}; thousandths are kept. */
    void putInto(ObjectNode row, String name) {
        row.put(name, rounded(median));
        row.putArray(name + "_spread").add(rounded(min)).add(rounded(max));
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
