package io.lookalike.search;

import java.io.IOException;
import org.apache.lucene.index.LeafReader;

/** How near documents are, by what a stage reads of them. Immutable. */
interface Measure {
    /** Null where the segment has nothing to measure. */
    Leaf leaf(LeafReader reader) throws IOException;

    /** The score of a distance that {@link Leaf} hands on; greater is nearer. */
    float score(double distance);

    /** Bytes that are read of a document, about. */
    int bytes();

    /** Receives documents in the order in which they were offered. */
    interface Sink {
        /** @param distance NaN where there is none */
        void scored(int doc, double distance);
    }

    /** Measures the documents of one segment, in ascending order. For one thread. */
    interface Leaf {
        /**
         * Hands a document on with its distance, sooner or later; ascending. Those without what is measured are left
         * out.
         */
        void offer(int doc, Sink sink) throws IOException;

        /** Hands on what still waits. */
        void flush(Sink sink);
    }
}
