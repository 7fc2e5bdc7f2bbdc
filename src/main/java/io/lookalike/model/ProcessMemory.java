package io.lookalike.model;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * What the process has of memory, as far as a plugin may know.
 *
 * <p>Elasticsearch lets plugins read nothing of {@code /proc}, so that what is resident is not known, but the JVM tells how much address
 * space is committed. What the heap may take is in it from the beginning. Each new thread adds its stack and, on Linux, what the C
 * library sets aside for it, which is taken off. Others that allocate at the same time are in it. Stateless.
 */
final class ProcessMemory {
    /** An arena of the C library and a stack. */
    private static final long THREAD_BYTES = 66L << 20;

    private static final long SAMPLE_NANOS = 5_000_000;

    private ProcessMemory() {}

    /** What the machine, or the container, has. */
    static long physical() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Long.MAX_VALUE;
    }

    private static long committed() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getCommittedVirtualMemorySize()
                : 0;
    }

    /** Tells by how much the process grew at most while something ran, even where it shrank again before the end. */
    static <T> T watch(Supplier<T> work, AtomicLong growth) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long started = threads.getTotalStartedThreadCount();
        long before = committed();
        AtomicLong most = new AtomicLong(before);
        Thread sampler = Thread.ofVirtual().unstarted(() -> {
            while (Thread.currentThread().isInterrupted() == false) {
                most.accumulateAndGet(committed(), Math::max);
                LockSupport.parkNanos(SAMPLE_NANOS);
            }
        });
        sampler.start();
        try {
            return work.get();
        } finally {
            sampler.interrupt();
            most.accumulateAndGet(committed(), Math::max);
            long noise = (threads.getTotalStartedThreadCount() - started) * THREAD_BYTES;
            growth.set(Math.max(0, most.get() - before - noise));
        }
    }
}
