package io.lookalike.inference;

import org.elasticsearch.common.util.concurrent.AbstractRunnable;

/** Access of one network or model to shared threads. Thread-safe. */
interface Lane {
    /** Runs work on a thread, in its turn; calls {@code onRejection} of work that cannot run. */
    void execute(AbstractRunnable work);

    /** Reports that running work may never end; its thread no longer counts. */
    void lost();

    /** Reports that lost work has ended after all and is about to leave its thread. */
    void found();
}
