package io.lookalike.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.elasticsearch.test.ESTestCase;

public class ReservoirTests extends ESTestCase {
    private static float[] drawn(List<Integer> ids, int capacity, long seed) {
        Reservoir reservoir = new Reservoir(capacity, seed);
        for (int id : ids) {
            reservoir.offer("index-" + id % 3, "id-" + id, id % 2, new float[] {id}, List.of("label-" + id));
            assertTrue(reservoir.size() <= capacity);
        }
        Sampling.Sample sample = reservoir.drain();
        float[][] rows = sample.vectors();
        float[] drawn = new float[rows.length];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = rows[i][0];
            assertEquals(List.of("label-" + (int) rows[i][0]), sample.labels().get(i));
        }
        return drawn;
    }

    private static List<Integer> ids(int count) {
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(i);
        }
        return ids;
    }

    public void testOrderOfReadingDoesNotMatter() {
        List<Integer> ids = ids(500);
        float[] first = drawn(ids, 60, 9);
        assertEquals(60, first.length);
        Collections.shuffle(ids, random());
        assertArrayEquals(first, drawn(ids, 60, 9), 0);
        assertFalse(Arrays.equals(first, drawn(ids, 60, 10)));
        // the smaller sample is a prefix of the larger one
        assertArrayEquals(first, Arrays.copyOf(drawn(ids, 200, 9), 60), 0);
    }

    public void testFewDocumentsAreAllDrawn() {
        float[] drawn = drawn(ids(20), 60, 1);
        Arrays.sort(drawn);
        assertEquals(20, drawn.length);
        for (int i = 0; i < 20; i++) {
            assertEquals(i, drawn[i], 0);
        }
    }

    /** Each of 50 documents is in a fifth of 2,000 samples, within six standard deviations. */
    public void testEachIsDrawnAsOften() {
        int[] counts = new int[50];
        long seed = randomLong();
        for (int round = 0; round < 2_000; round++) {
            for (float id : drawn(ids(50), 10, seed + round)) {
                counts[(int) id]++;
            }
        }
        for (int count : counts) {
            assertTrue(Arrays.toString(counts), count > 290 && count < 510);
        }
    }
}
