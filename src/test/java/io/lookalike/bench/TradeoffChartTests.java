package io.lookalike.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.lookalike.bench.TradeoffFigures.CodeTable;
import io.lookalike.bench.TradeoffFigures.Row;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.elasticsearch.test.ESTestCase;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

public class TradeoffChartTests extends ESTestCase {
    private static Row row(String field, String candidates, int numCandidates, double recall, double p50) {
        Map<String, Object> setting = new LinkedHashMap<>();
        setting.put("field", field);
        setting.put("candidates", candidates);
        setting.put("num_candidates", numCandidates);
        return new Row(setting, recall, p50);
    }

    private static TradeoffFigures figures(List<Row> settings, Row cheapest, CodeTable codes) {
        return new TradeoffFigures(
                10,
                100,
                .95,
                List.of(row(settings.getFirst().setting().get("field").toString(), "all", 0, 1, 9)),
                settings,
                cheapest,
                codes);
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> texts(Document svg) {
        List<String> texts = new ArrayList<>();
        NodeList all = svg.getElementsByTagName("text");
        for (int i = 0; i < all.getLength(); i++) {
            texts.add(all.item(i).getTextContent());
        }
        return texts;
    }

    public void testItIsWellFormedWhateverNamesAre() throws Exception {
        String name = "a<b>&\"c'\u0001\uD83D\uDE00";
        Map<Integer, Map<String, Double>> recalls = new LinkedHashMap<>();
        recalls.put(32, Map.of("hyperplane", .5, "itq", .7));
        recalls.put(64, Map.of("hyperplane", .8, "itq", Double.NaN));
        CodeTable codes = new CodeTable(name, 48, 1000, 100, 10, 50, List.of("hyperplane", "itq"), recalls);
        List<Row> rows = List.of(row(name, "hamming", 100, .8, 1), row("other", "hamming", 200, .97, 2));
        Document svg = parse(TradeoffChart.draw(figures(rows, rows.get(1), codes)));
        List<String> texts = texts(svg);
        assertTrue(texts.toString(), texts.contains("a<b>&\"c'?\uD83D\uDE00, hamming"));
        assertTrue(texts.toString(), texts.contains("200 (cheapest)"));
        assertTrue(texts.toString(), texts.contains("recall@10 by length of the codes"));
        assertTrue(texts.toString(), texts.contains("0.700"));
        assertFalse(texts.toString(), texts.contains("NaN"));
        assertEquals("0 0 960 1136", svg.getDocumentElement().getAttribute("viewBox"));
    }

    /** Whatever the figures are, everything lies within the picture and nothing is NaN. */
    public void testAnyFiguresAreDrawn() throws Exception {
        for (int i = 0; i < 20; i++) {
            List<Row> rows = new ArrayList<>();
            int settings = between(1, 40);
            for (int s = 0; s < settings; s++) {
                double recall =
                        randomFrom(0.0, 1.0, random().nextDouble(), 1 - Math.pow(10, -1 - 4 * random().nextDouble()));
                rows.add(row(
                        "v",
                        randomFrom("hamming", "lsh", "knn"),
                        between(10, 9999),
                        recall,
                        Math.pow(10, 4 * random().nextDouble() - 2)));
            }
            Document svg = parse(TradeoffChart.draw(figures(rows, randomBoolean() ? null : randomFrom(rows), null)));
            NodeList points = svg.getElementsByTagName("circle");
            assertTrue(points.getLength() >= settings);
            for (int p = 0; p < points.getLength(); p++) {
                double x = Double.parseDouble(
                        points.item(p).getAttributes().getNamedItem("cx").getTextContent());
                double y = Double.parseDouble(
                        points.item(p).getAttributes().getNamedItem("cy").getTextContent());
                assertTrue(x + " " + y, x >= 0 && x <= 960 && y >= 0 && y <= 568);
            }
        }
    }

    public void testTheLineGoesThroughWhatNoOtherBeats() {
        Row slow = row("v", "hamming", 1, .9, 3);
        Row fast = row("v", "hamming", 2, .8, 1);
        Row beaten = row("v", "hamming", 3, .7, 2);
        Row same = row("v", "hamming", 4, .9, 4);
        assertEquals(List.of(fast, slow), TradeoffChart.front(List.of(slow, fast, beaten, same)));
    }

    /** The answer of a node, as {@code EvaluateReport} makes it. */
    public void testFiguresAreReadFromTheAnswer() throws Exception {
        TradeoffFigures figures = TradeoffFigures.of(new JsonMapper().readTree("""
                {"took": 5, "k": 10, "queries": 100, "recall_wanted": 0.9, "exact": [{"field": "v", "p50_ms": 9.5}],
                 "settings": [{"setting": {"field": "v", "candidates": "hamming", "num_candidates": 50}, "recall": 0.95,
                   "p50_ms": 1.25}],
                 "cheapest": {"setting": {"field": "v", "candidates": "hamming", "num_candidates": 50}, "recall": 0.95,
                   "p50_ms": 1.25, "request": {}},
                 "codes": {"field": "v", "dims": 48, "documents": 1000, "queries": 20, "num_candidates": 60,
                   "table": [{"bits": 32, "hyperplane": 0.25, "itq": null}]}}"""));
        Row row = row("v", "hamming", 50, .95, 1.25);
        assertEquals(
                new TradeoffFigures(
                        10,
                        100,
                        .9,
                        List.of(new Row(Map.of("field", "v"), 1, 9.5)),
                        List.of(row),
                        row,
                        new CodeTable(
                                "v",
                                48,
                                1000,
                                20,
                                10,
                                60,
                                List.of("hyperplane", "itq"),
                                Map.of(32, Map.of("hyperplane", .25, "itq", Double.NaN)))),
                figures);
        assertEquals(
                List.of("hamming", "50 (cheapest)"),
                texts(parse(TradeoffChart.draw(figures))).stream()
                        .filter(List.of("hamming", "50 (cheapest)")::contains)
                        .toList());
    }
}
