package io.lookalike.demo;

import static io.lookalike.demo.Canvas.across;
import static io.lookalike.demo.Canvas.polygon;

import java.awt.Color;
import java.awt.geom.Path2D;

/** Painters of scenes with a sky and a ground; each draws one picture on the canvas it is given. Stateless. */
final class Landscapes {
    private Landscapes() {}

    static void mountains(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        double sunX = c.between(0.12, 0.88) * c.width;
        double sunY = c.between(0.12, 0.3) * c.height;
        double sun = c.between(0.05, 0.085) * c.width;
        c.glow(sunX, sunY, sun * 4, p.pale(), 0.6);
        c.circle(sunX, sunY, sun, Palette.mix(p.accent(), p.pale(), p.dusk() ? 0.5 : 0.1));
        int ranges = c.among(3, 4);
        for (int range = 0; range < ranges; range++) {
            double near = (range + 1.0) / ranges;
            Color color = Palette.mix(
                    p.skyBottom(),
                    range == 0 || range == 2 ? p.main() : c.pick(p.second(), p.deep()),
                    0.35 + 0.55 * near);
            range(c, 0.34 + 0.5 * (near - 1.0 / ranges), 0.26 - 0.1 * near, color, range == 0 ? p.pale() : null);
        }
        c.light(0.15);
    }

    private static void range(Canvas c, double top, double relief, Color color, Color snow) {
        int peaks = c.among(3, 4);
        double step = (double) c.width / peaks;
        Path2D ridge = new Path2D.Double();
        ridge.moveTo(-step, c.height);
        double x = -step * c.between(0.2, 0.9);
        ridge.lineTo(x, c.height * (top + relief));
        double[][] summits = new double[peaks + 2][];
        for (int i = 0; i < peaks + 2; i++) {
            double half = step * c.between(0.4, 0.6);
            double summitY = c.height * (top + relief * c.between(0, 0.5));
            double valleyY = c.height * (top + relief * c.between(0.85, 1.3));
            summits[i] = new double[] {x + half, summitY, half};
            ridge.lineTo(x + half * c.between(0.4, 0.6), (summitY + valleyY) / 2 + c.between(-4, 4));
            ridge.lineTo(x + half, summitY);
            ridge.lineTo(x + half * c.between(1.4, 1.6), (summitY + valleyY) / 2 + c.between(-4, 4));
            ridge.lineTo(x + 2 * half, valleyY);
            x += 2 * half;
        }
        ridge.lineTo(c.width + step, c.height);
        ridge.closePath();
        c.fill(
                ridge,
                across(
                        0,
                        c.height * top,
                        color,
                        0,
                        c.height * (top + 0.5),
                        Palette.mix(color, c.palette.skyBottom(), 0.35)));
        for (double[] s : summits) {
            double foot = c.height * (top + relief * 1.5);
            c.fill(
                    polygon(
                            s[0],
                            s[1],
                            s[0] + s[2] * 0.5,
                            (s[1] + foot) / 2 - 4,
                            s[0] + s[2] * 0.75,
                            foot,
                            s[0] + s[2] * 0.1,
                            foot,
                            s[0] - s[2] * 0.12,
                            (s[1] + foot) / 2),
                    Palette.alpha(Color.BLACK, 0.16));
            if (snow != null) {
                double d = s[2] * 0.27;
                double drop = c.height * relief * 0.28;
                c.fill(
                        polygon(
                                s[0],
                                s[1],
                                s[0] + d,
                                s[1] + drop,
                                s[0] + d * 0.3,
                                s[1] + drop * 0.75,
                                s[0],
                                s[1] + drop * 1.15,
                                s[0] - d * 0.4,
                                s[1] + drop * 0.7,
                                s[0] - d,
                                s[1] + drop),
                        Palette.alpha(snow, 0.9));
            }
        }
    }

    static void skyline(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        c.circle(
                c.between(0.1, 0.9) * c.width,
                c.between(0.1, 0.26) * c.height,
                c.between(0.04, 0.07) * c.width,
                Palette.mix(p.pale(), p.accent(), 0.3));
        for (int row = 0; row < 2; row++) {
            double x = -c.between(0, 20);
            while (x < c.width) {
                double w = c.width * c.between(0.085, 0.15);
                double h = c.height * (row == 0 ? c.between(0.42, 0.76) : c.between(0.2, 0.56));
                Color color = row == 0
                        ? Palette.mix(p.skyBottom(), c.pick(p.main(), p.second()), 0.5)
                        : Palette.vary(c.pick(p.main(), p.second(), p.deep()), 0.15, c.random);
                tower(c, x, w, h, color, row);
                x += w + (row == 0 ? c.between(0, 10) : c.between(-1, 8));
            }
        }
        c.light(0.14);
    }

    private static void tower(Canvas c, double x, double w, double h, Color color, int row) {
        double y = c.height - h;
        c.box(
                x,
                y,
                w,
                h,
                across(x, y, Palette.mix(color, Color.WHITE, 0.12), x + w, y, Palette.mix(color, Color.BLACK, 0.18)));
        int roof = c.among(0, 3);
        if (roof == 0) {
            c.fill(polygon(x, y, x + w, y, x + w / 2, y - w * 0.5), Palette.mix(color, Color.BLACK, 0.1));
        } else if (roof == 1) {
            c.box(x + w * 0.46, y - w * 0.7, w * 0.08, w * 0.7, color);
        } else if (roof == 2) {
            c.box(x + w * 0.2, y - w * 0.2, w * 0.6, w * 0.2 + 1, color);
        }
        Color lit = Palette.mix(c.palette.accent(), c.palette.pale(), 0.4);
        int columns = c.among(3, 4);
        double cell = w / (columns + 0.5);
        double tall = cell * c.between(1.2, 1.5);
        for (double wy = y + cell * 0.5; wy < c.height - cell; wy += tall) {
            for (int i = 0; i < columns; i++) {
                boolean on = c.random.nextInt(10) < (row == 0 ? 4 : 7);
                Color pane = on ? Palette.alpha(lit, row == 0 ? 0.5 : 0.9) : Palette.alpha(Color.BLACK, 0.25);
                c.box(x + cell * (i + 0.45), wy, cell * 0.6, tall * 0.58, pane);
            }
        }
    }

    static void sailboats(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        double horizon = c.height * c.between(0.54, 0.64);
        for (int i = c.among(1, 3); i > 0; i--) {
            cloud(c, c.between(0, 1) * c.width, c.between(0.08, 0.25) * c.height, c.between(8, 15));
        }
        Color sea = Palette.mix(p.second(), p.skyTop(), 0.3);
        c.box(
                0,
                horizon,
                c.width,
                c.height - horizon,
                across(0, horizon, Palette.mix(sea, p.pale(), 0.35), 0, c.height, Palette.mix(sea, p.deep(), 0.5)));
        for (int i = 0; i < 34; i++) {
            double depth = c.between(0.02, 1);
            double y = horizon + depth * (c.height - horizon);
            double w = 8 + 30 * depth;
            Path2D ripple = new Path2D.Double();
            double x = c.between(0, 1) * c.width;
            ripple.moveTo(x, y);
            ripple.quadTo(x + w / 2, y + 3 * depth, x + w, y);
            c.stroke(ripple, Palette.alpha(p.pale(), 0.45), 0.6 + 1.6 * depth);
        }
        int boats = c.among(1, 3);
        double slot = (double) c.width / boats;
        for (int i = 0; i < boats; i++) {
            double size = c.height * (boats == 1 ? c.between(0.48, 0.62) : c.between(0.34, 0.5));
            double x = slot * (i + c.between(0.38, 0.62));
            double y = horizon + c.height * c.between(0.03, 0.16);
            boolean mirrored = c.random.nextBoolean();
            c.at(x, y, c.between(-4, 4), size, () -> {
                if (mirrored) {
                    c.graphics.scale(-1, 1);
                }
                boat(c);
            });
        }
        c.light(0.16);
    }

    private static void boat(Canvas c) {
        Palette p = c.palette;
        Color sail = c.pick(p.pale(), p.accent(), p.main());
        Color jib = c.pick(p.pale(), p.main(), p.accent());
        Color hull = c.pick(p.deep(), p.main());
        Path2D mainsail = polygon(0.03, -0.95, 0.36, -0.14, 0.03, -0.14);
        c.fill(mainsail, across(0, 0, sail, 0.36, 0, Palette.mix(sail, Color.BLACK, 0.25)));
        c.fill(
                polygon(-0.03, -0.85, -0.03, -0.14, -0.28, -0.14),
                across(-0.3, 0, jib, 0, 0, Palette.mix(jib, Color.BLACK, 0.2)));
        c.box(-0.012, -1, 0.024, 1, Palette.mix(p.deep(), Color.BLACK, 0.2));
        Path2D body = new Path2D.Double();
        body.moveTo(-0.4, -0.08);
        body.lineTo(0.42, -0.08);
        body.quadTo(0.36, 0.1, 0.24, 0.1);
        body.lineTo(-0.22, 0.1);
        body.quadTo(-0.36, 0.06, -0.4, -0.08);
        c.fill(
                body,
                across(0, -0.08, Palette.mix(hull, Color.WHITE, 0.2), 0, 0.1, Palette.mix(hull, Color.BLACK, 0.3)));
        c.box(-0.37, -0.045, 0.75, 0.022, p.pale());
    }

    private static void cloud(Canvas c, double x, double y, double size) {
        for (int i = -2; i <= 2; i++) {
            double r = size * (1 - 0.22 * Math.abs(i)) * c.between(0.85, 1.15);
            c.circle(x + i * size * 0.85, y - r * 0.3, r, Palette.alpha(c.palette.pale(), 0.55));
        }
    }

    static void forest(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        c.glow(c.between(0.2, 0.8) * c.width, c.between(0.3, 0.6) * c.height, c.width * 0.45, p.pale(), 0.55);
        double ground = c.height * c.between(0.84, 0.9);
        Color soil = Palette.mix(p.second(), p.deep(), 0.45);
        c.box(0, ground, c.width, c.height, across(0, ground, soil, 0, c.height, Palette.mix(soil, Color.BLACK, 0.35)));
        for (int layer = 0; layer < 3; layer++) {
            int trunks = 9 - 2 * layer;
            Color bark =
                    Palette.mix(p.skyBottom(), layer == 2 ? p.deep() : c.pick(p.main(), p.deep()), 0.32 + 0.3 * layer);
            for (int i = 0; i < trunks; i++) {
                double x = c.width * (i + c.between(0.1, 0.9)) / trunks;
                trunk(c, x, ground + layer * 6, c.width * (0.011 + 0.009 * layer) * c.between(0.8, 1.3), bark);
            }
        }
        Color leaves = Palette.mix(p.main(), p.second(), c.between(0, 1));
        for (int i = 0; i < 130; i++) {
            double x = c.between(-0.02, 1.02) * c.width;
            double y = c.height * Math.abs(c.random.nextGaussian()) * 0.09;
            c.circle(x, y, c.between(4, 10), Palette.alpha(Palette.vary(leaves, 0.35, c.random), 0.8));
        }
        c.light(0.26);
    }

    private static void trunk(Canvas c, double x, double ground, double w, Color bark) {
        double lean = c.between(-0.03, 0.03) * c.height;
        Color dark = Palette.mix(bark, Color.BLACK, 0.35);
        c.fill(
                polygon(x - w, ground + 4, x - w * 0.6 + lean, 0, x + w * 0.6 + lean, 0, x + w, ground + 4),
                across(x - w, 0, Palette.mix(bark, Color.WHITE, 0.2), x + w, 0, dark));
        for (int i = c.among(2, 4); i > 0; i--) {
            double y = ground * c.between(0.2, 0.85);
            double side = c.random.nextBoolean() ? 1 : -1;
            double reach = w * c.between(2, 4.5);
            Path2D branch = new Path2D.Double();
            branch.moveTo(x + lean * (1 - y / ground), y);
            branch.quadTo(x + side * reach * 0.4, y - reach * 0.3, x + side * reach, y - reach * c.between(0.9, 1.4));
            c.stroke(branch, bark, w * 0.35);
        }
    }

    static void houses(Canvas c) {
        Palette p = c.palette;
        c.backdrop(p.skyTop(), p.skyBottom());
        for (int i = c.among(1, 2); i > 0; i--) {
            cloud(c, c.between(0, 1) * c.width, c.between(0.07, 0.16) * c.height, c.between(7, 12));
        }
        double ground = c.height * c.between(0.82, 0.88);
        Color lawn = Palette.mix(p.second(), p.deep(), 0.2);
        c.box(
                0,
                ground - 6,
                c.width,
                c.height,
                across(0, ground, lawn, 0, c.height, Palette.mix(lawn, Color.BLACK, 0.4)));
        double w = c.width * c.between(0.42, 0.56);
        double h = c.height * c.between(0.34, 0.42);
        double x = (c.width - w) * c.between(0.3, 0.7);
        double y = ground - h;
        if (c.random.nextBoolean()) {
            bush(c, x - c.between(10, 24), ground, c.between(16, 26), lawn);
        }
        if (c.random.nextBoolean()) {
            bush(c, x + w + c.between(8, 26), ground, c.between(16, 26), lawn);
        }
        Color wall = c.pick(p.pale(), p.accent(), p.main());
        Color roof = wall.equals(p.main()) ? p.deep() : c.pick(p.main(), p.deep());
        c.box(
                x,
                y,
                w,
                h,
                across(x, 0, Palette.mix(wall, Color.WHITE, 0.12), x + w, 0, Palette.mix(wall, Color.BLACK, 0.2)));
        for (double line = y + 7; line < ground; line += 7) {
            c.box(x, line, w, 1, Palette.alpha(Color.BLACK, 0.1));
        }
        double rise = c.height * c.between(0.2, 0.27);
        double eave = w * 0.09;
        double chimney = x + w * c.between(0.66, 0.76);
        c.box(chimney, y - rise * 0.85, w * 0.09, rise * 0.75, Palette.mix(roof, Color.BLACK, 0.3));
        c.fill(
                polygon(x - eave, y + 2, x + w / 2, y - rise, x + w + eave, y + 2),
                across(0, y - rise, Palette.mix(roof, Color.WHITE, 0.18), 0, y, Palette.mix(roof, Color.BLACK, 0.15)));
        double doorW = w * 0.17;
        c.box(x + w / 2 - doorW / 2, ground - h * 0.58, doorW, h * 0.58, Palette.mix(roof, Color.BLACK, 0.25));
        c.circle(x + w / 2 + doorW * 0.28, ground - h * 0.27, 1.8, p.accent());
        for (double side : new double[] {0.21, 0.79}) {
            window(c, x + w * side, y + h * 0.42, w * c.between(0.17, 0.21), h * 0.36);
        }
        window(c, x + w / 2, y - rise * 0.34, w * 0.12, rise * 0.3);
        c.light(0.16);
    }

    private static void window(Canvas c, double x, double y, double w, double h) {
        Palette p = c.palette;
        Color pane = p.dusk() ? p.accent() : Palette.mix(p.skyTop(), p.deep(), 0.4);
        c.box(x - w / 2 - 2, y - h / 2 - 2, w + 4, h + 4, p.pale());
        c.box(
                x - w / 2,
                y - h / 2,
                w,
                h,
                across(x - w / 2, y - h / 2, Palette.mix(pane, Color.WHITE, 0.35), x + w / 2, y + h / 2, pane));
        c.box(x - 1, y - h / 2, 2, h, p.pale());
        c.box(x - w / 2, y - 1, w, 2, p.pale());
    }

    private static void bush(Canvas c, double x, double ground, double size, Color lawn) {
        for (int i = 0; i < 9; i++) {
            double r = size * c.between(0.35, 0.6);
            double cx = x + c.between(-0.5, 0.5) * size;
            double cy = ground - c.between(0.2, 1.3) * size;
            c.circle(cx, cy, r, Canvas.ball(cx, cy, r, Palette.vary(lawn, 0.25, c.random)));
        }
    }
}
