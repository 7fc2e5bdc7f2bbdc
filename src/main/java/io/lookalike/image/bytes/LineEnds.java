package io.lookalike.image.bytes;

import java.util.BitSet;

/**
 * Detects compressed data in which each line feed became a carriage return and a line feed, as in a transfer in text
 * mode. Formats without checksums would decode it to noise.
 *
 * <p>In random bytes one line feed in 256 follows a carriage return, so that all of {@value #ENOUGH} do cannot be
 * chance. Repetitions of a pattern count once. For one thread.
 */
public final class LineEnds {
    private static final int ENOUGH = 5;

    /** The bytes that precede a pair. */
    private final BitSet before = new BitSet(256);

    private boolean alone;
    private int pairs;

    /** Scans a part of a file's compressed data. */
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

    /** @throws Unreadable if an uncompressed file is longer by one byte for each line feed */
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

    /** @throws Unreadable if all line feeds follow carriage returns */
    public void require(String format) throws Unreadable {
        if (!alone && before.cardinality() >= ENOUGH) {
            throw asText(format);
        }
    }
}
