package io.lookalike.image.bytes;

import java.util.BitSet;

/**
 * Tells compressed data in which each line feed was made a carriage return and a line feed, as transfers as text do.
 * Formats without checksums decode it, to noise.
 *
 * <p>Of random bytes one line feed in 256 follows a carriage return; that all of {@value #ENOUGH} do is no chance.
 * Those that a pattern repeats count as one. For one thread.
 */
public final class LineEnds {
    private static final int ENOUGH = 5;

    /** What stands before a pair. */
    private final BitSet before = new BitSet(256);

    private boolean alone;
    private int pairs;

    /** Looks at a part of a file's compressed data. */
    public void look(byte[] bytes, int from, int to) {
        for (int at = from; at < to && !alone; at++) {
            if (bytes[at] == '\n') {
                alone = at < from + 2 || bytes[at - 1] != '\r';
                if (!alone) {
                    before.set(bytes[at - 2] & 0xff);
                    pairs++;
                }
            }
        }
    }

    /** @throws Unreadable where a file whose data is not compressed has become longer by a byte for each line feed */
    public void requireLength(String format, long surplus) throws Unreadable {
        if (!alone && pairs > 0 && pairs == surplus) {
            throw asText(format);
        }
    }

    private static Unreadable asText(String format) {
        return Unreadable.damaged(
                format,
                "a carriage return stands before each line feed, as after a transfer as text; transfer the file as "
                        + "binary");
    }

    /** @throws Unreadable where no line feed stood alone */
    public void require(String format) throws Unreadable {
        if (!alone && before.cardinality() >= ENOUGH) {
            throw asText(format);
        }
    }
}
