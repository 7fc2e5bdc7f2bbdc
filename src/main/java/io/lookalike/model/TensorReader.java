package io.lookalike.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the tensors of a graph without their numbers, and the descriptions of its values. Not thread-safe. */
final class TensorReader {
    /** Channels of a convolution's weights are padded to a multiple of this. */
    private static final int CHANNELS = 16;

    private static final int STRING = 8;

    /** Dims of one tensor; ONNX Runtime accepts fewer. */
    private static final int MAX_DIMS = 64;

    /** Names of the element types by their number. */
    private static final List<String> TYPES = List.of(
            "undefined",
            "float32",
            "uint8",
            "int8",
            "uint16",
            "int16",
            "int32",
            "int64",
            "string",
            "bool",
            "float16",
            "float64",
            "uint32",
            "uint64",
            "complex64",
            "complex128",
            "bfloat16");

    private final MessageReader in;
    private final LoadBudget budget;

    TensorReader(MessageReader in, LoadBudget budget) {
        this.in = in;
        this.budget = budget;
    }

    private static void add(List<Long> dims, long value) {
        if (dims.size() == MAX_DIMS) {
            throw new ModelException("its graph has a tensor of more than [" + MAX_DIMS + "] axes; export it again");
        }
        dims.add(value);
    }

    private void packed(long end, List<Long> dims) throws IOException {
        while (in.position() < end) {
            add(dims, in.varint());
        }
    }

    /** Reads a tensor of weights, adds its bytes to the budget, and returns its name. */
    String tensor(long end) throws IOException {
        String[] named = {""};
        int[] element = {0};
        List<Long> dims = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        in.message(end, Set.of(), (field, type, at) -> {
            if (type == OnnxFile.LENGTH) {
                switch (field) {
                    case 1 -> packed(at, dims);
                    case 4, 5, 7, 10, 11 -> {
                        budget.addBytes(
                                at - in.position(), Long.BYTES); // a number may take one byte here and eight in memory
                        in.seek(at);
                    }
                    case 8 -> named[0] = in.name(at);
                    case 9 -> {
                        budget.addBytes(at - in.position(), 1); // kept in memory beside the tensor that is made from it
                        in.seek(at);
                    }
                    case 13 -> external(at, keys);
                    default -> {}
                }
            } else if (field == 1) {
                add(dims, at);
            } else if (field == 2) {
                element[0] = (int) at;
            } else {
                budget.addBytes(Long.BYTES, 1);
            }
        });
        if (element[0] == STRING) {
            throw new ModelException("its graph has a tensor of strings; export only the part that takes pictures");
        }
        if (dims.size() == 4) {
            dims.set(0, padded(dims.get(0)));
            dims.set(1, padded(dims.get(1)));
        }
        budget.addBytes(product(dims), bytes(element[0]));
        return named[0];
    }

    /** Channels as kernels pad them. */
    private static long padded(long channels) {
        return channels < 1 || channels > Integer.MAX_VALUE
                ? channels
                : (channels + CHANNELS - 1) / CHANNELS * CHANNELS;
    }

    /** Bytes of an element, at least 1. */
    private static int bytes(int type) {
        return switch (type) {
            case 1, 6, 12 -> Float.BYTES;
            case 4, 5, 10, 16 -> Short.BYTES;
            case 7, 11, 13, 14 -> Long.BYTES;
            case 8, 15 -> 2 * Long.BYTES;
            default -> 1;
        };
    }

    private void external(long end, Set<String> keys) throws IOException {
        int before = keys.size();
        in.message(end, Set.of(1), (field, type, at) -> {
            if (type == OnnxFile.LENGTH && field == 1) {
                keys.add(in.name(at));
            }
        });
        if (keys.size() == before) {
            throw new ModelException("a tensor says twice where its weights lie; export it again");
        }
    }

    /** Reads the description of an input, an output or another value. */
    TensorInfo value(long end) throws IOException {
        budget.addValue();
        String[] said = {"", "map"};
        List<Long> shape = new ArrayList<>();
        in.message(end, Set.of(2), (field, type, at) -> {
            if (type == OnnxFile.LENGTH && field == 1) {
                said[0] = in.name(at);
            } else if (type == OnnxFile.LENGTH && field == 2) {
                in.message(at, Set.of(1), (f, t, inner) -> {
                    if (t == OnnxFile.LENGTH && f == 1) {
                        said[1] = tensorType(inner, shape);
                    } else if (f == 4) {
                        said[1] = "sequence";
                    }
                });
            }
        });
        return new TensorInfo(
                said[0], said[1], shape.stream().mapToLong(Long::longValue).toArray());
    }

    /** Reads the element type, and adds the dims to {@code shape}, -1 for unknown ones. */
    private String tensorType(long end, List<Long> shape) throws IOException {
        int[] element = {0};
        in.message(end, Set.of(2), (field, type, at) -> {
            if (type == OnnxFile.VARINT && field == 1) {
                element[0] = (int) at;
            } else if (type == OnnxFile.LENGTH && field == 2) {
                in.message(at, Set.of(), (f, t, dim) -> {
                    if (t == OnnxFile.LENGTH && f == 1) {
                        long[] size = {-1};
                        in.message(
                                dim,
                                Set.of(),
                                (g, u, value) -> size[0] = g == 1 && u == OnnxFile.VARINT ? value : size[0]);
                        add(shape, size[0]);
                    }
                });
            }
        });
        return element[0] >= 0 && element[0] < TYPES.size() ? TYPES.get(element[0]) : "undefined";
    }

    /** The product of all known dims, at most {@link Long#MAX_VALUE}. */
    private static long product(Iterable<Long> dims) {
        long product = 1;
        for (long dim : dims) {
            if (dim == 0) {
                return 0;
            }
            if (dim > 1) {
                product = product > Long.MAX_VALUE / dim ? Long.MAX_VALUE : product * dim;
            }
        }
        return product;
    }
}
