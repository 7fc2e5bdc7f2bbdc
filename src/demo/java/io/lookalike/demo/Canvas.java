package io.lookalike.demo;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.SplittableRandom;

/**
 * One picture being drawn: its pixels, its palette and its random generator.
 *
 * <p>Coordinates are pixels from the upper left corner. Drawing is antialiased. The same seed draws the same picture.
 * Not thread-safe.
 */
final class Canvas {
    final int width;
    final int height;
    final SplittableRandom random;
    final Palette palette;
    final BufferedImage image;
    final Graphics2D graphics;

    Canvas(int width, int height, SplittableRandom random) {
        this.width = width;
        this.height = height;
        this.random = random;
        this.palette = Palette.random(random);
        this.image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        this.graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    }

    double between(double low, double high) {
        return random.nextDouble(low, high);
    }

    int among(int low, int high) {
        return random.nextInt(low, high + 1);
    }

    Color pick(Color... colors) {
        return colors[random.nextInt(colors.length)];
    }

    /** Fills the whole picture with a vertical gradient. */
    void backdrop(Color top, Color bottom) {
        fill(
                new Rectangle2D.Double(0, 0, width, height),
                new GradientPaint(0, 0, top, (float) between(-0.3, 0.3) * width, height, bottom));
    }

    void fill(Shape shape, Paint paint) {
        graphics.setPaint(paint);
        graphics.fill(shape);
    }

    void stroke(Shape shape, Paint paint, double thickness) {
        graphics.setPaint(paint);
        graphics.setStroke(new BasicStroke((float) thickness, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        graphics.draw(shape);
    }

    void circle(double x, double y, double radius, Paint paint) {
        fill(new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius), paint);
    }

    void ring(double x, double y, double radius, Paint paint, double thickness) {
        stroke(new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius), paint, thickness);
    }

    void box(double x, double y, double w, double h, Paint paint) {
        fill(new Rectangle2D.Double(x, y, w, h), paint);
    }

    /** A polygon through the points x0, y0, x1, y1 and so on. */
    static Path2D polygon(double... points) {
        Path2D path = new Path2D.Double();
        path.moveTo(points[0], points[1]);
        for (int i = 2; i < points.length; i += 2) {
            path.lineTo(points[i], points[i + 1]);
        }
        path.closePath();
        return path;
    }

    /** A ball: lighter at the upper left, darker at the lower right. */
    static Paint ball(double x, double y, double radius, Color color) {
        return new RadialGradientPaint(
                new Point2D.Double(x - radius * 0.35, y - radius * 0.4),
                (float) (radius * 1.5),
                new float[] {0f, 0.55f, 1f},
                new Color[] {
                    Palette.mix(color, Color.WHITE, 0.38), color, Palette.mix(color, Color.BLACK, 0.4),
                });
    }

    static Paint across(double x0, double y0, Color from, double x1, double y1, Color to) {
        return new GradientPaint((float) x0, (float) y0, from, (float) x1, (float) y1, to);
    }

    /** A soft spot of light or shade. */
    void glow(double x, double y, double radius, Color color, double opacity) {
        circle(
                x,
                y,
                radius,
                new RadialGradientPaint(new Point2D.Double(x, y), (float) radius, new float[] {0f, 1f}, new Color[] {
                    Palette.alpha(color, opacity), Palette.alpha(color, 0),
                }));
    }

    /** Runs {@code drawing} with the origin at (x, y), turned by {@code degrees} and scaled. */
    void at(double x, double y, double degrees, double scale, Runnable drawing) {
        AffineTransform before = graphics.getTransform();
        graphics.translate(x, y);
        graphics.rotate(Math.toRadians(degrees));
        graphics.scale(scale, scale);
        drawing.run();
        graphics.setTransform(before);
    }

    /** Uneven lighting over the finished picture: a few wide spots, strength from 0 (none) to 1. */
    void light(double strength) {
        int spots = among(3, 5);
        for (int i = 0; i < spots; i++) {
            Color color = i % 2 == 0 ? Color.WHITE : Color.BLACK;
            double radius = width * between(0.28, 0.75);
            glow(
                    between(0, 1) * width,
                    between(0, 1) * height,
                    radius,
                    color,
                    strength * between(0.55, 1) * (i % 2 == 0 ? 0.8 : 1));
        }
    }

    /** Film grain: the same small random amount added to all three channels of a pixel, at most {@code amount}. */
    void grain(int amount) {
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int noise = random.nextInt(-amount, amount + 1);
                int rgb = image.getRGB(x, y);
                int red = Math.clamp(((rgb >> 16) & 0xff) + noise, 0, 255);
                int green = Math.clamp(((rgb >> 8) & 0xff) + noise, 0, 255);
                int blue = Math.clamp((rgb & 0xff) + noise, 0, 255);
                image.setRGB(x, y, red << 16 | green << 8 | blue);
            }
        }
    }
}
