package io.lookalike.encoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Names of the fields that encoders write below a target field, such as {@code photo.vector} below {@code photo}. */
public final class FieldNames {
    public static final String VECTOR = "vector";
    public static final String HASH = "hash";
    public static final String NORM = "norm";
    public static final String BUCKETS = "buckets";
    public static final String CLUSTER = "cluster";
    public static final String PERCEPTUAL = "phash";

    /** How much detail the perceptual hash can use, 0 to 100. */
    public static final String QUALITY = "quality";

    /** Grey values by which pictures with near perceptual hashes are compared, see {@code PictureDetail}. */
    public static final String DETAIL = "detail";

    /** The fingerprint of the encoder. */
    public static final String ENCODER = "encoder";

    public static final String WIDTH = "width";
    public static final String HEIGHT = "height";
    public static final String FORMAT = "format";
    public static final String REGION = "region";

    /** Which of the document's pictures an entry belongs to, counted from 0. */
    public static final String PICTURE = "picture";

    public static final Set<String> ALL = Set.of(
            VECTOR,
            HASH,
            NORM,
            BUCKETS,
            CLUSTER,
            PERCEPTUAL,
            QUALITY,
            DETAIL,
            ENCODER,
            WIDTH,
            HEIGHT,
            FORMAT,
            REGION,
            PICTURE);

    private FieldNames() {}

    /** A field in the same object as another: {@code photo.hash} for {@code photo.vector}. */
    public static String sibling(String field, String name) {
        return field.substring(0, field.lastIndexOf('.') + 1) + name;
    }

    /** The field of a name below an object: {@code photo.vector} below {@code photo}. */
    public static String below(String object, String name) {
        return object + "." + name;
    }

    /** The last part of a name: {@code vector} of {@code photo.vector}. */
    public static String last(String field) {
        return field.substring(field.lastIndexOf('.') + 1);
    }

    /** The object of a field: {@code photo} of {@code photo.vector}; empty at the top level. */
    public static String parent(String field) {
        return field.substring(0, Math.max(0, field.lastIndexOf('.')));
    }

    /** All objects around a field, innermost first. */
    public static List<String> parents(String field) {
        List<String> parents = new ArrayList<>();
        for (String at = parent(field); !at.isEmpty(); at = parent(at)) {
            parents.add(at);
        }
        return parents;
    }
}
