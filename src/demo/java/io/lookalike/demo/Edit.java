package io.lookalike.demo;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.BufferedImageOp;
import java.awt.image.ConvolveOp;
import java.awt.image.IndexColorModel;
import java.awt.image.Kernel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import javax.imageio.ImageIO;

/**
 * Twenty edits that leave a picture the same picture, by which recall is judged, each as a row of its own.
 *
 * <p>All but {@link #JPEG_50}, {@link #JPEG_30} and {@link #PALETTE} are saved as JPEG of quality 90. The original does
 * not change. Stateless; the same picture always gives the same bytes.
 */
public enum Edit {
    /** Saved as JPEG of quality 50. */
    JPEG_50,
    /** Saved as JPEG of quality 30. */
    JPEG_30,
    /** Half as wide and half as high. */
    HALF,
    /** Twice as wide and twice as high. */
    DOUBLE,
    /** An eighth wider, as high as before. */
    STRETCHED,
    /** Without 2.5 % of the width on the left and on the right, and of the height above and below. */
    CROPPED_2_5,
    /** Without 5 % on each side. */
    CROPPED_5,
    /** A black frame, 3 % of the width and height on each side, around it. */
    FRAMED,
    /** One degree clockwise; the corners show the nearest pixels. */
    ROTATED_1,
    /** Every value a fifth higher, up to white. */
    BRIGHTER,
    /** Every value a quarter lower. */
    DARKER,
    /** Distances from middle grey times 1.4. */
    CONTRAST,
    /** Gamma of 1.5: middle values become darker. */
    GAMMA,
    /** Luma instead of colour. */
    GREYSCALE,
    /** Distances from luma times 1.6. */
    SATURATED,
    /** Gaussian blur, with a deviation of 2 pixels. */
    BLURRED,
    /** Gaussian noise, with a deviation of 12 of 255. */
    NOISY,
    /** Unsharp mask of the four neighbours. */
    SHARPENED,
    /** A half transparent word across the lower right corner. */
    WATERMARKED,
    /** GIF of 216 colours. */
    PALETTE;

    private static final float QUALITY = .9f;
    private static final int FRAME = 33;
    private static final int BLUR = 6;

    /** The name in figures. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The edited copy of a picture that {@link javax.imageio.ImageIO} or this package has read, as file bytes. */
    public byte[] encode(BufferedImage image) {
        BufferedImage original = Pixels.rgb(image);
        return switch (this) {
            case JPEG_50 -> Pixels.jpeg(original, .5f);
            case JPEG_30 -> Pixels.jpeg(original, .3f);
            case PALETTE -> gif(original);
            default -> Pixels.jpeg(apply(original), QUALITY);
        };
    }

    private BufferedImage apply(BufferedImage original) {
        int width = original.getWidth();
        int height = original.getHeight();
        return switch (this) {
            case HALF -> Pixels.scaled(original, Math.max(1, width / 2), Math.max(1, height / 2));
            case DOUBLE -> Pixels.scaled(original, 2 * width, 2 * height);
            case STRETCHED -> Pixels.scaled(original, width + width / 8, height);
            case CROPPED_2_5 -> crop(original, .025);
            case CROPPED_5 -> crop(original, .05);
            case FRAMED -> frame(original);
            case ROTATED_1 -> rotate(original, Math.toRadians(1));
            case BRIGHTER -> values(original, v -> v * 6 / 5);
            case DARKER -> values(original, v -> v * 3 / 4);
            case CONTRAST -> values(original, v -> 128 + (v - 128) * 7 / 5);
            case GAMMA -> values(original, v -> (int) Math.round(255 * Math.pow(v / 255.0, 1.5)));
            case GREYSCALE -> saturate(original, 0);
            case SATURATED -> saturate(original, 1.6);
            case BLURRED -> convolve(original, gaussian(2));
            case NOISY -> noisy(original);
            case SHARPENED -> convolve(original, new Kernel(3, 3, new float[] {0, -1, 0, -1, 5, -1, 0, -1, 0}));
            case WATERMARKED -> Alteration.WATERMARKED.apply(original);
            case JPEG_50, JPEG_30, PALETTE -> original;
        };
    }

    private static BufferedImage crop(BufferedImage image, double side) {
        int x = (int) Math.round(image.getWidth() * side);
        int y = (int) Math.round(image.getHeight() * side);
        return Pixels.rgb(
                image.getSubimage(x, y, Math.max(1, image.getWidth() - 2 * x), Math.max(1, image.getHeight() - 2 * y)));
    }

    private static BufferedImage frame(BufferedImage image) {
        int x = image.getWidth() / FRAME;
        int y = image.getHeight() / FRAME;
        BufferedImage out =
                new BufferedImage(image.getWidth() + 2 * x, image.getHeight() + 2 * y, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = out.createGraphics();
        graphics.drawImage(image, x, y, null);
        graphics.dispose();
        return out;
    }

    private static BufferedImage rotate(BufferedImage image, double angle) {
        BufferedImage out = Pixels.rgb(image);
        Graphics2D graphics = out.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.rotate(angle, image.getWidth() / 2.0, image.getHeight() / 2.0);
        graphics.drawImage(image, 0, 0, null);
        graphics.dispose();
        return out;
    }

    private static BufferedImage values(BufferedImage image, IntUnaryOperator change) {
        return Pixels.map(
                image,
                rgb -> clamp(change.applyAsInt(rgb >> 16)) << 16
                        | clamp(change.applyAsInt(rgb >> 8 & 0xff)) << 8
                        | clamp(change.applyAsInt(rgb & 0xff)));
    }

    private static int clamp(int value) {
        return Math.clamp(value, 0, 255);
    }

    private static BufferedImage saturate(BufferedImage image, double factor) {
        return Pixels.map(image, rgb -> {
            double luma = .299 * (rgb >> 16) + .587 * (rgb >> 8 & 0xff) + .114 * (rgb & 0xff);
            IntUnaryOperator change = v -> clamp((int) Math.round(luma + factor * (v - luma)));
            return change.applyAsInt(rgb >> 16) << 16
                    | change.applyAsInt(rgb >> 8 & 0xff) << 8
                    | change.applyAsInt(rgb & 0xff);
        });
    }

    private static BufferedImage noisy(BufferedImage image) {
        Random random = new Random(1);
        return values(image, v -> v + (int) Math.round(12 * random.nextGaussian()));
    }

    private static Kernel gaussian(double deviation) {
        int side = 2 * BLUR + 1;
        float[] weights = new float[side * side];
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            double x = i % side - BLUR;
            double y = i / side - BLUR;
            weights[i] = (float) Math.exp(-(x * x + y * y) / (2 * deviation * deviation));
            sum += weights[i];
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= (float) sum;
        }
        return new Kernel(side, side, weights);
    }

    private static BufferedImage convolve(BufferedImage image, Kernel kernel) {
        BufferedImageOp op = new ConvolveOp(kernel, ConvolveOp.EDGE_NO_OP, null);
        return op.filter(image, new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB));
    }

    private static byte[] gif(BufferedImage image) {
        byte[][] colours = new byte[3][216];
        for (int i = 0; i < 216; i++) {
            colours[0][i] = (byte) (i / 36 * 51);
            colours[1][i] = (byte) (i / 6 % 6 * 51);
            colours[2][i] = (byte) (i % 6 * 51);
        }
        BufferedImage out = new BufferedImage(
                image.getWidth(),
                image.getHeight(),
                BufferedImage.TYPE_BYTE_INDEXED,
                new IndexColorModel(8, 216, colours[0], colours[1], colours[2]));
        Graphics2D graphics = out.createGraphics();
        graphics.drawImage(image, 0, 0, null);
        graphics.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(out, "gif", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
