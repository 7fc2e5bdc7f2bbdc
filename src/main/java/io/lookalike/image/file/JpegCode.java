package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import java.util.Arrays;

/**
 * A Huffman table of a JPEG (ITU-T T.81, annex C), for decoding.
 *
 * <p>Codes of at most {@value #AHEAD} bits take one look-up, longer ones a step for each bit. Takes 4 KiB. Immutable.
 */
final class JpegCode {

    private static final int AHEAD = 9;
    private static final int LONGEST = 16;

    /** By the next bits: the symbol shifted left by eight, plus its length; 0 for longer codes. */
    private final int[] ahead = new int[1 << AHEAD];
    /** By length: the end of its codes, and the index that the symbol of code 0 would have. */
    private final int[] end = new int[LONGEST + 1];

    private final int[] offset = new int[LONGEST + 1];
    private final int[] symbols = new int[256];

    /**
     * @param at where its number is, followed by 16 counts and the symbols
     * @param most the greatest allowed symbol
     */
    JpegCode(Bytes in, int at, int most) throws Unreadable {
        int code = 0;
        int symbol = 0;
        for (int length = 1; length <= LONGEST; length++) {
            int count = in.u8(at + length);
            offset[length] = symbol - code;
            for (int i = 0; i < count; i++, symbol++, code++) {
                symbols[symbol] = in.u8(at + 17 + symbol);
                if (symbols[symbol] > most) {
                    throw Unreadable.damaged("JPEG", "a Huffman code of [" + symbols[symbol] + "]");
                }
                if (length <= AHEAD && code < 1 << length) {
                    int from = code << (AHEAD - length);
                    Arrays.fill(ahead, from, from + (1 << (AHEAD - length)), symbols[symbol] << 8 | length);
                }
            }
            end[length] = count == 0 ? 0 : code;
            if (count > 0 && code >= 1 << length) {
                throw Unreadable.damaged("JPEG", "a Huffman table of too many short codes");
            }
            code <<= 1;
        }
    }

    /** The next symbol. */
    int read(JpegBits bits) throws Unreadable {
        int next = bits.peek();
        int entry = ahead[next >>> (LONGEST - AHEAD)];
        if (entry != 0) {
            bits.skip(entry & 0xff);
            return entry >> 8;
        }
        for (int length = AHEAD + 1; length <= LONGEST; length++) {
            int code = next >>> (LONGEST - length);
            if (code < end[length]) {
                bits.skip(length);
                return symbols[code + offset[length]];
            }
        }
        throw Unreadable.damaged("JPEG", "a Huffman code that there is not");
    }
}
