package io.lookalike.image.icc;

import io.lookalike.image.bytes.Unreadable;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Converts the colours of a picture to sRGB by its ICC profile (ICC.1:2022).
 *
 * <p>Supports profiles of three curves and a matrix, of one curve, and of tables (the perceptual one if present), for
 * grey, RGB and CMYK. A profile that is broken, unknown or larger than {@value #MAX_BYTES} bytes is ignored, so that a
 * good picture does not fail. A profile that changes no value by more than {@value #NOT_SEEN} of 255 counts as sRGB.
 *
 * <p>Pure Java, because the runtime's colour management is native code, which must not get hostile bytes, and differs
 * between runtimes. A profile of tables is turned into a grid once, in some 50 ms, and a few grids are cached; a pixel
 * takes some 20 ns. Immutable and thread-safe.
 */
public final class ColourProfile {

    /** The colours of the pictures that a profile is for. */
    public enum Space {
        GREY,
        RGB,
        CMYK
    }

    public static final int MAX_BYTES = 4 << 20;
    private static final int MAX_TAGS = 200;
    private static final int NOT_SEEN = 2;

    private static final int KEPT = 8;

    /** Cache of recent grids, by a digest of the profile: at most two megabytes. */
    private static final Map<Key, ColourProfile> RECENT = new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, ColourProfile> eldest) {
            return size() > KEPT;
        }
    };

    private static final int RGB_GRID = 33;
    private static final int CMYK_GRID = 17;

    /** From linear values to linear sRGB; null unless the profile has three curves. */
    private final float[] matrix;
    /** Linear values by channel and value; null for a profile of tables. */
    private final float[][] linear;
    /** Red, green, blue of each grid node; null for a profile of curves. */
    private final byte[] grid;

    private final int side;

    private ColourProfile(ProfileTransform transform) {
        matrix = transform.matrix();
        if (transform.inputs() != 4 && transform.isMatrix()) {
            grid = null;
            side = 0;
            linear = new float[transform.inputs()][256];
            for (int channel = 0; channel < linear.length; channel++) {
                for (int value = 0; value < 256; value++) {
                    linear[channel][value] = (float) transform.curve(channel, value / 255.0);
                }
            }
        } else {
            linear = null;
            side = transform.inputs() == 4 ? CMYK_GRID : RGB_GRID;
            grid = fill(transform, side);
        }
    }

    /** The conversion of a profile; null if it is not needed or not possible. */
    public static ColourProfile of(byte[] profile, Space space) {
        if (profile == null || profile.length > MAX_BYTES) {
            return null;
        }
        Key key = Key.of(profile, space);
        synchronized (RECENT) {
            if (RECENT.containsKey(key)) {
                return RECENT.get(key);
            }
        }
        ColourProfile made = make(profile, space);
        synchronized (RECENT) {
            RECENT.put(key, made);
        }
        return made;
    }

    private static ColourProfile make(byte[] profile, Space space) {
        try {
            ProfileTransform transform = ProfileTransform.of(profile, space, MAX_TAGS);
            if (transform == null || (space != Space.CMYK && isSrgb(transform))) {
                return null;
            }
            return new ColourProfile(transform);
        } catch (Unreadable | RuntimeException e) {
            return null;
        }
    }

    /** Identifies a profile in the cache. */
    private record Key(String digest, Space space) {
        static Key of(byte[] profile, Space space) {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(profile);
                return new Key(HexFormat.of().formatHex(digest), space);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e.getMessage(), e);
            }
        }
    }

    private static boolean isSrgb(ProfileTransform transform) {
        double[] in = new double[transform.inputs()];
        int[] out = new int[3];
        int nodes = in.length == 1 ? 16 : 6;
        int all = in.length == 1 ? nodes : nodes * nodes * nodes;
        for (int i = 0; i < all; i++) {
            for (int channel = 0, rest = i; channel < in.length; channel++, rest /= nodes) {
                in[channel] = rest % nodes / (nodes - 1.0);
            }
            transform.toSrgb(in, out);
            for (int channel = 0; channel < 3; channel++) {
                if (Math.abs(out[channel] - 255 * in[Math.min(channel, in.length - 1)]) > NOT_SEEN + 0.5) {
                    return false;
                }
            }
        }
        return true;
    }

    private static byte[] fill(ProfileTransform transform, int side) {
        int inputs = transform.inputs();
        int nodes = 1;
        for (int i = 0; i < inputs; i++) {
            nodes *= side;
        }
        byte[] grid = new byte[3 * nodes];
        double[] in = new double[inputs];
        int[] out = new int[3];
        for (int node = 0; node < nodes; node++) {
            for (int channel = inputs - 1, rest = node; channel >= 0; channel--, rest /= side) {
                in[channel] = rest % side / (side - 1.0);
            }
            transform.toSrgb(in, out);
            for (int i = 0; i < 3; i++) {
                grid[3 * node + i] = (byte) out[i];
            }
        }
        return grid;
    }

    /** Converts pixels of red, green, blue in place; in a grey picture all three are equal. */
    public void convert(byte[] rgb) {
        if (linear == null) {
            int last = 0;
            int converted = -1;
            for (int i = 0; i < rgb.length; i += 3) {
                int pixel = (rgb[i] & 0xff) << 16 | (rgb[i + 1] & 0xff) << 8 | (rgb[i + 2] & 0xff);
                if (pixel != last || converted < 0) {
                    last = pixel;
                    converted = tetrahedral(0, pixel >> 16, pixel >> 8 & 0xff, pixel & 0xff);
                }
                put(rgb, i, converted);
            }
        } else if (linear.length == 1) {
            byte[] greys = new byte[256];
            for (int value = 0; value < 256; value++) {
                greys[value] = (byte) Srgb.encode(linear[0][value]);
            }
            for (int i = 0; i < rgb.length; i++) {
                rgb[i] = greys[rgb[i] & 0xff];
            }
        } else {
            convertByMatrix(rgb);
        }
    }

    private void convertByMatrix(byte[] rgb) {
        float[] m = matrix;
        for (int i = 0; i < rgb.length; i += 3) {
            float r = linear[0][rgb[i] & 0xff];
            float g = linear[1][rgb[i + 1] & 0xff];
            float b = linear[2][rgb[i + 2] & 0xff];
            rgb[i] = (byte) Srgb.encode(m[0] * r + m[1] * g + m[2] * b);
            rgb[i + 1] = (byte) Srgb.encode(m[3] * r + m[4] * g + m[5] * b);
            rgb[i + 2] = (byte) Srgb.encode(m[6] * r + m[7] * g + m[8] * b);
        }
    }

    private static void put(byte[] rgb, int at, int colour) {
        rgb[at] = (byte) (colour >> 16);
        rgb[at + 1] = (byte) (colour >> 8);
        rgb[at + 2] = (byte) colour;
    }

    /** The colour of amounts of ink from 0 to 255, as {@code 0xrrggbb}. */
    public int ofInks(int cyan, int magenta, int yellow, int black) {
        int position = cyan * (side - 1);
        int node = Math.min(side - 2, position / 255);
        int weight = position - 255 * node;
        int slice = side * side * side;
        int low = tetrahedral(node * slice, magenta, yellow, black);
        if (weight == 0) {
            return low;
        }
        int high = tetrahedral((node + 1) * slice, magenta, yellow, black);
        int colour = 0;
        for (int shift = 0; shift < 24; shift += 8) {
            int value = (low >> shift & 0xff) * (255 - weight) + (high >> shift & 0xff) * weight;
            colour |= ((value + 127) / 255) << shift;
        }
        return colour;
    }

    /** Interpolates between the four nodes of the tetrahedron around a colour. */
    private int tetrahedral(int offset, int x, int y, int z) {
        int steps = side - 1;
        int nodeX = Math.min(steps - 1, x * steps / 255);
        int nodeY = Math.min(steps - 1, y * steps / 255);
        int nodeZ = Math.min(steps - 1, z * steps / 255);
        int fx = x * steps - 255 * nodeX;
        int fy = y * steps - 255 * nodeY;
        int fz = z * steps - 255 * nodeZ;
        int alongX = 3 * side * side;
        int alongY = 3 * side;
        int alongZ = 3;
        int first = 3 * offset + nodeX * alongX + nodeY * alongY + nodeZ * alongZ;
        int last = first + alongX + alongY + alongZ;
        int most = Math.max(fx, Math.max(fy, fz));
        int least = Math.min(fx, Math.min(fy, fz));
        int middle = fx + fy + fz - most - least;
        int second = first + (most == fx ? alongX : most == fy ? alongY : alongZ);
        int third = last - (least == fz && most != fz ? alongZ : least == fy && most != fy ? alongY : alongX);
        if (most == least) {
            third = second;
        }
        int colour = 0;
        for (int i = 0; i < 3; i++) {
            int value = (grid[first + i] & 0xff) * (255 - most)
                    + (grid[second + i] & 0xff) * (most - middle)
                    + (grid[third + i] & 0xff) * (middle - least)
                    + (grid[last + i] & 0xff) * least;
            colour = colour << 8 | (value + 127) / 255;
        }
        return colour;
    }
}
