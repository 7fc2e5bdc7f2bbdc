package io.lookalike.image.webp;

/**
 * Predicts blocks of a plane from the pixels above and left of them (RFC 6386, section 12).
 *
 * <p>A plane has an extra row above and an extra column to the left, so that every block has neighbours. Stateless.
 */
final class Vp8Prediction {

    static final int DC = 0;
    static final int TRUE_MOTION = 1;
    static final int VERTICAL = 2;
    static final int HORIZONTAL = 3;

    private static final int NOTHING_KNOWN = 128;

    private Vp8Prediction() {}

    /** Predicts the block of a whole macroblock; {@code size} is 16 or 8. */
    static void square(byte[] plane, int stride, int at, int size, int mode, boolean hasTop, boolean hasLeft) {
        switch (mode) {
            case VERTICAL -> {
                for (int y = 0; y < size; y++) {
                    System.arraycopy(plane, at - stride, plane, at + y * stride, size);
                }
            }
            case HORIZONTAL -> {
                for (int y = 0; y < size; y++) {
                    int row = at + y * stride;
                    fill(plane, row, size, plane[row - 1]);
                }
            }
            case TRUE_MOTION -> trueMotion(plane, stride, at, size);
            default -> {
                byte mean = (byte) mean(plane, stride, at, size, hasTop, hasLeft);
                for (int y = 0; y < size; y++) {
                    fill(plane, at + y * stride, size, mean);
                }
            }
        }
    }

    private static void fill(byte[] plane, int from, int count, byte value) {
        for (int i = from; i < from + count; i++) {
            plane[i] = value;
        }
    }

    private static int mean(byte[] plane, int stride, int at, int size, boolean hasTop, boolean hasLeft) {
        int sum = 0;
        int count = 0;
        if (hasTop) {
            for (int x = 0; x < size; x++) {
                sum += plane[at - stride + x] & 0xff;
            }
            count += size;
        }
        if (hasLeft) {
            for (int y = 0; y < size; y++) {
                sum += plane[at + y * stride - 1] & 0xff;
            }
            count += size;
        }
        return count == 0 ? NOTHING_KNOWN : (sum + count / 2) / count;
    }

    private static void trueMotion(byte[] plane, int stride, int at, int size) {
        int corner = plane[at - stride - 1] & 0xff;
        for (int y = 0; y < size; y++) {
            int row = at + y * stride;
            int base = (plane[row - 1] & 0xff) - corner;
            for (int x = 0; x < size; x++) {
                plane[row + x] = (byte) clamp(base + (plane[at - stride + x] & 0xff));
            }
        }
    }

    /**
     * Predicts a block of four by four.
     *
     * @param edge the neighbours: left, from the bottom (0 to 3), corner (4), top and top right (5 to 12)
     */
    static void block(byte[] plane, int stride, int at, int mode, int[] edge) {
        switch (mode) {
            case 0 -> {
                int sum = 4;
                for (int i = 0; i < 4; i++) {
                    sum += edge[i] + edge[5 + i];
                }
                for (int y = 0; y < 4; y++) {
                    fill(plane, at + y * stride, 4, (byte) (sum >> 3));
                }
            }
            case 1 -> trueMotion(plane, stride, at, 4);
            case 2 -> {
                for (int i = 0; i < 16; i++) {
                    plane[at + (i >> 2) * stride + (i & 3)] = (byte) mean3(edge, 5 + (i & 3));
                }
            }
            case 3 -> {
                for (int y = 0; y < 4; y++) {
                    int value = y < 3 ? mean3(edge, 3 - y) : (edge[1] + 3 * edge[0] + 2) >> 2;
                    fill(plane, at + y * stride, 4, (byte) value);
                }
            }
            case 4 -> {
                for (int i = 0; i < 16; i++) {
                    int diagonal = 6 + (i >> 2) + (i & 3);
                    int value = diagonal < 12 ? mean3(edge, diagonal) : (edge[11] + 3 * edge[12] + 2) >> 2;
                    plane[at + (i >> 2) * stride + (i & 3)] = (byte) value;
                }
            }
            case 5 -> {
                for (int i = 0; i < 16; i++) {
                    plane[at + (i >> 2) * stride + (i & 3)] = (byte) mean3(edge, 4 + (i & 3) - (i >> 2));
                }
            }
            case 6 -> verticalRight(plane, stride, at, edge);
            case 7 -> verticalLeft(plane, stride, at, edge);
            case 8 -> horizontalDown(plane, stride, at, edge);
            default -> horizontalUp(plane, stride, at, edge);
        }
    }

    private static void verticalRight(byte[] plane, int stride, int at, int[] edge) {
        for (int x = 0; x < 4; x++) {
            plane[at + x] = (byte) mean2(edge, 4 + x);
            plane[at + stride + x] = (byte) mean3(edge, 4 + x);
        }
        plane[at + 2 * stride] = (byte) mean3(edge, 3);
        plane[at + 3 * stride] = (byte) mean3(edge, 2);
        System.arraycopy(plane, at, plane, at + 2 * stride + 1, 3);
        System.arraycopy(plane, at + stride, plane, at + 3 * stride + 1, 3);
    }

    private static void verticalLeft(byte[] plane, int stride, int at, int[] edge) {
        for (int x = 0; x < 4; x++) {
            plane[at + x] = (byte) mean2(edge, 5 + x);
            plane[at + stride + x] = (byte) mean3(edge, 6 + x);
        }
        System.arraycopy(plane, at + 1, plane, at + 2 * stride, 3);
        System.arraycopy(plane, at + stride + 1, plane, at + 3 * stride, 3);
        plane[at + 2 * stride + 3] = (byte) mean3(edge, 10);
        plane[at + 3 * stride + 3] = (byte) mean3(edge, 11);
    }

    private static void horizontalDown(byte[] plane, int stride, int at, int[] edge) {
        for (int y = 0; y < 4; y++) {
            int row = at + y * stride;
            plane[row] = (byte) mean2(edge, 3 - y);
            plane[row + 1] = (byte) mean3(edge, 4 - y);
            if (y == 0) {
                plane[row + 2] = (byte) mean3(edge, 5);
                plane[row + 3] = (byte) mean3(edge, 6);
            } else {
                System.arraycopy(plane, row - stride, plane, row + 2, 2);
            }
        }
    }

    private static void horizontalUp(byte[] plane, int stride, int at, int[] edge) {
        int[] line = {
            mean2(edge, 2),
            mean3(edge, 2),
            mean2(edge, 1),
            mean3(edge, 1),
            mean2(edge, 0),
            (edge[1] + 3 * edge[0] + 2) >> 2,
            edge[0]
        };
        for (int i = 0; i < 16; i++) {
            plane[at + (i >> 2) * stride + (i & 3)] = (byte) line[Math.min(6, 2 * (i >> 2) + (i & 3))];
        }
    }

    private static int mean2(int[] edge, int at) {
        return (edge[at] + edge[at + 1] + 1) >> 1;
    }

    private static int mean3(int[] edge, int at) {
        return (edge[at - 1] + 2 * edge[at] + edge[at + 1] + 2) >> 2;
    }

    static int clamp(int value) {
        return value < 0 ? 0 : Math.min(value, 255);
    }
}
