package io.lookalike.image;

import io.lookalike.image.bytes.Unreadable;
import io.lookalike.image.file.Frame;
import java.awt.image.BufferedImage;

/**
 * A picture as its reader made it, of which black and white backgrounds make two: for one that is bright and lets them
 * through.
 *
 * <p>Holds what {@link Frame#memory} counts, so it lives as long as the picture's reservation. For one thread.
 */
final class Underlay {
    private final Pixels pixels;
    private final Canvas canvas;
    private final BufferedImage image;
    private final Frame frame;
    private Background background = Background.WHITE;

    /** @param pixels have drawn the image on the canvas, over white */
    Underlay(Pixels pixels, Canvas canvas, BufferedImage image, Frame frame) {
        this.pixels = pixels;
        this.canvas = canvas;
        this.image = image;
        this.frame = frame;
    }

    /** Changes the canvas, unless it has this background. */
    void lay(Background other) {
        if (other == background) {
            return;
        }
        background = other;
        try {
            pixels.drawOver(background, image, frame.alpha());
        } catch (Unreadable e) {
            throw new IllegalStateException("drawn before", e);
        }
        if (frame.profile() != null) {
            frame.profile().convert(canvas.rgb);
        }
    }
}
