package io.lookalike.ingest;

import java.util.List;

/**
 * The options that both processors take. Immutable.
 *
 * @param targets the encoders, and the field each writes to
 * @param mappings checks the mapping of a document's index; null if {@code check_mapping} is false
 * @param field holds the picture or the vector
 * @param boxes reads the boxes of pictures; null for none
 */
record ProcessorOptions(
        List<Target> targets,
        TargetMappings mappings,
        String field,
        boolean removeSource,
        boolean ignoreMissing,
        Boxes boxes) {

    /** How error messages name the field. */
    String what() {
        return "field [" + field + "]";
    }
}
