package io.lookalike.inference;

import io.lookalike.model.Stop;
import io.lookalike.model.Tensor;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.rest.RestStatus;

/**
 * Runs one network within a time limit, and sets it aside when it repeatedly exceeds the limit.
 *
 * <p>A network that exceeds the limit for {@value #IN_A_ROW} single pictures in a row is set aside, for a time that
 * doubles with each further one, until a run succeeds. A network that does not stop when told to is set aside at least
 * until it stops. Thread-safe.
 */
final class GuardedNetwork implements TimeLimits.Host {
    /** A network that runs batches and that another thread can stop. */
    @FunctionalInterface
    interface Network {
        /** One result for each row, in order. */
        List<Tensor> run(float[][] rows, Stop stop);
    }

    static final int IN_A_ROW = 3;
    /** How long a network is set aside at first. */
    static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** How often that time doubles, up to about ten minutes. */
    private static final int DOUBLINGS = 6;

    private static final Logger LOGGER = LogManager.getLogger(GuardedNetwork.class);

    private final String name;
    private final Network network;
    private final Lane threads;
    private final TimeLimits timeLimits;
    private final LongSupplier limitNanos;
    private final LongSupplier nanoTime;

    /** Single pictures over the limit since the last success. Written under the monitor, like the fields below. */
    private volatile int inARow;

    private int lost;
    private long asideUntil;
    /** Why it is set aside, until a run succeeds; null when it is not. */
    private String reason;

    /**
     * @param name how messages name the network
     * @param limitNanos read for each run, because the setting may change
     */
    GuardedNetwork(
            String name,
            Network network,
            Lane threads,
            TimeLimits timeLimits,
            LongSupplier limitNanos,
            LongSupplier nanoTime) {
        this.name = name;
        this.network = network;
        this.threads = threads;
        this.timeLimits = timeLimits;
        this.limitNanos = limitNanos;
        this.nanoTime = nanoTime;
    }

    /** The waiting time after a number of failures in a row, at least 1. */
    static long growing(int times) {
        return FIRST_NANOS << Math.min(times - 1, DOUBLINGS);
    }

    /** Runs work on one of the threads for networks. */
    void execute(AbstractRunnable work) {
        threads.execute(work);
    }

    /**
     * Runs rows on the caller's thread, which must be one of those, see {@link TimeLimits#run}. A run over the limit
     * fails with a message for users.
     */
    void run(float[][] rows, ActionListener<List<Tensor>> listener) {
        long limit = limitNanos.getAsLong();
        timeLimits.run("a picture", limit, this, stop -> network.run(rows, stop), new ActionListener<>() {
            @Override
            public void onResponse(List<Tensor> made) {
                ranWell();
                listener.onResponse(made);
            }

            @Override
            public void onFailure(Exception e) {
                boolean tooLong = e instanceof TimeLimits.RanTooLong;
                if (tooLong && rows.length == 1) {
                    ranTooLong(limit);
                }
                listener.onFailure(tooLong ? tooLong(limit) : e);
            }
        });
    }

    private ElasticsearchStatusException tooLong(long limit) {
        ElasticsearchStatusException aside = refusal();
        return aside != null
                ? aside
                : new ElasticsearchStatusException(
                        "{} takes longer than [{}] for this picture, the limit of [{}]; send another picture, or "
                                + "raise the limit",
                        RestStatus.SERVICE_UNAVAILABLE,
                        name,
                        TimeValue.timeValueNanos(limit),
                        LookalikeSettings.INFERENCE_TIMEOUT.getKey());
    }

    private void ranWell() {
        if (inARow == 0) {
            return;
        }
        synchronized (this) {
            if (lost == 0) {
                inARow = 0;
                reason = null;
            }
        }
    }

    private synchronized void ranTooLong(long limit) {
        inARow++;
        if (inARow >= IN_A_ROW && lost == 0) {
            setAside(
                    inARow - IN_A_ROW + 1,
                    "it took longer than [" + TimeValue.timeValueNanos(limit) + "], the limit of ["
                            + LookalikeSettings.INFERENCE_TIMEOUT.getKey() + "], for each of the last [" + inARow
                            + "] pictures");
        }
    }

    @Override
    public void lost() {
        synchronized (this) {
            lost++;
            inARow = Math.max(inARow, IN_A_ROW); // from now on one picture at a time, until a run succeeds
            setAside(
                    inARow - IN_A_ROW + 1,
                    "it took longer than [" + TimeValue.timeValueNanos(limitNanos.getAsLong()) + "], the limit of ["
                            + LookalikeSettings.INFERENCE_TIMEOUT.getKey() + "], and could not be ended");
        }
        threads.lost();
    }

    @Override
    public void found() {
        threads.found();
        synchronized (this) {
            lost--;
            asideUntil = nanoTime.getAsLong() + growing(Math.max(1, inARow - IN_A_ROW + 1));
        }
    }

    private void setAside(int times, String why) {
        if (reason == null) {
            LOGGER.warn("{} is set aside: {}", name, why);
        }
        reason = why;
        asideUntil = nanoTime.getAsLong() + growing(times);
    }

    /** Whether it exceeded the limit and has not succeeded since; then it gets one thread and one picture at a time. */
    boolean isDoubtful() {
        return inARow > 0;
    }

    /** Why it is set aside or on trial after that; null when it runs normally. */
    synchronized String reason() {
        return reason;
    }

    /** The failure for rows while it is set aside; null when it may run. */
    ElasticsearchStatusException refusal() {
        if (inARow == 0) {
            return null;
        }
        synchronized (this) {
            long left = asideUntil - nanoTime.getAsLong();
            if (reason == null || (lost == 0 && left <= 0)) {
                return null;
            }
            return new ElasticsearchStatusException(
                    "{} is set aside on this node: {}; {}, see GET /_lookalike/stats",
                    RestStatus.SERVICE_UNAVAILABLE,
                    name,
                    reason,
                    lost > 0
                            ? "it is tried again once it has ended"
                            : "it is tried again in [" + TimeValue.timeValueNanos(left) + "]");
        }
    }
}
