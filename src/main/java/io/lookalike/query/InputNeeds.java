package io.lookalike.query;

import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoder;
import io.lookalike.inference.Encoding;
import java.util.List;
import java.util.Set;

/**
 * The parts of an input that a query needs; whatever else an encoder computes is dropped. Immutable.
 *
 * @param vectorField the field of the vectors; null where only codes are searched
 * @param codeField the field of the codes
 * @param bucketsField the field of the buckets; null where they are not needed
 * @param minQuality the least quality of a picture; 0 for any
 */
record InputNeeds(String vectorField, String codeField, String bucketsField, Set<Want> wants, int minQuality) {
    /** Why a picture of low quality is refused. */
    static final String LITTLE = "it has too little content to be told apart by its pixels, because all such pictures "
            + "have nearly the same hash; search by another picture, or set [min_quality] to [0]";

    /** What a query needs beside a vector and its code. */
    enum Want {
        /** The perceptual hash of a picture as its code. */
        PERCEPTUAL,
        /** After that hash those of the picture turned and mirrored. */
        SYMMETRIES,
        /** A code, without which the query fails. */
        CODE,
        PROJECTIONS,
        /** All clusters, the nearest first. */
        CLUSTERS
    }

    InputNeeds {
        wants = Set.copyOf(wants);
    }

    boolean wants(Want want) {
        return wants.contains(want);
    }

    /** The field that the query names. */
    String searched() {
        return vectorField == null ? codeField : vectorField;
    }

    /** Makes the resolved input from the results of an encoder. */
    ResolvedInput resolved(UserInput input, String encoder, Encoding made) {
        byte[] hash = wants(Want.PERCEPTUAL) ? made.perceptual() : input.hash() != null ? input.hash() : made.hash();
        requireContent(
                "query_image", made.quality(), made.hasVanished() ? "it is " + Encoding.whyVanished(encoder) : LITTLE);
        return withEncoded(resolved(input, made.vector(), hash, made.buckets(), made.fingerprint()), encoder, made);
    }

    ResolvedInput resolved(UserInput input, float[] vector, byte[] hash, List<String> buckets, String fingerprint) {
        return ResolvedInput.of(
                input, vectorField == null ? null : vector, hash, bucketsField == null ? null : buckets, fingerprint);
    }

    /** Adds projections and clusters, which only an encoder can compute. */
    ResolvedInput withEncoded(ResolvedInput resolved, String encoder, Encoding made) {
        boolean projections = wants(Want.PROJECTIONS);
        if (projections && made.projections() == null) {
            throw new IllegalArgumentException("[num_exact] estimates distances by the planes of a code, and encoder ["
                    + encoder + "] has none, because it takes codes from a model; leave [num_exact] out");
        }
        int[] clusters = wants(Want.CLUSTERS) ? made.nearestClusters(Integer.MAX_VALUE) : null;
        if (wants(Want.CLUSTERS) && clusters == null) {
            throw new IllegalArgumentException(
                    "[candidates] [clusters] needs an encoder with [clusters], and encoder [" + encoder
                            + "] has none; learn [kmeans] with POST /_lookalike/encoder/{new_id}/_train and "
                            + "index with the new encoder, or use [candidates] [hamming]");
        }
        return resolved.withEncoded(new ResolvedInput.Encoded(
                projections ? made.projections() : null, projections ? made.scale() : 0, clusters));
    }

    /** Refuses a vector that has no code if the query needs one and gives none. */
    void requireCode(UserInput input, Encoder encoder) {
        if (wants(Want.CODE) && input.hash() == null) {
            encoder.requireVectorCodes("add [query_hash], search by [query_image] or [like], or use [candidates] [all] "
                    + "with a metric other than [hamming]");
        }
    }

    /** Refuses clusters without an encoder, because only its centroids tell which clusters are near. */
    void requireNoClusters() {
        if (wants(Want.CLUSTERS)) {
            throw new IllegalArgumentException(
                    "[candidates] [clusters] needs the encoder whose centroids made the clusters, and neither the "
                            + "query nor the mapping of ["
                            + Messages.show(vectorField) + "] names one; add [encoder], or use [candidates] [hamming]");
        }
    }

    /**
     * Refuses a picture without content, which would find all others without.
     *
     * @param source of the picture, as the user names it
     * @param quality null where it is not known
     * @param why what is wrong with such a picture, and what to do
     */
    void requireContent(String source, Integer quality, String why) {
        if (quality != null && quality < minQuality) {
            throw new IllegalArgumentException("the picture of [" + source + "] has quality [" + quality
                    + "], under [min_quality] [" + minQuality + "]: " + why);
        }
    }
}
