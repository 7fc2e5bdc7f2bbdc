package io.lookalike.inference;

import org.elasticsearch.common.util.concurrent.AbstractRunnable;

/** The way of one network, or one model, to threads that it shares with others. Thread-safe. */
interface Lane {
    /** Runs work on a thread, now or in its turn; work that cannot run is told by its {@code onRejection}. */
    void execute(AbstractRunnable work);

    /** Says that a piece of work that runs may never end: its thread no longer counts. */
    void lost();

    /** Says that such a piece of work has ended after all, and is about to leave its thread. */
    void found();
}
