package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lookalike.TestLogging;
import java.util.Map;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.junit.jupiter.api.Test;

class EncodingStatsTests {
    static {
        TestLogging.start();
    }

    private final EncodingStats stats = new EncodingStats();

    @Test
    void testTimesAreCountedByPowersOfTwo() {
        for (long micros : new long[] {0, 1, 2, 3, 4, 1023, 1024, -5, Long.MAX_VALUE / 1000}) {
            stats.took(EncodingStats.Stage.DECODE, 1000 * micros);
        }
        long[] expected = new long[EncodingStats.Histogram.BUCKETS];
        Map.of(0, 2, 1, 1, 2, 2, 3, 1, 10, 1, 11, 1, EncodingStats.Histogram.BUCKETS - 1, 1)
                .forEach((bucket, count) -> expected[bucket] = count);
        assertArrayEquals(expected, stats.micros(EncodingStats.Stage.DECODE).counts());
        assertEquals(0, stats.micros(EncodingStats.Stage.WAIT).sum());
    }

    @Test
    void testPicturesAreCountedByTheirEnd() {
        Map<EncodingStats.Outcome, Exception> failures = Map.of(
                EncodingStats.Outcome.REJECTED, new EsRejectedExecutionException("full"),
                EncodingStats.Outcome.REFUSED, new IllegalArgumentException("broken JPEG"),
                EncodingStats.Outcome.BROKEN, new ElasticsearchException("no idea"));
        failures.forEach((outcome, failure) -> {
            assertEquals(outcome, EncodingStats.Outcome.of(failure));
            stats.ended(outcome);
            assertEquals(1, stats.count(outcome));
        });
        assertEquals(
                EncodingStats.Outcome.REFUSED, EncodingStats.Outcome.of(new ResourceNotFoundException("no encoder")));
        assertEquals(0, stats.count(EncodingStats.Outcome.OK));
    }
}
