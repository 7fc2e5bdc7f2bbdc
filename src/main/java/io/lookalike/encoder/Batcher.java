package io.lookalike.encoder;

import io.lookalike.model.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
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
 * Runs tensors of all requests through one network in batches: those of queries first, then those of documents in their order.
 *
 * <p>A batch starts as soon as a thread is free and one of these holds: it is full; a query is in it; no other picture is being
 * prepared for this network; its first member has waited long enough. What comes while all threads work forms the next batches.
 * A batch that fails is run again one by one, so that a member fails alone. Each thread runs one batch and then lets other
 * networks have their turn. Listeners are told on the threads that run batches and must be quick; each is told in the
 * context of its own request. Thread-safe.
 */
final class Batcher {
    /** A network that takes several inputs of one shape at once. */
    @FunctionalInterface
    interface Network {
        /** One result for each row, in order. */
        List<Tensor> run(float[][] rows);
    }

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

    private final Network network;
    private final int most;
    private final Limits limits;
    private final Executor threads;
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
     * @param most the most rows that the network takes at once
     * @param threads run batches
     * @param context of the threads that submit rows and of those that run batches
     * @param runsAtOnce how many batches may run at a time
     */
    Batcher(
            Network network,
            int most,
            Limits limits,
            Executor threads,
            ThreadContext context,
            int runsAtOnce,
            EncodingStats stats,
            LongSupplier nanoTime) {
        this.network = network;
        this.most = most;
        this.limits = limits;
        this.threads = threads;
        this.context = context;
        this.runsAtOnce = runsAtOnce;
        this.stats = stats;
        this.nanoTime = nanoTime;
    }

    ThreadContext context() {
        return context;
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
        boolean refused;
        boolean start = false;
        lock.lock();
        try {
            expected--;
            refused = closed;
            if (!refused) {
                (ticket.urgency() == Urgency.QUERY ? queries : documents).add(member);
                start = startAnother();
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
        if (refused) {
            member.fail(stopping());
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
        List<Member> left = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            left.addAll(queries);
            left.addAll(documents);
            queries.clear();
            documents.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        left.forEach(member -> member.fail(stopping()));
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
        if (runs < runsAtOnce && waiting > 0 && (!forming || waiting > size())) {
            runs++;
            return true;
        }
        return false;
    }

    private int size() {
        return Math.min(most, limits.size());
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
        threads.execute(new AbstractRunnable() {
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
                close();
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
        List<Tensor> results = null;
        Exception failure = null;
        try {
            results = network.run(batch.stream().map(Member::row).toArray(float[][]::new));
        } catch (Throwable t) { // nothing of a native library may leave as an Error
            failure = Failures.tame("a batch", t);
        }
        stats.ran(batch.size());
        long nanos = nanoTime.getAsLong() - start;
        for (int i = 0; i < batch.size(); i++) {
            stats.took(EncodingStats.Stage.INFERENCE, nanos);
            Member member = batch.get(i);
            if (results != null) {
                member.succeed(results.get(i));
            } else if (batch.size() == 1) {
                member.fail(failure);
            } else {
                alone(member);
            }
        }
    }

    private void alone(Member member) {
        Tensor result;
        try {
            result = network.run(new float[][] {member.row}).getFirst();
        } catch (Throwable t) {
            member.fail(Failures.tame("a picture", t));
            return;
        }
        member.succeed(result);
    }
}
