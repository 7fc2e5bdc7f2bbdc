package io.lookalike.inference;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Messages;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.hashing.Centroids;
import io.lookalike.hashing.PictureDetail;
import io.lookalike.hashing.PictureQuality;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.logging.HeaderWarning;

/**
 * The result of encoding one picture or vector.
 *
 * @param vector {@code [dims]}; null when only a perceptual hash was asked for
 * @param hash {@code [bits / 8]}, first bit most significant; null like {@code vector}, and of a vector alone if a
 *     network makes codes
 * @param projections on the planes of the code, {@code [bits]}, for searches; null like {@code vector}, and if a
 *     network makes codes
 * @param scale of the code, see {@link BinaryCode#scale}; 0 without projections
 * @param norm distance from the centre of the code; null like {@code vector}, and when all vectors have the same
 *     distance
 * @param buckets one term for each table; null like {@code vector}
 * @param centroids of the clusters that the vector is assigned to; null like {@code vector}, and without clusters
 * @param perceptual 8 bytes; null for vectors and for encoders without one
 * @param quality of the picture for that hash, 0 to 100, see {@link PictureQuality}; null like {@code perceptual}
 * @param detail of the picture, see {@link PictureDetail}; null like {@code perceptual}
 * @param width pixels, after orientation; 0 for vectors
 * @param height pixels, after orientation; 0 for vectors
 * @param region the box in pixels, as a document stores it; null for a whole picture and for vectors
 * @param format {@code jpeg}, {@code png}, …; null for vectors
 * @param vanished whether the picture is empty over its encoder's background but not over the other one
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
public record Encoding(
        String fingerprint,
        float[] vector,
        byte[] hash,
        float[] projections,
        double scale,
        Float norm,
        List<String> buckets,
        Centroids centroids,
        byte[] perceptual,
        Integer quality,
        byte[] detail,
        int width,
        int height,
        Map<String, Object> region,
        String format,
        boolean vanished) {

    /** For a picture whose vector was not asked for or is not made yet. */
    static Encoding without(
            String fingerprint,
            byte[] perceptual,
            Integer quality,
            byte[] detail,
            int width,
            int height,
            Map<String, Object> region,
            String format,
            boolean vanished) {
        return new Encoding(
                fingerprint,
                null,
                null,
                null,
                0,
                null,
                null,
                null,
                perceptual,
                quality,
                detail,
                width,
                height,
                region,
                format,
                vanished);
    }

    /** For a vector that is not encoded yet. */
    static Encoding without(String fingerprint) {
        return without(fingerprint, null, null, null, 0, 0, null, null, false);
    }

    /** The clusters of the vector, nearest first; computed at each call. Empty without clusters. */
    public List<String> clusters() {
        return centroids == null
                ? List.of()
                : Arrays.stream(centroids.nearest(vector))
                        .mapToObj(Integer::toString)
                        .toList();
    }

    /** The nearest clusters, at most {@code most}, nearest first; computed at each call. Null without clusters. */
    public int[] nearestClusters(int most) {
        return centroids == null ? null : centroids.nearest(vector, most);
    }

    /**
     * Adds a warning to the response of this thread's request if the picture {@link #vanished}.
     *
     * @param what how messages name the picture, such as {@code [query_image]}
     */
    public void warnIfVanished(String what, String encoder) {
        if (vanished) {
            HeaderWarning.addWarning("{}", what + " is " + whyVanished(encoder));
        }
    }

    /** Whether nothing of the picture is left over the background of its encoder. */
    public boolean hasVanished() {
        return vanished;
    }

    /** Part of a message: what is wrong with a picture that {@link #vanished}, and what to do. */
    public static String whyVanished(String encoder) {
        return "light on transparency, and encoder [" + Messages.cut(encoder)
                + "] lays it over white, where nothing of it is left: all such pictures are alike to it; index and "
                + "search with a new encoder whose [image.background] is [contrast]";
    }

    /** The fields for the target field of a document, in their stored form, without missing ones. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        if (vector != null) {
            List<Object> values = new ArrayList<>(vector.length);
            for (float value : vector) {
                values.add(value);
            }
            map.put(FieldNames.VECTOR, values);
            if (hash != null) {
                map.put(FieldNames.HASH, HexFormat.of().formatHex(hash));
            }
            if (norm != null) {
                map.put(FieldNames.NORM, norm);
            }
            map.put(FieldNames.BUCKETS, buckets);
            if (centroids != null) {
                map.put(FieldNames.CLUSTER, clusters());
            }
        }
        if (perceptual != null) {
            map.put(FieldNames.PERCEPTUAL, HexFormat.of().formatHex(perceptual));
            map.put(FieldNames.QUALITY, quality);
        }
        if (detail != null) {
            map.put(FieldNames.DETAIL, HexFormat.of().formatHex(detail));
        }
        map.put(FieldNames.ENCODER, fingerprint);
        if (format != null) {
            map.put(FieldNames.WIDTH, width);
            map.put(FieldNames.HEIGHT, height);
            map.put(FieldNames.FORMAT, format);
        }
        if (region != null) {
            map.put(FieldNames.REGION, region);
        }
        return map;
    }
}
