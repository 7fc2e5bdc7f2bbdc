package io.lookalike.pairs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.work.Progress;
import io.lookalike.work.TestWorkers;
import io.lookalike.work.Workers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class NearPairsTests {

    /** Codes of typical collections, and adversarial ones. */
    private enum Kind {
        RANDOM {
            @Override
            void fill(BitSet code, int bits, Random random, List<BitSet> before) {
                random.ints(bits / 2, 0, bits).forEach(code::flip);
            }
        },
        /** Near copies of near copies: chains. */
        CLUSTERED {
            @Override
            void fill(BitSet code, int bits, Random random, List<BitSet> before) {
                if (before.isEmpty() || random.nextInt(4) == 0) {
                    random.ints(bits / 2, 0, bits).forEach(code::flip);
                } else {
                    code.or(before.get(random.nextInt(before.size())));
                    random.ints(random.nextInt(7), 0, bits).forEach(code::flip);
                }
            }
        },
        /** A third of the bits constant, another third equal in pairs. */
        SKEWED {
            @Override
            void fill(BitSet code, int bits, Random random, List<BitSet> before) {
                for (int bit = 0; bit < bits / 3; bit++) {
                    code.set(bit, random.nextInt(50) == 0);
                    boolean both = random.nextBoolean();
                    code.set(bits / 3 + bit, both);
                    code.set(2 * (bits / 3) + bit, both ^ random.nextInt(20) == 0);
                }
            }
        },
        /** One crowd of different codes, with a few outside. */
        CROWDED {
            @Override
            void fill(BitSet code, int bits, Random random, List<BitSet> before) {
                random.ints(random.nextInt(10) == 0 ? bits / 4 : 4, 0, bits).forEach(code::flip);
            }
        };

        abstract void fill(BitSet code, int bits, Random random, List<BitSet> before);

        CodeSet codes(int count, int bits, Random random) {
            CodeSet set = new CodeSet(bits);
            List<BitSet> before = new ArrayList<>();
            while (before.size() < count) {
                BitSet code = new BitSet(bits);
                fill(code, bits, random, before);
                before.add(code);
                set.add(bytes(code, bits));
            }
            return set;
        }
    }

    private static byte[] bytes(BitSet code, int bits) {
        return ByteBuffer.allocate(bits / 8).put(code.toByteArray()).array();
    }

    private static List<String> bruteForce(CodeSet codes, int radius) {
        List<String> pairs = new ArrayList<>();
        for (int a = 0; a < codes.size(); a++) {
            for (int b = a + 1; b < codes.size(); b++) {
                int distance = codes.distance(a, b);
                if (distance <= radius) {
                    pairs.add(a + " " + b + " " + distance);
                }
            }
        }
        Collections.sort(pairs);
        return pairs;
    }

    private static List<String> found(NearPairs near, Workers workers) {
        List<String> pairs = Collections.synchronizedList(new ArrayList<>());
        near.forEach(
                workers,
                Progress.NONE,
                (a, b, distance) -> pairs.add(Math.min(a, b) + " " + Math.max(a, b) + " " + distance));
        Collections.sort(pairs);
        return pairs;
    }

    /** Spreads labels along pairs until nothing changes. */
    private static int[] plainComponents(int count, List<String> pairs) {
        int[] least = new int[count];
        for (int i = 0; i < count; i++) {
            least[i] = i;
        }
        boolean changed = true;
        while (changed) {
            changed = false;
            for (String pair : pairs) {
                String[] fields = pair.split(" ", -1);
                int a = Integer.parseInt(fields[0]);
                int b = Integer.parseInt(fields[1]);
                if (least[a] != least[b]) {
                    least[a] = Math.min(least[a], least[b]);
                    least[b] = least[a];
                    changed = true;
                }
            }
        }
        return least;
    }

    private static void check(CodeSet codes, int radius, Workers workers, String what) {
        List<String> pairs = bruteForce(codes, radius);
        NearPairs near = new NearPairs(codes, radius);
        assertEquals(pairs, found(near, workers), () -> what);
        assertArrayEquals(plainComponents(codes.size(), pairs), near.components(workers, Progress.NONE), () -> what);
    }

    @Test
    void findsWhatComparingAllWithAllFinds() {
        TestWorkers.with(2, two -> {
            for (Kind kind : Kind.values()) {
                for (int bits : new int[] {64, 128, 256}) {
                    Random random = new Random(bits);
                    CodeSet codes = kind.codes(1300, bits, random);
                    for (int radius : new int[] {0, 1, 2, 3, 5, 8, 10, 13, 16}) {
                        check(codes, radius, two, kind + " " + bits + " bits, radius " + radius + ": ");
                    }
                }
            }
            return null;
        });
    }

    @Test
    void findsThemInCodesOfAnyLengthAndNumber() {
        Random random = new Random(3);
        for (int round = 0; round < 60; round++) {
            Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
            int bits = 8 * (1 + random.nextInt(40));
            CodeSet codes = kind.codes(random.nextInt(1800), bits, random);
            int radius = random.nextInt(round % 2 == 0 ? 9 : bits + 9);
            if (bruteForce(codes, radius).size() < 50_000) {
                check(codes, radius, Workers.alone(), kind + " " + bits + " bits, radius " + radius + ": ");
            }
        }
    }

    /** Otherwise the tests above would only compare all pairs. */
    @Test
    void smallRadiiAreSearchedByBands() {
        CodeSet codes = Kind.CLUSTERED.codes(20_000, 64, new Random(1));
        assertTrue(new BandPlanFigures(codes, 8).bands > 1);
        assertTrue(new BandPlanFigures(codes, 8).cost < .25 * new BandPlanFigures(codes, 40).cost);
        assertEquals(1, new BandPlanFigures(codes, 40).bands);
    }

    private record BandPlanFigures(int bands, double cost) {
        BandPlanFigures(CodeSet codes, int radius) {
            this(BandPlan.choose(codes, radius));
        }

        private BandPlanFigures(BandPlan plan) {
            this(plan.bands().size(), plan.cost());
        }
    }

    private static boolean uses(BandPlan.Band band, int bit, int bits) {
        int words = CodeSet.words(bits);
        long[] codes = new long[2 * words];
        codes[bit / Long.SIZE] = 1L << bit;
        return band.keyDistance(codes, 0, words) == 1;
    }

    /** No pair is missed if the allowances, each plus one, add up to the radius plus one. */
    @Test
    void allowancesAddUp() {
        Random random = new Random(5);
        for (Kind kind : Kind.values()) {
            for (int bits : new int[] {64, 256}) {
                CodeSet codes = kind.codes(5000, bits, random);
                for (int radius = 0; radius <= 40; radius += 4) {
                    BandPlan plan = BandPlan.choose(codes, radius);
                    int allowed = 0;
                    BitSet used = new BitSet();
                    for (BandPlan.Band band : plan.bands()) {
                        allowed += band.radius() + 1;
                        for (int bit = 0; bit < bits; bit++) {
                            if (uses(band, bit, bits)) {
                                assertTrue(!used.get(bit), "bands share no bit");
                                used.set(bit);
                            }
                        }
                    }
                    assertEquals(radius + 1, allowed, plan.toString());
                }
            }
        }
    }

    /** Comparing a crowd pair by pair would be 1.8 * 10^9 comparisons for each band, and as many pairs. */
    @Test
    void crowdsCostNoMoreThanOthers() {
        CodeSet codes = new CodeSet(64);
        Random random = new Random(2);
        while (codes.size() < 60_000) {
            BitSet code = new BitSet(64);
            random.ints(4, 0, 64).forEach(code::flip);
            codes.add(bytes(code, 64));
        }
        int[] components = new NearPairs(codes, 8).components(Workers.alone(), Progress.NONE);
        assertArrayEquals(new int[codes.size()], components);
    }

    @Test
    void equalCodesAreOne() {
        CodeSet codes = new CodeSet(64);
        Random random = new Random(4);
        byte[][] some = new byte[700][8];
        for (byte[] code : some) {
            random.nextBytes(code);
        }
        for (int i = 0; i < 100_000; i++) {
            int which = i < some.length ? i : random.nextInt(some.length);
            assertEquals(which, codes.add(some[which]));
        }
        assertEquals(700, codes.size());
        assertEquals(64, codes.bits());
    }

    @Test
    void distancesAreOfAllBits() {
        Random random = new Random(6);
        for (int bits = 8; bits <= 264; bits += 8) {
            CodeSet codes = new CodeSet(bits);
            BitSet a = new BitSet(bits);
            BitSet b = new BitSet(bits);
            random.ints(bits, 0, bits).forEach(a::flip);
            random.ints(bits, 0, bits).forEach(b::flip);
            b.set(bits - 1, !a.get(bits - 1));
            int first = codes.add(bytes(a, bits));
            int second = codes.add(bytes(b, bits));
            a.xor(b);
            assertEquals(a.cardinality(), codes.distance(first, second));
        }
    }

    @Test
    void shellsHaveAllNumbersOfSoManyBits() {
        for (int bits = 1; bits <= 10; bits++) {
            TreeSet<Integer> all = new TreeSet<>();
            for (int ones = 0; ones <= bits; ones++) {
                for (int each : BandPlan.shell(bits, ones)) {
                    assertEquals(ones, Integer.bitCount(each));
                    assertTrue(all.add(each) && each < 1 << bits);
                }
                assertEquals(all.size(), BandPlan.ball(bits, ones));
            }
            assertEquals(1 << bits, all.size());
        }
    }

    @Test
    void whatProgressThrowsEndsTheWork() throws InterruptedException {
        CodeSet codes = Kind.RANDOM.codes(4000, 64, new Random(8));
        CancellationException cancelled = new CancellationException("enough");
        AtomicInteger heard = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(2);
                Workers workers = new Workers(3, pool)) {
            assertSame(
                    cancelled,
                    assertThrows(
                            CancellationException.class,
                            () -> new NearPairs(codes, 8).components(workers, (step, done, of) -> {
                                assertTrue(done <= of);
                                if (heard.incrementAndGet() == 5) {
                                    throw cancelled;
                                }
                            })));
        }
        assertEquals(5, heard.get());
    }

    @Test
    void whatAHelperThrowsReachesTheCaller() {
        CodeSet codes = Kind.CLUSTERED.codes(4000, 64, new Random(9));
        IllegalStateException broken = new IllegalStateException("broken");
        try (ExecutorService pool = Executors.newFixedThreadPool(3);
                Workers workers = new Workers(4, pool)) {
            assertSame(
                    broken,
                    assertThrows(
                            IllegalStateException.class,
                            () -> new NearPairs(codes, 8).forEach(workers, Progress.NONE, (a, b, distance) -> {
                                throw broken;
                            })));
        }
    }

    /** On the only thread of a pool, or with a pool that rejects all, the caller does all the work. */
    @Test
    void theCallerNeverWaitsForAThread() throws Exception {
        CodeSet codes = Kind.CLUSTERED.codes(3000, 64, new Random(10));
        int[] alone = new NearPairs(codes, 8).components(Workers.alone(), Progress.NONE);
        try (ExecutorService one = Executors.newSingleThreadExecutor()) {
            assertArrayEquals(
                    alone,
                    one.submit(() -> {
                                try (Workers workers = new Workers(4, one)) {
                                    return new NearPairs(codes, 8).components(workers, Progress.NONE);
                                }
                            })
                            .get());
        }
        try (Workers refusing = new Workers(4, task -> {
            throw new RejectedExecutionException("full");
        })) {
            assertArrayEquals(alone, new NearPairs(codes, 8).components(refusing, Progress.NONE));
        }
    }

    @Test
    void refusesWhatIsNoCode() {
        assertEquals(
                "[bits] must be a multiple of 8 within [8..4096]; got [12]",
                assertThrows(IllegalArgumentException.class, () -> new CodeSet(12))
                        .getMessage());
        assertEquals(
                "code has [32] bits but the others have [64]",
                assertThrows(IllegalArgumentException.class, () -> new CodeSet(64).add(new byte[4]))
                        .getMessage());
        assertEquals(
                "[radius] must be at least [0]; got [-1]",
                assertThrows(IllegalArgumentException.class, () -> new NearPairs(new CodeSet(64), -1))
                        .getMessage());
    }

    @Test
    void memoryIsToldBeforehand() {
        assertTrue(CodeSet.bytes(1_000_000, 64) + NearPairs.bytes(1_000_000, 64) < 100 << 20);
        assertTrue(CodeSet.bytes(1, 64) > 0);
        assertEquals(0, new NearPairs(new CodeSet(64), 3).components(Workers.alone(), Progress.NONE).length);
    }
}
