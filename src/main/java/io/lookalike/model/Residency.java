package io.lookalike.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Which models are loaded, what they hold of native memory by estimate, and which of them somebody uses now.
 *
 * <p>All together hold no more than a limit: the one that was used longest ago goes first, and none that is in use. Where all are, whoever
 * needs room waits for a short time and is then told to come back. Thread-safe; a use costs two short locks.
 */
final class Residency {
    /** How long whoever needs room waits until others are done, which is some batches. */
    private static final long WAIT_MILLIS = 10_000;

    private static final class Resident {
        private long loadBytes;
        private long runBytes;
        private int users;
        private boolean unwanted;
        private long usedAt;

        private long bytes() {
            return Bounds.plus(loadBytes, runBytes);
        }
    }

    private final Map<String, Resident> residents = new HashMap<>();
    /** What runs of each model took by estimate, also where it is not loaded now. */
    private final Map<String, Long> runs = new HashMap<>();

    private final Function<String, Runnable> detach;
    private final LongSupplier nanoTime;
    private final long waitMillis;

    /** @param detach makes a model one that nobody finds any more, quickly, and answers what frees it */
    Residency(Function<String, Runnable> detach) {
        this(detach, System::nanoTime, WAIT_MILLIS);
    }

    Residency(Function<String, Runnable> detach, LongSupplier nanoTime, long waitMillis) {
        this.detach = detach;
        this.nanoTime = nanoTime;
        this.waitMillis = waitMillis;
    }

    /** Keeps a model from being unloaded, loaded or not, until {@link #leave}. */
    synchronized void enter(String id) {
        residents.computeIfAbsent(id, i -> new Resident()).users++;
    }

    void leave(String id) {
        Runnable free = null;
        synchronized (this) {
            Resident resident = residents.get(id);
            resident.users--;
            resident.usedAt = nanoTime.getAsLong();
            if (resident.users == 0 && (resident.unwanted || resident.bytes() == 0)) {
                residents.remove(id);
                free = resident.unwanted ? detach.apply(id) : null;
            }
            notifyAll();
        }
        if (free != null) {
            free.run();
        }
    }

    /** Unloads a model as soon as nobody uses it. The caller does. */
    synchronized void unwanted(String id) {
        residents.get(id).unwanted = true;
    }

    /** The model could not be loaded, or is freed for another reason. */
    synchronized void failed(String id) {
        Resident resident = residents.get(id);
        if (resident != null) {
            resident.loadBytes = 0;
            resident.runBytes = 0;
            if (resident.users == 0) {
                residents.remove(id);
            }
        }
        notifyAll();
    }

    /**
     * Counts what a model holds, after it has made room for it. The caller uses the model.
     *
     * @throws ModelBusyException where others that are in use hold too much for longer than some seconds
     */
    void load(String id, long bytes, long most) {
        makeRoom(id, bytes, 0, most);
    }

    /** The same for a run, where it takes more than those before. */
    void run(String id, long bytes, long most) {
        makeRoom(id, 0, bytes, most);
    }

    private void makeRoom(String id, long load, long run, long most) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMillis);
        while (true) {
            List<Runnable> gone = new ArrayList<>();
            boolean fits;
            synchronized (this) {
                Resident own = residents.get(id);
                long running = Math.max(runs.getOrDefault(id, 0L), run);
                long wanted = Bounds.plus(Math.max(own.loadBytes, load), running);
                fits = evictFor(id, wanted, most, gone);
                if (fits) {
                    own.loadBytes = Math.max(own.loadBytes, load);
                    own.runBytes = running;
                    runs.put(id, running);
                } else if (gone.isEmpty()) {
                    await(id, deadline);
                }
            }
            gone.forEach(Runnable::run);
            if (fits) {
                return;
            }
        }
    }

    /** Takes others out of the list until all that are left, and this one, fit; those are added that went. */
    private boolean evictFor(String id, long wanted, long most, List<Runnable> gone) {
        while (Bounds.plus(wanted, others(id)) > most) {
            String oldest = null;
            for (Map.Entry<String, Resident> each : residents.entrySet()) {
                boolean idle = each.getValue().users == 0 && each.getKey().equals(id) == false;
                if (idle && (oldest == null || each.getValue().usedAt - residents.get(oldest).usedAt < 0)) {
                    oldest = each.getKey();
                }
            }
            if (oldest == null) {
                return false;
            }
            residents.remove(oldest);
            gone.add(detach.apply(oldest));
        }
        return true;
    }

    private long others(String id) {
        long bytes = 0;
        for (Map.Entry<String, Resident> each : residents.entrySet()) {
            if (each.getKey().equals(id) == false) {
                bytes = Bounds.plus(bytes, each.getValue().bytes());
            }
        }
        return bytes;
    }

    @SuppressWarnings("WaitNotInLoop") // the caller looks again
    private void await(String id, long deadline) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
            throw new ModelBusyException(
                    "model [" + id + "] finds no room: others that are in use hold all that setting ["
                            + Models.MAX_MEMORY + "] allows; try again");
        }
        try {
            wait(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelBusyException("model [" + id + "] waited for room and was interrupted");
        }
    }

    /** Unloads models that nobody has used for so long. */
    void unloadIdle(long nanos) {
        List<Runnable> gone = new ArrayList<>();
        synchronized (this) {
            long now = nanoTime.getAsLong();
            residents.entrySet().removeIf(each -> {
                Resident resident = each.getValue();
                boolean idle = resident.users == 0 && now - resident.usedAt >= nanos;
                if (idle) {
                    gone.add(detach.apply(each.getKey()));
                }
                return idle;
            });
        }
        gone.forEach(Runnable::run);
    }

    /** What all models hold by estimate. */
    synchronized long bytes() {
        return others("");
    }
}
