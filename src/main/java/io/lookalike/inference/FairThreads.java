package io.lookalike.inference;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.rest.RestStatus;

/**
 * Gives a number of threads to lanes in turn, and replaces threads that do not come back.
 *
 * <p>A thread that comes free goes to the lane that has the fewest; among those, to whose work has waited longest. So
 * one lane whose work takes long leaves threads to others as soon as they want some. Work that is lost counts no
 * longer, and a spare thread takes its place, while there are any; when nothing can run any more, what waits is
 * refused. A turn costs a lock and a look at each lane that waits. Thread-safe.
 */
final class FairThreads {
    private final String what;
    private final int atOnce;
    private final int spares;
    private final Executor pool;
    private final Executor sparePool;
    private final ThreadContext context;

    private final Set<FairLane> waiting = new LinkedHashSet<>();
    /** Pieces of work that were started and are not lost. */
    private int running;

    private int lost;
    /** Threads of {@link #pool} that work, lost ones included. */
    private int inPool;

    private long order;

    /**
     * @param what how messages name the threads
     * @param atOnce how many pieces of work run at once, if none is lost
     * @param spares how many lost ones are replaced
     * @param pool has {@code atOnce} threads at least
     * @param sparePool has {@code spares} threads at least
     */
    FairThreads(String what, int atOnce, int spares, Executor pool, Executor sparePool, ThreadContext context) {
        this.what = what;
        this.atOnce = atOnce;
        this.spares = spares;
        this.pool = pool;
        this.sparePool = sparePool;
        this.context = context;
    }

    /**
     * A way to the threads.
     *
     * @param most how many of them it has at once at most, lost ones not counted
     */
    Lane lane(int most) {
        return new FairLane(most);
    }

    int atOnce() {
        return atOnce;
    }

    int spares() {
        return spares;
    }

    /** Threads that work and are not lost. */
    synchronized int running() {
        return running;
    }

    synchronized int lost() {
        return lost;
    }

    private record Job(AbstractRunnable work, FairLane lane, long order) {}

    /** Counts are guarded by the monitor of the threads. */
    private final class FairLane implements Lane {
        private final Deque<Job> jobs = new ArrayDeque<>();
        private final int most;
        private int runs;

        FairLane(int most) {
            this.most = most;
        }

        @Override
        public void execute(AbstractRunnable work) {
            synchronized (FairThreads.this) {
                jobs.add(new Job(work, this, order++));
                waiting.add(this);
            }
            dispatch();
        }

        @Override
        public void lost() {
            count(-1);
            dispatch();
        }

        @Override
        public void found() {
            count(1);
        }

        private boolean isBefore(FairLane other) {
            return runs < other.runs || (runs == other.runs && jobs.peek().order < other.jobs.peek().order);
        }

        private void count(int back) {
            synchronized (FairThreads.this) {
                runs += back;
                running += back;
                lost -= back;
            }
        }
    }

    /** Starts threads for what may run. */
    private void dispatch() {
        while (true) {
            Worker worker;
            List<Job> refused;
            synchronized (this) {
                refused = running == 0 && lost >= atOnce + spares ? drain() : List.of();
                Job job = next();
                worker = job == null ? null : new Worker(job, inPool < atOnce);
            }
            refused.forEach(job -> job.work.onRejection(exhausted()));
            if (worker == null) {
                return;
            }
            worker.start();
        }
    }

    private ElasticsearchStatusException exhausted() {
        return new ElasticsearchStatusException(
                "all [{}] threads of {} are held by models that do not end; see [set_aside] in GET "
                        + "/_lookalike/stats, take those models out and restart the node",
                RestStatus.SERVICE_UNAVAILABLE,
                atOnce + spares,
                what);
    }

    private List<Job> drain() {
        List<Job> all = new ArrayList<>();
        waiting.forEach(lane -> {
            all.addAll(lane.jobs);
            lane.jobs.clear();
        });
        waiting.clear();
        return all;
    }

    /** What is to run next, which is counted as running; null where nothing waits or nothing may run. */
    private Job next() {
        if (running >= atOnce || running + lost >= atOnce + spares) {
            return null;
        }
        FairLane best = null;
        for (FairLane lane : waiting) {
            if (lane.runs < lane.most && (best == null || lane.isBefore(best))) {
                best = lane;
            }
        }
        if (best == null) {
            return null;
        }
        Job job = best.jobs.remove();
        if (best.jobs.isEmpty()) {
            waiting.remove(best);
        }
        best.runs++;
        running++;
        return job;
    }

    private synchronized void ended(Job job) {
        job.lane.runs--;
        running--;
    }

    /** One thread's stay: it does one piece of work after the other while there is any for it. */
    private final class Worker extends AbstractRunnable {
        private final boolean ofPool;
        private Job job;

        /** The caller holds the monitor. */
        Worker(Job job, boolean ofPool) {
            this.job = job;
            this.ofPool = ofPool;
            if (ofPool) {
                inPool++;
            }
        }

        /** Works for many requests, so in the context of none. */
        void start() {
            ThreadContext.StoredContext callers = context.newEmptyContext();
            try {
                (ofPool ? pool : sparePool).execute(this);
            } finally {
                callers.restore();
            }
        }

        @Override
        protected void doRun() {
            try {
                while (job != null) {
                    job.work.run();
                    synchronized (FairThreads.this) {
                        ended(job);
                        job = next();
                    }
                }
            } finally {
                leave();
            }
        }

        private void leave() {
            synchronized (FairThreads.this) {
                if (job != null) { // it threw
                    ended(job);
                    job = null;
                }
                if (ofPool) {
                    inPool--;
                }
            }
            dispatch();
        }

        @Override
        public void onFailure(Exception e) {
            throw new IllegalStateException("work on " + what + " does not fail as such", e);
        }

        @Override
        public void onRejection(Exception e) {
            Job refused = job;
            synchronized (FairThreads.this) {
                ended(refused);
                job = null;
                if (ofPool) {
                    inPool--;
                }
            }
            refused.work.onRejection(e);
        }
    }
}
