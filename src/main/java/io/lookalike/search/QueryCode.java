package io.lookalike.search;

import io.lookalike.search.stored.StoredCodes;
import io.lookalike.vectors.Hamming;
import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.LeafReader;

/**
 * The query's code.
 *
 * @param field a field of codes
 * @param bytes as long as the field's codes; a shorter code is compared with their first bits
 */
@SuppressWarnings("ArrayRecordComponent") // equals is by content
public record QueryCode(String field, byte[] bytes) {

    public int bits() {
        return bytes.length * Byte.SIZE;
    }

    /** Only its first bits. */
    public QueryCode first(int bits) {
        return new QueryCode(field, Arrays.copyOf(bytes, bits / Byte.SIZE));
    }

    /** How many bits of a stored code, or of its first ones, differ. */
    int distance(byte[] stored) {
        return Hamming.distanceOfFirst(bytes, stored);
    }

    /** How many documents of the segment have codes, including deleted ones. */
    int documents(LeafReader reader) throws IOException {
        ByteVectorValues codes = reader.getByteVectorValues(field);
        return codes == null ? 0 : codes.size();
    }

    /** Null when the segment has no codes. */
    CodeScan scan(LeafReader reader) throws IOException {
        return CodeScan.of(reader, field, bytes);
    }

    /** Null when the segment has no codes. */
    StoredCodes stored(LeafReader reader) throws IOException {
        return StoredCodes.of(reader, field);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof QueryCode that && field.equals(that.field) && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * field.hashCode() + Arrays.hashCode(bytes);
    }
}
