package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TensorMemoryTests {
    @Test
    void testThreadsWaitUntilThereIsRoom() throws InterruptedException {
        TensorMemory memory = new TensorMemory(10 << 10, new PictureBreaker());
        int first = memory.reserve(6 << 10);
        assertEquals(6, first);
        CountDownLatch started = new CountDownLatch(1);
        CompletableFuture<Integer> second = CompletableFuture.supplyAsync(() -> {
            started.countDown();
            return memory.reserve(5 << 10);
        });
        started.await();
        assertFalse(second.isDone());
        memory.release(first);
        assertEquals(5, second.join());
    }

    @Test
    void testOneMayAlwaysBeMade() {
        TensorMemory memory = new TensorMemory(10 << 10, new PictureBreaker());
        int held = memory.reserve(1L << 40);
        assertEquals(10, held);
        memory.release(held);
        assertEquals(1, memory.reserve(1));
        assertEquals(0, memory.reserve(0));
    }
}
