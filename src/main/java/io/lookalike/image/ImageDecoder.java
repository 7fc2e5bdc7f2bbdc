package io.lookalike.image;

import io.lookalike.image.bytes.ArrayInputStream;
import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import io.lookalike.image.file.Format;
import io.lookalike.image.file.Frame;
import io.lookalike.image.file.ImageLimits;
import io.lookalike.image.file.JpegFile;
import io.lookalike.image.file.JpegScans;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.EOFException;
import java.io.IOException;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Turns the bytes of a picture into pixels, or refuses them.
 *
 * <p>The steps are: check the number of bytes; parse the structure of the file and check the sides; give a decoder only
 * the parts that hold pixels; turn the pixels by the EXIF orientation and lay them over a {@link Background}. Of an
 * animation the first frame is taken. If a picture has more than {@value Frame#MOST_WHOLE} pixels, only every second
 * (third …) row and column is decoded. Truncated and damaged files are refused. Nothing is written to disk, and no
 * reader is registered.
 *
 * <p>Costs the decoder's time and some eleven bytes of memory a decoded pixel (see {@link Frame#memory}), of which
 * three are kept. Thread-safe.
 */
public final class ImageDecoder {

    private static final int DEEPEST_CAUSE = 10;

    private ImageDecoder() {}

    /**
     * Decodes one picture.
     *
     * @param what how messages name the picture, such as {@code field [image]}
     * @param bytes the file; not changed and not kept
     * @param limits on the size of the picture
     * @param background behind transparent pixels
     * @param memory reserves the picture's memory before its pixels are decoded, until it is closed
     * @param check called often, between stages and rows; a RuntimeException that it throws ends the decoding and is
     *     rethrown. Must be cheap
     * @throws ImageException if the picture is bad, whatever its decoder threw
     */
    public static Picture decode(
            String what,
            byte[] bytes,
            ImageLimits limits,
            Background background,
            PixelMemory.Reservation memory,
            Runnable check) {
        return decode(what, bytes, limits, background, memory, check, Format::open);
    }

    /** Opens the reader of a format; tests replace it by a broken one. */
    @FunctionalInterface
    interface Opener {
        ImageReader open(Format format) throws IOException;
    }

    /** Decoders may throw anything, even an Error, which would stop the server. */
    static Picture decode(
            String what,
            byte[] bytes,
            ImageLimits limits,
            Background background,
            PixelMemory.Reservation memory,
            Runnable check,
            Opener opener) {
        if (bytes.length == 0) {
            throw new ImageException("cannot decode " + what + ": it is empty");
        }
        CancelCheck cancel = new CancelCheck(check);
        Format format = null;
        try {
            limits.checkBytes(bytes.length);
            format = Format.of(bytes);
            memory.reserve((long) format.copies * bytes.length);
            Frame frame = format.inspect(bytes, limits);
            cancel.run();
            memory.reserve(frame.memory());
            return read(format, frame, background, cancel, opener);
        } catch (CancelCheck.Cancelled e) {
            throw e.why();
        } catch (Unreadable e) {
            throw failure(what, bytes, e.getMessage(), e);
        } catch (PixelMemory.Refused e) {
            throw e.why();
        } catch (Throwable e) {
            throw failure(what, bytes, reason(format, e), e);
        }
    }

    private static Picture read(Format format, Frame frame, Background background, CancelCheck cancel, Opener opener)
            throws IOException {
        cancel.run();
        ImageReader reader = opener.open(format);
        try (ImageInputStream stream = stream(frame, cancel)) {
            cancel.run();
            DamageListener damage = new DamageListener();
            reader.addIIOReadWarningListener(damage);
            reader.addIIOReadProgressListener(cancel);
            reader.setInput(stream, true, true);
            checkSize(reader, frame);
            int step = frame.step();
            Canvas canvas = new Canvas(
                    sampled(frame.canvasWidth(), step), sampled(frame.canvasHeight(), step), frame.orientation());
            if (frame.width() < frame.canvasWidth() || frame.height() < frame.canvasHeight()) {
                canvas.fill(0xff);
            }
            Underlay underlay = draw(reader, frame, step, canvas, cancel);
            damage.check(format);
            if (frame.profile() != null && frame.inks() == null) {
                frame.profile().convert(canvas.rgb);
            }
            boolean transposed = frame.orientation() >= 5;
            Picture picture = Picture.ofRgb(canvas.width, canvas.height, canvas.rgb, format.label)
                    .standingFor(
                            transposed ? frame.canvasHeight() : frame.canvasWidth(),
                            transposed ? frame.canvasWidth() : frame.canvasHeight())
                    .turnedBy(frame.orientation())
                    .over(underlay);
            picture.lay(background);
            return frame.repaired() ? picture.afterRepair() : picture;
        } finally {
            reader.dispose();
        }
    }

    /** The number of decoded columns of {@code side}: one in the middle of each {@code step}. */
    private static int sampled(int side, int step) {
        return (side - step / 2 + step - 1) / step;
    }

    /** Damaged scans cannot be merged. They are left to the decoder if that does not take long. */
    private static ArrayInputStream stream(Frame frame, CancelCheck cancel) throws Unreadable {
        if (frame.scanned() > 0) {
            ArrayInputStream merged = JpegScans.merge(frame.stream(), frame.offset(), frame.length(), cancel);
            if (merged != null) {
                return merged;
            }
            if (frame.scanned() > JpegFile.MAX_SCANNED_SAMPLES) {
                throw Unreadable.damaged("JPEG", "its scans; save it again as a baseline one, or smaller");
            }
        }
        return new ArrayInputStream(frame.stream(), frame.offset(), frame.length(), cancel);
    }

    /** Null if the picture looks the same over all backgrounds. */
    private static Underlay draw(ImageReader reader, Frame frame, int step, Canvas canvas, CancelCheck cancel)
            throws IOException {
        int offsetX = Math.floorMod(step / 2 - frame.left(), step);
        int offsetY = Math.floorMod(step / 2 - frame.top(), step);
        if (offsetX >= frame.width() || offsetY >= frame.height()) {
            return null;
        }
        ImageReadParam param = null;
        if (step > 1) {
            param = reader.getDefaultReadParam();
            param.setSourceSubsampling(step, step, offsetX, offsetY);
        }
        Pixels pixels = new Pixels(canvas, (frame.left() + offsetX) / step, (frame.top() + offsetY) / step);
        if (frame.inks() == null) {
            BufferedImage image = reader.read(0, param);
            cancel.rethrow();
            pixels.draw(image, frame.alpha());
            return pixels.isBright() ? new Underlay(pixels, canvas, image, frame) : null;
        }
        Raster raster = reader.readRaster(0, param);
        cancel.rethrow();
        pixels.drawInks(raster, frame.inks(), frame.profile());
        return null;
    }

    private static void checkSize(ImageReader reader, Frame frame) throws IOException {
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if (width != frame.width() || height != frame.height()) {
            throw new Unreadable("its decoder sees [" + width + "] x [" + height + "] pixels, its header says ["
                    + frame.width() + "] x [" + frame.height() + "]");
        }
    }

    /** Has the stack trace of the cause, for logs, but not the cause itself, whose message users would see. */
    private static ImageException failure(String what, byte[] bytes, String reason, Throwable thrown) {
        ImageException failure = new ImageException("cannot decode " + what + " (" + bytes.length
                + " bytes, starts with " + Bytes.start(bytes) + "): " + reason);
        failure.setStackTrace(thrown.getStackTrace());
        return failure;
    }

    /** Replaces the messages of libraries, which mean nothing to users. */
    private static String reason(Format format, Throwable e) {
        Throwable cause = e;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof EOFException) {
                return Unreadable.truncated(format.name()).getMessage();
            }
            cause = cause.getCause();
        }
        if (e instanceof OutOfMemoryError) {
            return "the node has too little memory left to decode it; send a smaller picture or give the node a "
                    + "larger heap";
        }
        return Unreadable.damaged(format.name(), "its pixels cannot be decoded").getMessage();
    }
}
