package io.lookalike.duplicates;

import io.lookalike.encoder.ConfigReader;
import io.lookalike.encoder.FieldNames;
import io.lookalike.task.LongRequest;

/**
 * When two pictures are duplicates, as the user defines it.
 *
 * @param path prefix of its keys in messages
 * @param maxDistance greatest distance: bits of codes, or Euclidean of vectors; NaN if not given
 * @param similarity least cosine of vectors; NaN if not given
 * @param candidates which pairs of vectors are compared
 * @param hashField codes of the vectors; null for the sibling {@code hash}
 * @param maxHashDistance greatest distance in bits of the codes of compared pairs; negative to derive it from the
 *     threshold
 */
record DuplicateCriterion(
        String path,
        String field,
        double maxDistance,
        double similarity,
        Candidates candidates,
        String hashField,
        int maxHashDistance) {
    /** The default for codes: what most tools use for perceptual hashes of 64 bits. */
    private static final int SAME_BITS = 8;

    private static final int MOST_BITS = 4096;

    /** Which pairs of vectors are compared. */
    enum Candidates {
        /** All pairs if there are few documents, else pairs of near codes. */
        AUTO,
        /** Pairs of near codes; may miss some. */
        HAMMING,
        /** All. */
        ALL
    }

    static DuplicateCriterion parse(ConfigReader config, String path) {
        String field = LongRequest.name(path + "field", config.string("field", null));
        DuplicateCriterion criterion = new DuplicateCriterion(
                path,
                field,
                config.number("max_distance", Double.NaN),
                config.number("similarity", Double.NaN),
                config.choice("candidates", Candidates.class, Candidates.AUTO),
                LongRequest.name(path + "hash_field", config.string("hash_field", null)),
                config.integer("max_hash_distance", -1, 0, MOST_BITS));
        if (!path.isEmpty()) {
            config.finish();
        }
        if (field == null || field.isEmpty()) {
            throw new IllegalArgumentException("[" + path
                    + "field] is missing; name a field of codes, such as [photo.phash], for the same "
                    + "picture, or one of vectors, such as [photo.vector], for pictures that are "
                    + "alike");
        }
        if (criterion.maxDistance < 0) {
            throw new IllegalArgumentException(
                    "[" + path + "max_distance] must be at least [0]; got [" + criterion.maxDistance + "]");
        }
        if (criterion.similarity < -1 || criterion.similarity > 1) {
            throw new IllegalArgumentException("[" + path
                    + "similarity] is the least cosine of two vectors and must be within [-1..1]; got ["
                    + criterion.similarity + "]");
        }
        if (!Double.isNaN(criterion.similarity) && !Double.isNaN(criterion.maxDistance)) {
            throw new IllegalArgumentException("give one of [" + path + "similarity] (least cosine) and [" + path
                    + "max_distance] (greatest Euclidean distance); got both");
        }
        if (criterion.candidates == Candidates.ALL && hasCodes(criterion)) {
            throw new IllegalArgumentException("[" + path + "hash_field] and [" + path
                    + "max_hash_distance] mean nothing with [candidates] [all]; leave them out, or use [hamming]");
        }
        return criterion;
    }

    /** The same criterion for another field. */
    DuplicateCriterion of(String other) {
        return new DuplicateCriterion(path, other, maxDistance, similarity, candidates, hashField, maxHashDistance);
    }

    private static boolean hasCodes(DuplicateCriterion criterion) {
        return criterion.hashField != null || criterion.maxHashDistance >= 0;
    }

    /** Whether it has a key that is for vectors only. */
    boolean hasKeysOfVectors() {
        return !Double.isNaN(similarity) || hasCodes(this) || candidates != Candidates.AUTO;
    }

    /** Whether candidates are chosen by codes, even if there are few documents. */
    boolean wantsCodes() {
        return candidates == Candidates.HAMMING || hasCodes(this);
    }

    /** Checks that it is a criterion for codes. */
    DuplicateCriterion requireSame() {
        if (hasKeysOfVectors()) {
            throw new IllegalArgumentException("field [" + field
                    + "] holds codes, or is in [same], and is compared by [max_distance] in bits alone; for "
                    + "[similarity], [candidates], [hash_field] and [max_hash_distance] name a field "
                    + "of vectors, such as [photo.vector], in [alike]");
        }
        if (!Double.isNaN(maxDistance) && maxDistance != Math.rint(maxDistance)) {
            throw new IllegalArgumentException(
                    "[" + path + "max_distance] of codes is a whole number of bits; got [" + maxDistance + "]");
        }
        return this;
    }

    /** Checks that it is a criterion for vectors. */
    DuplicateCriterion requireAlike() {
        if (Double.isNaN(similarity) && Double.isNaN(maxDistance)) {
            throw new IllegalArgumentException(
                    "field [" + field + "] holds vectors, or is in [alike], and needs [" + path
                            + "similarity] (least cosine, such as [0.95]) or [" + path
                            + "max_distance] (greatest Euclidean distance)");
        }
        return this;
    }

    /** The most bits in which codes may differ. */
    int bits() {
        return Double.isNaN(maxDistance) ? SAME_BITS : (int) Math.min(maxDistance, MOST_BITS);
    }

    boolean isCosine() {
        return !Double.isNaN(similarity);
    }

    /** The field of codes by which pairs of vectors are chosen. */
    String codes() {
        return hashField == null ? FieldNames.sibling(field, FieldNames.HASH) : hashField;
    }
}
