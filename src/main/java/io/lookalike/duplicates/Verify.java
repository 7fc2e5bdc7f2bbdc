package io.lookalike.duplicates;

import io.lookalike.encoder.FieldNames;
import java.util.List;

/** By what pictures with near perceptual hashes are confirmed to be the same. */
enum Verify {
    /** By details; by vectors where a picture has none; by the hashes alone where it has neither. */
    AUTO,
    /** By details alone. */
    DETAIL,
    /** By vectors alone. */
    VECTOR,
    /** The codes decide alone. */
    NONE;

    /** Names of the fields beside the codes that it reads. */
    List<String> siblings() {
        return switch (this) {
            case AUTO -> List.of(FieldNames.DETAIL, FieldNames.VECTOR);
            case DETAIL -> List.of(FieldNames.DETAIL);
            case VECTOR -> List.of(FieldNames.VECTOR);
            case NONE -> List.of();
        };
    }

    /** Whether the user names what must confirm. */
    boolean isAsked() {
        return this == DETAIL || this == VECTOR;
    }
}
