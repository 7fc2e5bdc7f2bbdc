package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTests {
    @Test
    void isTheMedianOfMediansWithinAllExtremes() {
        Spread spread = Spread.of(List.of(new double[] {5, 1, 2}, new double[] {30, 10, 20}, new double[] {4, 3, 100}));
        assertEquals(new Spread(4, 1, 100), spread);
        assertEquals("4.0 (1.0..100.0)", spread.text(1));
        assertEquals("4 (1..100)", spread.text(0));
    }

    @Test
    void halvesBetweenTheTwoInTheMiddle() {
        assertEquals(2.5, Spread.median(new double[] {4, 1, 3, 2}));
        assertEquals(7, Spread.median(new double[] {7}));
    }

    @Test
    void leavesTheFiguresInTheirOrder() {
        double[] figures = {3, 1, 2};
        assertEquals(2, Spread.median(figures));
        assertEquals(3, figures[0]);
    }
}
