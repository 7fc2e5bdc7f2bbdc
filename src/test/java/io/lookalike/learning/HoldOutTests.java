package io.lookalike.learning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HoldOutTests {
    private static Labels labels(int n, IntUnaryOperator label) {
        int[] of = IntStream.range(0, n).map(label).toArray();
        return new Labels(
                Arrays.stream(of).mapToObj(each -> new int[] {each}).toArray(int[][]::new),
                Arrays.stream(of).max().orElseThrow() + 1);
    }

    private static Set<Integer> labels(Labels labels, int[] rows) {
        return Arrays.stream(rows).boxed().map(row -> labels.at(row)[0]).collect(Collectors.toCollection(TreeSet::new));
    }

    private static void assertComplete(HoldOut.Choice choice, int n) {
        assertEquals(n, choice.learned().length + choice.heldOut());
        Set<Integer> learned = Arrays.stream(choice.learned()).boxed().collect(Collectors.toSet());
        assertTrue(Arrays.stream(choice.judging()).noneMatch(learned::contains));
    }

    @Test
    void documentsAreHeldOutOfEachLabel() {
        Labels labels = labels(3000, i -> i % 10);
        HoldOut.Choice choice = new HoldOut(.1, HoldOut.By.DOCUMENT).choose(labels, 1);
        assertComplete(choice, 3000);
        assertEquals(300, choice.heldOut());
        assertEquals(labels(labels, choice.learned()), labels(labels, choice.judging()));
        assertArrayEquals(
                choice.judging(),
                new HoldOut(.1, HoldOut.By.DOCUMENT).choose(labels, 1).judging());
        assertFalse(Arrays.equals(
                choice.judging(),
                new HoldOut(.1, HoldOut.By.DOCUMENT).choose(labels, 2).judging()));
    }

    /** One alone could find no other of its label, and one that stays alone has no partner to learn from. */
    @Test
    void neverOneAloneOfALabel() {
        for (int size = 2; size < 8; size++) {
            int own = size;
            Labels labels = labels(500 * size, i -> i / own);
            HoldOut.Choice choice = new HoldOut(.2, HoldOut.By.DOCUMENT).choose(labels, size);
            assertComplete(choice, 500 * size);
            assertEquals(.2, (double) choice.heldOut() / (500 * size), .05);
            for (int[] rows : new int[][] {choice.learned(), choice.judging()}) {
                int[] counts = new int[500];
                Arrays.stream(rows).forEach(row -> counts[row / own]++);
                assertTrue(Arrays.stream(counts).noneMatch(count -> count == 1), "of " + size);
            }
        }
    }

    @Test
    void wholeLabelsAreHeldOut() {
        Labels labels = labels(400, i -> i % 20);
        HoldOut.Choice choice = new HoldOut(.1, HoldOut.By.LABEL).choose(labels, 3);
        assertComplete(choice, 400);
        assertEquals(40, choice.heldOut());
        assertEquals(2, labels(labels, choice.judging()).size());
        assertEquals(18, labels(labels, choice.learned()).size());
        assertThrows(
                IllegalArgumentException.class,
                () -> new HoldOut(.1, HoldOut.By.LABEL).choose(labels(30, i -> i % 3), 1));
    }

    /** Each label of a document may hold it out, but not more in all than the share. */
    @Test
    void severalLabelsDoNotHoldOutMore() {
        Random random = new Random(1);
        Labels tags = new Labels(
                IntStream.range(0, 2000)
                        .mapToObj(i -> random.ints(20, 0, 200).distinct().toArray())
                        .toArray(int[][]::new),
                200);
        assertEquals(200, new HoldOut(.1, HoldOut.By.DOCUMENT).choose(tags, 1).heldOut(), 40);
        // every document has label 0
        Labels common = new Labels(
                IntStream.range(0, 100).mapToObj(i -> new int[] {0, 1 + i % 9}).toArray(int[][]::new), 10);
        int refused = 0;
        for (int seed = 0; seed < 20; seed++) {
            try {
                HoldOut.Choice choice = new HoldOut(.2, HoldOut.By.LABEL).choose(common, seed);
                assertEquals(2, choice.judgingLabels().count());
                assertTrue(choice.learned().length > 0);
            } catch (IllegalArgumentException e) {
                refused++;
                assertTrue(
                        e.getMessage().startsWith("[hold_out.by] [label] leaves fewer than two labels"), e::getMessage);
            }
        }
        assertTrue(refused > 0 && refused < 10, refused + " of 20");
    }

    @Test
    void enoughIsLeftToLearnFrom() {
        for (int seed = 0; seed < 50; seed++) {
            HoldOut.Choice choice = new HoldOut(.5, HoldOut.By.DOCUMENT).choose(labels(4, i -> i % 2), seed);
            assertEquals(0, choice.heldOut());
            assertEquals(2, choice.learnedLabels().count());
        }
    }

    /** Two of a label judge, or none. */
    @Test
    void manyPairsJudgeInPairs() {
        HoldOut.Choice choice = new HoldOut(.1, HoldOut.By.LABEL).choose(labels(50_000, i -> i / 2), 1);
        assertEquals(5000, choice.heldOut());
        assertEquals(HoldOut.MOST / 2, choice.judgingLabels().count());
    }

    @Test
    void nothingIsHeldOutOfNoShare() {
        for (HoldOut.By by : HoldOut.By.values()) {
            assertEquals(0, new HoldOut(0, by).choose(labels(30, i -> i % 2), 1).heldOut());
        }
    }

    @Test
    void soManyJudgeAndTheirLabelsEvenly() {
        Labels labels = labels(60_000, i -> i < 50_000 ? i % 2 : 2 + i % 8);
        HoldOut.Choice choice = new HoldOut(.5, HoldOut.By.LABEL).choose(labels, 2);
        assertComplete(choice, 60_000);
        assertEquals(HoldOut.MOST, choice.judging().length);
        int[] counts = new int[10];
        Arrays.stream(choice.judging()).forEach(row -> counts[labels.at(row)[0]]++);
        assertEquals(
                HoldOut.MOST / 5,
                Arrays.stream(counts).filter(count -> count > 0).min().orElseThrow());
        HoldOut.Choice known = new HoldOut(.5, HoldOut.By.DOCUMENT).choose(labels, 2);
        assertEquals(HoldOut.MOST, known.heldOut(), 20);
    }
}
