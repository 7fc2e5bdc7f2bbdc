package io.lookalike.search;

import java.io.IOException;
import org.apache.lucene.index.LeafReader;

/** Measures how near documents are: exactly, or by an estimate. Immutable. */
interface Measure {
    /** Null where the segment has nothing to measure. */
    Leaf leaf(LeafReader reader) throws IOException;

    /** The score of a distance; greater is nearer. */
    float score(double distance);

    /** About how many bytes are read per document. */
    int bytes();

    /** Receives documents in the order in which they were offered. */
    interface Sink {
        /** @param distance NaN where there is none */
        void scored(int doc, double distance);
    }

    /** Measures the documents of one segment, in ascending order. For one thread. */
    interface Leaf {
        /**
         * Measures a document, at once or later; called in ascending order. Documents that cannot be measured are left
         * out.
         */
        void offer(int doc, Sink sink) throws IOException;

        /** Measures the documents that still wait. */
        void flush(Sink sink);
    }
}
