package io.lookalike.encoder;

import java.io.IOException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;

/**
 * The plugin's own version of a stream or of a stored form; it is written first. Elasticsearch's transport version
 * cannot take its place, because two releases of the plugin may fit the same Elasticsearch.
 *
 * <p>To change a form: raise {@code current}, let the reader branch on the version that it gets from {@link #readFrom},
 * and add a golden file. Never change or delete the golden file of an older version. Nodes with an older release refuse
 * the new version. For an upgrade node by node, let one release read both versions and write the old one; the next
 * release writes the new one. Immutable.
 *
 * @param form what has this version, for error messages, such as {@code query [hash_knn]}
 * @param current the version that this release writes, at least 1; it reads this one and all older ones
 */
public record WireVersion(String form, int current) {
    /** Name of the version in stored JSON. Forms that were stored before versions existed have no such field. */
    public static final String FIELD = "version";

    public void writeTo(StreamOutput out) throws IOException {
        out.writeVInt(current);
    }

    /**
     * @return the version of what follows in the stream, between 1 and {@code current}
     * @throws IllegalStateException when a later release wrote it
     */
    public int readFrom(StreamInput in) throws IOException {
        return require(in.readVInt());
    }

    /**
     * @param stored value of {@link #FIELD}, null when the field is missing
     * @return the version of the stored form, between 0 (the field is missing) and {@code current}
     * @throws IllegalStateException when a later release wrote it
     */
    public int ofStored(Object stored) {
        return stored == null ? 0 : require(stored instanceof Integer version ? version : -1);
    }

    private int require(int version) {
        if (version < 1 || version > current) {
            throw new IllegalStateException(form + " has version [" + version
                    + "] but the plugin lookalike on this node reads versions [1] to [" + current
                    + "]; run the same release of the plugin on all nodes, and none older than before");
        }
        return version;
    }
}
