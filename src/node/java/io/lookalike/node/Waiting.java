package io.lookalike.node;

import java.util.concurrent.TimeUnit;

/** One step of polling another process. */
final class Waiting {
    private Waiting() {}

    static void step() {
        try {
            TimeUnit.MILLISECONDS.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NodeFailed("interrupted while waiting for a node", e);
        }
    }
}
