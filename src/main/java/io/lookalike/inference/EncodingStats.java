package io.lookalike.inference;

import io.lookalike.encoder.EncoderConfig;
import io.lookalike.image.ImageException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;

/**
 * Statistics of pictures since the node started: the time of each stage, the sizes of batches, and the outcomes.
 *
 * <p>Histograms have buckets of powers of two, in microseconds for times. Recording allocates nothing and takes no
 * lock. Thread-safe, but figures read during recording may be from different moments.
 */
final class EncodingStats {
    /** The stages of a picture, in order. */
    enum Stage {
        DECODE,
        PREPROCESS,
        /** From the finished tensor to the start of its batch. */
        WAIT,
        /** The run of the picture's whole batch. */
        INFERENCE
    }

    /** How a picture ends. */
    enum Outcome {
        OK,
        /** It waited too long, or too many bytes were waiting. */
        REJECTED,
        /** The bytes cannot be decoded, or the picture is too large. */
        UNDECODABLE,
        /** Another fault of the document or the request. */
        REFUSED,
        /** A fault of the node. */
        BROKEN;

        static Outcome of(Exception failure) {
            if (failure instanceof EsRejectedExecutionException || failure instanceof CircuitBreakingException) {
                return REJECTED;
            }
            if (failure instanceof ImageException) {
                return UNDECODABLE;
            }
            return ExceptionsHelper.status(failure).getStatus() < 500 ? REFUSED : BROKEN;
        }
    }

    /** Counts of values by power of two, and their sum. */
    static final class Histogram {
        static final int BUCKETS = 32;

        private final LongAdder[] counts = new LongAdder[BUCKETS];
        private final LongAdder sum = new LongAdder();

        private Histogram() {
            for (int i = 0; i < BUCKETS; i++) {
                counts[i] = new LongAdder();
            }
        }

        /**
         * Bucket 0 counts 0, bucket {@code i} counts {@code 2^(i-1)} to {@code 2^i - 1}, the last one also all above.
         */
        void add(long value) {
            counts[Math.min(BUCKETS - 1, Long.SIZE - Long.numberOfLeadingZeros(Math.max(0, value)))].increment();
            sum.add(value);
        }

        long[] counts() {
            long[] values = new long[BUCKETS];
            for (int i = 0; i < BUCKETS; i++) {
                values[i] = counts[i].sum();
            }
            return values;
        }

        long sum() {
            return sum.sum();
        }

        /** Non-empty buckets, each with its greatest value. */
        private Map<String, Object> toMap(String sumName, String unit) {
            long all = 0;
            List<Object> buckets = new ArrayList<>();
            long[] values = counts();
            for (int i = 0; i < BUCKETS; i++) {
                all += values[i];
                if (values[i] > 0) {
                    Map<String, Object> bucket = new LinkedHashMap<>();
                    bucket.put("up_to_" + unit, (1L << i) - 1);
                    bucket.put("count", values[i]);
                    buckets.add(bucket);
                }
            }
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("count", all);
            map.put(sumName, sum());
            map.put("histogram", buckets);
            return map;
        }
    }

    private final Map<Stage, Histogram> micros = new EnumMap<>(Stage.class);
    private final Map<Outcome, LongAdder> outcomes = new EnumMap<>(Outcome.class);
    private final Histogram batchSizes = new Histogram();
    private final LongAdder repaired = new LongAdder();

    EncodingStats() {
        for (Stage stage : Stage.values()) {
            micros.put(stage, new Histogram());
        }
        for (Outcome outcome : Outcome.values()) {
            outcomes.put(outcome, new LongAdder());
        }
    }

    void took(Stage stage, long nanos) {
        micros.get(stage).add(TimeUnit.NANOSECONDS.toMicros(nanos));
    }

    void ran(int batchSize) {
        batchSizes.add(batchSize);
    }

    /** Counts a picture whose damaged file was repaired; its outcome is counted as well. */
    void repaired() {
        repaired.increment();
    }

    void ended(Outcome outcome) {
        outcomes.get(outcome).increment();
    }

    Histogram micros(Stage stage) {
        return micros.get(stage);
    }

    Histogram batchSizes() {
        return batchSizes;
    }

    long count(Outcome outcome) {
        return outcomes.get(outcome).sum();
    }

    /** All figures as a JSON object. */
    Map<String, Object> toMap() {
        Map<String, Object> pictures = new LinkedHashMap<>();
        outcomes.forEach((outcome, count) -> pictures.put(EncoderConfig.lower(outcome), count.sum()));
        pictures.put("repaired", repaired.sum());
        Map<String, Object> times = new LinkedHashMap<>();
        micros.forEach(
                (stage, histogram) -> times.put(EncoderConfig.lower(stage), histogram.toMap("total_micros", "micros")));
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("pictures", pictures);
        map.put("time", times);
        map.put("batches", batchSizes.toMap("pictures", "size"));
        return map;
    }
}
