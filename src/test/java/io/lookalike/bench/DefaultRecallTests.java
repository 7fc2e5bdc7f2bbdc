package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DefaultRecallTests {
    @Test
    void testRows() throws Exception {
        List<ObjectNode> rows = DefaultRecallFigures.of(Optional.empty(), List.of(60, 120), line -> {});
        assertEquals(
                List.of(
                        "default_recall_builtin-1_60",
                        "default_p50_ratio_builtin-1_60",
                        "default_recall_builtin-1_120",
                        "default_p50_ratio_builtin-1_120",
                        "default_recall_builtin-2_60",
                        "default_p50_ratio_builtin-2_60",
                        "default_recall_builtin-2_120",
                        "default_p50_ratio_builtin-2_120"),
                rows.stream().map(row -> row.path("name").asText()).toList());
        for (ObjectNode row : rows) {
            boolean recall = row.path("name").asText().contains("recall");
            assertEquals(recall ? .97 : 2, row.path("reach").asDouble());
            assertEquals(recall ? "higher" : "lower", row.path("better").asText());
            assertEquals(recall, row.path("baseline").isNumber());
            if (recall) {
                assertEquals(1, row.path("value").asDouble(), 1e-6, "every document is a candidate");
            } else {
                assertTrue(row.path("value").asDouble() > 0);
            }
        }
    }

    @Test
    void testBitsAreThoseOfTheModel() throws Exception {
        DefaultRecallFigures.Model second = new DefaultRecallFigures.Model("builtin-2", "embedding", 128, 255, 0, 1);
        assertEquals(1024, DefaultRecallFigures.code(second, 998).bits());
        DefaultRecallFigures.Model own = new DefaultRecallFigures.Model("own", "embedding", 128, 255, 0, 1);
        assertEquals(512, DefaultRecallFigures.code(own, 256).bits());
    }

    @Test
    void testViewsDiffer() {
        DrawnViews views = new DrawnViews(LabelledPictures.drawn());
        float[] first = views.view(0, 16, 255, 0);
        assertEquals(3 * 16 * 16, first.length);
        assertArrayEquals(first, views.view(0, 16, 255, 0));
        for (int i = 1; i < 20; i++) {
            float[] other = views.view(i, 16, 255, 0);
            assertTrue(!Arrays.equals(first, other));
            for (float pixel : other) {
                assertTrue(pixel >= 0 && pixel <= 1);
            }
        }
        assertTrue(views.queries() > 10);
        assertTrue(!Arrays.equals(views.query(0, 16, 255, 0), views.query(1, 16, 255, 0)));
    }
}
