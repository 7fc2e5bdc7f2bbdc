package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.demo.Measurement.Answers;
import io.lookalike.demo.Searches.Hit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MeasurementTests {
    private final Map<String, Picture> pictures = new LinkedHashMap<>();
    private final Picture query = add(Picture.original(0, "a 0", "a", () -> new byte[0]));

    @Test
    void figuresOfAKnownAnswer() {
        for (int i = 1; i < 20; i++) {
            add(Picture.original(i, "x " + i, i < 10 ? "a" : "b", () -> new byte[0]));
        }
        copy(Alteration.RESIZED);
        copy(Alteration.GREYSCALE);
        copy(Alteration.MIRRORED);
        add(new Picture("p1-1", "copy", "a", Alteration.RESIZED.label(), "p1", () -> new byte[0]));
        Answers answers = new Answers(
                query,
                hits("p1", "p2", "p3", "p10", "p11", "p12", "p4", "p13", "p14", "p15"),
                hits("p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10"),
                hits("p1"),
                hits("p0-RESIZED", "p1-1", "p0-MIRRORED"),
                4);
        Measurement measurement = new Measurement(
                pictures,
                List.of(answers, answers),
                List.of(Set.of("p0", "p0-RESIZED", "p0-MIRRORED", "p4"), Set.of("p1", "p5", "p6")),
                List.of(List.of("a", "b", "b"), List.of("b")));
        Map<String, Double> rows = measurement.rows(12.5);
        assertEquals(0.9, rows.get("precision_at_10"), 1e-9);
        assertEquals(0.4, rows.get("hash_precision_at_10"), 1e-9);
        assertEquals(0.5, rows.get("hash_recall_at_10"), 1e-9);
        assertEquals(0.1, rows.get("knn_precision_at_10"), 1e-9);
        assertEquals(0.05, rows.get("colour_histogram_precision_at_10"), 1e-9);
        assertEquals(0.5, rows.get("duplicate_recall"), 1e-9);
        assertEquals(1, rows.get("duplicate_recall_resized"), 1e-9);
        assertEquals(0, rows.get("duplicate_recall_greyscale"), 1e-9);
        assertEquals(1, rows.get("duplicate_recall_mirrored"), 1e-9);
        assertEquals(3 / 7.0, rows.get("duplicate_group_precision"), 1e-9);
        assertEquals(12.5, rows.get("images_per_second"), 1e-9);
        assertEquals(4, rows.get("query_ms_p50"), 1e-9);
        String table = Report.table(Report.groups(rows));
        assertTrue(table.contains("  hash_knn, candidates all (exact cosine)"), table);
        assertTrue(table.contains(" 0.900\n"), table);
    }

    @Test
    void scoresBecomeDistances() {
        assertEquals(0.5, new Hit("p1", 0.75).cosine(), 1e-9);
        for (int distance = 0; distance <= 64; distance++) {
            assertEquals(distance, new Hit("p1", (float) (64 - distance) / 64).distance());
        }
    }

    private Picture add(Picture picture) {
        pictures.put(picture.id(), picture);
        return picture;
    }

    private void copy(Alteration kind) {
        add(new Picture("p0-" + kind.name(), "copy", "a", kind.label(), "p0", () -> new byte[0]));
    }

    private static List<Hit> hits(String... ids) {
        List<Hit> hits = new ArrayList<>();
        for (String id : ids) {
            hits.add(new Hit(id, 1));
        }
        return hits;
    }
}
