package io.lookalike.demo;

import static io.lookalike.demo.Canvas.across;
import static io.lookalike.demo.Canvas.ball;
import static io.lookalike.demo.Canvas.polygon;

import java.awt.Color;
import java.awt.geom.Arc2D;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;

/**
 * Painters of living and made things, seen from close by; each draws one picture on the canvas it is given. Stateless.
 */
final class Things {
    private Things() {}

    static void flowers(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        Color green = Palette.mix(p.second(), p.deep(), 0.35);
        for (int i = 0; i < 90; i++) {
            double x = c.between(-0.02, 1.02) * c.width;
            double tall = c.height * c.between(0.12, 0.34);
            Path2D blade = new Path2D.Double();
            blade.moveTo(x - 2, c.height);
            blade.quadTo(x, c.height - tall * 0.6, x + c.between(-10, 10), c.height - tall);
            blade.quadTo(x + 3, c.height - tall * 0.5, x + 2.5, c.height);
            c.fill(blade, Palette.alpha(Palette.vary(green, 0.3, c.random), 0.85));
        }
        int count = c.among(4, 6);
        int petals = c.among(6, 9);
        for (int i = 0; i < count; i++) {
            double x = c.width * (i + c.between(0.25, 0.75)) / count;
            double y = c.height * c.between(0.2, 0.56);
            double foot = x + c.between(-14, 14);
            Path2D stem = new Path2D.Double();
            stem.moveTo(foot, c.height);
            stem.quadTo(foot, (y + c.height) / 2, x, y);
            c.stroke(stem, green, 3);
            double leafY = y + (c.height - y) * c.between(0.4, 0.65);
            c.at(
                    foot,
                    leafY,
                    c.random.nextBoolean() ? -35 : 215,
                    1,
                    () -> c.fill(new Ellipse2D.Double(0, -4, 22, 8), green));
            Color petal = c.pick(p.main(), p.accent(), p.pale());
            c.at(x, y, c.between(0, 60), c.height * c.between(0.12, 0.16), () -> blossom(c, petals, petal));
        }
        c.light(0.16);
    }

    private static void blossom(Canvas c, int petals, Color color) {
        for (int i = 0; i < petals; i++) {
            c.at(
                    0,
                    0,
                    360.0 * i / petals,
                    1,
                    () -> c.fill(
                            new Ellipse2D.Double(0.12, -0.24, 0.9, 0.48),
                            across(
                                    0,
                                    0,
                                    Palette.mix(color, Color.BLACK, 0.3),
                                    1,
                                    0,
                                    Palette.mix(color, Color.WHITE, 0.18))));
        }
        c.circle(0, 0, 0.3, ball(0, 0, 0.3, color.equals(c.palette.accent()) ? c.palette.deep() : c.palette.accent()));
    }

    static void fish(Canvas c) {
        Palette p = c.palette;
        c.backdrop(Palette.mix(p.skyTop(), p.second(), 0.2), Palette.mix(p.skyBottom(), p.second(), 0.35));
        for (int i = c.among(3, 6); i > 0; i--) {
            double x = c.between(0, 1) * c.width;
            double w = c.between(10, 26);
            c.fill(
                    polygon(x, 0, x + w, 0, x + w * 2.2 - 40, c.height, x - w - 40, c.height),
                    across(0, 0, Palette.alpha(p.pale(), 0.28), 0, c.height, Palette.alpha(p.pale(), 0)));
        }
        Color weed = Palette.mix(p.second(), p.deep(), 0.4);
        for (int i = 0; i < 16; i++) {
            weed(
                    c,
                    c.width * (i + c.between(0, 1)) / 16,
                    c.height * c.between(0.18, 0.4),
                    Palette.vary(weed, 0.3, c.random));
        }
        double sand = c.height * c.between(0.89, 0.93);
        Path2D floor = new Path2D.Double();
        floor.moveTo(0, c.height);
        floor.lineTo(0, sand);
        floor.curveTo(c.width * 0.3, sand - c.between(0, 16), c.width * 0.6, sand + c.between(0, 12), c.width, sand);
        floor.lineTo(c.width, c.height);
        c.fill(
                floor,
                across(
                        0,
                        sand,
                        Palette.mix(p.accent(), p.pale(), 0.3),
                        0,
                        c.height,
                        Palette.mix(p.accent(), p.deep(), 0.3)));
        boolean left = c.random.nextBoolean();
        int small = c.among(1, 2);
        for (int i = 0; i <= small; i++) {
            boolean big = i == small;
            double size = c.width * (big ? c.between(0.5, 0.62) : c.between(0.17, 0.23));
            double x = c.width * (big ? c.between(0.42, 0.58) : i == 0 ? c.between(0.12, 0.3) : c.between(0.7, 0.88));
            double y = c.height * (big ? c.between(0.4, 0.54) : c.between(0.12, 0.26));
            Color body = c.pick(p.main(), p.accent(), p.main());
            c.at(x, y, c.between(-6, 6), size, () -> {
                if (left) {
                    c.graphics.scale(-1, 1);
                }
                oneFish(c, body);
            });
        }
        for (int i = 0; i < 16; i++) {
            double r = c.between(1.5, 6);
            double x = c.between(0, 1) * c.width;
            double y = c.between(0, 1) * c.height;
            c.circle(x, y, r, Palette.alpha(p.pale(), 0.22));
            c.ring(x, y, r, Palette.alpha(p.pale(), 0.7), 1);
        }
        c.light(0.18);
    }

    private static void weed(Canvas c, double x, double tall, Color color) {
        Path2D strand = new Path2D.Double();
        strand.moveTo(x, c.height);
        double sway = c.between(3, 8) * (c.random.nextBoolean() ? 1 : -1);
        for (int i = 1; i <= 4; i++) {
            sway = -sway;
            strand.quadTo(x + sway, c.height - tall * (i - 0.5) / 4, x, c.height - tall * i / 4);
        }
        c.stroke(strand, color, c.between(2.5, 4.5));
    }

    private static void oneFish(Canvas c, Color body) {
        Color fin = Palette.mix(body, c.palette.deep(), 0.45);
        Path2D tail = new Path2D.Double();
        tail.moveTo(-0.3, 0);
        tail.quadTo(-0.45, -0.1, -0.62, -0.24);
        tail.quadTo(-0.52, 0, -0.62, 0.24);
        tail.quadTo(-0.45, 0.1, -0.3, 0);
        c.fill(tail, fin);
        c.fill(polygon(-0.15, -0.18, 0.02, -0.36, 0.2, -0.16), fin);
        c.fill(polygon(-0.1, 0.17, -0.02, 0.3, 0.1, 0.17), fin);
        Path2D shape = new Path2D.Double();
        shape.moveTo(-0.4, 0);
        shape.curveTo(-0.2, -0.3, 0.3, -0.32, 0.46, 0);
        shape.curveTo(0.3, 0.32, -0.2, 0.3, -0.4, 0);
        c.fill(
                shape,
                across(0, -0.25, Palette.mix(body, Color.WHITE, 0.35), 0, 0.25, Palette.mix(body, Color.BLACK, 0.3)));
        for (int i = 0; i < 3; i++) {
            double x = 0.1 - 0.16 * i;
            double tall = 0.19 - 0.035 * i;
            c.stroke(
                    new Arc2D.Double(x - 0.06, -tall, 0.12, 2 * tall, -90, 180, Arc2D.OPEN),
                    Palette.alpha(c.palette.pale(), 0.75),
                    0.035);
        }
        c.circle(0.3, -0.06, 0.055, Color.WHITE);
        c.circle(0.315, -0.06, 0.03, Color.BLACK);
    }

    static void butterflies(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        for (int i = 0; i < 10; i++) {
            c.glow(
                    c.between(0, 1) * c.width,
                    c.between(0, 1) * c.height,
                    c.between(14, 44),
                    c.pick(p.accent(), p.second(), p.pale()),
                    0.35);
        }
        int small = c.among(0, 2);
        for (int i = 0; i < small; i++) {
            c.at(
                    c.width * (i == 0 ? c.between(0.06, 0.16) : c.between(0.84, 0.94)),
                    c.height * c.between(0.12, 0.4),
                    c.between(-30, 30),
                    c.height * 0.14,
                    () -> butterfly(c, p.second(), p.accent()));
        }
        Color wing = c.pick(p.main(), p.second());
        Color spots = c.pick(p.accent(), p.pale());
        c.at(
                c.width * c.between(0.42, 0.58),
                c.height * c.between(0.46, 0.56),
                c.between(-12, 12),
                c.height * c.between(0.4, 0.5),
                () -> butterfly(c, wing, spots));
        c.light(0.15);
    }

    private static void butterfly(Canvas c, Color wing, Color spots) {
        Color edge = Palette.mix(wing, Color.BLACK, 0.65);
        double upper = c.between(0.85, 1.05);
        double lower = c.between(0.6, 0.8);
        double ringAt = c.between(0.5, 0.64);
        for (int side = -1; side <= 1; side += 2) {
            int mirror = side;
            c.at(0, 0, 0, 1, () -> {
                c.graphics.scale(mirror, 1);
                Path2D fore = new Path2D.Double();
                fore.moveTo(0.03, 0);
                fore.curveTo(0.3, -0.8 * upper, 1.0 * upper, -0.95 * upper, 1.05 * upper, -0.6);
                fore.curveTo(1.1 * upper, -0.2, 0.6, 0.12, 0.03, 0.06);
                Path2D hind = new Path2D.Double();
                hind.moveTo(0.03, 0.02);
                hind.curveTo(0.5, 0.0, 0.95 * lower + 0.1, 0.2, 0.75 * lower, 0.62);
                hind.curveTo(0.6 * lower, 0.95 * lower, 0.15, 0.7, 0.03, 0.2);
                for (Path2D part : new Path2D[] {hind, fore}) {
                    c.fill(part, across(0, 0, Palette.mix(wing, Color.WHITE, 0.3), 1, 0, wing));
                    c.stroke(part, edge, 0.06);
                }
                c.circle(ringAt * upper + 0.14, -0.5, 0.13, spots);
                c.circle(ringAt * upper + 0.14, -0.5, 0.065, edge);
                c.circle(0.46 * lower + 0.06, 0.36, 0.1, spots);
                for (int i = 0; i < 3; i++) {
                    c.stroke(
                            new Line2D.Double(0.08, -0.03, 0.45 + 0.14 * i, -0.62 + 0.24 * i),
                            Palette.alpha(edge, 0.6),
                            0.022);
                }
                Path2D feeler = new Path2D.Double();
                feeler.moveTo(0.02, -0.3);
                feeler.quadTo(0.08, -0.55, 0.24, -0.66);
                c.stroke(feeler, edge, 0.025);
            });
        }
        c.fill(new Ellipse2D.Double(-0.055, -0.34, 0.11, 0.8), Palette.mix(edge, Color.BLACK, 0.4));
    }

    static void faces(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        double radius = c.height * c.between(0.36, 0.44);
        double x = c.width * c.between(0.42, 0.58);
        double y = c.height * c.between(0.47, 0.54);
        c.glow(x + radius * 0.2, y + radius * 0.35, radius * 1.2, Color.BLACK, 0.35);
        Color skin = c.pick(p.main(), p.accent(), p.second());
        double mouth = c.between(0.3, 0.52);
        double eye = c.between(0.09, 0.14);
        double gaze = c.between(-0.04, 0.04);
        int smile = c.among(0, 2);
        boolean brows = c.random.nextBoolean();
        c.at(x, y, c.between(-9, 9), radius, () -> {
            c.circle(0, 0, 1, ball(0, 0, 1, skin));
            c.ring(0, 0, 0.985, Palette.alpha(Color.BLACK, 0.35), 0.03);
            for (int side = -1; side <= 1; side += 2) {
                double ex = side * 0.36;
                c.fill(new Ellipse2D.Double(ex - eye * 1.35, -0.26 - eye * 1.7, eye * 2.7, eye * 3.4), Color.WHITE);
                c.circle(ex + gaze, -0.22, eye, Palette.mix(p.deep(), Color.BLACK, 0.5));
                c.circle(ex + gaze + eye * 0.3, -0.27, eye * 0.35, Color.WHITE);
                c.glow(side * 0.6, 0.2, 0.24, c.palette.accent(), 0.6);
                if (brows) {
                    c.stroke(
                            new Arc2D.Double(ex - 0.2, -0.68, 0.4, 0.3, 35, 110, Arc2D.OPEN),
                            Palette.mix(p.deep(), Color.BLACK, 0.4),
                            0.06);
                }
            }
            Color lips = Palette.mix(p.deep(), Color.BLACK, 0.35);
            if (smile == 0) {
                Area open =
                        new Area(new Arc2D.Double(-mouth, -0.1, 2 * mouth, 1.1 * mouth + 0.35, 180, 180, Arc2D.CHORD));
                c.fill(open, lips);
                open.intersect(new Area(new Ellipse2D.Double(-mouth * 0.6, 0.42, mouth * 1.2, 0.6)));
                c.fill(open, p.main().equals(skin) ? p.second() : p.main());
            } else {
                c.stroke(
                        new Arc2D.Double(-mouth, 0.02 - 0.1 * smile, 2 * mouth, 0.6, 195, 150, Arc2D.OPEN), lips, 0.08);
            }
        });
        c.light(0.24);
    }

    static void clocks(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        double radius = c.height * c.between(0.38, 0.45);
        double x = c.width * c.between(0.42, 0.58);
        double y = c.height * c.between(0.47, 0.53);
        c.glow(x + radius * 0.15, y + radius * 0.3, radius * 1.3, Color.BLACK, 0.4);
        Color rim = c.pick(p.main(), p.deep(), p.second());
        Color dial = c.pick(p.pale(), p.pale(), Palette.mix(p.accent(), p.pale(), 0.6));
        Color ink = Palette.mix(p.deep(), Color.BLACK, 0.4);
        double hour = c.between(0, 12);
        c.at(x, y, c.between(-4, 4), radius, () -> {
            c.circle(
                    0,
                    0,
                    1,
                    across(
                            -0.7,
                            -0.7,
                            Palette.mix(rim, Color.WHITE, 0.35),
                            0.7,
                            0.7,
                            Palette.mix(rim, Color.BLACK, 0.4)));
            c.circle(0, 0, 0.84, ball(0, 0, 1.6, dial));
            for (int minute = 0; minute < 60; minute++) {
                boolean full = minute % 5 == 0;
                c.at(
                        0,
                        0,
                        6 * minute,
                        1,
                        () -> c.box(full ? -0.028 : -0.008, -0.78, full ? 0.056 : 0.016, full ? 0.17 : 0.06, ink));
            }
            hand(c, hour * 30, 0.45, 0.05, ink);
            hand(c, hour * 360, 0.66, 0.036, ink);
            hand(c, c.between(0, 360), 0.68, 0.013, p.main());
            c.circle(0, 0, 0.07, p.main());
        });
        c.light(0.3);
    }

    private static void hand(Canvas c, double degrees, double length, double half, Color color) {
        c.at(
                0,
                0,
                degrees,
                1,
                () -> c.fill(polygon(-half, 0.12, -half * 0.5, -length, half * 0.5, -length, half, 0.12), color));
    }
}
