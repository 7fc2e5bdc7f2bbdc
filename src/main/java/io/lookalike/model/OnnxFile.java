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
 * Reads a {@code model.onnx} without loading it: whether it is whole, and which files beside it hold its weights.
 *
 * <p>ONNX Runtime opens whatever path a graph names, so a graph could take any file of the machine for its weights, and what a
 * model computes would hang on files that its digest does not cover. Weights must therefore lie beside the graph. Those that
 * lie inside are passed over, so that a walk reads little of a large file. Not thread-safe.
 */
final class OnnxFile {
    /** What protocol buffers, and ONNX with them, can hold in one file. */
    static final long MAX_BYTES = Integer.MAX_VALUE;

    private static final int MAX_SHOWN = 200;
    private static final String POINTER = "version https://git-lfs";

    private final Path path;
    /** Files that hold weights, with the bytes that each must have at least. */
    private final Map<String, Long> weights = new TreeMap<>();

    private OnnxFile(Path path) {
        this.path = path;
    }

    /**
     * What the file says, which is safe to be loaded as to its form.
     *
     * @throws ModelException where the file is no ONNX model, is cut short, keeps weights elsewhere than beside it, or would take
     *     ONNX Runtime without end to load
     */
    static OnnxGraph read(Path path) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            OnnxFile file = new OnnxFile(path);
            OnnxGraph graph = file.read(new WireReader(channel), channel.size());
            for (Map.Entry<String, Long> each : file.weights.entrySet()) {
                file.checkWeights(each.getKey(), each.getValue());
            }
            Unfolding.check(graph);
            return graph;
        }
    }

    /** The same of a model that comes with the plugin. */
    static OnnxGraph read(byte[] model) throws IOException {
        return OnnxReader.read(new WireReader(model), model.length, (location, bytes) -> {
            throw new ModelException("its weights lie in [" + cut(location) + "]");
        });
    }

    /** Text of a file, for a message. */
    static String cut(String text) {
        return text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
    }

    private OnnxGraph read(WireReader in, long bytes) throws IOException {
        if (bytes > MAX_BYTES) {
            throw new ModelException(
                    "[" + path.getFileName() + "] has [" + bytes + "] bytes; an ONNX file holds at most [" + MAX_BYTES
                            + "], export the model with its weights in another file beside it");
        }
        try {
            return OnnxReader.read(in, bytes, (location, least) -> weights.merge(location, least, Math::max));
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

    private void checkWeights(String location, long least) throws IOException {
        String keeps = "[" + path.getFileName() + "] keeps weights in [" + cut(location) + "]";
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

    /** Null for everything but the name of a file in the same directory. */
    private Path beside(String location) {
        try {
            Path name = Path.of(location).normalize();
            boolean plain = name.isAbsolute() == false
                    && name.getNameCount() == 1
                    && location.contains("\\") == false
                    && name.toString().isEmpty() == false
                    && name.toString().equals("..") == false;
            return plain ? path.resolveSibling(name) : null;
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
