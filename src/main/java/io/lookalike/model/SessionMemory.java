package io.lookalike.model;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Limits the memory of sessions. The files of all loaded models together stay below a limit: the least recently used
 * models are unloaded, and loaded again when they run. Also repeats runs that found too little native memory.
 *
 * <p>Thread-safe. A run costs two short locks.
 */
final class SessionMemory {
    /** How long a run without memory waits for other runs that also wait for memory. */
    private static final long TURN_MILLIS = 10_000;

    /** How long it then waits for running ones. New runs begin when it has ended, or after twice this time. */
    private static final long ALONE_MILLIS = 1_000;

    /** How long a model is not run alone again if even that was not enough, because other runs wait meanwhile. */
    private static final long IN_VAIN_MILLIS = 30_000;

    private static final long LOOK_MILLIS = 20;

    private static final class Loaded {
        private final long bytes;
        /** Null until it is loaded for the first time. */
        private OnnxModel model;

        Loaded(long bytes) {
            this.bytes = bytes;
        }
    }

    private final long mostBytes;
    /** By the model's name; guarded by this, like the numbers of runs. */
    private final Map<String, Loaded> open = new HashMap<>();

    private int running;
    private long begun;
    /** New runs wait until this {@link System#nanoTime}. */
    private long aloneUntil = System.nanoTime();

    /** By model; guarded by this. */
    private final Map<String, Long> inVainUntil = new HashMap<>();

    private final ReentrantLock turn = new ReentrantLock();
    private final LongAdder unloaded = new LongAdder();
    private final LongAdder repeated = new LongAdder();

    SessionMemory(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /**
     * Makes room for the session of a model, and counts it.
     *
     * @throws UnavailableException if the running models leave no room
     */
    synchronized void opening(String id, long bytes) {
        open.putIfAbsent(id, new Loaded(bytes));
        for (OnnxModel each : others(id)) {
            if (bytes() <= mostBytes) {
                break;
            }
            park(each);
        }
        if (bytes() > mostBytes && open.size() > 1) {
            open.remove(id);
            throw new UnavailableException(
                    "model [" + id + "] has no room beside those that run now: all together may have [" + mostBytes
                            + "] bytes; send it again, or raise [" + Models.MAX_MEMORY + "]");
        }
    }

    synchronized void opened(OnnxModel model) {
        Loaded loaded = open.get(model.info().id());
        if (loaded != null) {
            loaded.model = model;
        }
    }

    /** The model has no session any more, or could not be loaded. */
    synchronized void closed(String id) {
        open.remove(id);
    }

    /** All other loaded models, least recently used first. */
    private List<OnnxModel> others(String id) {
        return open.values().stream()
                .map(each -> each.model)
                .filter(model -> model != null && model.info().id().equals(id) == false)
                .sorted(Comparator.comparingLong(OnnxModel::usedAt))
                .toList();
    }

    private void park(OnnxModel model) {
        if (model.park()) {
            open.remove(model.info().id());
            unloaded.increment();
        }
    }

    /** How often a model was unloaded to make room for others. */
    long unloaded() {
        return unloaded.sum();
    }

    /** How many runs found too little memory and were repeated. */
    long repeated() {
        return repeated.sum();
    }

    private long bytes() {
        return open.values().stream().mapToLong(each -> each.bytes).sum();
    }

    /** Begins a run; waits up to some seconds for one that is repeated alone. */
    synchronized void begin(Stop stop) {
        try {
            while (System.nanoTime() - aloneUntil < 0 && stop.isNow() == false) {
                wait(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the pool is stopping
        }
        running++;
        begun++;
    }

    synchronized void end() {
        running--;
        notifyAll();
    }

    /** A run that may be repeated. */
    interface Run {
        /** @param shrink whether the allocator returns its cached memory after the run, also if it fails */
        Tensor go(boolean shrink) throws Exception;
    }

    /**
     * Repeats a run that found too little memory: after other runs have ended (unless that did not help recently), with
     * all idle models unloaded, and with the allocator's cache returned.
     *
     * @throws UnavailableException if it fails again while others run
     */
    Tensor repeat(OnnxModel model, Stop stop, Run run) throws Exception {
        repeated.increment();
        String id = model.info().id();
        boolean alone = mayBeAlone(id);
        if (alone) {
            takeTurn(id);
        }
        try {
            if (alone) {
                awaitOthers(stop);
            }
            parkOthers(id);
            long others = othersBegun();
            try {
                return run.go(true);
            } catch (Exception e) {
                if (OnnxErrors.isLackOfMemory(e) == false) {
                    throw e;
                }
            }
            try {
                return run.go(false);
            } catch (Exception e) {
                throw OnnxErrors.isLackOfMemory(e) && inVain(id, others) == false ? busy(id) : e;
            }
        } finally {
            if (alone) {
                giveTurn();
            }
        }
    }

    private static UnavailableException busy(String id) {
        return new UnavailableException("no native memory is left for model [" + id
                + "] while others run; send it again, or raise [" + Models.MAX_MEMORY + "]");
    }

    private synchronized boolean mayBeAlone(String id) {
        Long until = inVainUntil.get(id);
        return until == null || System.nanoTime() - until > 0;
    }

    /** How many runs have begun so far, if only the caller's is running; else -1. */
    private synchronized long othersBegun() {
        return running > 1 ? -1 : begun;
    }

    /** Records that a run did not fit even alone; returns false if it was not alone all the time. */
    private synchronized boolean inVain(String id, long others) {
        if (others < 0 || others != begun) {
            return false;
        }
        inVainUntil.put(id, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(IN_VAIN_MILLIS));
        return true;
    }

    private void takeTurn(String id) throws InterruptedException {
        end(); // a waiting run holds no memory
        boolean first;
        try {
            first = turn.tryLock(TURN_MILLIS, TimeUnit.MILLISECONDS);
        } finally {
            synchronized (this) {
                running++;
            }
        }
        if (first == false) {
            throw busy(id);
        }
    }

    private void giveTurn() {
        synchronized (this) {
            aloneUntil = System.nanoTime();
            notifyAll();
        }
        turn.unlock();
    }

    /** Waits until the other runs have ended; no new ones begin. */
    private synchronized void awaitOthers(Stop stop) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ALONE_MILLIS);
        aloneUntil = until + TimeUnit.MILLISECONDS.toNanos(ALONE_MILLIS);
        while (running > 1 && System.nanoTime() - until < 0 && stop.isNow() == false) {
            wait(LOOK_MILLIS);
        }
    }

    private synchronized void parkOthers(String id) {
        others(id).forEach(this::park);
    }
}
