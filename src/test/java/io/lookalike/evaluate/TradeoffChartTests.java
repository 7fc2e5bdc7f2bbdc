package io.lookalike.evaluate;

import io.lookalike.evaluate.EvaluateReport.CodeTable;
import io.lookalike.evaluate.EvaluateReport.Row;
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
        return new Row(
                setting,
                Map.of(),
                recall,
                .01,
                Double.NaN,
                Double.NaN,
                p50,
                2 * p50,
                1000,
                Double.NaN,
                Double.NaN,
                Double.NaN);
    }

    private static EvaluateReport report(List<Row> settings, double target, CodeTable codes) {
        return new EvaluateReport(
                5,
                10,
                100,
                0,
                1,
                target,
                null,
                List.of(row(settings.getFirst().setting().get("field").toString(), "all", 0, 1, 9)),
                settings,
                codes,
                List.of());
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
        CodeTable codes = new CodeTable(name, 48, 1000, 100, 10, 50, List.of("hyperplane", "itq"), recalls, Map.of());
        List<Row> rows = List.of(row(name, "hamming", 100, .8, 1), row("other", "hamming", 200, .97, 2));
        Document svg = parse(TradeoffChart.draw(report(rows, .95, codes)));
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
            Document svg = parse(TradeoffChart.draw(report(rows, .95, null)));
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

    public void testTheCheapestIsTheFastestThatRecallsEnough() {
        Row slow = row("v", "hamming", 1, .99, 3);
        Row fast = row("v", "hamming", 2, .95, 1);
        Row wrong = row("v", "hamming", 3, .94, .5);
        assertEquals(fast, report(List.of(slow, fast, wrong), .95, null).cheapest());
        assertEquals(slow, report(List.of(slow, fast, wrong), .98, null).cheapest());
        EvaluateReport none = report(List.of(fast, wrong), .98, null);
        assertNull(none.cheapest());
        assertEquals(fast, none.best());
        assertNull(none.toMap().get("cheapest"));
        assertEquals(
                "no setting recalls [0.98]; the best, {field=v, candidates=hamming, num_candidates=2}, recalls "
                        + "[0.95]: try a greater"
                        + " [num_candidates], an encoder with more bits or learned codes (see [codes])",
                none.toMap().get("advice"));
    }
}
