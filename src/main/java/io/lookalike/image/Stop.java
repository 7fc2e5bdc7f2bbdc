package io.lookalike.image;

import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;

/**
 * Ends the work on a picture when its caller wants that: asked between stages and rows by what decodes here, and by a
 * reader of the runtime between its rows.
 *
 * <p>A reader whose listener throws may be left half done in native code: it is told to abort instead, and what was
 * thrown is thrown after it has returned. For one picture and one thread.
 */
final class Stop implements Runnable, IIOReadProgressListener {

    /** What a caller threw, on its way through what turns the failures of decoders into words. */
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;

        Stopped(RuntimeException why) {
            super(null, why, false, false);
        }

        RuntimeException why() {
            return (RuntimeException) getCause();
        }
    }

    private final Runnable check;
    private Stopped stopped;

    Stop(Runnable check) {
        this.check = check;
    }

    @Override
    public void run() {
        try {
            check.run();
        } catch (RuntimeException e) {
            throw new Stopped(e);
        }
    }

    /** Throws what a reader was told to abort for. */
    void rethrow() {
        if (stopped != null) {
            throw stopped;
        }
    }

    @Override
    public void imageProgress(ImageReader source, float percentageDone) {
        if (stopped != null) {
            return;
        }
        try {
            run();
        } catch (Stopped e) {
            stopped = e;
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
