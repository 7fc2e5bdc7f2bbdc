package io.lookalike.inference;

import io.lookalike.model.Stop;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.rest.RestStatus;

/**
 * Loads and tries models within a time limit, on generic threads.
 *
 * <p>Callers wait without a thread. Each model has one thread at a time; while its work does not end, it gets no other.
 * Thread-safe.
 */
final class Loading {
    private final FairThreads threads;
    private final TimeLimits timeLimits;
    private final LongSupplier limitNanos;
    private final Map<String, OneModel> models = new ConcurrentHashMap<>();

    /** @param limitNanos read for each run, because the setting may change */
    Loading(FairThreads threads, TimeLimits timeLimits, LongSupplier limitNanos) {
        this.threads = threads;
        this.timeLimits = timeLimits;
        this.limitNanos = limitNanos;
    }

    /** The failure for users of an encoder whose model takes too long (503). */
    static Exception unavailable(String why) {
        return new ElasticsearchStatusException(why, RestStatus.SERVICE_UNAVAILABLE);
    }

    /** The limit for one run, with the time to stop it. */
    long mostNanos() {
        return limitNanos.getAsLong() + 2 * TimeLimits.GRACE_NANOS;
    }

    /**
     * Runs work with a model on another thread.
     *
     * @param what how messages name the result, such as {@code encoder [products]}
     * @param tooLong makes the exception for a model that takes too long, from its message
     * @param listener called in any context
     */
    <T> void run(
            String model,
            String what,
            Function<Stop, T> work,
            Function<String, Exception> tooLong,
            ActionListener<T> listener) {
        ActionListener<T> once = ActionListener.notifyOnce(listener);
        OneModel one = models.compute(model, (name, known) -> {
            OneModel used = known == null ? new OneModel(name) : known;
            used.users++;
            return used;
        });
        one.lane.execute(new AbstractRunnable() {
            @Override
            protected void doRun() {
                String why = one.why;
                if (why != null) {
                    one.leave();
                    once.onFailure(tooLong.apply(why));
                    return;
                }
                long limit = limitNanos.getAsLong();
                try {
                    timeLimits.run(
                            what,
                            limit,
                            one,
                            work,
                            once.delegateResponse((next, e) -> next.onFailure(
                                    e instanceof TimeLimits.RanTooLong
                                            ? tooLong.apply(one.why(limit, one.why != null))
                                            : e)));
                } finally {
                    one.leave();
                }
            }

            @Override
            public void onFailure(Exception e) {
                once.onFailure(e);
            }

            @Override
            public void onRejection(Exception e) {
                one.leave();
                once.onFailure(e);
            }
        });
    }

    /** Models that are being loaded or tried, without those whose work does not end. */
    int running() {
        return threads.running();
    }

    /** Runs that go on after their limit. */
    int lost() {
        return threads.lost();
    }

    /** Models whose work goes on after its limit, and why. */
    Map<String, String> endless() {
        Map<String, String> endless = new TreeMap<>();
        models.forEach((model, one) -> {
            String why = one.why;
            if (why != null) {
                endless.put(model, why);
            }
        });
        return endless;
    }

    /** The lane of one model, while there is work for it. */
    private final class OneModel implements TimeLimits.Host {
        private final String model;
        private final Lane lane = threads.lane(1);
        /** Guarded by the entry of {@link #models}. */
        private int users;
        /** Runs that do not end; guarded by this. */
        private int lost;
        /** Why no other work may begin; null when it may. */
        private volatile String why;

        OneModel(String model) {
            this.model = model;
        }

        void leave() {
            models.compute(model, (name, known) -> --users == 0 ? null : known);
        }

        String why(long limit, boolean goesOn) {
            return "model [" + model + "] takes longer than [" + TimeValue.timeValueNanos(limit) + "], the limit of ["
                    + LookalikeSettings.START_TIMEOUT.getKey() + "], to be loaded and tried"
                    + (goesOn ? ", and goes on" : "")
                    + "; export it without what takes so long, give it smaller pictures, or raise the limit";
        }

        @Override
        public void lost() {
            synchronized (this) {
                lost++;
                why = why(limitNanos.getAsLong(), true);
            }
            lane.lost();
        }

        @Override
        public void found() {
            lane.found();
            synchronized (this) {
                lost--;
                if (lost == 0) {
                    why = null;
                }
            }
        }
    }
}
