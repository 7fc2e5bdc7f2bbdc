package io.lookalike.image;

import java.io.EOFException;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Turns the bytes of a picture into pixels, or refuses them.
 *
 * <p>The number of bytes is checked, then the file is walked and its sides are checked, then a decoder is given the
 * parts that hold pixels, then the pixels are turned as the camera was held and laid over white. Of an animation the
 * first frame is taken. Truncated and damaged files are refused. Nothing is written to disk and nothing registered.
 *
 * <p>Costs the decoder's time and up to eleven bytes of memory a pixel (see {@link Frame#memory}), three of which stay. Threads may call at once.
 */
public final class ImageDecoder {

    private ImageDecoder() {}

    /**
     * Decodes one picture.
     *
     * @param what how messages name the picture, such as {@code field [image]}
     * @param bytes the file; not changed and not kept
     * @param limits what the picture may cost
     * @param memory holds what the picture takes, from before its pixels are decoded until it is closed
     * @throws ImageException for whatever is wrong with the picture, whatever its decoder threw
     */
    public static Picture decode(String what, byte[] bytes, ImageLimits limits, PixelMemory.Reservation memory) {
        return decode(what, bytes, limits, memory, Format::open);
    }

    /** Decodes one picture, however much memory others take. */
    public static Picture decode(String what, byte[] bytes, ImageLimits limits) {
        return decode(what, bytes, limits, Format::open);
    }

    /** Opens the reader for a format; tests put a broken one here. */
    @FunctionalInterface
    interface Opener {
        ImageReader open(Format format) throws IOException;
    }

    static Picture decode(String what, byte[] bytes, ImageLimits limits, Opener opener) {
        try (PixelMemory.Reservation memory = new PixelMemory(Long.MAX_VALUE).reservation()) {
            return decode(what, bytes, limits, memory, opener);
        }
    }

    /** Decoders throw anything, Errors included; an Error that left here would stop the server. */
    private static Picture decode(
            String what, byte[] bytes, ImageLimits limits, PixelMemory.Reservation memory, Opener opener) {
        if (bytes.length == 0) {
            throw new ImageException("cannot decode " + what + ": it is empty");
        }
        Format format = null;
        try {
            limits.checkBytes(bytes.length);
            format = Format.of(bytes);
            Frame frame = format.inspect(bytes, limits);
            memory.reserve(frame.memory());
            return read(format, frame, opener);
        } catch (Unreadable e) {
            throw failure(what, bytes, e.getMessage(), e);
        } catch (Throwable e) {
            throw failure(what, bytes, reason(format, e), e);
        }
    }

    private static Picture read(Format format, Frame frame, Opener opener) throws IOException {
        ImageReader reader = opener.open(format);
        try (ImageInputStream stream = new ArrayInputStream(frame.stream(), frame.offset(), frame.length())) {
            DamageListener damage = new DamageListener();
            reader.addIIOReadWarningListener(damage);
            reader.setInput(stream, true, true);
            checkSize(reader, frame);
            Canvas canvas = new Canvas(frame.canvasWidth(), frame.canvasHeight(), frame.orientation());
            if (frame.width() < frame.canvasWidth() || frame.height() < frame.canvasHeight()) {
                canvas.fillWhite();
            }
            Pixels pixels = new Pixels(canvas, frame.left(), frame.top());
            if (frame.inks() == null) {
                pixels.draw(reader.read(0));
            } else {
                pixels.drawInks(reader.readRaster(0, null), frame.inks());
            }
            damage.check(format);
            return Picture.ofRgb(canvas.width, canvas.height, canvas.rgb, format.label);
        } finally {
            reader.dispose();
        }
    }

    private static void checkSize(ImageReader reader, Frame frame) throws IOException {
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if (width != frame.width() || height != frame.height()) {
            throw new Unreadable("its decoder sees [" + width + "] x [" + height + "] pixels, its header says ["
                    + frame.width() + "] x [" + frame.height() + "]");
        }
    }

    private static ImageException failure(String what, byte[] bytes, String reason, Throwable cause) {
        return new ImageException(
                "cannot decode " + what + " (" + bytes.length + " bytes, starts with " + Bytes.start(bytes) + "): "
                        + reason,
                cause);
    }

    private static String reason(Format format, Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof EOFException) {
                return Unreadable.truncated(format.name()).getMessage();
            }
        }
        return "its " + format + " decoder failed with " + summary(e);
    }

    private static String summary(Throwable e) {
        String message = e.getMessage();
        String name = e.getClass().getSimpleName();
        if (message == null) {
            return "[" + name + "]";
        }
        return "[" + name + ": " + message.substring(0, Math.min(200, message.length())) + "]";
    }
}
