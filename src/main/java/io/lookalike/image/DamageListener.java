package io.lookalike.image;

import io.lookalike.image.bytes.Unreadable;
import io.lookalike.image.file.Format;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;

/** Detects that a reader fills in missing pixels instead of failing. */
final class DamageListener implements IIOReadWarningListener {

    private boolean truncated;

    @Override
    public void warningOccurred(ImageReader source, String warning) {
        truncated |= warning.contains("premature end");
    }

    void check(Format format) throws Unreadable {
        if (truncated) {
            throw Unreadable.truncated(format.name());
        }
    }
}
