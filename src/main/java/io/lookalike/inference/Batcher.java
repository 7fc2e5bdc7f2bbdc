package io.lookalike.inference;

import io.lookalike.model.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.logging.LogManager;
import org.elasticsearch.logging.Logger;

/**
 * Runs tensors of all requests through one network in batches: those of queries first, then those of documents in their
 * order.
 *
 * <p>A batch starts as soon as a thread is free and one of these holds: it is full; a query is in it; no other picture
 * is being prepared for this network; its first member has waited long enough. What comes while all threads work forms
 * the next batches. A batch that fails is run again one by one, so that a member fails alone; one that does not end
 * fails whole, with all that waits. Each thread runs one batch and then lets other networks have their turn. Listeners
 * are told on the threads that run batches and must be quick; each is told in the context of its own request.
 * Thread-safe.
 */
final class Batcher {
    /** What a batch may be; read whenever one is made up. */
    interface Limits {
        /** At least 1. */
        int size();

        /** How long the first of a batch may wait for others. */
        long waitNanos();
    }

    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Member(float[] row, long since, Ticket ticket, ActionListener<Tensor> listener) {
        void succeed(Tensor made) {
            try {
                listener.onResponse(made);
            } catch (Throwable t) { // must not keep the rest of its batch from being told
                fail(Failures.tame("a picture", t));
            }
        }

        void fail(Exception e) {
            try {
                listener.onFailure(e);
            } catch (Throwable t) {
                LOGGER.warn("the failure of a picture could not be told", Failures.tame("a picture", t));
            }
        }
    }

    private static final Logger LOGGER = LogManager.getLogger(Batcher.class);

    private final NetworkRuns network;
    private final int most;
    private final Limits limits;
    private final ThreadContext context;
    private final int runsAtOnce;
    private final EncodingStats stats;
    private final LongSupplier nanoTime;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Member> queries = new ArrayDeque<>();
    private final Deque<Member> documents = new ArrayDeque<>();
    /** Pictures that were announced and have not come yet. */
    private int expected;
    /** Threads that run a batch, make one up or are about to. */
    private int runs;
    /** Whether a thread waits for its batch to become larger. */
    private boolean forming;

    private boolean closed;

    /**
     * @param network runs batches, and has the threads for it
     * @param most the most rows that the network takes at once
     * @param context of the threads that submit rows and of those that run batches
     * @param runsAtOnce how many batches may run at a time
     */
    Batcher(
            NetworkRuns network,
            int most,
            Limits limits,
            ThreadContext context,
            int runsAtOnce,
            EncodingStats stats,
            LongSupplier nanoTime) {
        this.network = network;
        this.most = most;
        this.limits = limits;
        this.context = context;
        this.runsAtOnce = runsAtOnce;
        this.stats = stats;
        this.nanoTime = nanoTime;
    }

    ThreadContext context() {
        return context;
    }

    /** Throws what rows would be refused with now, so that none is made for nothing. */
    void requireServing() {
        RuntimeException refusal = network.refusal();
        if (refusal != null) {
            throw refusal;
        }
    }

    /** Why the network is set aside, or is to be tried again after that; null where it is not. */
    String asideFor() {
        return network.reason();
    }

    /** Says that a row is being made, which {@link #submit} or {@link #withdraw} must follow. */
    void announce() {
        lock.lock();
        try {
            expected++;
        } finally {
            lock.unlock();
        }
    }

    /** Says that an announced row does not come. */
    void withdraw() {
        lock.lock();
        try {
            expected--;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Queues an announced row. The listener is told in the caller's context. */
    void submit(float[] row, Ticket ticket, ActionListener<Tensor> listener) {
        Member member = new Member(row, nanoTime.getAsLong(), ticket, OwnContext.keep(context, listener));
        RuntimeException refusal;
        boolean start = false;
        lock.lock();
        try {
            expected--;
            refusal = closed ? stopping() : network.refusal();
            if (refusal == null) {
                (ticket.urgency() == Urgency.QUERY ? queries : documents).add(member);
                start = startAnother();
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            member.fail(refusal);
        } else if (start) {
            start();
        }
    }

    /** Rows that wait. */
    int waiting() {
        lock.lock();
        try {
            return queries.size() + documents.size();
        } finally {
            lock.unlock();
        }
    }

    /** Fails what waits and all that comes later. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        failWaiting(stopping());
    }

    private void failWaiting(Exception failure) {
        List<Member> left = new ArrayList<>();
        lock.lock();
        try {
            left.addAll(queries);
            left.addAll(documents);
            queries.clear();
            documents.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        left.forEach(member -> member.fail(failure));
    }

    /** Fails what has waited too long, and what was cancelled; to be called from time to time. */
    void sweep() {
        Map<Member, RuntimeException> left = new LinkedHashMap<>();
        lock.lock();
        try {
            for (Deque<Member> line : List.of(queries, documents)) {
                line.removeIf(member -> {
                    RuntimeException over = member.ticket.over("for its model");
                    return over != null && left.put(member, over) == null;
                });
            }
        } finally {
            lock.unlock();
        }
        left.forEach(Member::fail);
    }

    private static EsRejectedExecutionException stopping() {
        return new EsRejectedExecutionException("the node is stopping; send it again to another one", true);
    }

    /** Whether the caller, who holds the lock, is to start a thread, which is counted already. */
    private boolean startAnother() {
        int waiting = queries.size() + documents.size();
        if (runs < (network.isDoubtful() ? 1 : runsAtOnce) && waiting > 0 && (!forming || waiting > size())) {
            runs++;
            return true;
        }
        return false;
    }

    private int size() {
        return network.isDoubtful() ? 1 : Math.min(most, limits.size());
    }

    /** A batch belongs to no request: its thread has nobody's context. */
    private void start() {
        ThreadContext.StoredContext callers = context.newEmptyContext();
        try {
            run();
        } finally {
            callers.restore();
        }
    }

    private void run() {
        network.execute(new AbstractRunnable() {
            @Override
            protected void doRun() {
                List<Member> batch = next();
                try {
                    execute(batch);
                } finally {
                    done();
                }
            }

            @Override
            public void onFailure(Exception e) {
                throw new IllegalStateException("a batch does not fail as such", e);
            }

            @Override
            public void onRejection(Exception e) {
                lock.lock();
                try {
                    runs--;
                    closed |= e instanceof EsRejectedExecutionException refused && refused.isExecutorShutdown();
                } finally {
                    lock.unlock();
                }
                failWaiting(e);
            }
        });
    }

    /** The thread goes on to the end of the line if there is more, so that each network has its turn. */
    private void done() {
        boolean start;
        lock.lock();
        try {
            runs--;
            start = startAnother();
        } finally {
            lock.unlock();
        }
        if (start) {
            start();
        }
    }

    /** Waits until a batch is worth running and takes it; empty where others took all. */
    private List<Member> next() {
        List<Member> batch = new ArrayList<>();
        boolean start = false;
        lock.lock();
        try {
            if (!forming) {
                forming = true;
                try {
                    await();
                } finally {
                    forming = false;
                }
            }
            int size = size();
            while (batch.size() < size && !(queries.isEmpty() && documents.isEmpty())) {
                batch.add(queries.isEmpty() ? documents.remove() : queries.remove());
            }
            start = startAnother();
        } finally {
            lock.unlock();
        }
        if (start) {
            start();
        }
        return batch;
    }

    private void await() {
        while (expected > 0 && queries.isEmpty() && !documents.isEmpty() && documents.size() < size()) {
            long left = limits.waitNanos() - (nanoTime.getAsLong() - documents.peek().since);
            if (left <= 0) {
                return;
            }
            try {
                changed.awaitNanos(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the pool is stopping
                return;
            }
        }
    }

    private void execute(List<Member> batch) {
        if (batch.isEmpty()) {
            return;
        }
        long start = nanoTime.getAsLong();
        batch.forEach(member -> stats.took(EncodingStats.Stage.WAIT, start - member.since));
        network.run(batch.stream().map(Member::row).toArray(float[][]::new), new ActionListener<>() {
            @Override
            public void onResponse(List<Tensor> results) {
                ran();
                for (int i = 0; i < batch.size(); i++) {
                    batch.get(i).succeed(results.get(i));
                }
            }

            @Override
            public void onFailure(Exception e) {
                ran();
                RuntimeException refusal = network.refusal();
                if (refusal != null) {
                    batch.forEach(member -> member.fail(refusal));
                    failWaiting(refusal);
                } else if (batch.size() == 1) {
                    batch.getFirst().fail(e);
                } else {
                    alone(new ConcurrentLinkedQueue<>(batch));
                }
            }

            private void ran() {
                stats.ran(batch.size());
                long nanos = nanoTime.getAsLong() - start;
                batch.forEach(member -> stats.took(EncodingStats.Stage.INFERENCE, nanos));
            }
        });
    }

    /**
     * Runs members one by one. Whoever takes one from the queue tells it: this thread, or another one where this does
     * not come back from a run.
     */
    private void alone(Queue<Member> left) {
        for (Member next = left.poll(); next != null; next = left.poll()) {
            Member member = next;
            network.run(new float[][] {member.row}, new ActionListener<>() {
                @Override
                public void onResponse(List<Tensor> results) {
                    member.succeed(results.getFirst());
                }

                @Override
                public void onFailure(Exception e) {
                    member.fail(e);
                    RuntimeException refusal = network.refusal();
                    if (refusal != null) {
                        for (Member other = left.poll(); other != null; other = left.poll()) {
                            other.fail(refusal);
                        }
                        failWaiting(refusal);
                    }
                }
            });
        }
    }
}
