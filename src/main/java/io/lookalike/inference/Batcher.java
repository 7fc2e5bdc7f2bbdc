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
 * Runs the tensors of all requests through one network in batches: first those of queries, then those of documents,
 * each in order of arrival.
 *
 * <p>A batch starts when a thread is free and one of these is true: it is full; it has a query; no other picture is
 * being prepared for this network; its first member has waited long enough. Tensors that arrive while all threads are
 * busy form the next batches. The members of a failed batch run again one by one, so that only the bad one fails. A
 * batch that does not return fails as a whole, and so do all waiting tensors. A thread runs one batch, then gives other
 * networks their turn. Listeners are called on the threads that run batches and must be quick; each is called in the
 * context of its own request. Thread-safe.
 */
final class Batcher {
    /** Limits of a batch; read whenever one is formed. */
    interface Limits {
        /** At least 1. */
        int size();

        /** How long the first member may wait for others. */
        long waitNanos();
    }

    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Member(float[] row, long since, Ticket ticket, ActionListener<Tensor> listener) {
        void succeed(Tensor made) {
            try {
                listener.onResponse(made);
            } catch (Throwable t) { // the rest of the batch must still be told
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

    private final GuardedNetwork network;
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
    /** Announced rows that have not arrived yet. */
    private int expected;
    /** Threads that run or form a batch, or are about to. */
    private int runs;
    /** Whether a thread waits for more rows. */
    private boolean forming;

    private boolean closed;

    /**
     * @param network runs batches on its own threads
     * @param most limit for the rows in a batch
     * @param context the thread context of the node
     * @param runsAtOnce how many batches may run at the same time
     */
    Batcher(
            GuardedNetwork network,
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

    /** Throws if rows would be refused now, so that none is prepared in vain. */
    void requireServing() {
        RuntimeException refusal = network.refusal();
        if (refusal != null) {
            throw refusal;
        }
    }

    /** Why the network is set aside or on trial after that; null when it runs normally. */
    String asideFor() {
        return network.reason();
    }

    /** Announces a row; {@link #submit} or {@link #withdraw} must follow. */
    void announce() {
        lock.lock();
        try {
            expected++;
        } finally {
            lock.unlock();
        }
    }

    /** Withdraws an announced row. */
    void withdraw() {
        lock.lock();
        try {
            expected--;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Queues an announced row. The listener is called in the caller's context. */
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

    /** Waiting rows. */
    int waiting() {
        lock.lock();
        try {
            return queries.size() + documents.size();
        } finally {
            lock.unlock();
        }
    }

    /** Fails all waiting and future rows. */
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

    /** Fails rows that have waited too long or were cancelled; to be called from time to time. */
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

    /** Whether the caller must start a thread, which is already counted. Needs the lock. */
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

    /** A batch belongs to several requests, so its thread has an empty context. */
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

    /** If rows are left, the thread queues again, so that each network has its turn. */
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

    /** Waits until a batch is ready and takes it; empty if other threads took all rows. */
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
     * Runs members one by one. The thread that takes a member from the queue calls its listener; that is another thread
     * when a run does not return.
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
