package io.lookalike.model;

import io.lookalike.model.OnnxGraph.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Reads a {@code model.onnx} without loading it: whether it is whole, whether it may be loaded, and which files beside it hold its
 * weights.
 *
 * <p>ONNX Runtime opens whatever path a graph names, so a graph could take any file of the machine for its weights, and what a
 * model computes would hang on files that its digest does not cover. Weights must therefore lie beside the graph. Those that
 * lie inside are passed over, so that little of a large file is read. Not thread-safe.
 */
final class OnnxFile {
    /** What protocol buffers, and ONNX with them, can hold in one file. */
    static final long MAX_BYTES = Integer.MAX_VALUE;

    private static final String POINTER = "version https://git-lfs";

    private final Path path;
    private final WireReader in;

    private OnnxFile(Path path, WireReader in) {
        this.path = path;
        this.in = in;
    }

    /**
     * What the file says.
     *
     * @throws ModelException where it is no ONNX model, is cut short, keeps weights elsewhere than beside it, or must not be loaded
     */
    static GraphReader read(Path path) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            OnnxFile file = new OnnxFile(path, new WireReader(channel));
            GraphReader read = file.read(channel.size());
            for (Tensor each : read.external()) {
                file.checkWeights(each);
            }
            GraphRules.check(read);
            return read;
        }
    }

    private GraphReader read(long bytes) throws IOException {
        if (bytes > MAX_BYTES) {
            throw new ModelException(
                    "[" + path.getFileName() + "] has [" + bytes + "] bytes; an ONNX file holds at most [" + MAX_BYTES
                            + "], export the model with its weights in another file beside it");
        }
        try {
            return new GraphReader(in, bytes);
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

    private void checkWeights(Tensor tensor) throws IOException {
        String keeps = "[" + path.getFileName() + "] keeps weights in [" + GraphReader.shown(tensor.location) + "]";
        Path file = beside(tensor.location);
        if (file == null) {
            throw new ModelException(keeps
                    + ", which is not the name of a file beside it; export the model with all files in one directory");
        }
        if (Files.isRegularFile(file) == false) {
            throw new ModelException(keeps + ", which is missing; copy it into the directory of the model");
        }
        ModelFiles.requireInside(path.toAbsolutePath().getParent(), file);
        long bytes = Math.max(tensor.length, tensor.bytes());
        long least = tensor.offset + Math.min(bytes, Long.MAX_VALUE - tensor.offset);
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
