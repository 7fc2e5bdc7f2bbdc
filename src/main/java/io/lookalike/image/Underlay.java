package io.lookalike.image;

import io.lookalike.image.bytes.Unreadable;
import io.lookalike.image.file.Frame;
import java.awt.image.BufferedImage;

/**
 * Keeps a reader's image of a bright, partly transparent picture, so that its background can be changed between white
 * and black.
 *
 * <p>Its memory is that of {@link Frame#memory}, so it lives only as long as the reservation of the picture. For one
 * thread.
 */
final class Underlay {
    private final Pixels pixels;
    private final Canvas canvas;
    private final BufferedImage image;
    private final Frame frame;
    private Background background = Background.WHITE;

    /** @param pixels which have drawn the image on the canvas, over white */
    Underlay(Pixels pixels, Canvas canvas, BufferedImage image, Frame frame) {
        this.pixels = pixels;
        this.canvas = canvas;
        this.image = image;
        this.frame = frame;
    }

    /** Draws the canvas again if it has another background. */
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
