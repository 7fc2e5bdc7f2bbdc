package io.lookalike.model;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * Checks a {@code model.onnx} without loading it: that it is complete, and that its weights are in files beside it.
 *
 * <p>ONNX Runtime opens any path that a graph names, so a graph could read any file of the machine as its weights, and
 * its results could depend on files outside of its digest. Therefore weights must be beside the graph. Weights inside
 * of the file are skipped, so this reads little of a large file. Not thread-safe.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the messages and the numbers of their
 *     fields</a>
 */
final class OnnxFile {
    /** The most that protocol buffers, and so ONNX, can hold in one file. */
    static final long MAX_BYTES = Integer.MAX_VALUE;

    private static final int MAX_DEPTH = 100;
    private static final int MAX_TEXT = 4096;
    private static final int MAX_SHOWN = 200;
    private static final String POINTER = "version https://git-lfs";

    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int LENGTH = 2;
    static final int FIXED32 = 5;

    /** The messages that lead to a graph's weights. */
    private enum Message {
        MODEL,
        GRAPH,
        FUNCTION,
        NODE,
        ATTRIBUTE,
        TENSOR,
        SPARSE_TENSOR,
        EXTERNAL_DATA,
        OTHER;

        Message of(int field) {
            return switch (this) {
                case MODEL -> field == 7 ? GRAPH : field == 25 ? FUNCTION : OTHER;
                case GRAPH -> field == 1 ? NODE : field == 5 ? TENSOR : field == 15 ? SPARSE_TENSOR : OTHER;
                case FUNCTION -> field == 7 ? NODE : field == 11 ? ATTRIBUTE : OTHER;
                case NODE -> field == 5 ? ATTRIBUTE : OTHER;
                case ATTRIBUTE ->
                    switch (field) {
                        case 5, 10 -> TENSOR;
                        case 6, 11 -> GRAPH;
                        case 22, 23 -> SPARSE_TENSOR;
                        default -> OTHER;
                    };
                case TENSOR -> field == 13 ? EXTERNAL_DATA : OTHER;
                case SPARSE_TENSOR -> field == 1 || field == 2 ? TENSOR : OTHER;
                case EXTERNAL_DATA, OTHER -> OTHER;
            };
        }
    }

    private final Path path;
    private final WireReader in;
    private boolean graph;
    /** Files with weights, and the least size of each. */
    private final Map<String, Long> weights = new TreeMap<>();

    private OnnxFile(Path path, WireReader in) {
        this.path = path;
        this.in = in;
    }

    /** @throws ModelException if the file is no ONNX model, is truncated, or has weights anywhere except beside it */
    static void check(Path path) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            OnnxFile file = new OnnxFile(path, new WireReader(channel));
            file.walk(channel.size());
            for (Map.Entry<String, Long> each : file.weights.entrySet()) {
                file.checkWeights(each.getKey(), each.getValue());
            }
        }
    }

    private void walk(long bytes) throws IOException {
        if (bytes > MAX_BYTES) {
            throw new ModelException(
                    "[" + path.getFileName() + "] has [" + bytes + "] bytes; an ONNX file holds at most [" + MAX_BYTES
                            + "], export the model with its weights in another file beside it");
        }
        try {
            walk(Message.MODEL, bytes, 0);
            if (graph == false) {
                throw new EOFException("no graph");
            }
        } catch (EOFException e) {
            in.seek(0);
            String head = bytes < POINTER.length() ? "" : in.text(POINTER.length());
            in.seek(0);
            byte[] first = new byte[(int) Math.min(bytes, 4)];
            for (int i = 0; i < first.length; i++) {
                first[i] = in.next();
            }
            throw new ModelException(
                    "[" + path.getFileName() + "] (" + bytes + " bytes"
                            + (bytes == 0
                                    ? ""
                                    : ", starts with "
                                            + HexFormat.ofDelimiter(" ").formatHex(first))
                            + ") is no ONNX model or is cut short; "
                            + (head.equals(POINTER)
                                    ? "it is a pointer of Git LFS: fetch the file itself with [git lfs pull]"
                                    : "export it or copy it again"),
                    e);
        }
    }

    private void walk(Message message, long end, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new EOFException("too deep");
        }
        boolean external = false;
        Map<String, String> data = new TreeMap<>();
        while (in.position() < end) {
            long tag = in.tag();
            int field = (int) (tag >>> 3);
            switch ((int) tag & 7) {
                case VARINT -> {
                    long value = in.varint();
                    external |= message == Message.TENSOR
                            && field == 14
                            && (int) value == 1; // protocol buffers truncate it to 32 bits
                }
                case FIXED64 -> in.seek(in.position() + Long.BYTES);
                case FIXED32 -> in.seek(in.position() + Integer.BYTES);
                case LENGTH -> {
                    long length = in.varint();
                    if (length < 0 || length > end - in.position()) {
                        throw new EOFException("a field ends after its message");
                    }
                    long next = in.position() + length;
                    Message inner = message.of(field);
                    if (inner == Message.EXTERNAL_DATA) {
                        entry(next, data);
                    } else if (inner != Message.OTHER) {
                        graph |= inner == Message.GRAPH;
                        walk(inner, next, depth + 1);
                    }
                    in.seek(next);
                }
                default -> throw new EOFException("no such wire type");
            }
        }
        if (in.position() != end) {
            throw new EOFException("a field ends after its message");
        }
        if (external) {
            weights.merge(data.getOrDefault("location", ""), least(data), Math::max);
        }
    }

    /** Reads a key (field 1) and its value (field 2). */
    private void entry(long end, Map<String, String> data) throws IOException {
        String[] texts = {"", ""};
        while (in.position() < end) {
            long tag = in.varint();
            long length = in.varint();
            if ((tag != (1 << 3 | LENGTH) && tag != (2 << 3 | LENGTH)) || length < 0 || length > MAX_TEXT) {
                throw new EOFException("no key and value");
            }
            texts[(int) (tag >>> 3) - 1] = in.text((int) length);
        }
        data.put(texts[0], texts[1]);
    }

    /** The size that a file must have for the weights of a tensor. */
    private static long least(Map<String, String> data) {
        try {
            long offset = Long.parseLong(data.getOrDefault("offset", "0"));
            long length = Long.parseLong(data.getOrDefault("length", "0"));
            if (offset >= 0 && length >= 0) {
                return Math.addExact(offset, length);
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // reported below
        }
        throw new ModelException("the [offset] or [length] of a tensor's weights is no valid number; export it again");
    }

    private void checkWeights(String location, long least) throws IOException {
        String keeps = "[" + path.getFileName() + "] keeps weights in ["
                + (location.length() > MAX_SHOWN ? location.substring(0, MAX_SHOWN) + "…" : location) + "]";
        Path file = beside(location);
        if (file == null) {
            throw new ModelException(keeps
                    + ", which is not the name of a file beside it; export the model with all files in one directory");
        }
        if (Files.isRegularFile(file) == false) {
            throw new ModelException(keeps + ", which is missing; copy it into the directory of the model");
        }
        if (Files.size(file) < least) {
            throw new ModelException(
                    keeps + ", which has [" + Files.size(file) + "] bytes but needs [" + least + "]; copy it again");
        }
    }

    /** The file, if the location is the name of a file in the same directory that the digest covers; else null. */
    private Path beside(String location) {
        String name = location.startsWith("./") ? location.substring(2) : location;
        try {
            boolean plain = name.isEmpty() == false
                    && name.contains("/") == false
                    && name.contains("\\") == false
                    && name.equals(".") == false
                    && name.equals("..") == false
                    && name.equals(ModelFiles.DEFAULTS) == false;
            return plain ? path.resolveSibling(name) : null;
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
