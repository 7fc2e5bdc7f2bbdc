package io.lookalike.encoder;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Shortens a configuration for listings: long arrays to their first elements, long strings to their length.
 *
 * <p>Scans the JSON bytes once and copies what it keeps, so learned arrays, which may be megabytes, never become
 * objects; about 10 ms for 8 MB. The JSON must be valid, as in an encoder's definition. Not thread-safe.
 */
final class ConfigOutline {
    private static final int SHOWN = 8;
    /** Longer than any name, shorter than a learned array in base64. */
    private static final int SHOWN_LETTERS = 200;

    private final byte[] json;
    private int at;
    private byte[] out = new byte[1024];
    private int size;
    /** Above 0 while elements are counted but not copied. */
    private int hidden;

    private ConfigOutline(byte[] json) {
        this.json = json;
    }

    /** The shortened JSON. */
    static byte[] of(byte[] json) {
        ConfigOutline outline = new ConfigOutline(json);
        outline.value();
        return Arrays.copyOf(outline.out, outline.size);
    }

    /** The bytes of each field of an object, its name included. */
    static Map<String, Integer> sizes(byte[] json) {
        ConfigOutline outline = new ConfigOutline(json);
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

    /** Skips a string and returns its length as Java counts it. */
    private long text() {
        long letters = 0;
        at++;
        while (json[at] != '"') {
            byte b = json[at];
            if (b == '\\') {
                at += json[at + 1] == 'u' ? 6 : 2;
                letters++;
            } else {
                // a continuation byte counts 0; a character of four bytes is a surrogate pair in Java
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
