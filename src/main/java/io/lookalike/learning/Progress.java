package io.lookalike.learning;

/**
 * Is told how far a learner is, and can stop it.
 *
 * <p>Called by the thread that called the learner, several times a second.
 */
@FunctionalInterface
public interface Progress {
    /** Lets everything pass. */
    Progress NONE = (phase, done, of) -> {};

    /**
     * A learner is at work.
     *
     * @param phase a word or two
     * @param done steps of the phase that are done
     * @param of steps of the phase; not always known exactly beforehand, but never below {@code done}
     * @throws java.util.concurrent.CancellationException or another of the caller's choice, to stop the learner, which
     *     lets it through
     */
    void at(String phase, int done, int of);
}
