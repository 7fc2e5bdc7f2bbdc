package io.lookalike.model;

import java.io.EOFException;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** Reads messages of protocol buffers field by field, and adds their cost to a budget. Not thread-safe. */
final class MessageReader {
    /** Memory that ONNX Runtime needs for a field; an attribute takes some 280 bytes. */
    private static final int FIELD_BYTES = 256;

    private final WireReader in;
    private final LoadBudget budget;

    MessageReader(WireReader in, LoadBudget budget) {
        this.in = in;
        this.budget = budget;
    }

    /** Receives each field of a message. Fields that it does not read are skipped. */
    interface Fields {
        /** @param end where a field with a length ends; for others the value */
        void field(int field, int type, long end) throws IOException;
    }

    long position() {
        return in.position();
    }

    void seek(long position) throws IOException {
        in.seek(position);
    }

    long varint() throws IOException {
        return in.varint();
    }

    String text(int bytes) throws IOException {
        return in.text(bytes);
    }

    /** Reads a name that ends there. */
    String name(long end) throws IOException {
        long length = end - in.position();
        budget.addName(length);
        return in.text((int) length);
    }

    /**
     * Reads a message.
     *
     * @param single fields that hold a message and must not be repeated: protocol buffers would merge both into a
     *     message that no other reader sees
     */
    void message(long end, Set<Integer> single, Fields fields) throws IOException {
        Set<Integer> seen = new HashSet<>();
        while (in.position() < end) {
            long tag = in.tag();
            int field = (int) (tag >>> 3);
            int type = (int) tag & 7;
            switch (type) {
                case OnnxFile.VARINT -> fields.field(field, type, in.varint());
                case OnnxFile.FIXED64 -> in.seek(in.position() + Long.BYTES);
                case OnnxFile.FIXED32 -> in.seek(in.position() + Integer.BYTES);
                case OnnxFile.LENGTH -> {
                    long length = in.varint();
                    if (length < 0 || length > end - in.position()) {
                        throw new EOFException("a field ends after its message");
                    }
                    long next = in.position() + length;
                    if (single.contains(field) && !seen.add(field)) {
                        throw new ModelException("its graph has a part twice that may be there once (field [" + field
                                + "]); export it again");
                    }
                    long before = in.position();
                    fields.field(field, type, next);
                    budget.addBytes(FIELD_BYTES, 1);
                    if (in.position() == before) {
                        budget.addBytes(length, 1); // ONNX Runtime also keeps fields that are not read here
                    }
                    in.seek(next);
                }
                default -> throw new EOFException("no such wire type");
            }
        }
    }
}
