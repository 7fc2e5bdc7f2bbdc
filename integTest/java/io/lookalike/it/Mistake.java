package io.lookalike.it;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A wrong request and what its answer must be.
 *
 * @param body null for none
 * @param parts what the reasons in the answer must contain
 */
record Mistake(String name, String method, String path, ObjectNode body, int status, List<String> parts) {
    /** An index with one drawn picture of each class, and the document {@code without} any. */
    static final String INDEX = "mistakes";

    static final String PICTURE = Album.draw(1, 5).get(1).base64();

    static Mistake mistake(String name, String method, String path, ObjectNode body, int status, String... parts) {
        return new Mistake(name, method, path, body, status, List.of(parts));
    }

    /** The first 33 bytes of a PNG: a header, with its checksum right, that claims 536870944 x 32 pixels. */
    static String hugeClaim() {
        ByteBuffer png = ByteBuffer.allocate(33);
        png.putLong(0x89504E470D0A1A0AL).putInt(13);
        byte[] header = ByteBuffer.allocate(17)
                .putInt(0x49484452)
                .putInt(536870944)
                .putInt(32)
                .put(new byte[] {8, 2, 0, 0, 0})
                .array();
        CRC32 crc = new CRC32();
        crc.update(header);
        return Base64.getEncoder()
                .encodeToString(png.put(header).putInt((int) crc.getValue()).array());
    }

    @Override
    public String toString() {
        return name;
    }
}
