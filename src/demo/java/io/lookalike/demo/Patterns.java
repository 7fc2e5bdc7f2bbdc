package io.lookalike.demo;

import static io.lookalike.demo.Canvas.across;
import static io.lookalike.demo.Canvas.ball;
import static io.lookalike.demo.Canvas.polygon;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;

/** Painters of surfaces that repeat; each draws one picture on the canvas it is given. Stateless. */
final class Patterns {
    private Patterns() {}

    static void bricks(Canvas c) {
        Palette p = c.palette;
        Color mortar = Palette.mix(p.dusk() ? p.skyTop() : p.pale(), p.skyBottom(), 0.4);
        c.backdrop(mortar, Palette.mix(mortar, Color.BLACK, 0.15));
        double tall = c.height / c.between(6.5, 9.5);
        double wide = tall * c.between(2.1, 2.5);
        double gap = tall * c.between(0.1, 0.16);
        Color brick = c.pick(p.main(), p.second());
        Color odd = c.pick(p.accent(), p.deep(), p.second());
        double start = c.between(0, 1);
        int row = 0;
        for (double y = -tall * start; y < c.height; y += tall) {
            double x = -wide * (row++ % 2 == 0 ? 0.25 : 0.75) - wide * 0.2 * start;
            for (; x < c.width; x += wide) {
                Color color = Palette.vary(c.random.nextInt(7) == 0 ? odd : brick, 0.25, c.random);
                c.fill(
                        new RoundRectangle2D.Double(x, y, wide - gap, tall - gap, gap, gap),
                        across(
                                0,
                                y,
                                Palette.mix(color, Color.WHITE, 0.2),
                                0,
                                y + tall,
                                Palette.mix(color, Color.BLACK, 0.22)));
            }
        }
        c.light(0.42);
    }

    static void checkers(Canvas c) {
        Palette p = c.palette;
        Color dark = c.pick(p.main(), p.deep());
        Color light = c.pick(p.pale(), p.accent());
        double cell = c.height / c.between(4.6, 6.4);
        double offX = c.between(0, 1) * cell;
        double offY = c.between(0, 1) * cell;
        c.backdrop(light, light);
        c.at(c.width / 2.0, c.height / 2.0, c.between(-5, 5), 1, () -> {
            for (int i = -12; i <= 12; i++) {
                for (int j = -12; j <= 12; j++) {
                    Color color = Palette.vary((i + j) % 2 == 0 ? dark : light, 0.12, c.random);
                    double x = i * cell - offX;
                    double y = j * cell - offY;
                    c.box(
                            x,
                            y,
                            cell + 0.5,
                            cell + 0.5,
                            across(
                                    x,
                                    y,
                                    Palette.mix(color, Color.WHITE, 0.1),
                                    x + cell,
                                    y + cell,
                                    Palette.mix(color, Color.BLACK, 0.1)));
                }
            }
        });
        pieces(c, cell);
        c.light(0.42);
    }

    private static void pieces(Canvas c, double cell) {
        for (int i = c.among(2, 5); i > 0; i--) {
            double x = c.between(0.08, 0.92) * c.width;
            double y = c.between(0.1, 0.9) * c.height;
            double r = cell * 0.36;
            Color color = c.pick(c.palette.second(), c.palette.deep(), c.palette.accent());
            c.glow(x + 3, y + 4, r * 1.3, Color.BLACK, 0.6);
            c.circle(x, y, r, ball(x, y, r, color));
            c.ring(x, y, r * 0.62, Palette.alpha(Color.BLACK, 0.3), 1.5);
        }
    }

    static void stripes(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        double pitch = c.height / c.between(5, 8);
        Color[] colors = {p.main(), p.pale(), p.second(), p.accent(), p.deep()};
        int used = c.among(2, 4);
        int first = c.among(0, 4);
        double[] widths = new double[used];
        for (int i = 0; i < used; i++) {
            widths[i] = pitch * c.between(0.5, 1.3);
        }
        c.at(c.width / 2.0, c.height / 2.0, c.between(38, 52), 1, () -> {
            double reach = c.width;
            double x = -reach - c.between(0, pitch * 3);
            for (int i = 0; x < reach; i++) {
                double w = widths[i % used] * c.between(0.85, 1.15);
                Color color = Palette.vary(colors[(first + i % used) % 5], 0.12, c.random);
                c.box(
                        x,
                        -reach,
                        w + 0.6,
                        2 * reach,
                        across(
                                x,
                                0,
                                Palette.mix(color, Color.WHITE, 0.14),
                                x + w,
                                0,
                                Palette.mix(color, Color.BLACK, 0.16)));
                x += w;
            }
        });
        c.light(0.42);
    }

    static void dots(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        double pitch = c.height / c.between(4.2, 6.2);
        double radius = pitch * c.between(0.27, 0.36);
        double offX = c.between(0, 1) * pitch;
        double offY = c.between(0, 1) * pitch;
        Color one = c.pick(p.main(), p.second());
        Color two = c.pick(p.main(), p.accent(), p.deep());
        int row = 0;
        for (double y = -offY; y < c.height + pitch; y += pitch * 0.87) {
            double shift = row++ % 2 == 0 ? 0 : pitch / 2;
            for (double x = -offX - shift; x < c.width + pitch; x += pitch) {
                double r = radius * c.between(0.88, 1.1);
                Color color = Palette.vary(c.random.nextInt(4) == 0 ? two : one, 0.15, c.random);
                c.circle(x + 2, y + 3, r, Palette.alpha(Color.BLACK, 0.18));
                c.circle(x, y, r, ball(x, y, r, color));
            }
        }
        c.light(0.42);
    }

    static void honeycomb(Canvas c) {
        Palette p = c.palette;
        Color wall = c.pick(p.deep(), p.pale(), p.deep());
        c.backdrop(wall, Palette.mix(wall, Color.BLACK, 0.1));
        double radius = c.height / c.between(6.5, 9);
        double offX = c.between(0, 1) * radius;
        double offY = c.between(0, 1) * radius;
        Color wax = c.pick(p.main(), p.second());
        Color honey = c.pick(p.accent(), p.second(), p.main());
        double stepX = radius * Math.sqrt(3);
        int row = 0;
        for (double y = -offY; y < c.height + radius; y += radius * 1.5) {
            double shift = row++ % 2 == 0 ? 0 : stepX / 2;
            for (double x = -offX - shift; x < c.width + stepX; x += stepX) {
                Color color = Palette.vary(c.random.nextInt(3) == 0 ? honey : wax, 0.22, c.random);
                c.fill(
                        hexagon(x, y, radius * 0.9),
                        across(
                                x,
                                y - radius,
                                Palette.mix(color, Color.WHITE, 0.25),
                                x,
                                y + radius,
                                Palette.mix(color, Color.BLACK, 0.25)));
                c.stroke(hexagon(x, y, radius * 0.68), Palette.alpha(Color.WHITE, 0.25), 1.2);
            }
        }
        c.light(0.42);
    }

    private static Path2D hexagon(double x, double y, double radius) {
        double[] points = new double[12];
        for (int i = 0; i < 6; i++) {
            points[2 * i] = x + radius * Math.sin(Math.PI / 3 * i);
            points[2 * i + 1] = y + radius * Math.cos(Math.PI / 3 * i);
        }
        return polygon(points);
    }

    static void spirals(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        double x = c.width * c.between(0.4, 0.6);
        double y = c.height * c.between(0.42, 0.58);
        int arms = c.among(1, 3);
        double turns = 6.5 / arms;
        double pitch = c.width * c.between(0.085, 0.105) * arms;
        double start = c.between(0, 2 * Math.PI);
        double way = c.random.nextBoolean() ? 1 : -1;
        Color[] colors = {p.main(), c.pick(p.second(), p.accent()), p.deep()};
        for (int arm = 0; arm < arms; arm++) {
            Path2D path = new Path2D.Double();
            path.moveTo(x, y);
            for (double t = 0.02; t < turns * 2 * Math.PI; t += 0.06) {
                double r = pitch * t / (2 * Math.PI);
                double angle = way * t + start + 2 * Math.PI * arm / arms;
                path.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
            }
            c.graphics.setStroke(
                    new BasicStroke((float) (pitch / arms * 0.5), BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            c.graphics.setPaint(across(
                    0,
                    0,
                    Palette.mix(colors[arm], Color.WHITE, 0.25),
                    c.width,
                    c.height,
                    Palette.mix(colors[arm], Color.BLACK, 0.25)));
            c.graphics.draw(path);
        }
        c.light(0.46);
    }
}
