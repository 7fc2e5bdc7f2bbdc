package io.lookalike.it;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Flat documents, of strings and binaries, in the two binary forms of JSON that Elasticsearch takes: SMILE and CBOR.
 *
 * <p>Binaries of SMILE are in its seven-bit form, the only one that a bulk takes. Stateless.
 */
final class BinaryJson {
    private BinaryJson() {}

    /** @param document keys and strings of ASCII, at most 64 long; values are {@code String} or {@code byte[]} */
    static byte[] smile(Map<?, ?> document) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {':', ')', '\n', 0});
        smileObject(out, document);
        return out.toByteArray();
    }

    private static void smileObject(ByteArrayOutputStream out, Map<?, ?> object) {
        out.write(0xFA);
        object.forEach((key, value) -> {
            byte[] name = ascii((String) key);
            out.write(0x80 + name.length - 1);
            out.writeBytes(name);
            if (value instanceof Map<?, ?> inner) {
                smileObject(out, inner);
            } else if (value instanceof byte[] bytes) {
                out.write(0xE8);
                smileLength(out, bytes.length);
                sevenBits(out, bytes);
            } else {
                byte[] text = ascii((String) value);
                out.write(text.length <= 32 ? 0x40 + text.length - 1 : 0x60 + text.length - 33);
                out.writeBytes(text);
            }
        });
        out.write(0xFB);
    }

    /** Seven bits a byte, most significant first; the last byte has six and a mark. */
    private static void smileLength(ByteArrayOutputStream out, int length) {
        for (int shift = 27; shift >= 6; shift -= 7) {
            if (length >>> shift > 0) {
                out.write((length >>> shift) & 0x7F);
            }
        }
        out.write(0x80 | (length & 0x3F));
    }

    private static void sevenBits(ByteArrayOutputStream out, byte[] bytes) {
        int bits = 0;
        int pending = 0;
        for (byte b : bytes) {
            pending = ((pending << 8) | (b & 0xFF)) & 0x7FFF;
            bits += 8;
            while (bits >= 7) {
                bits -= 7;
                out.write((pending >>> bits) & 0x7F);
            }
        }
        if (bits > 0) {
            out.write(pending & ((1 << bits) - 1));
        }
    }

    /** @param document at most 23 keys; values are {@code String}, {@code byte[]} or such objects */
    static byte[] cbor(Map<?, ?> document) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0xA0 + document.size());
        document.forEach((key, value) -> {
            cborBytes(out, 0x7A, ascii((String) key));
            if (value instanceof Map<?, ?> inner) {
                out.writeBytes(cbor(inner));
            } else if (value instanceof byte[] bytes) {
                cborBytes(out, 0x5A, bytes);
            } else {
                cborBytes(out, 0x7A, ascii((String) value));
            }
        });
        return out.toByteArray();
    }

    /** @param type a major type with a length of four bytes */
    private static void cborBytes(ByteArrayOutputStream out, int type, byte[] bytes) {
        out.write(type);
        out.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
        out.writeBytes(bytes);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
