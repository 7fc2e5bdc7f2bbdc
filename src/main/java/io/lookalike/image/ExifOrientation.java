package io.lookalike.image;

import com.drew.imaging.tiff.TiffReader;
import com.drew.lang.ByteArrayReader;
import com.drew.lang.RandomAccessReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.tiff.DirectoryTiffHandler;
import java.io.IOException;
import java.util.Set;

/**
 * Reads how a camera was held from an EXIF block, and nothing else of it.
 *
 * <p>Only the first directory is walked and only one tag is read; neither nested directories nor maker notes nor
 * thumbnails are entered. A block that is broken counts as absent.
 */
final class ExifOrientation {

    private ExifOrientation() {}

    /** Takes a TIFF structure of at most 64 KiB; returns 1 to 8, and 1 where it does not say. */
    static int of(byte[] tiff) {
        OrientationHandler handler = new OrientationHandler();
        try {
            new TiffReader().processTiff(new ByteArrayReader(tiff), handler, 0);
        } catch (Exception | LinkageError | StackOverflowError e) {
            return handler.orientation;
        }
        return handler.orientation;
    }

    private static final class OrientationHandler extends DirectoryTiffHandler {

        private int orientation = 1;

        OrientationHandler() {
            super(new Metadata(), null);
            pushDirectory(ExifIFD0Directory.class);
        }

        @Override
        public boolean customProcessTag(
                int offset, Set<Integer> seen, int start, RandomAccessReader reader, int tag, int bytes)
                throws IOException {
            if (tag == ExifIFD0Directory.TAG_ORIENTATION && bytes == 2) {
                int value = reader.getUInt16(offset);
                if (value >= 1 && value <= 8) {
                    orientation = value;
                }
            }
            return true;
        }

        @Override
        public void setTiffMarker(int marker) {}

        @Override
        public boolean tryEnterSubIfd(int tag) {
            return false;
        }

        @Override
        public boolean hasFollowerIfd() {
            return false;
        }

        @Override
        public Long tryCustomProcessFormat(int tag, int format, long count) {
            return null;
        }

        @Override
        public void warn(String message) {}

        @Override
        public void error(String message) {}
    }
}
