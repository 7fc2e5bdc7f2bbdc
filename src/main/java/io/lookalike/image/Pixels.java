package io.lookalike.image;

import io.lookalike.image.bytes.Unreadable;
import io.lookalike.image.file.Frame;
import io.lookalike.image.icc.ColourProfile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;

/**
 * Copies a reader's image onto a {@link Canvas}, as eight bits of red, green and blue.
 *
 * <p>Grey g becomes (g, g, g); of sixteen bits the upper eight are kept. Alpha is composited over a {@link Background}.
 * Bytes and palettes, which are by far the most common, are copied directly, other layouts row by row. Everything is
 * copied twice only if black is the better background, and again if the background changes.
 */
final class Pixels {

    private enum Alpha {
        NONE,
        STRAIGHT,
        PREMULTIPLIED
    }

    private static final int WHITE = 255;
    private static final int BLACK = 0;

    private final Canvas canvas;
    private final int left;
    private final int top;
    private int paper = WHITE;
    /** Whether to measure which background is better. */
    private boolean looks;
    /** Sum of alpha, and of luma times alpha, of all pixels so far. */
    private long visible;

    private long brightness;

    Pixels(Canvas canvas, int left, int top) {
        this.canvas = canvas;
        this.left = left;
        this.top = top;
    }

    /** Draws the image over white. An opaque image is not measured. */
    void draw(BufferedImage image, Frame.Alpha meaning) throws Unreadable {
        looks = image.getColorModel().hasAlpha()
                || (long) image.getWidth() * image.getHeight() < (long) canvas.width * canvas.height;
        drawOverPaper(image, meaning);
        looks = false;
    }

    /** Whether the image is partly transparent, and black contrasts with it. */
    boolean isBright() {
        return 2 * brightness > WHITE * visible && visible < (long) WHITE * canvas.width * canvas.height;
    }

    /** Draws an image that {@linkplain #isBright is bright} again, over another background. */
    void drawOver(Background background, BufferedImage image, Frame.Alpha meaning) throws Unreadable {
        paper = background == Background.CONTRAST ? BLACK : WHITE;
        canvas.fill(paper);
        drawOverPaper(image, meaning);
    }

    private void drawOverPaper(BufferedImage image, Frame.Alpha meaning) throws Unreadable {
        Raster raster = image.getRaster();
        ColorModel colours = image.getColorModel();
        if (colours instanceof IndexColorModel palette) {
            drawPalette(raster, palette);
            return;
        }
        boolean none = !colours.hasAlpha() || meaning == Frame.Alpha.IGNORED;
        boolean premultiplied = meaning == Frame.Alpha.PREMULTIPLIED || image.isAlphaPremultiplied();
        Alpha alpha = none ? Alpha.NONE : premultiplied ? Alpha.PREMULTIPLIED : Alpha.STRAIGHT;
        int bands = raster.getNumBands();
        if (bands > 4 || (bands % 2 == 1 && colours.hasAlpha())) {
            throw new Unreadable("a picture of [" + bands + "] channels is not supported");
        }
        if (plainBytes(raster)) {
            drawBytes(raster, alpha);
        } else {
            drawSamples(raster, alpha);
        }
    }

    /** Draws four ink channels, inverted as they are stored; without a profile by Pillow's formula. */
    void drawInks(Raster raster, Frame.Inks inks, ColourProfile profile) throws Unreadable {
        int bits = raster.getSampleModel().getSampleSize(0);
        if (raster.getNumBands() != 4 || (bits != 8 && (bits != 16 || inks != Frame.Inks.TIFF_CMYK))) {
            throw new Unreadable("a picture of [" + raster.getNumBands() + "] channels is not supported");
        }
        int width = raster.getWidth();
        int[] row = new int[4 * width];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            if (inks == Frame.Inks.YCCK) {
                toCmyk(row);
            } else if (inks == Frame.Inks.TIFF_CMYK) {
                for (int i = 0; i < row.length; i++) {
                    row[i] = 255 - (row[i] >>> (bits - 8) & 0xff);
                }
            }
            int to = canvas.at(left, top + y);
            if (profile != null) {
                for (int i = 0; i < row.length; i += 4, to += canvas.stepX) {
                    int colour = profile.ofInks(255 - row[i], 255 - row[i + 1], 255 - row[i + 2], 255 - row[i + 3]);
                    put(to, colour >> 16, colour >> 8, colour);
                }
                continue;
            }
            for (int i = 0; i < row.length; i += 4, to += canvas.stepX) {
                int key = row[i + 3];
                put(to, under(row[i], key), under(row[i + 1], key), under(row[i + 2], key));
            }
        }
    }

    private static int under(int ink, int key) {
        return clamp(key - scaled(255 - ink, key));
    }

    /** The conversion of JFIF 1.02, page 3, inverted as Adobe's files have it. */
    private static void toCmyk(int[] row) {
        for (int i = 0; i < row.length; i += 4) {
            int y = row[i];
            int cb = row[i + 1] - 128;
            int cr = row[i + 2] - 128;
            row[i] = 255 - clamp(y + ((91881 * cr + 32768) >> 16));
            row[i + 1] = 255 - clamp(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
            row[i + 2] = 255 - clamp(y + ((116130 * cb + 32768) >> 16));
        }
    }

    private static boolean plainBytes(Raster raster) {
        return raster.getSampleModel() instanceof ComponentSampleModel
                && raster.getDataBuffer() instanceof DataBufferByte data
                && data.getNumBanks() == 1;
    }

    private void drawBytes(Raster raster, Alpha kind) {
        ComponentSampleModel model = (ComponentSampleModel) raster.getSampleModel();
        DataBufferByte buffer = (DataBufferByte) raster.getDataBuffer();
        byte[] data = buffer.getData();
        int[] offsets = model.getBandOffsets();
        int bands = offsets.length;
        int green = bands < 3 ? 0 : offsets[1] - offsets[0];
        int blue = bands < 3 ? 0 : offsets[2] - offsets[0];
        int alpha = offsets[bands - 1] - offsets[0];
        int step = model.getPixelStride();
        int first = buffer.getOffset()
                + offsets[0]
                - raster.getSampleModelTranslateX() * step
                - raster.getSampleModelTranslateY() * model.getScanlineStride();
        byte[] rgb = canvas.rgb;
        int stepX = canvas.stepX;
        int width = raster.getWidth();
        for (int y = 0; y < raster.getHeight(); y++) {
            int from = first + y * model.getScanlineStride();
            int to = canvas.at(left, top + y);
            if (kind != Alpha.NONE || looks) {
                for (int x = 0; x < width; x++, from += step, to += stepX) {
                    int a = kind == Alpha.NONE ? 255 : data[from + alpha] & 0xff;
                    lay(to, kind, data[from] & 0xff, data[from + green] & 0xff, data[from + blue] & 0xff, a);
                }
            } else {
                for (int x = 0; x < width; x++, from += step, to += stepX) {
                    rgb[to] = data[from];
                    rgb[to + 1] = data[from + green];
                    rgb[to + 2] = data[from + blue];
                }
            }
        }
    }

    private void drawPalette(Raster raster, IndexColorModel palette) {
        int indices = 1 << raster.getSampleModel().getSampleSize(0);
        int[] colours = new int[Math.max(indices, palette.getMapSize())];
        palette.getRGBs(colours);
        int[] laid = new int[colours.length];
        long[] seen = new long[colours.length];
        for (int i = 0; i < palette.getMapSize(); i++) {
            int c = colours[i];
            int a = c >>> 24;
            laid[i] = over(Alpha.STRAIGHT, c >> 16 & 0xff, a) << 16
                    | over(Alpha.STRAIGHT, c >> 8 & 0xff, a) << 8
                    | over(Alpha.STRAIGHT, c & 0xff, a);
        }
        int width = raster.getWidth();
        int[] row = new int[width];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
            int to = canvas.at(left, top + y);
            for (int x = 0; x < width; x++, to += canvas.stepX) {
                int c = laid[row[x]];
                put(to, c >> 16, c >> 8, c);
                seen[row[x]]++;
            }
        }
        for (int i = 0; i < colours.length; i++) {
            int c = colours[i];
            look(Alpha.STRAIGHT, c >> 16 & 0xff, c >> 8 & 0xff, c & 0xff, c >>> 24, seen[i]);
        }
    }

    private void drawSamples(Raster raster, Alpha kind) throws Unreadable {
        SampleModel model = raster.getSampleModel();
        int type = model.getDataType();
        if (type == DataBuffer.TYPE_FLOAT || type == DataBuffer.TYPE_DOUBLE || type == DataBuffer.TYPE_UNDEFINED) {
            throw new Unreadable("a picture of fractional samples is not supported");
        }
        int bands = model.getNumBands();
        int width = raster.getWidth();
        int[] row = new int[bands * width];
        int green = bands < 3 ? 0 : 1;
        int blue = bands < 3 ? 0 : 2;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int band = 0; band < bands; band++) {
                toEightBits(row, band, bands, model.getSampleSize(band));
            }
            int to = canvas.at(left, top + y);
            for (int i = 0; i < row.length; i += bands, to += canvas.stepX) {
                int a = kind == Alpha.NONE ? 255 : row[i + bands - 1];
                lay(to, kind, row[i], row[i + green], row[i + blue], a);
            }
        }
    }

    private static void toEightBits(int[] row, int band, int bands, int bits) {
        if (bits > 8) {
            for (int i = band; i < row.length; i += bands) {
                row[i] = (row[i] >>> (bits - 8)) & 0xff;
            }
        } else if (bits < 8) {
            // a mask of no bits gives nothing but zeros
            int most = Math.max(1, (1 << bits) - 1);
            for (int i = band; i < row.length; i += bands) {
                row[i] = (row[i] * 255 + most / 2) / most;
            }
        }
    }

    private void lay(int at, Alpha kind, int red, int green, int blue, int alpha) {
        if (looks) {
            look(kind, red, green, blue, alpha, 1);
        }
        put(at, over(kind, red, alpha), over(kind, green, alpha), over(kind, blue, alpha));
    }

    private void look(Alpha kind, int red, int green, int blue, int alpha, long times) {
        visible += times * alpha;
        int luma = Luma.of((byte) red, (byte) green, (byte) blue);
        brightness += times * luma * (kind == Alpha.PREMULTIPLIED ? 255 : alpha);
    }

    private void put(int at, int red, int green, int blue) {
        canvas.rgb[at] = (byte) red;
        canvas.rgb[at + 1] = (byte) green;
        canvas.rgb[at + 2] = (byte) blue;
    }

    private int over(Alpha kind, int value, int alpha) {
        if (kind == Alpha.PREMULTIPLIED) {
            return paper == BLACK ? value : Math.min(255, value + 255 - alpha);
        }
        return paper == BLACK ? scaled(value, alpha) : 255 - scaled(255 - value, alpha);
    }

    /** {@code a * b / 255}, rounded to nearest; exact for 0 to 255. */
    private static int scaled(int a, int b) {
        int product = a * b + 128;
        return (product + (product >> 8)) >> 8;
    }

    private static int clamp(int value) {
        return Math.max(0, Math.min(255, value));
    }
}
