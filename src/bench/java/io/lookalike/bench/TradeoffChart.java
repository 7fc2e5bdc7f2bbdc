package io.lookalike.bench;

import io.lookalike.bench.TradeoffFigures.CodeTable;
import io.lookalike.bench.TradeoffFigures.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws what an evaluation found as SVG: recall against the median time of a search, one line for each way of choosing
 * candidates through those of its settings that no other of its own beats; below it recall by code length, if that was
 * asked for.
 *
 * <p>The axis of recalls spreads what lies near 1: it is the logarithm of the share that was missed. Names are escaped,
 * nothing is loaded from elsewhere, and colours follow the reader's light or dark scheme. Stateless.
 */
final class TradeoffChart {
    private static final int WIDTH = 960;
    private static final int LEFT = 70;
    private static final int RIGHT = 30;
    private static final int HEAD = 104;
    private static final int PLOT = 400;
    private static final int FOOT = 64;
    private static final int PANEL = HEAD + PLOT + FOOT;
    private static final int LEGEND_LINE = 20;
    private static final double[] RECALLS = {0, .2, .4, .6, .7, .8, .9, .95, .98, .99, .995, .998, .999};
    /** What a character of 12 pixels is wide, about. */
    private static final double CHARACTER = 6.6;

    private static final int COLOURS = 8;
    private static final String STYLE = """
            <style>
            .la text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",Arial,sans-serif;font-size:12px;fill:#1f2328}
            .la .paper{fill:#ffffff}.la .halo{paint-order:stroke;stroke:#ffffff;stroke-width:3px;stroke-linejoin:round}.la .title{font-size:17px;font-weight:600}.la .quiet{fill:#59636e}
            .la .grid{stroke:#d8dee4;fill:none}.la .frame{stroke:#59636e;fill:none}.la .mark{stroke:#59636e;stroke-dasharray:5 4;fill:none}
            .la .line{fill:none;stroke-width:2}.la .ring{fill:none;stroke:#1f2328;stroke-width:1.5}.la .beaten{opacity:.35}
            .la .s0{stroke:#d1242f}.la .f0{fill:#d1242f}.la .s1{stroke:#0969da}.la .f1{fill:#0969da}
            .la .s2{stroke:#1a7f37}.la .f2{fill:#1a7f37}.la .s3{stroke:#bc4c00}.la .f3{fill:#bc4c00}
            .la .s4{stroke:#8250df}.la .f4{fill:#8250df}.la .s5{stroke:#0f7b8a}.la .f5{fill:#0f7b8a}
            .la .s6{stroke:#bf3989}.la .f6{fill:#bf3989}.la .s7{stroke:#7d6200}.la .f7{fill:#7d6200}
            @media (prefers-color-scheme:dark){
            .la text{fill:#e6edf3}.la .halo{stroke:#0d1117}.la .paper{fill:#0d1117}.la .quiet{fill:#9198a1}
            .la .grid{stroke:#30363d}.la .frame{stroke:#9198a1}.la .mark{stroke:#9198a1}.la .ring{stroke:#e6edf3}
            .la .s0{stroke:#ff7b72}.la .f0{fill:#ff7b72}.la .s1{stroke:#58a6ff}.la .f1{fill:#58a6ff}
            .la .s2{stroke:#56d364}.la .f2{fill:#56d364}.la .s3{stroke:#ffa657}.la .f3{fill:#ffa657}
            .la .s4{stroke:#d2a8ff}.la .f4{fill:#d2a8ff}.la .s5{stroke:#39c5cf}.la .f5{fill:#39c5cf}
            .la .s6{stroke:#ff80c8}.la .f6{fill:#ff80c8}.la .s7{stroke:#e3b341}.la .f7{fill:#e3b341}
            }
            </style>
            """;

    private TradeoffChart() {}

    static String draw(TradeoffFigures report) {
        StringBuilder svg = new StringBuilder();
        int height = report.codes() == null ? PANEL : 2 * PANEL;
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"la\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                        + "height=\"%d\" role=\"img\">%n",
                WIDTH,
                height,
                WIDTH,
                height));
        svg.append("<title>recall@")
                .append(report.k())
                .append(" and what it costs</title>\n")
                .append(STYLE);
        svg.append(String.format(Locale.ROOT, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>%n", WIDTH, height));
        times(new Panel(svg, 0), report);
        if (report.codes() != null) {
            codes(new Panel(svg, PANEL), report.codes());
        }
        return svg.append("</svg>\n").toString();
    }

    private static void times(Panel panel, TradeoffFigures report) {
        boolean severalFields = report.settings().stream()
                        .map(row -> row.setting().get("field"))
                        .distinct()
                        .count()
                > 1;
        Map<String, List<Row>> lines = new LinkedHashMap<>();
        for (Row row : report.settings()) {
            lines.computeIfAbsent(line(row, severalFields), name -> new ArrayList<>())
                    .add(row);
        }
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        List<Row> all = new ArrayList<>(report.settings());
        all.addAll(report.exact());
        for (Row row : all) {
            least = Math.min(least, row.p50());
            most = Math.max(most, row.p50());
        }
        panel.title(
                "recall@" + report.k() + " against the time of a search",
                "median milliseconds of " + report.queries()
                        + " searches one after the other, logarithmic; better is up and to the left");
        panel.recalls(
                report.settings().stream().mapToDouble(Row::recall).min().orElse(0),
                1.0 / (2.0 * report.queries() * report.k()));
        panel.across(Math.log(least / 1.15), Math.log(most * 1.2));
        panel.milliseconds(least / 1.15, most * 1.2);
        panel.frame();
        panel.target(report.target());
        for (Row row : report.exact()) {
            panel.exact(row.p50(), severalFields ? "exact, " + row.setting().get("field") : "exact");
        }
        panel.legend(List.copyOf(lines.keySet()));
        Row cheapest = report.cheapest();
        if (cheapest != null) {
            panel.ring(Math.log(cheapest.p50()), cheapest.recall());
        }
        int colour = 0;
        List<Label> labels = new ArrayList<>();
        for (List<Row> rows : lines.values()) {
            List<Row> front = front(rows);
            for (Row row : rows) {
                if (!front.contains(row)) {
                    panel.point(
                            Math.log(row.p50()),
                            row.recall(),
                            colour,
                            "beaten",
                            row.setting().toString());
                }
            }
            panel.line(
                    front.stream()
                            .map(row -> new double[] {Math.log(row.p50()), row.recall()})
                            .toList(),
                    colour);
            for (Row row : front) {
                panel.point(
                        Math.log(row.p50()),
                        row.recall(),
                        colour,
                        "",
                        row.setting().toString());
                labels.add(new Label(
                        Math.log(row.p50()),
                        row.recall(),
                        row.equals(cheapest) ? label(row) + " (cheapest)" : label(row),
                        row.equals(cheapest)));
            }
            colour++;
        }
        labels.sort(Comparator.comparing(label -> !label.important));
        labels.forEach(panel::label);
    }

    /** What is written beside a point. */
    private record Label(double x, double recall, String text, boolean important) {}

    /** What the settings of one line have in common. */
    private static String line(Row row, boolean severalFields) {
        Object candidates = row.setting().get("candidates");
        String name = candidates.equals("knn") ? "stock knn" : String.valueOf(candidates);
        return severalFields ? row.setting().get("field") + ", " + name : name;
    }

    private static String label(Row row) {
        List<String> parts = new ArrayList<>();
        row.setting().forEach((key, value) -> {
            switch (key) {
                case "field", "candidates" -> {}
                case "num_candidates" -> parts.addFirst(String.valueOf(value));
                case "num_exact" -> parts.add(value + " exact");
                case "min_tables" -> parts.add(value + " tables agree");
                case "max_distance" -> parts.add("within " + value);
                default -> parts.add(value + " " + key);
            }
        });
        return parts.isEmpty() ? "exact" : String.join(", ", parts);
    }

    /** Of the settings those that no other beats in both, by ascending time. */
    static List<Row> front(List<Row> rows) {
        List<Row> sorted = new ArrayList<>(rows);
        sorted.sort(Comparator.comparingDouble(Row::p50).thenComparing(Row::recall, Comparator.reverseOrder()));
        List<Row> front = new ArrayList<>();
        for (Row row : sorted) {
            if (front.isEmpty() || row.recall() > front.getLast().recall()) {
                front.add(row);
            }
        }
        return front;
    }

    private static void codes(Panel panel, CodeTable table) {
        panel.title(
                "recall@" + table.k() + " by length of the codes",
                table.numCandidates() + " candidates among " + table.documents() + " vectors of " + table.dims()
                        + " dims in " + table.field() + ", " + table.queries()
                        + " queries that nothing was learned from");
        double least = 1;
        for (Map<String, Double> row : table.recalls().values()) {
            for (double recall : row.values()) {
                least = Double.isNaN(recall) ? least : Math.min(least, recall);
            }
        }
        panel.recalls(least, 1.0 / (2.0 * table.queries() * table.k()));
        List<Integer> lengths = List.copyOf(table.recalls().keySet());
        panel.across(Math.log(lengths.getFirst() / 1.3), Math.log(lengths.getLast() * 1.3));
        for (int bits : lengths) {
            panel.vertical(Math.log(bits), String.valueOf(bits));
        }
        panel.below("bits of a code");
        panel.frame();
        panel.legend(table.methods());
        int colour = 0;
        List<Label> labels = new ArrayList<>();
        for (String method : table.methods()) {
            List<double[]> points = new ArrayList<>();
            for (int bits : lengths) {
                Double recall = table.recalls().get(bits).get(method);
                if (recall != null && !recall.isNaN()) {
                    points.add(new double[] {Math.log(bits), recall});
                    labels.add(new Label(
                            Math.log(bits), recall, String.format(Locale.ROOT, "%.3f", recall), method.equals("itq")));
                }
            }
            panel.line(points, colour);
            for (double[] point : points) {
                panel.point(point[0], point[1], colour, "", method);
            }
            colour++;
        }
        labels.sort(Comparator.comparing(label -> !label.important));
        labels.forEach(panel::label);
    }

    static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                default ->
                    escaped.appendCodePoint(
                            c < ' ' || (c >= 0xD800 && c < 0xE000) || c == 0xFFFE || c == 0xFFFF ? '?' : c);
            }
        });
        return escaped.toString();
    }

    /** One pair of axes, from the top of the picture on, and what is drawn between them. */
    private static final class Panel {
        private final StringBuilder svg;
        private final int top;
        private final List<double[]> taken = new ArrayList<>();
        private double lowest;
        private double highest;
        private double missedFloor;
        private double from;
        private double to;

        Panel(StringBuilder svg, int top) {
            this.svg = svg;
            this.top = top + HEAD;
        }

        private void add(String element) {
            svg.append(element).append('\n');
        }

        private static String n(double value) {
            return String.format(Locale.ROOT, "%.1f", value);
        }

        private void text(double x, double y, String anchor, String style, String text) {
            add("<text x=\"" + n(x) + "\" y=\"" + n(y) + "\" text-anchor=\"" + anchor + "\" class=\"" + style + "\">"
                    + escape(text) + "</text>");
        }

        void title(String title, String explanation) {
            text(LEFT, top - HEAD + 30, "start", "title", title);
            text(LEFT, top - HEAD + 50, "start", "quiet", explanation);
        }

        /** Sets the axis of recalls, and draws it. */
        void recalls(double least, double resolution) {
            missedFloor = Math.max(1e-4, Math.min(.05, resolution));
            lowest = 0;
            for (double recall : RECALLS) {
                if (recall <= Math.min(least - .002, .9)) {
                    lowest = recall;
                }
            }
            highest = missed(1);
            double last = Double.POSITIVE_INFINITY;
            for (double recall : RECALLS) {
                if (recall >= lowest && last - y(recall) >= 17 && y(recall) - top >= 17) {
                    last = y(recall);
                    add("<path class=\"grid\" d=\"M" + LEFT + " " + n(last) + "H" + (WIDTH - RIGHT) + "\"/>");
                    text(
                            LEFT - 8,
                            last + 4,
                            "end",
                            "quiet",
                            recall == 0 ? "0" : String.valueOf(recall).substring(1));
                }
            }
            text(LEFT - 8, top + 4, "end", "quiet", "1");
        }

        private double missed(double recall) {
            return -Math.log(Math.max(1 - recall, missedFloor));
        }

        void across(double least, double most) {
            from = least;
            to = most;
        }

        private double x(double value) {
            return LEFT + (value - from) / (to - from) * (WIDTH - LEFT - RIGHT);
        }

        private double y(double recall) {
            return top + PLOT - (missed(recall) - missed(lowest)) / (highest - missed(lowest)) * PLOT;
        }

        void milliseconds(double least, double most) {
            int[] digits = most / least > 5 ? new int[] {10, 20, 50} : new int[] {10, 12, 15, 20, 30, 40, 50, 60, 80};
            double last = 0;
            for (double power = 1e-4; power <= most; power *= 10) {
                for (int digit : digits) {
                    double value = power * digit;
                    if (value >= least && value <= most && x(Math.log(value)) - last >= 34) {
                        last = x(Math.log(value));
                        vertical(Math.log(value), String.valueOf((float) value).replaceAll("\\.0$", ""));
                    }
                }
            }
            below("milliseconds a search, median");
        }

        void vertical(double value, String text) {
            add("<path class=\"grid\" d=\"M" + n(x(value)) + " " + top + "V" + (top + PLOT) + "\"/>");
            text(x(value), top + PLOT + 20, "middle", "quiet", text);
        }

        void below(String text) {
            text(LEFT + (WIDTH - LEFT - RIGHT) / 2.0, top + PLOT + 42, "middle", "quiet", text);
        }

        void frame() {
            add("<rect class=\"frame\" x=\"" + LEFT + "\" y=\"" + top + "\" width=\"" + (WIDTH - LEFT - RIGHT)
                    + "\" height=\"" + PLOT + "\"/>");
        }

        void target(double recall) {
            if (recall > lowest) {
                add("<path class=\"mark\" d=\"M" + LEFT + " " + n(y(recall)) + "H" + (WIDTH - RIGHT) + "\"/>");
                String text = "recall " + String.valueOf(recall).replaceAll("^0", "");
                place(WIDTH - RIGHT - 6 - CHARACTER * text.length(), y(recall) - 16, text);
            }
        }

        void exact(double millis, String name) {
            double x = x(Math.log(millis));
            add("<path class=\"mark\" d=\"M" + n(x) + " " + top + "V" + (top + PLOT) + "\"/>");
            double width = CHARACTER * name.length();
            double left = x + 6 + width > WIDTH - RIGHT ? x - 6 - width : x + 6;
            for (int line = 1; line < PLOT / 18; line++) {
                double y = top + PLOT - 18.0 * line;
                if (isFree(left, y, width)) {
                    place(left, y, name);
                    return;
                }
            }
        }

        void legend(List<String> names) {
            double x = LEFT;
            double y = top - HEAD + 74;
            for (int i = 0; i < names.size() && y < top - 4; i++) {
                double width = 50 + CHARACTER * names.get(i).length();
                if (x > LEFT && x + width > WIDTH - RIGHT) {
                    x = LEFT;
                    y += LEGEND_LINE;
                }
                add("<path class=\"line s" + (i % COLOURS) + "\" d=\"M" + n(x) + " " + n(y - 4) + "h20\"/>");
                add("<circle class=\"f" + (i % COLOURS) + "\" cx=\"" + n(x + 10) + "\" cy=\"" + n(y - 4)
                        + "\" r=\"4\"/>");
                text(x + 26, y, "start", "", names.get(i));
                x += width;
            }
        }

        void line(List<double[]> points, int colour) {
            StringBuilder path = new StringBuilder();
            for (double[] point : points) {
                path.append(String.format(
                        Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", x(point[0]), y(point[1])));
            }
            if (points.size() > 1) {
                add("<path class=\"line s" + (colour % COLOURS) + "\" d=\"" + path + "\"/>");
            }
        }

        void point(double x, double recall, int colour, String style, String title) {
            add("<circle class=\"f" + (colour % COLOURS) + " " + style + "\" cx=\"" + n(x(x)) + "\" cy=\""
                    + n(y(recall)) + "\" r=\"4.5\"><title>" + escape(title) + "</title></circle>");
            if (style.isEmpty()) {
                taken.add(new double[] {x(x) - 5, y(recall) - 5, x(x) + 5, y(recall) + 5});
            }
        }

        void ring(double x, double recall) {
            add("<circle class=\"ring\" cx=\"" + n(x(x)) + "\" cy=\"" + n(y(recall)) + "\" r=\"8.5\"/>");
        }

        /** Beside its point where there is room, else nowhere: the point's title says the same. */
        void label(Label label) {
            double width = CHARACTER * label.text.length();
            double x = x(label.x);
            double y = y(label.recall);
            double[][] places = {
                {x + 9, y + 3},
                {x - 9 - width, y - 16},
                {x + 9, y - 16},
                {x - width / 2, y + 9},
                {x - 9 - width, y + 3},
                {x - width / 2, y - 23}
            };
            for (double[] place : places) {
                if (isFree(place[0], place[1], width)) {
                    place(place[0], place[1], label.text);
                    return;
                }
            }
        }

        private boolean isFree(double x, double y, double width) {
            if (x < LEFT + 2 || x + width > WIDTH - RIGHT - 2 || y < top + 1 || y + 14 > top + PLOT - 1) {
                return false;
            }
            for (double[] box : taken) {
                if (x < box[2] && box[0] < x + width && y < box[3] && box[1] < y + 14) {
                    return false;
                }
            }
            return true;
        }

        /** @param y of the upper edge */
        private void place(double x, double y, String text) {
            taken.add(new double[] {x, y, x + CHARACTER * text.length(), y + 14});
            text(x, y + 11, "start", "halo", text);
        }
    }
}
