package io.lookalike.image.webp;

/**
 * The loop filter of VP8, which smooths a plane across block edges (RFC 6386, section 15). Stateless.
 *
 * <p>An edge has {@code count} positions, {@code step} apart; {@code across} is the distance to the pixel on the other
 * side.
 */
final class Vp8Filter {

    private Vp8Filter() {}

    static void simple(byte[] plane, int at, int across, int step, int count, int limit) {
        int most = 2 * limit + 1;
        for (int i = 0; i < count; i++, at += step) {
            if (isSmooth(plane, at, across, most)) {
                two(plane, at, across);
            }
        }
    }

    /** Filters an edge between macroblocks; three pixels on each side may change. */
    static void outer(byte[] plane, int at, int across, int step, int count, int limit, int inner, int variance) {
        int most = 2 * limit + 1;
        for (int i = 0; i < count; i++, at += step) {
            if (isSmooth(plane, at, across, most) && isFlat(plane, at, across, inner)) {
                if (varies(plane, at, across, variance)) {
                    two(plane, at, across);
                } else {
                    six(plane, at, across);
                }
            }
        }
    }

    /** Filters an edge inside of a macroblock; two pixels on each side may change. */
    static void inner(byte[] plane, int at, int across, int step, int count, int limit, int inner, int variance) {
        int most = 2 * limit + 1;
        for (int i = 0; i < count; i++, at += step) {
            if (isSmooth(plane, at, across, most) && isFlat(plane, at, across, inner)) {
                if (varies(plane, at, across, variance)) {
                    two(plane, at, across);
                } else {
                    four(plane, at, across);
                }
            }
        }
    }

    private static int p(byte[] plane, int at) {
        return plane[at] & 0xff;
    }

    private static boolean isSmooth(byte[] plane, int at, int s, int most) {
        return 4 * Math.abs(p(plane, at - s) - p(plane, at)) + Math.abs(p(plane, at - 2 * s) - p(plane, at + s))
                <= most;
    }

    private static boolean isFlat(byte[] plane, int at, int s, int most) {
        int p3 = p(plane, at - 4 * s);
        int p2 = p(plane, at - 3 * s);
        int p1 = p(plane, at - 2 * s);
        int p0 = p(plane, at - s);
        int q0 = p(plane, at);
        int q1 = p(plane, at + s);
        int q2 = p(plane, at + 2 * s);
        int q3 = p(plane, at + 3 * s);
        return Math.abs(p3 - p2) <= most
                && Math.abs(p2 - p1) <= most
                && Math.abs(p1 - p0) <= most
                && Math.abs(q3 - q2) <= most
                && Math.abs(q2 - q1) <= most
                && Math.abs(q1 - q0) <= most;
    }

    private static boolean varies(byte[] plane, int at, int s, int threshold) {
        return Math.abs(p(plane, at - 2 * s) - p(plane, at - s)) > threshold
                || Math.abs(p(plane, at + s) - p(plane, at)) > threshold;
    }

    private static void two(byte[] plane, int at, int s) {
        int a = 3 * (p(plane, at) - p(plane, at - s)) + signed(p(plane, at - 2 * s) - p(plane, at + s));
        add(plane, at - s, step(a + 3));
        add(plane, at, -step(a + 4));
    }

    private static void four(byte[] plane, int at, int s) {
        int a = 3 * (p(plane, at) - p(plane, at - s));
        int a1 = step(a + 4);
        int a3 = (a1 + 1) >> 1;
        add(plane, at - 2 * s, a3);
        add(plane, at - s, step(a + 3));
        add(plane, at, -a1);
        add(plane, at + s, -a3);
    }

    private static void six(byte[] plane, int at, int s) {
        int a = signed(3 * (p(plane, at) - p(plane, at - s)) + signed(p(plane, at - 2 * s) - p(plane, at + s)));
        int a1 = (27 * a + 63) >> 7;
        int a2 = (18 * a + 63) >> 7;
        int a3 = (9 * a + 63) >> 7;
        add(plane, at - 3 * s, a3);
        add(plane, at - 2 * s, a2);
        add(plane, at - s, a1);
        add(plane, at, -a1);
        add(plane, at + s, -a2);
        add(plane, at + 2 * s, -a3);
    }

    private static int step(int a) {
        return Math.clamp(a >> 3, -16, 15);
    }

    private static int signed(int a) {
        return Math.clamp(a, -128, 127);
    }

    private static void add(byte[] plane, int at, int change) {
        plane[at] = (byte) Vp8Prediction.clamp((plane[at] & 0xff) + change);
    }
}
