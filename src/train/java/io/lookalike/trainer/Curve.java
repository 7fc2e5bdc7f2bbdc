package io.lookalike.trainer;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;

/** Draws precision and loss by epoch, each from 0 to its largest value. Stateless. */
final class Curve {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 360;
    private static final int MARGIN = 40;
    private static final Color PRECISION = new Color(0x1f5fa8);
    private static final Color LOSS = new Color(0xc05020);

    private Curve() {}

    /** @param epochs at least one */
    static byte[] png(List<History.Epoch> epochs) throws IOException {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, WIDTH, HEIGHT);
        graphics.setColor(Color.GRAY);
        graphics.drawRect(MARGIN, MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN);
        double most = epochs.stream().mapToDouble(History.Epoch::loss).max().orElse(0);
        draw(graphics, epochs, History.Epoch::precision, 1, PRECISION);
        draw(graphics, epochs, History.Epoch::loss, most, LOSS);
        History.Epoch last = epochs.getLast();
        graphics.setColor(PRECISION);
        graphics.drawString(
                String.format(Locale.ROOT, "P@10, 0 to 1; now %.4f", last.precision()), MARGIN, MARGIN - 12);
        graphics.setColor(LOSS);
        graphics.drawString(
                String.format(Locale.ROOT, "loss, 0 to %.4g; now %.4g", most, last.loss()), WIDTH / 2, MARGIN - 12);
        graphics.setColor(Color.GRAY);
        graphics.drawString("epochs 1 to " + epochs.size(), MARGIN, HEIGHT - MARGIN + 20);
        graphics.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }

    private static void draw(
            Graphics2D graphics,
            List<History.Epoch> epochs,
            ToDoubleFunction<History.Epoch> value,
            double most,
            Color colour) {
        Path2D line = new Path2D.Double();
        for (int i = 0; i < epochs.size(); i++) {
            double x = MARGIN + (WIDTH - 2.0 * MARGIN) * (epochs.size() == 1 ? 0.5 : i / (epochs.size() - 1.0));
            double part = most == 0 ? 0 : value.applyAsDouble(epochs.get(i)) / most;
            double y = HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * part;
            if (i == 0) {
                line.moveTo(x, y);
            }
            line.lineTo(x, y);
        }
        graphics.setColor(colour);
        graphics.setStroke(new BasicStroke(2));
        graphics.draw(line);
    }
}
