package io.lookalike.work;

/** Hears of the progress of a long computation, on its calling thread and several times a second, and can stop it. */
@FunctionalInterface
public interface Progress {
    /** Ignores everything. */
    Progress NONE = (step, done, of) -> {};

    /**
     * Called between two tasks.
     *
     * @param step what is computed, in a word or two
     * @param done how much of the step is done
     * @param of how much there is to do, at least {@code done}, often an estimate; 0 if unknown
     * @throws RuntimeException such as {@link java.util.concurrent.CancellationException} to stop the computation,
     *     which passes it on to its caller
     */
    void at(String step, long done, long of);
}
