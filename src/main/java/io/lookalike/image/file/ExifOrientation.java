package io.lookalike.image.file;

/**
 * Reads the orientation from an EXIF block, which is a TIFF structure, and nothing else.
 *
 * <p>Reads one tag of the first directory. If the directory is cut off, the remaining entries count. An unreadable tag
 * counts as absent. A file may hold a million blocks, so nothing is allocated or thrown here, and an entry costs one
 * step.
 */
public final class ExifOrientation {

    private static final int ORIENTATION = 0x0112;
    private static final int SHORT = 3;
    private static final int SIGNED_SHORT = 8;
    private static final int ENTRY = 12;

    private final byte[] array;
    private final int from;
    private final int length;
    private final boolean little;

    private ExifOrientation(byte[] array, int from, int length) {
        this.array = array;
        this.from = from;
        this.length = length;
        this.little = length > 0 && array[from] == 'I';
    }

    /** Takes a TIFF structure; returns 1 to 8, 1 if there is no orientation. */
    public static int of(byte[] tiff) {
        return of(tiff, 0, tiff.length);
    }

    /** The same for {@code length} bytes inside an array. */
    static int of(byte[] array, int from, int length) {
        return new ExifOrientation(array, from, length).find();
    }

    private int find() {
        boolean marked = length >= 8 && array[from] == array[from + 1] && (little || array[from] == 'M');
        if (!marked || u16(2) != 42) {
            return 1;
        }
        long start = (long) u16(little ? 6 : 4) << 16 | u16(little ? 4 : 6);
        if (start + 2 > length) {
            return 1;
        }
        int first = (int) start + 2;
        int count = Math.min(u16((int) start), (length - first) / ENTRY);
        int orientation = 1;
        for (int at = first; at < first + count * ENTRY; at += ENTRY) {
            int type = u16(at + 2);
            boolean one = u16(at + (little ? 4 : 6)) == 1 && u16(at + (little ? 6 : 4)) == 0;
            if (u16(at) == ORIENTATION && (type == SHORT || type == SIGNED_SHORT) && one) {
                int value = u16(at + 8);
                orientation = value >= 1 && value <= 8 ? value : orientation;
            }
        }
        return orientation;
    }

    private int u16(int at) {
        int first = array[from + at] & 0xff;
        int second = array[from + at + 1] & 0xff;
        return little ? second << 8 | first : first << 8 | second;
    }
}
