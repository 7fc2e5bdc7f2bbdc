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
 * Loads models and tries them out, within a limit of time, on threads that have nothing else to do.
 *
 * <p>Those who wait are told, and hold no thread. Each model has one thread at a time; one that could not be ended gets
 * no other while it goes on. Thread-safe.
 */
final class Loading {
    private final FairThreads threads;
    private final Watch watch;
    private final LongSupplier limitNanos;
    private final Map<String, OneModel> models = new ConcurrentHashMap<>();

    /** @param limitNanos asked each time, since the setting may change */
    Loading(FairThreads threads, Watch watch, LongSupplier limitNanos) {
        this.threads = threads;
        this.watch = watch;
        this.limitNanos = limitNanos;
    }

    /** What those are told who use an encoder whose model takes too long. */
    static Exception unavailable(String why) {
        return new ElasticsearchStatusException(why, RestStatus.SERVICE_UNAVAILABLE);
    }

    /** How long one piece of work may take, with the time for ending it. */
    long mostNanos() {
        return limitNanos.getAsLong() + 2 * Watch.GRACE_NANOS;
    }

    /**
     * Works with a model on another thread.
     *
     * @param what how messages name what is made of it
     * @param tooLong makes a failure of the words for a model that takes too long
     * @param listener is told in whatever context
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
                    watch.run(
                            what,
                            limit,
                            one,
                            work,
                            once.delegateResponse((next, e) -> next.onFailure(
                                    e instanceof Watch.RanTooLong
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

    /** Models that are being loaded or tried now, without those that do not end. */
    int running() {
        return threads.running();
    }

    /** Pieces of work that go on past their limit. */
    int lost() {
        return threads.lost();
    }

    /** Models whose loading or trial goes on past its limit, and why. */
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

    /** Where the work with one model is done, while there is any. */
    private final class OneModel implements Watch.Host {
        private final String model;
        private final Lane lane = threads.lane(1);
        /** Guarded by the map's entry. */
        private int users;
        /** Pieces of work that do not end; guarded by this. */
        private int lost;
        /** Why no other work begins; null where it may. */
        private volatile String why;

        OneModel(String model) {
            this.model = model;
        }

        void leave() {
            models.compute(model, (name, known) -> --users == 0 ? null : known);
        }

        String why(long limit, boolean goesOn) {
            return "model [" + model + "] takes longer than [" + TimeValue.timeValueNanos(limit) + "], the limit of ["
                    + InferenceSettings.START_TIMEOUT.getKey() + "], to be loaded and tried"
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
