package io.lookalike.encoder;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes a configuration short enough to list: of long arrays the first elements, of long texts the length.
 *
 * <p>Goes through the bytes of the JSON once and copies what it keeps, so that learned arrays, which are megabytes,
 * never become objects; about 10 ms for 8 MB. The JSON must be valid, as what an encoder's definition holds is. For one
 * thread.
 */
final class Outline {
    private static final int SHOWN = 8;
    /** More than any name has; a learned array as base64 is longer. */
    private static final int SHOWN_LETTERS = 200;

    private final byte[] json;
    private int at;
    private byte[] out = new byte[1024];
    private int size;
    /** Above 0 where elements are counted and not shown. */
    private int hidden;

    private Outline(byte[] json) {
        this.json = json;
    }

    /** The shortened JSON. */
    static byte[] of(byte[] json) {
        Outline outline = new Outline(json);
        outline.value();
        return Arrays.copyOf(outline.out, outline.size);
    }

    /** How many bytes each field of an object takes, with its name. */
    static Map<String, Integer> sizes(byte[] json) {
        Outline outline = new Outline(json);
        outline.hidden = 1;
        Map<String, Integer> sizes = new LinkedHashMap<>();
        outline.skipBlanks();
        outline.at++;
        while (outline.next() != '}') {
            int start = outline.at;
            outline.text();
            String name = new String(json, start + 1, outline.at - start - 2, StandardCharsets.UTF_8);
            outline.next();
            outline.at++;
            outline.value();
            sizes.put(name, outline.at - start);
            if (outline.next() == ',') {
                outline.at++;
            }
        }
        return sizes;
    }

    private void value() {
        switch (next()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> {
                int start = at;
                int before = size;
                long letters = text();
                if (letters > SHOWN_LETTERS) {
                    size = before;
                    put("\"… [" + letters + "] letters; see ?full=true\"");
                } else {
                    put(json, start, at);
                }
            }
            default -> {
                int start = at;
                while (at < json.length && ",]} \t\r\n".indexOf(json[at]) < 0) {
                    at++;
                }
                put(json, start, at);
            }
        }
    }

    private void object() {
        copy();
        while (next() != '}') {
            int start = at;
            text();
            put(json, start, at);
            next();
            copy();
            value();
            if (next() == ',') {
                copy();
            }
        }
        copy();
    }

    private void array() {
        copy();
        int count = 0;
        int end = size;
        while (next() != ']') {
            if (count == SHOWN) {
                hidden++;
            }
            value();
            count++;
            if (count == SHOWN - 1) {
                end = size;
            }
            if (next() == ',') {
                copy();
            }
        }
        if (count > SHOWN) {
            hidden--;
            if (hidden == 0) {
                size = end;
                put(",\"… [" + count + "] in all; see ?full=true\"");
            }
        }
        copy();
    }

    /** Goes past a text and counts its letters as Java does. */
    private long text() {
        long letters = 0;
        at++;
        while (json[at] != '"') {
            byte b = json[at];
            if (b == '\\') {
                at += json[at + 1] == 'u' ? 6 : 2;
                letters++;
            } else {
                // what continues a letter of several bytes is none, and one of four bytes is a pair in Java
                letters += (b & 0xC0) == 0x80 ? 0 : (b & 0xF8) == 0xF0 ? 2 : 1;
                at++;
            }
        }
        at++;
        return letters;
    }

    private byte next() {
        skipBlanks();
        return json[at];
    }

    private void skipBlanks() {
        while (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t') {
            at++;
        }
    }

    private void copy() {
        put(json, at, at + 1);
        at++;
    }

    private void put(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        put(bytes, 0, bytes.length);
    }

    private void put(byte[] from, int start, int end) {
        if (hidden > 0) {
            return;
        }
        int length = end - start;
        if (size + length > out.length) {
            out = Arrays.copyOf(out, Math.max(2 * out.length, size + length));
        }
        System.arraycopy(from, start, out, size, length);
        size += length;
    }
}
