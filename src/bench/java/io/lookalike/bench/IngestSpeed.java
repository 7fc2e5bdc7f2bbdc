package io.lookalike.bench;

import java.io.IOException;

/**
 * The result of one measurement. Immutable.
 *
 * @param cpuSeconds processor time of the working process, which hardly depends on other load
 */
record IngestSpeed(int pictures, double seconds, double cpuSeconds) {
    /** Something that counts the pictures it has done. */
    @FunctionalInterface
    interface Run {
        int pictures() throws IOException;
    }

    /** Measures a run, whose work is done by {@code process}. */
    static IngestSpeed of(ProcessHandle process, Run run) throws IOException {
        double cpu = cpuSeconds(process);
        long start = System.nanoTime();
        int pictures = run.pictures();
        return new IngestSpeed(pictures, (System.nanoTime() - start) / 1e9, cpuSeconds(process) - cpu);
    }

    private static double cpuSeconds(ProcessHandle process) {
        return process.info()
                .totalCpuDuration()
                .map(duration -> duration.toNanos() / 1e9)
                .orElse(0.0);
    }

    double perSecond() {
        return pictures / seconds;
    }

    double cpuMillis() {
        return 1000 * cpuSeconds / pictures;
    }
}
