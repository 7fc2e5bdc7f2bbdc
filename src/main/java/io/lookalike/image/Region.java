package io.lookalike.image;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A box of an upright picture: its left and top edge and its sides. A part outside of the picture is cut off, or
 * refused.
 *
 * <p>Immutable, as long as the values in {@code more} do not change.
 *
 * @param fractions whether the four numbers are fractions of the picture's sides; else pixels
 * @param inside whether to refuse a box that reaches outside by more than a pixel, or a thousandth of the picture's
 *     side
 * @param more other values, stored with the box
 */
public record Region(
        double x, double y, double width, double height, boolean fractions, boolean inside, Map<String, Object> more) {
    /** Tolerance for rounding, as a share of the side. */
    private static final double ROUNDING = 1e-3;

    /** @throws IllegalArgumentException unless all are finite and the sides above zero */
    public Region {
        if (!Double.isFinite(x)
                || !Double.isFinite(y)
                || !(width > 0)
                || !(height > 0)
                || !Double.isFinite(width)
                || !Double.isFinite(height)) {
            throw new IllegalArgumentException(
                    "a box needs finite numbers and sides above [0]; got " + text(x, y, width, height));
        }
    }

    private static String text(double x, double y, double width, double height) {
        return "x [" + x + "], y [" + y + "], width [" + width + "], height [" + height + "]";
    }

    /**
     * The part inside of a picture, in whole pixels of the file's picture.
     *
     * @param what how messages name the picture
     * @return left, top, width, height
     * @throws ImageException if no part is inside, or the box reaches outside and must not
     */
    public int[] within(String what, Picture picture) {
        return within(what, picture.fullWidth(), picture.fullHeight());
    }

    /** The same for the sides of a picture, in pixels. */
    public int[] within(String what, int pictureWidth, int pictureHeight) {
        double scaleX = fractions ? pictureWidth : 1;
        double scaleY = fractions ? pictureHeight : 1;
        int left = (int) Math.clamp(Math.rint(x * scaleX), 0, pictureWidth);
        int top = (int) Math.clamp(Math.rint(y * scaleY), 0, pictureHeight);
        int right = (int) Math.clamp(Math.rint((x + width) * scaleX), 0, pictureWidth);
        int bottom = (int) Math.clamp(Math.rint((y + height) * scaleY), 0, pictureHeight);
        if (right <= left || bottom <= top) {
            throw new ImageException("cannot cut a box out of " + what + ": " + text(x, y, width, height)
                    + " has no pixel of the picture of [" + pictureWidth + "] x [" + pictureHeight + "]");
        }
        if (inside
                && (isOutside(x * scaleX, (x + width) * scaleX, pictureWidth)
                        || isOutside(y * scaleY, (y + height) * scaleY, pictureHeight))) {
            throw new ImageException("cannot cut a box out of " + what + ": " + text(x, y, width, height)
                    + " reaches outside of the picture of [" + pictureWidth + "] x [" + pictureHeight
                    + "]; set [region_format] to [xyxy] if the last two are its right and bottom edge, or to [xywh] to"
                    + " cut off what lies outside");
        }
        return new int[] {left, top, right - left, bottom - top};
    }

    private static boolean isOutside(double from, double to, int side) {
        double most = Math.max(1, ROUNDING * side);
        return from < -most || to > side + most;
    }

    /** The form in documents: the box from {@link #within}, and the other values. */
    public Map<String, Object> stored(int[] box) {
        Map<String, Object> stored = new LinkedHashMap<>();
        stored.put("x", box[0]);
        stored.put("y", box[1]);
        stored.put("width", box[2]);
        stored.put("height", box[3]);
        more.forEach(stored::putIfAbsent);
        return stored;
    }

    /** Crops the decoded pixels to a box from {@link #within}. */
    public static Picture cut(Picture picture, int[] box) {
        int left = Math.toIntExact((long) box[0] * picture.width() / picture.fullWidth());
        int top = Math.toIntExact((long) box[1] * picture.height() / picture.fullHeight());
        int width = Math.max(1, Math.toIntExact(Math.round((double) box[2] * picture.width() / picture.fullWidth())));
        int height =
                Math.max(1, Math.toIntExact(Math.round((double) box[3] * picture.height() / picture.fullHeight())));
        width = Math.min(width, picture.width() - left);
        height = Math.min(height, picture.height() - top);
        byte[] rgb = new byte[Math.toIntExact(3L * width * height)];
        for (int row = 0; row < height; row++) {
            System.arraycopy(
                    picture.rgb(), 3 * ((top + row) * picture.width() + left), rgb, 3 * row * width, 3 * width);
        }
        return Picture.ofRgb(width, height, rgb, picture.format()).standingFor(box[2], box[3]);
    }
}
