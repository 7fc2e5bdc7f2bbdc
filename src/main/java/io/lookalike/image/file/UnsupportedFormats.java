package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Recognises formats that are not supported, so that an error can name them.
 *
 * <p>Reads only the first bytes, and the last ones for TGA, which has no other mark. Stateless.
 */
final class UnsupportedFormats {

    private static final int LOOKED_AT = 1024;
    private static final String TGA_END = "TRUEVISION-XFILE.\u0000";

    /** By the first bytes of a file; a question mark stands for any byte. */
    private static final Map<String, String> STARTS = new LinkedHashMap<>();

    static {
        STARTS.put("\u0000\u0000\u0000\u000cjP  ", "JPEG 2000");
        STARTS.put("\u00ffO\u00ffQ", "JPEG 2000");
        STARTS.put("\u0000\u0000\u0000\u000cJXL ", "JPEG XL");
        STARTS.put("\u00ff\n", "JPEG XL");
        STARTS.put("II\u00bc", "JPEG XR");
        STARTS.put("????ftyphei", "HEIC");
        STARTS.put("????ftyphev", "HEIC");
        STARTS.put("????ftypmif1", "HEIF");
        STARTS.put("????ftypmsf1", "HEIF");
        STARTS.put("????ftypavi", "AVIF");
        STARTS.put("????ftypcrx", "Canon CR3");
        STARTS.put("????ftyp", "MP4");
        STARTS.put("FUJIFILMCCD-RAW", "Fujifilm RAF");
        STARTS.put("IIU\u0000", "Panasonic RW2");
        STARTS.put("IIRO", "Olympus ORF");
        STARTS.put("%PDF", "PDF");
        STARTS.put("%!PS", "PostScript");
        STARTS.put("\u00c5\u00d0\u00d3\u00c6", "PostScript");
        STARTS.put("8BPS", "Photoshop PSD");
        STARTS.put("gimp xcf", "GIMP XCF");
        STARTS.put("\u0000\u0000\u0001\u0000", "ICO");
        STARTS.put("\u0000\u0000\u0002\u0000", "CUR");
        STARTS.put("icns", "ICNS");
        STARTS.put("DDS ", "DDS");
        STARTS.put("qoif", "QOI");
        STARTS.put("farbfeld", "farbfeld");
        STARTS.put("v/1\u0001", "OpenEXR");
        STARTS.put("#?RADIANCE", "Radiance HDR");
        STARTS.put("#?RGBE", "Radiance HDR");
        STARTS.put("\u008aMNG", "MNG");
        STARTS.put("\u008bJNG", "JNG");
        STARTS.put("BPG\u00fb", "BPG");
        STARTS.put("FLIF", "FLIF");
        STARTS.put("AT&TFORM", "DjVu");
        STARTS.put("BLP", "BLP");
        STARTS.put("\u0001\u00da", "SGI");
        STARTS.put("Y\u00a6j\u0095", "Sun raster");
        STARTS.put("SIMPLE  =", "FITS");
        STARTS.put("/* XPM */", "XPM");
        STARTS.put("#define ", "XBM");
        STARTS.put("\u00d7\u00cd\u00c6\u009a", "WMF");
        STARTS.put("\u0001\u0000\u0000\u0000???????????????????????????????????? EMF", "EMF");
        STARTS.put("RIFF????AVI ", "AVI");
        STARTS.put("RIFF????WAVE", "WAV");
        STARTS.put("RIFF", "RIFF");
        STARTS.put("\u001aE\u00df\u00a3", "Matroska or WebM");
        STARTS.put("PK\u0003\u0004", "ZIP");
        STARTS.put("\u001f\u008b", "gzip");
        STARTS.put("{\\rtf", "RTF");
        for (int kind = 1; kind <= 6; kind++) {
            for (char space : new char[] {'\n', '\r', ' ', '\t'}) {
                STARTS.put("P" + kind + space, "PNM");
            }
        }
        STARTS.put("P7\n", "PAM");
        STARTS.put("PF\n", "PFM");
        STARTS.put("Pf\n", "PFM");
    }

    private UnsupportedFormats() {}

    /** The name of the format, such as {@code HEIC}; null if it is not recognised. */
    static String name(byte[] bytes) {
        Bytes in = new Bytes(bytes, "");
        for (Map.Entry<String, String> start : STARTS.entrySet()) {
            if (matches(bytes, start.getKey())) {
                return start.getValue();
            }
        }
        if (in.has(128, "DICM")) {
            return "DICOM";
        }
        if (in.has(bytes.length - TGA_END.length(), TGA_END)) {
            return "TGA";
        }
        return text(bytes);
    }

    /** Whether a file starts with these bytes; a question mark stands for any byte. */
    static boolean matches(byte[] bytes, String start) {
        if (bytes.length < start.length()) {
            return false;
        }
        for (int i = 0; i < start.length(); i++) {
            char expected = start.charAt(i);
            if (expected != '?' && (bytes[i] & 0xff) != expected && !(start.startsWith("#?") && i == 1)) {
                return false;
            }
        }
        return true;
    }

    private static String text(byte[] bytes) {
        String text = new String(bytes, 0, Math.min(LOOKED_AT, bytes.length), StandardCharsets.ISO_8859_1);
        String start = text.replace("\u00ef\u00bb\u00bf", "").stripLeading();
        String lower = start.toLowerCase(Locale.ROOT);
        if (lower.startsWith("<svg") || (lower.startsWith("<") && lower.contains("<svg") && !lower.contains("<html"))) {
            return "SVG";
        }
        if (lower.startsWith("<!doctype html") || lower.startsWith("<html")) {
            return "HTML";
        }
        if (lower.startsWith("<?xml")) {
            return "XML";
        }
        if (start.startsWith("/9j/") || start.startsWith("iVBORw0KGgo") || start.startsWith("UklGR")) {
            return "base64 inside base64";
        }
        return null;
    }
}
