package io.lookalike.evaluate;

import java.util.List;
import java.util.Map;

/** A document of the index that serves as a query. */
interface QueryDocument {
    /** The vector of a field. */
    List<Float> vector(String field);

    /** The code of a field of vectors, in hex; null if it is unknown. */
    String code(String field);

    /** The document as {@code like} names it, if the encoder would project its stored vector again; else null. */
    Map<String, Object> like(String field);

    /** The query that finds this document alone. */
    Map<String, Object> itself();
}
