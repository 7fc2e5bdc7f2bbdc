package io.lookalike.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * A chart of recall against queries a second: one panel in process and one over HTTP, with the Pareto front of each
 * rival as a line.
 *
 * <p>The recall axis is logarithmic in the missed share, to spread values near 1. Stateless.
 */
final class SearchPicture {
    private static final int WIDTH = 1200;
    private static final int HEIGHT = 620;
    private static final int TOP = 84;
    private static final int BOTTOM = 70;
    private static final int GAP = 80;
    private static final int RIGHT = 24;
    private static final int K = 10;
    private static final double LEAST = .9;
    private static final double MOST = .9999;
    private static final double[] RECALLS = {.9, .95, .98, .99, .995, .999};

    private static final Color INK = new Color(0x222222);
    private static final Color GRID = new Color(0xDDDDDD);
    private static final Map<String, Color> COLOURS = colours();

    private static Map<String, Color> colours() {
        Map<String, Color> colours = new LinkedHashMap<>();
        colours.put(SearchWay.OURS, new Color(0xD62728));
        colours.put("lucene_hnsw", new Color(0x1F77B4));
        colours.put("lucene_int8_hnsw", new Color(0x17BECF));
        colours.put(SearchFaiss.HNSW, new Color(0x2CA02C));
        colours.put(SearchFaiss.LSH, new Color(0xE08A00));
        colours.put("stock_hnsw", new Color(0x1F77B4));
        colours.put("stock_int8_hnsw", new Color(0x17BECF));
        colours.put("stock_bbq_hnsw", new Color(0x2CA02C));
        colours.put("stock_knn_filtered_by_knn", new Color(0xE08A00));
        colours.put("stock_flat", new Color(0x7F7F7F));
        return colours;
    }

    private SearchPicture() {}

    static void write(List<SearchFigures> figures, Path file) throws IOException {
        if (!ImageIO.write(draw(figures), "png", file.toFile())) {
            throw new IOException("cannot write a PNG to [" + file + "]");
        }
    }

    static BufferedImage draw(List<SearchFigures> figures) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, WIDTH, HEIGHT);
            int width = (WIDTH - 2 * GAP - RIGHT) / 2;
            new Panel(graphics, GAP, width, "in process, one thread", of(figures, SearchWay.PROCESS)).draw();
            new Panel(graphics, 2 * GAP + width, width, "over HTTP, one client", of(figures, SearchWay.HTTP)).draw();
        } finally {
            graphics.dispose();
        }
        return image;
    }

    /** The line of each rival in a panel, by ascending recall. */
    static Map<String, List<SearchFigures>> of(List<SearchFigures> figures, String where) {
        Map<String, List<SearchFigures>> lines = new LinkedHashMap<>();
        for (String name : COLOURS.keySet()) {
            List<SearchFigures> line = SearchFigures.front(figures.stream()
                    .filter(f -> f.name().equals(name)
                            && f.where().equals(where)
                            && f.k() == K
                            && f.recall() >= LEAST
                            && !f.setting().endsWith(SearchTables.THREADS))
                    .toList());
            if (!line.isEmpty()) {
                lines.put(name, line);
            }
        }
        return lines;
    }

    /** The position of a recall on its axis, 0..1. */
    static double along(double recall) {
        return missed(Math.min(recall, MOST)) / missed(MOST);
    }

    private static double missed(double recall) {
        return Math.log((1 - LEAST) / (1 - recall));
    }

    /** One pair of axes and its content. */
    private static final class Panel {
        private final Graphics2D graphics;
        private final int left;
        private final int width;
        private final String title;
        private final Map<String, List<SearchFigures>> lines;
        private final double least;
        private final double most;

        Panel(Graphics2D graphics, int left, int width, String title, Map<String, List<SearchFigures>> lines) {
            this.graphics = graphics;
            this.left = left;
            this.width = width;
            this.title = title;
            this.lines = lines;
            double[] speeds = lines.values().stream()
                    .flatMap(List::stream)
                    .mapToDouble(SearchFigures::qps)
                    .sorted()
                    .toArray();
            this.least = speeds.length == 0 ? 1 : speeds[0] * .8;
            this.most = speeds.length == 0 ? 10 : speeds[speeds.length - 1] * 1.25;
        }

        void draw() {
            graphics.setStroke(new BasicStroke(1));
            graphics.setColor(INK);
            graphics.setFont(font(Font.BOLD, 19));
            graphics.drawString(title, left, 34);
            graphics.setFont(font(Font.PLAIN, 15));
            graphics.drawString("queries a second (up) at recall@" + K + " (right), both logarithmic", left, 60);
            for (double recall : RECALLS) {
                vertical(x(recall), String.format(Locale.ROOT, "%s", recall).substring(1));
            }
            vertical(x(1), "1");
            for (double power = 1; power <= most; power *= 10) {
                for (int digit : new int[] {1, 2, 5}) {
                    horizontal(power * digit);
                }
            }
            graphics.setColor(INK);
            graphics.drawRect(left, TOP, width, HEIGHT - TOP - BOTTOM);
            lines.forEach(this::line);
            legend();
        }

        private static Font font(int style, int size) {
            return new Font(Font.SANS_SERIF, style, size);
        }

        private double x(double recall) {
            return left + along(recall) * width;
        }

        private double y(double qps) {
            return HEIGHT - BOTTOM - Math.log(qps / least) / Math.log(most / least) * (HEIGHT - TOP - BOTTOM);
        }

        private void vertical(double x, String text) {
            graphics.setColor(GRID);
            graphics.drawLine((int) x, TOP, (int) x, HEIGHT - BOTTOM);
            graphics.setColor(INK);
            FontMetrics metrics = graphics.getFontMetrics();
            graphics.drawString(text, (int) x - metrics.stringWidth(text) / 2, HEIGHT - BOTTOM + 24);
        }

        private void horizontal(double qps) {
            if (qps < least || qps > most) {
                return;
            }
            int y = (int) y(qps);
            graphics.setColor(GRID);
            graphics.drawLine(left, y, left + width, y);
            graphics.setColor(INK);
            String text = String.format(Locale.ROOT, "%,.0f", qps);
            graphics.drawString(text, left - 8 - graphics.getFontMetrics().stringWidth(text), y + 5);
        }

        private void line(String name, List<SearchFigures> points) {
            graphics.setColor(COLOURS.get(name));
            graphics.setStroke(new BasicStroke(name.equals(SearchWay.OURS) ? 4 : 2));
            Path2D path = new Path2D.Double();
            for (SearchFigures point : points) {
                double x = x(point.recall());
                double y = y(point.qps());
                if (path.getCurrentPoint() == null) {
                    path.moveTo(x, y);
                } else {
                    path.lineTo(x, y);
                }
                graphics.fill(new Ellipse2D.Double(x - 4.5, y - 4.5, 9, 9));
            }
            graphics.draw(path);
        }

        /** Names in the lower left corner, where few lines come. */
        private void legend() {
            int y = HEIGHT - BOTTOM - 16 - 21 * (lines.size() - 1);
            int box = 0;
            for (String name : lines.keySet()) {
                box = Math.max(box, graphics.getFontMetrics().stringWidth(name));
            }
            graphics.setColor(new Color(255, 255, 255, 225));
            graphics.fillRect(left + 8, y - 19, box + 48, 21 * lines.size() + 8);
            for (String name : lines.keySet()) {
                graphics.setColor(COLOURS.get(name));
                graphics.setStroke(new BasicStroke(name.equals(SearchWay.OURS) ? 4 : 2));
                graphics.drawLine(left + 14, y - 5, left + 40, y - 5);
                graphics.setColor(INK);
                graphics.drawString(name, left + 48, y);
                y += 21;
            }
        }
    }
}
