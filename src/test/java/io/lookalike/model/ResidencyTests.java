package io.lookalike.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ResidencyTests {
    private final AtomicLong clock = new AtomicLong();
    private final List<String> freed = new ArrayList<>();
    private final Residency residency = new Residency(id -> () -> freed.add(id), clock::incrementAndGet, 1);

    private void use(String id, long bytes) {
        residency.enter(id);
        residency.load(id, bytes, 100);
        residency.leave(id);
    }

    @Test
    void unloadsTheOneThatWasUsedLongestAgo() {
        use("a", 40);
        use("b", 40);
        use("a", 40);
        use("c", 40);
        assertEquals(List.of("b"), freed);
        assertEquals(80, residency.bytes());
        use("d", 90);
        assertEquals(List.of("b", "a", "c"), freed);
    }

    @Test
    void neverUnloadsOneThatIsUsed() {
        residency.enter("a");
        residency.load("a", 60, 100);
        residency.enter("b");
        assertEquals(
                "model [b] finds no room: others that are in use hold all that setting [lookalike.model.max_memory] allows;"
                        + " try again",
                assertThrows(ModelBusyException.class, () -> residency.load("b", 60, 100))
                        .getMessage());
        residency.leave("a");
        residency.load("b", 60, 100);
        assertEquals(List.of("a"), freed);
    }

    @Test
    void countsRunsToo() {
        use("a", 40);
        residency.enter("b");
        residency.load("b", 40, 100);
        assertEquals(List.of(), freed);
        residency.run("b", 30, 100);
        assertEquals(List.of("a"), freed);
        residency.run("b", 20, 100);
        assertEquals(70, residency.bytes());
        residency.leave("b");
        // it will take the same again
        use("c", 50);
        use("b", 40);
        assertEquals(List.of("a", "b", "c"), freed);
        assertEquals(70, residency.bytes());
    }

    @Test
    void unloadsWhatNobodyUses() {
        use("a", 1);
        residency.enter("b");
        residency.load("b", 1, 100);
        clock.addAndGet(1000);
        residency.unloadIdle(5000);
        assertEquals(List.of(), freed);
        residency.unloadIdle(1000);
        assertEquals(List.of("a"), freed);
        residency.unwanted("b");
        assertEquals(List.of("a"), freed);
        residency.leave("b");
        assertEquals(List.of("a", "b"), freed);
        assertEquals(0, residency.bytes());
    }

    @Test
    void forgetsWhatCouldNotBeLoaded() {
        residency.enter("a");
        residency.load("a", 60, 100);
        residency.failed("a");
        residency.leave("a");
        assertEquals(0, residency.bytes());
        use("b", 100);
        assertEquals(List.of(), freed);
    }
}
