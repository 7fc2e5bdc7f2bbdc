package io.lookalike.search;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.util.BitSet;

/**
 * Which documents of Lucene's are parents, where the field that is searched lies in nested objects. Immutable.
 *
 * @param parents null for a field that is not nested
 */
record Nesting(BitSetProducer parents) {
    boolean isNested() {
        return parents != null;
    }

    /** The parents of a segment; null without any, and for a field that is not nested. */
    BitSet parentsOf(LeafReaderContext leaf) throws IOException {
        return parents == null ? null : parents.getBitSet(leaf);
    }

    /**
     * Moves a boundary between documents behind the parent whose children it would separate.
     *
     * @param parentBits of the segment; null for a field that is not nested
     */
    static int boundary(int doc, BitSet parentBits, int maxDoc) {
        return parentBits == null || doc == 0 || doc >= maxDoc
                ? doc
                : (int) Math.min(maxDoc, parentBits.nextSetBit(doc - 1) + 1L);
    }
}
