package io.lookalike.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NearestCodesTests {
    private record Code(long id, int distance) {}

    /** What a sort of everything would keep. */
    private record Kept(List<Code> byId, int cut, long dropped) {
        static Kept of(List<Code> all, int wanted, int maxDistance) {
            List<Code> near = new ArrayList<>(all);
            near.removeIf(code -> code.distance > maxDistance);
            near.sort(Comparator.comparingInt(Code::distance).thenComparingLong(Code::id));
            int cut = near.size() < wanted ? maxDistance : near.get(wanted - 1).distance;
            near.removeIf(code -> code.distance > cut);
            List<Code> kept = new ArrayList<>(near.subList(0, Math.min(near.size(), 4 * wanted)));
            kept.sort(Comparator.comparingLong(Code::id));
            return new Kept(kept, cut, near.size() - kept.size());
        }

        void check(NearestCodes codes, String message) {
            assertEquals(cut, codes.cut(), message);
            assertEquals(byId.size(), codes.size(), message);
            assertArrayEquals(byId.stream().mapToLong(Code::id).toArray(), codes.ids(), message);
            assertArrayEquals(byId.stream().mapToInt(Code::distance).toArray(), codes.distances(), message);
            assertEquals(dropped, codes.droppedTies(), message);
        }
    }

    @Test
    void keepsWhatASortWouldKeep() {
        for (int seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            int bits = 1 + random.nextInt(random.nextBoolean() ? 6 : 256);
            int maxDistance = random.nextBoolean() ? bits : random.nextInt(bits + 1);
            int wanted = 1 + random.nextInt(random.nextBoolean() ? 5 : 200);
            List<Code> all = randomCodes(random, bits);
            if (random.nextBoolean()) {
                Collections.shuffle(all, random);
            }
            String message = "seed " + seed;

            NearestCodes everything = new NearestCodes(bits, wanted, maxDistance);
            NearestCodes useful = new NearestCodes(bits, wanted, maxDistance);
            for (int i = 0; i < all.size(); i++) {
                Code code = all.get(i);
                everything.offer(code.id, code.distance);
                if (code.distance <= useful.cut()) {
                    useful.offer(code.id, code.distance);
                }
                if (random.nextInt(500) == 0) {
                    Kept.of(all.subList(0, i + 1), wanted, maxDistance).check(everything, message + " after " + i);
                }
            }
            Kept expected = Kept.of(all, wanted, maxDistance);
            expected.check(everything, message);
            expected.check(useful, message + ", useless offers left out");
        }
    }

    @Test
    void mergedCollectorsKeepWhatOneWouldKeep() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int bits = 1 + random.nextInt(random.nextBoolean() ? 4 : 100);
            int maxDistance = random.nextBoolean() ? bits : random.nextInt(bits + 1);
            int wanted = 1 + random.nextInt(60);
            List<Code> all = randomCodes(random, bits);
            NearestCodes[] parts = new NearestCodes[1 + random.nextInt(5)];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = new NearestCodes(bits, wanted, maxDistance);
            }
            for (Code code : all) {
                NearestCodes part = parts[random.nextInt(parts.length)];
                if (code.distance <= part.cut()) {
                    part.offer(code.id, code.distance);
                }
            }
            for (int i = 1; i < parts.length; i++) {
                parts[0].merge(parts[i]);
            }
            Kept.of(all, wanted, maxDistance).check(parts[0], "seed " + seed);
        }
    }

    @Test
    void keepsTheLowestIdsOfATieThatDoesNotFit() {
        NearestCodes codes = new NearestCodes(64, 10, 64);
        for (int id = 0; id < 100_000; id++) {
            codes.offer(id, 5);
        }
        codes.offer(200_000, 4);
        assertEquals(5, codes.cut());
        assertEquals(40, codes.size());
        assertEquals(38, codes.ids()[38]);
        assertEquals(200_000, codes.ids()[39]);
        assertEquals(4, codes.distances()[39]);
        assertEquals(100_001 - 40, codes.droppedTies());
    }

    @Test
    void holdsTheExtremes() {
        NearestCodes codes = new NearestCodes(4096, 2, 4096);
        codes.offer(NearestCodes.MAX_ID, 4096);
        codes.offer(0, 4096);
        assertArrayEquals(new long[] {0, NearestCodes.MAX_ID}, codes.ids());
        assertArrayEquals(new int[] {4096, 4096}, codes.distances());
        codes.offer(7, 0);
        codes.offer(8, 0);
        assertEquals(0, codes.cut());
        assertArrayEquals(new long[] {7, 8}, codes.ids());
    }

    @Test
    void emptyWithoutOffers() {
        NearestCodes codes = new NearestCodes(64, 10, 12);
        assertEquals(12, codes.cut());
        assertEquals(0, codes.size());
        assertEquals(0, codes.ids().length);
        assertEquals(0, codes.droppedTies());
        codes.merge(new NearestCodes(64, 10, 12));
        codes.offer(1, 13);
        assertEquals(0, codes.size());
    }

    @Test
    void refusesBoundsOutOfRange() {
        refuses("[bits] must be within [1..4096]; got [0]", 0, 1, 0);
        refuses("[bits] must be within [1..4096]; got [4097]", 4097, 1, 0);
        refuses("[wanted] must be within [1..1048576]; got [0]", 64, 0, 0);
        refuses("[wanted] must be within [1..1048576]; got [1048577]", 64, 1_048_577, 0);
        refuses("[max_distance] must be within [0..64] for codes of [64] bits; got [65]", 64, 1, 65);
        refuses("[max_distance] must be within [0..64] for codes of [64] bits; got [-1]", 64, 1, -1);
        NearestCodes codes = new NearestCodes(64, 10, 12);
        assertEquals(
                "cannot merge NearestCodes[bits=64, wanted=11, max_distance=12, cut=12] into NearestCodes[bits=64, "
                        + "wanted=10,"
                        + " max_distance=12, cut=12]",
                assertThrows(IllegalArgumentException.class, () -> codes.merge(new NearestCodes(64, 11, 12)))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> codes.merge(codes));
    }

    private static void refuses(String message, int bits, int wanted, int maxDistance) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> new NearestCodes(bits, wanted, maxDistance))
                        .getMessage());
    }

    /** Distinct ids in ascending order with gaps, distances spread evenly, heaped around the middle or all alike. */
    private static List<Code> randomCodes(Random random, int bits) {
        int count = random.nextInt(random.nextBoolean() ? 50 : 4000);
        int spread = random.nextInt(3);
        List<Code> codes = new ArrayList<>();
        long id = (long) random.nextInt(1000) << 32;
        for (int i = 0; i < count; i++) {
            id += 1 + random.nextInt(3);
            int distance = switch (spread) {
                case 0 -> random.nextInt(bits + 1);
                case 1 -> (random.nextInt(bits + 1) + random.nextInt(bits + 1) + random.nextInt(bits + 1)) / 3;
                default -> random.nextInt(100) == 0 ? random.nextInt(bits + 1) : bits / 2;
            };
            codes.add(new Code(id, distance));
        }
        return codes;
    }
}
