package io.lookalike.work;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class WorkersTests {
    private static void goOn() {}

    @Test
    void everyTaskRunsOnceInEveryJob() {
        TestWorkers.with(4, workers -> {
            for (int tasks = 0; tasks < 300; tasks++) {
                AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
                workers.each(tasks, WorkersTests::goOn, (task, worker) -> {
                    assertTrue(worker >= 0 && worker < workers.threads());
                    runs.incrementAndGet(task);
                });
                for (int task = 0; task < tasks; task++) {
                    assertEquals(1, runs.get(task));
                }
            }
            return null;
        });
    }

    /** A task of each thread waits for the others, so that all must be at work at once. */
    @Test
    void threadsWorkAtOnceAndWithNumbersOfTheirOwn() {
        int threads = 3;
        AtomicIntegerArray numbers = new AtomicIntegerArray(threads);
        CountDownLatch all = new CountDownLatch(threads);
        TestWorkers.with(threads, workers -> {
            workers.each(threads, WorkersTests::goOn, (task, worker) -> {
                numbers.incrementAndGet(worker);
                all.countDown();
                try {
                    all.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            return null;
        });
        for (int worker = 0; worker < threads; worker++) {
            assertEquals(1, numbers.get(worker));
        }
    }

    @Test
    void theCallerDoesAllWhereNobodyHelps() {
        int[] runs = new int[50];
        try (Workers never = new Workers(3, task -> {});
                Workers refused = new Workers(3, task -> {
                    throw new RejectedExecutionException();
                })) {
            never.each(runs.length, WorkersTests::goOn, (task, worker) -> runs[task]++);
            refused.each(runs.length, WorkersTests::goOn, (task, worker) -> runs[task]++);
        }
        int[] expected = new int[50];
        Arrays.fill(expected, 2);
        assertArrayEquals(expected, runs);
    }

    @Test
    void stopsWhereTheCallerSaysSo() {
        AtomicInteger runs = new AtomicInteger();
        TestWorkers.with(2, workers -> {
            assertThrows(
                    CancellationException.class,
                    () -> workers.each(
                            1_000_000,
                            () -> {
                                if (runs.get() > 10) {
                                    throw new CancellationException();
                                }
                            },
                            (task, worker) -> runs.incrementAndGet()));
            int stopped = runs.get();
            assertTrue(stopped > 10 && stopped < 1_000_000);
            // and can run another job
            workers.each(5, WorkersTests::goOn, (task, worker) -> runs.incrementAndGet());
            assertEquals(stopped + 5, runs.get());
            return null;
        });
    }

    @Test
    void whatATaskThrowsReachesTheCallerFromAnyThread() {
        TestWorkers.with(3, workers -> {
            for (int failing = 0; failing < 40; failing++) {
                int bad = failing;
                Exception e = assertThrows(
                        IllegalStateException.class,
                        () -> workers.each(40, WorkersTests::goOn, (task, worker) -> {
                            if (task == bad) {
                                throw new IllegalStateException("task " + task);
                            }
                        }));
                assertEquals("task " + failing, e.getMessage());
            }
            assertThrows(
                    OutOfMemoryError.class,
                    () -> workers.each(8, WorkersTests::goOn, (task, worker) -> {
                        throw new OutOfMemoryError();
                    }));
            return null;
        });
        Exception e = assertThrows(IllegalArgumentException.class, () -> new Workers(0, Runnable::run));
        assertEquals("[threads] must be at least [1]; got [0]", e.getMessage());
    }
}
