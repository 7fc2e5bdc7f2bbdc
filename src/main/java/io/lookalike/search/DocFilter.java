package io.lookalike.search;

import java.io.IOException;

/** Which documents may be handed out; asked in ascending order. */
interface DocFilter {
    boolean accepts(int doc) throws IOException;
}
