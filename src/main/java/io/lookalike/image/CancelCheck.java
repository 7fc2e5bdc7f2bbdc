package io.lookalike.image;

import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;

/**
 * Lets a caller cancel the decoding of a picture: the caller's check runs between stages and rows, and an exception
 * that it throws ends the work.
 *
 * <p>A reader of the Java runtime runs native code, which an exception from a listener would leave half done. Such a
 * reader is told to abort instead, and {@link #rethrow} throws the exception after it has returned. For one picture and
 * one thread.
 */
final class CancelCheck implements Runnable, IIOReadProgressListener {

    /** Carries the caller's exception past the code that explains the failures of decoders. */
    static final class Cancelled extends RuntimeException {
        private static final long serialVersionUID = 1;

        Cancelled(RuntimeException why) {
            super(null, why, false, false);
        }

        RuntimeException why() {
            return (RuntimeException) getCause();
        }
    }

    private final Runnable check;
    private Cancelled cancelled;

    CancelCheck(Runnable check) {
        this.check = check;
    }

    @Override
    public void run() {
        try {
            check.run();
        } catch (RuntimeException e) {
            throw new Cancelled(e);
        }
    }

    /** Throws the exception for which a reader was told to abort. */
    void rethrow() {
        if (cancelled != null) {
            throw cancelled;
        }
    }

    @Override
    public void imageProgress(ImageReader source, float percentageDone) {
        if (cancelled != null) {
            return;
        }
        try {
            run();
        } catch (Cancelled e) {
            cancelled = e;
            source.abort();
        }
    }

    @Override
    public void sequenceStarted(ImageReader source, int minIndex) {}

    @Override
    public void sequenceComplete(ImageReader source) {}

    @Override
    public void imageStarted(ImageReader source, int imageIndex) {}

    @Override
    public void imageComplete(ImageReader source) {}

    @Override
    public void thumbnailStarted(ImageReader source, int imageIndex, int thumbnailIndex) {}

    @Override
    public void thumbnailProgress(ImageReader source, float percentageDone) {}

    @Override
    public void thumbnailComplete(ImageReader source) {}

    @Override
    public void readAborted(ImageReader source) {}
}
