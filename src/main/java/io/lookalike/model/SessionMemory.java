package io.lookalike.model;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The models that hold a session: their files together are never larger than a limit, for which those are unloaded that
 * nobody has run for the longest time; they load again when they are run. Also runs anew what found no native memory.
 *
 * <p>Thread-safe. A run costs two short locks.
 */
final class SessionMemory {
    /** How long a run that found no memory waits for others that found none. */
    private static final long TURN_MILLIS = 10_000;

    /** How long it then waits for those that run; others begin when it has ended, or after twice that. */
    private static final long ALONE_MILLIS = 1_000;

    /** How long a model is not run alone again after that was not enough: others wait for it. */
    private static final long IN_VAIN_MILLIS = 30_000;

    private static final long LOOK_MILLIS = 20;

    private static final class Resident {
        private final long bytes;
        /** Null until it is loaded for the first time. */
        private OnnxModel model;

        Resident(long bytes) {
            this.bytes = bytes;
        }
    }

    private final long mostBytes;
    /** By the model's name; guarded by this, as the number of runs. */
    private final Map<String, Resident> open = new HashMap<>();

    private int running;
    private long begun;
    /** Until when others do not begin, in {@link System#nanoTime}. */
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
     * Makes room for the session of a model, which it counts from here on.
     *
     * @throws UnavailableException where those that run now leave none
     */
    synchronized void opening(String id, long bytes) {
        open.putIfAbsent(id, new Resident(bytes));
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
        Resident resident = open.get(model.info().id());
        if (resident != null) {
            resident.model = model;
        }
    }

    /** The model has no session any more, or got none. */
    synchronized void closed(String id) {
        open.remove(id);
    }

    /** All but one that are loaded, first those that were not run for the longest time. */
    private List<OnnxModel> others(String id) {
        return open.values().stream()
                .map(resident -> resident.model)
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

    /** How often a model was unloaded for others. */
    long unloaded() {
        return unloaded.sum();
    }

    /** How many runs found no memory and were repeated. */
    long repeated() {
        return repeated.sum();
    }

    private long bytes() {
        return open.values().stream().mapToLong(resident -> resident.bytes).sum();
    }

    /** Where a run begins; waits for one that is repeated, for some seconds. */
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

    /** A run, which may be repeated. */
    interface Run {
        /** @param shrink gives back what the allocator keeps for later, after the run and also where it fails */
        Tensor go(boolean shrink) throws Exception;
    }

    /**
     * Repeats a run that found no memory: with all models unloaded that do not run, others' runs ended unless that was
     * in vain a short time ago, and what the allocator kept given back.
     *
     * @throws UnavailableException where it fails again while others run
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
        return new UnavailableException("model [" + id
                + "] finds no native memory beside other runs; send it again, or raise [" + Models.MAX_MEMORY + "]");
    }

    private synchronized boolean mayBeAlone(String id) {
        Long until = inVainUntil.get(id);
        return until == null || System.nanoTime() - until > 0;
    }

    /** How many runs have begun, where none is running beside the caller's; else -1. */
    private synchronized long othersBegun() {
        return running > 1 ? -1 : begun;
    }

    /** Notes that a run did not even fit alone; false where it was not alone all the time. */
    private synchronized boolean inVain(String id, long others) {
        if (others < 0 || others != begun) {
            return false;
        }
        inVainUntil.put(id, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(IN_VAIN_MILLIS));
        return true;
    }

    private void takeTurn(String id) throws InterruptedException {
        end(); // who waits holds nothing
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

    /** Waits until others have ended, while none begins. */
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
