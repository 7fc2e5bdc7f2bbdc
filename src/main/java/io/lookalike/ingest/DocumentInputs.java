package io.lookalike.ingest;

import io.lookalike.image.Region;
import java.util.List;

/**
 * The pictures or vectors that a document sends. Immutable.
 *
 * @param inputs those to encode; a picture with an empty list of boxes is not among them
 * @param numbered whether the document sends an array, so that each entry gets the number of its picture
 * @param array whether the target field becomes an array
 */
record DocumentInputs(List<Input> inputs, boolean numbered, boolean array) {

    /**
     * One picture or vector.
     *
     * @param number its index in the document's array
     * @param what how error messages name it
     * @param regions the boxes to encode; empty for the whole picture
     */
    record Input(int number, String what, Object value, List<Region> regions) {}
}
