package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the search benchmark makes of what it measured: rows, tables and a picture. */
class SearchFiguresTests {
    @TempDir
    Path folder;

    private static SearchFigures figures(String name, String where, int k, String setting, double recall, double qps) {
        String spread = Spread.of(List.of(new double[] {qps})).text(0);
        return new SearchFigures(
                name, where, k, setting, 1000, recall, qps, spread, 1000 / qps, 3000 / qps, 12.5, 188.25, Double.NaN);
    }

    private static SearchFigures http(String name, double recall, double qps) {
        return figures(name, "http", 10, name + recall, recall, qps).withFloor(.5);
    }

    @Test
    void aRowHasEveryField() {
        SearchFigures one = figures("hash_knn", "http", 10, "bits=512", .98765, 1000);
        List<String> fields = List.of(
                "name",
                "where",
                "k",
                "setting",
                "recall",
                "qps",
                "p50_ms",
                "p99_ms",
                "index_seconds",
                "store_mb",
                "qps_spread",
                "queries");
        List<String> names = new ArrayList<>();
        one.row().fieldNames().forEachRemaining(names::add);
        assertEquals(fields, names);
        ObjectNode row = one.withFloor(.65).row();
        assertEquals(.35, row.path("p50_less_floor_ms").asDouble());
        assertEquals("1000 (1000..1000)", row.path("qps_spread").asText());
    }

    @Test
    void aRowIsReadAgain() throws IOException {
        for (SearchFigures one : List.of(
                figures("hash_knn", "process", 100, "bits=512", .5, 1250),
                figures("stock_flat", "http", 10, "exact", 1, 100).withFloor(.625))) {
            assertEquals(
                    one, SearchFigures.of(new JsonMapper().readTree(one.row().toString())));
        }
    }

    @Test
    void theFrontHasWhatNothingBeatsInBoth() {
        SearchFigures fast = http("a", .8, 900);
        SearchFigures middle = http("b", .9, 500);
        SearchFigures beaten = http("c", .85, 400);
        SearchFigures slow = http("d", .99, 100);
        SearchFigures same = http("e", .99, 90);
        assertEquals(List.of(fast, middle, slow), SearchFigures.front(List.of(slow, same, beaten, fast, middle)));
        assertEquals(List.of(), SearchFigures.front(List.of()));
    }

    @Test
    void oursIsComparedWhereItRecallsNoLess() {
        List<SearchFigures> all = List.of(
                http("stock_hnsw", .985, 1000),
                http("stock_hnsw", .992, 800),
                http("stock_hnsw", .999, 500),
                http("stock_flat", 1, 50),
                http("hash_knn", .991, 900),
                http("hash_knn", .993, 760),
                http("hash_knn", .9995, 600),
                figures("hash_knn", "http", 10, "bits=256 2 threads", 1, 5000),
                figures("hash_knn", "http", 10, "candidates=all", 1, 90));
        List<String> lines = SearchTables.atRecall(all)
                .lines()
                .map(l -> l.replaceAll(" +", " "))
                .toList();
        assertTrue(
                lines.contains(
                        "stock_hnsw http 10 >=.990 0.9920 800/s stock_hnsw0.992 0.9930 760/s hash_knn0.993 0.95"),
                () -> String.join("\n", lines));
        assertTrue(
                lines.contains("stock_flat http 10 >=1.000 1.0000 50/s stock_flat1.0 1.0000 90/s candidates=all 1.80"),
                () -> String.join("\n", lines));
        assertTrue(
                lines.contains("stock_int8_hnsw http 10 >=.983 not reached or not measured"),
                () -> String.join("\n", lines));
    }

    @Test
    void tablesAreSortedByNameAndRecall() {
        String text = SearchTables.all(List.of(
                http("stock_hnsw", .999, 500),
                http("hash_knn", .99, 900),
                figures("lucene_hnsw", "process", 100, "x", .97, 700),
                http("hash_knn", .95, 1200)));
        List<String> order = text.lines()
                .filter(l -> !l.isBlank() && !l.startsWith(" "))
                .map(l -> l.replaceFirst(" {2,}.*", ""))
                .toList();
        assertEquals(
                List.of("in process, k 100", "lucene_hnsw", "over HTTP, k 10", "hash_knn", "hash_knn", "stock_hnsw"),
                order);
        assertTrue(text.indexOf("0.9500") < text.indexOf("0.9900"), text);
    }

    @Test
    void thePictureHasALineForEachRival() throws IOException {
        List<SearchFigures> all = List.of(
                figures("hash_knn", "process", 10, "a", .95, 2000),
                figures("hash_knn", "process", 10, "b", .999, 900),
                figures("hash_knn", "process", 10, "b 2 threads", .999, 1900),
                figures("hash_knn", "process", 100, "b", .97, 900),
                figures("lucene_hnsw", "process", 10, "c", .5, 9000),
                http("stock_flat", 1, 50),
                http("floor", 1, 5000));
        Map<String, List<SearchFigures>> process = SearchPicture.of(all, "process");
        assertEquals(Map.of("hash_knn", all.subList(0, 2)), process);
        assertEquals(Map.of("stock_flat", all.subList(5, 6)), SearchPicture.of(all, "http"));
        Path file = folder.resolve("search.png");
        SearchPicture.write(all, file);
        assertTrue(Files.size(file) > 5000);
        BufferedImage image = ImageIO.read(file.toFile());
        assertTrue(image.getWidth() >= 1000);
        assertTrue(has(image, 0xD62728));
        assertFalse(has(SearchPicture.draw(List.of()), 0xD62728));
    }

    private static boolean has(BufferedImage image, int rgb) {
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if ((image.getRGB(x, y) & 0xFFFFFF) == rgb) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void theAxisSpreadsWhatLiesNearOne() {
        assertEquals(0, SearchPicture.along(.9));
        assertEquals(1, SearchPicture.along(1));
        assertEquals(1 / 3., SearchPicture.along(.99), 1e-9);
        assertEquals(2 / 3., SearchPicture.along(.999), 1e-9);
    }
}
