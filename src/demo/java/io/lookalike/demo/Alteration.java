package io.lookalike.demo;

import java.awt.AlphaComposite;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;

/**
 * The alterations of copies.
 *
 * <p>A perceptual hash should find the first five kinds. The last four show its limits: they keep the content of the
 * picture but move its light and dark areas. The original does not change. Stateless.
 */
public enum Alteration {
    /** The same pixels through JPEG at quality 50. */
    REENCODED("re-encoded at quality 50", true),
    /** Half as wide and half as high. */
    RESIZED("resized to half", true),
    /** Luma instead of colour. */
    GREYSCALE("greyscale", true),
    /** A half transparent word across the lower right corner. */
    WATERMARKED("watermarked", true),
    /** The middle 95% of the width and of the height. */
    CROPPED("cropped by 2.5% a side", true),
    /** The middle 70% of the width and of the height. */
    CROPPED_MUCH("cropped by 15% a side", false),
    /** A quarter turn clockwise. */
    ROTATED("rotated by 90 degrees", false),
    /** Left and right exchanged. */
    MIRRORED("mirrored", false),
    /** Red, green and blue rotated. */
    RECOLOURED("recoloured", false);

    /**
     * Pen strokes of the watermark, a letter to a line: x and y from 0 to 1, a pen lifted where a number is negative.
     */
    private static final double[][] LETTERS = {
        {1, 0.1, 0.3, 0, 0, 0.25, 0.3, 0.5, 0.7, 0.5, 1, 0.75, 0.7, 1, 0, 0.9},
        {0, 1, 0.5, 0, 1, 1, -1, -1, 0.2, 0.6, 0.8, 0.6},
        {0, 1, 0, 0, 0.5, 0.6, 1, 0, 1, 1},
        {0, 1, 0, 0, 0.8, 0, 1, 0.25, 0.8, 0.5, 0, 0.5},
        {0, 0, 0, 1, 0.9, 1},
        {0.9, 0, 0, 0, 0, 1, 0.9, 1, -1, -1, 0, 0.5, 0.7, 0.5},
    };

    private final String label;
    private final boolean expected;

    Alteration(String label, boolean expected) {
        this.label = label;
        this.expected = expected;
    }

    /** The name for readers. */
    public String label() {
        return label;
    }

    /** Whether a perceptual hash is meant to find this kind of copy. */
    public boolean expected() {
        return expected;
    }

    /** An altered copy as pixels; for {@link #REENCODED} the loss is in {@link #encode}. */
    BufferedImage apply(BufferedImage original) {
        return switch (this) {
            case REENCODED -> original;
            case RESIZED -> half(original);
            case GREYSCALE -> grey(original);
            case WATERMARKED -> watermark(original);
            case CROPPED -> crop(original, 0.05);
            case CROPPED_MUCH -> crop(original, 0.30);
            case ROTATED -> rotate(original);
            case MIRRORED -> mirror(original);
            case RECOLOURED -> recolour(original);
        };
    }

    /** An altered copy as JPEG bytes. */
    public byte[] encode(BufferedImage original) {
        return Pixels.jpeg(apply(original), this == REENCODED ? 0.5f : 0.9f);
    }

    private static BufferedImage half(BufferedImage image) {
        return Pixels.scaled(image, Math.max(1, image.getWidth() / 2), Math.max(1, image.getHeight() / 2));
    }

    private static BufferedImage crop(BufferedImage image, double part) {
        int width = Math.max(1, (int) Math.round(image.getWidth() * (1 - part)));
        int height = Math.max(1, (int) Math.round(image.getHeight() * (1 - part)));
        int x = (image.getWidth() - width) / 2;
        int y = (image.getHeight() - height) / 2;
        return Pixels.rgb(image.getSubimage(x, y, width, height));
    }

    private static BufferedImage rotate(BufferedImage image) {
        BufferedImage out = new BufferedImage(image.getHeight(), image.getWidth(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                out.setRGB(image.getHeight() - 1 - y, x, image.getRGB(x, y));
            }
        }
        return out;
    }

    private static BufferedImage mirror(BufferedImage image) {
        BufferedImage out = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                out.setRGB(image.getWidth() - 1 - x, y, image.getRGB(x, y));
            }
        }
        return out;
    }

    private static BufferedImage grey(BufferedImage image) {
        return Pixels.map(image, rgb -> {
            int luma = (299 * ((rgb >> 16) & 0xff) + 587 * ((rgb >> 8) & 0xff) + 114 * (rgb & 0xff) + 500) / 1000;
            return luma << 16 | luma << 8 | luma;
        });
    }

    private static BufferedImage recolour(BufferedImage image) {
        return Pixels.map(image, rgb -> (rgb << 8 & 0xffff00) | (rgb >> 16 & 0xff));
    }

    /** Draws its letters as strokes: text would need fonts, which a server may lack. */
    private static BufferedImage watermark(BufferedImage image) {
        BufferedImage out = Pixels.rgb(image);
        Graphics2D graphics = out.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setComposite(AlphaComposite.SrcOver.derive(0.6f));
        double letter = out.getWidth() * 0.06;
        double advance = letter * 1.4;
        double x = out.getWidth() * 0.96 - advance * LETTERS.length;
        double y = out.getHeight() * 0.95 - letter * 1.4;
        for (double[] strokes : LETTERS) {
            Path2D path = new Path2D.Double();
            for (int i = 0; i < strokes.length; i += 2) {
                if (strokes[i] < 0) {
                    continue;
                }
                if (i == 0 || strokes[i - 1] < 0) {
                    path.moveTo(strokes[i] * letter, strokes[i + 1] * letter * 1.4);
                } else {
                    path.lineTo(strokes[i] * letter, strokes[i + 1] * letter * 1.4);
                }
            }
            path.transform(AffineTransform.getTranslateInstance(x, y));
            pen(graphics, path, Color.BLACK, letter * 0.36);
            pen(graphics, path, Color.WHITE, letter * 0.2);
            x += advance;
        }
        graphics.dispose();
        return out;
    }

    private static void pen(Graphics2D graphics, Path2D path, Color color, double thickness) {
        graphics.setStroke(new BasicStroke((float) thickness, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        graphics.setColor(color);
        graphics.draw(path);
    }
}
