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
 * Shares a number of threads fairly among lanes, and replaces threads that do not return.
 *
 * <p>A free thread goes to the waiting lane with the fewest threads; a tie goes to the work that has waited longest. So
 * a slow lane leaves threads to others as soon as they need some. Lost work no longer counts, and a spare thread
 * replaces its thread while there are spares. When nothing can run any more, waiting work is refused. Each turn takes a
 * lock and looks at every waiting lane. Thread-safe.
 */
final class FairThreads {
    private final String what;
    private final int atOnce;
    private final int spares;
    private final Executor pool;
    private final Executor sparePool;
    private final ThreadContext context;

    private final Set<FairLane> waiting = new LinkedHashSet<>();
    /** Started work that is not lost. */
    private int running;

    private int lost;
    /** Busy threads of {@link #pool}, lost ones included. */
    private int inPool;

    private long order;

    /**
     * @param what how messages name the threads
     * @param atOnce number of threads, without spares
     * @param spares number of spare threads
     * @param pool has at least {@code atOnce} threads
     * @param sparePool has at least {@code spares} threads
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
     * A new lane to the threads.
     *
     * @param most limit for its threads, lost ones not counted
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

    /** Busy threads, without lost ones. */
    synchronized int running() {
        return running;
    }

    synchronized int lost() {
        return lost;
    }

    private record Job(AbstractRunnable work, FairLane lane, long order) {}

    /** Guarded by the monitor of {@link FairThreads}. */
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

    /** Starts threads for work that may run. */
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

    /** Takes the next work and counts it as running; null when no work waits or none may run. */
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

    /** Runs work on one thread until there is no more. */
    private final class Worker extends AbstractRunnable {
        private final boolean ofPool;
        private Job job;

        /** Needs the monitor. */
        Worker(Job job, boolean ofPool) {
            this.job = job;
            this.ofPool = ofPool;
            if (ofPool) {
                inPool++;
            }
        }

        /** Runs with an empty context, because it works for many requests. */
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
