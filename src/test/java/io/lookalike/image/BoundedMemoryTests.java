package io.lookalike.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BoundedMemoryTests {
    private final BoundedMemory memory = new BoundedMemory(10, UnmeteredMemory.METER);

    /** Counts how often it is asked, which a thread in line does. */
    private static class Watched implements BoundedMemory.Patience {
        final CountDownLatch waits = new CountDownLatch(1);
        final AtomicBoolean over = new AtomicBoolean();

        @Override
        public long leftNanos() {
            if (over.get()) {
                throw new IllegalStateException("over");
            }
            waits.countDown();
            return Long.MAX_VALUE;
        }

        @Override
        public RuntimeException refusal(String why) {
            return new IllegalStateException(why);
        }
    }

    private CompletableFuture<Void> waiting(long bytes, long held, Watched patience) throws InterruptedException {
        CompletableFuture<Void> thread = CompletableFuture.runAsync(
                () -> memory.acquire(bytes, held, patience), task -> new Thread(task).start());
        patience.waits.await();
        return thread;
    }

    @Test
    void threadsWaitInLine() throws InterruptedException {
        memory.acquire(6, 0, UnmeteredMemory.ENDLESS);
        CompletableFuture<Void> large = waiting(8, 0, new Watched());
        // would fit, and yet goes behind the one that came before
        CompletableFuture<Void> small = waiting(1, 0, new Watched());
        assertEquals(6, memory.held());
        assertFalse(small.isDone());
        memory.release(6, 0);
        large.join();
        small.join();
        assertEquals(9, memory.held());
    }

    @Test
    void whoGivesUpLetsTheNextOn() throws InterruptedException {
        memory.acquire(6, 0, UnmeteredMemory.ENDLESS);
        Watched impatient = new Watched();
        CompletableFuture<Void> large = waiting(8, 0, impatient);
        CompletableFuture<Void> small = waiting(4, 0, new Watched());
        impatient.over.set(true);
        assertEquals(
                "over",
                assertThrows(CompletionException.class, large::join).getCause().getMessage());
        small.join();
        assertEquals(10, memory.held());
    }

    @Test
    void aWaitingThreadCanBeInterrupted() throws Exception {
        memory.acquire(10, 0, UnmeteredMemory.ENDLESS);
        Watched patience = new Watched();
        List<Object> ends = Collections.synchronizedList(new ArrayList<>());
        Thread thread = new Thread(() -> {
            try {
                memory.acquire(1, 0, patience);
            } catch (RuntimeException e) {
                ends.add(e);
                ends.add(Thread.currentThread().isInterrupted());
            }
        });
        thread.start();
        patience.waits.await();
        thread.interrupt();
        thread.join();
        assertInstanceOf(IllegalStateException.class, ends.getFirst());
        assertEquals(true, ends.getLast());
        memory.release(10, 0);
        assertEquals(0, memory.held());
    }

    @Test
    void holdersThatAllWantMoreDoNotWaitForEachOther() throws InterruptedException {
        memory.acquire(4, 0, UnmeteredMemory.ENDLESS);
        memory.acquire(4, 0, UnmeteredMemory.ENDLESS);
        CompletableFuture<Void> first = waiting(4, 4, new Watched());
        Exception e = assertThrows(IllegalStateException.class, () -> memory.acquire(4, 4, new Watched()));
        assertEquals("all that hold memory wait for more of it", e.getMessage());
        // the one that was refused gives back what it holds
        memory.release(4, 0);
        first.join();
        assertEquals(8, memory.held());
    }

    @Test
    void whoIsDoneLeavesNobodyWaitingForEachOther() throws InterruptedException {
        memory.acquire(4, 0, UnmeteredMemory.ENDLESS);
        memory.acquire(4, 0, UnmeteredMemory.ENDLESS);
        memory.acquire(1, 0, UnmeteredMemory.ENDLESS);
        CompletableFuture<Void> first = waiting(6, 4, new Watched());
        CompletableFuture<Void> second = waiting(6, 4, new Watched());
        memory.release(1, 0);
        // one is refused, and gives back what it holds
        CompletableFuture.anyOf(first, second).exceptionally(e -> null).join();
        assertTrue(first.isCompletedExceptionally() ^ second.isCompletedExceptionally());
        memory.release(4, 0);
        (first.isCompletedExceptionally() ? second : first).join();
        assertEquals(10, memory.held());
    }

    @Test
    void aHolderGoesBeforeThoseWhoHoldNothing() throws InterruptedException {
        memory.acquire(4, 0, UnmeteredMemory.ENDLESS);
        memory.acquire(4, 0, UnmeteredMemory.ENDLESS);
        CompletableFuture<Void> stranger = waiting(6, 0, new Watched());
        memory.acquire(2, 4, UnmeteredMemory.ENDLESS);
        CompletableFuture<Void> holder = waiting(3, 6, new Watched());
        memory.release(4, 0);
        holder.join();
        assertFalse(stranger.isDone());
        memory.release(9, 0);
        stranger.join();
        assertEquals(6, memory.held());
    }

    @Test
    void whatTheMeterRefusesIsNotHeld() {
        AtomicInteger metered = new AtomicInteger();
        BoundedMemory refused = new BoundedMemory(10, new PixelMemory.Meter() {
            @Override
            public void hold(long bytes) {
                if (bytes > 5) {
                    throw new IllegalStateException("too much");
                }
                metered.addAndGet((int) bytes);
            }

            @Override
            public void release(long bytes) {
                metered.addAndGet((int) -bytes);
            }
        });
        assertThrows(IllegalStateException.class, () -> refused.acquire(6, 0, UnmeteredMemory.ENDLESS));
        assertEquals(0, refused.held());
        refused.acquire(5, 0, UnmeteredMemory.ENDLESS);
        assertEquals(5, metered.get());
        refused.release(5, 0);
        assertEquals(0, metered.get());
    }

    @Test
    @Timeout(60)
    void nothingIsLostAmongManyThreads() {
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        AtomicInteger refused = new AtomicInteger();
        for (int t = 0; t < 6; t++) {
            int bytes = 1 + t;
            threads.add(CompletableFuture.runAsync(
                    () -> {
                        for (int i = 0; i < 2000; i++) {
                            memory.acquire(bytes, 0, UnmeteredMemory.ENDLESS);
                            long held = bytes;
                            try {
                                memory.acquire(2, held, UnmeteredMemory.ENDLESS);
                                held += 2;
                            } catch (IllegalStateException e) {
                                refused.incrementAndGet();
                            }
                            memory.release(held, 0);
                        }
                    },
                    task -> new Thread(task).start()));
        }
        threads.forEach(CompletableFuture::join);
        assertEquals(0, memory.held());
        assertTrue(refused.get() < 12_000);
    }
}
