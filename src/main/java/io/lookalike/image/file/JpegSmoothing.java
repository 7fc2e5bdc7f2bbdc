package io.lookalike.image.file;

import java.util.List;

/**
 * Estimates coefficients that no scan has sent to their last bit, from the neighbouring blocks (ITU-T T.81, section
 * K.8), as the decoder of the Java runtime does. Stateless.
 */
final class JpegSmoothing {
    private JpegSmoothing() {}

    /** Estimates coefficients if any of the first ones is not known to its last bit. */
    static void smooth(List<JpegComponent> components, Runnable check) {
        boolean useful = false;
        for (JpegComponent component : components) {
            for (int k = 0; k < JpegComponent.SMOOTHED; k++) {
                if (component.factors[k] == 0) {
                    return;
                }
                useful |= k > 0 && component.known[k] != 0;
            }
        }
        for (JpegComponent component : useful ? components : List.<JpegComponent>of()) {
            for (int y = 0; y < component.high; y++) {
                check.run();
                smooth(component, y);
            }
        }
    }

    /** Estimates from the first coefficients of the neighbouring blocks, which do not change. */
    private static void smooth(JpegComponent component, int y) {
        short[] values = component.coefficients;
        int stride = JpegComponent.BLOCK * component.across;
        long step = component.factors[0];
        for (int x = 0; x < component.wide; x++) {
            int at = y * stride + JpegComponent.BLOCK * x;
            int left = x == 0 ? at : at - JpegComponent.BLOCK;
            int right = x == component.wide - 1 ? at : at + JpegComponent.BLOCK;
            int above = y == 0 ? 0 : -stride;
            int below = y == component.high - 1 ? 0 : stride;
            int across = values[left] - values[right];
            int down = values[at + above] - values[at + below];
            int corners = values[left + above] - values[right + above] - values[left + below] + values[right + below];
            int bentDown = values[at + above] + values[at + below] - 2 * values[at];
            int bentAcross = values[left] + values[right] - 2 * values[at];
            estimate(component, at, 1, 36 * step * across);
            estimate(component, at, 2, 36 * step * down);
            estimate(component, at, 3, 9 * step * bentDown);
            estimate(component, at, 4, 5 * step * corners);
            estimate(component, at, 5, 9 * step * bentAcross);
        }
    }

    private static void estimate(JpegComponent component, int at, int k, long slope) {
        int lowest = component.known[k];
        if (lowest == 0 || component.coefficients[at + k] != 0) {
            return;
        }
        long factor = component.factors[k];
        long size = ((factor << 7) + Math.abs(slope)) / (factor << 8);
        if (lowest > 0) {
            size = Math.min(size, (1L << lowest) - 1);
        }
        component.coefficients[at + k] = (short) (slope >= 0 ? size : -size);
    }
}
