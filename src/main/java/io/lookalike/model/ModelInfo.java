package io.lookalike.model;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Description of a model.
 *
 * @param id the name of its directory, or {@code builtin-1} or {@code builtin-2}
 * @param sha256 hexadecimal digest of {@code model.onnx}. If there are more files (apart from {@code model.json}), the
 *     digest of all in order of name, each preceded by its name, a zero byte and its length as eight bytes, big-endian
 * @param bytes total size of those files
 * @param inputs in the graph's order, without those that have an initial value
 * @param outputs in the graph's order
 * @param metadata the {@code metadata_props} of the file
 * @param defaults raw {@code model.json} from when the model was read; null if there was none
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out
public record ModelInfo(
        String id,
        String sha256,
        long bytes,
        List<TensorInfo> inputs,
        List<TensorInfo> outputs,
        Map<String, String> metadata,
        byte[] defaults) {
    public ModelInfo {
        Objects.requireNonNull(id);
        Objects.requireNonNull(sha256);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        metadata = Map.copyOf(metadata);
        defaults = defaults == null ? null : defaults.clone();
    }

    @Override
    public byte[] defaults() {
        return defaults == null ? null : defaults.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModelInfo that
                && id.equals(that.id)
                && sha256.equals(that.sha256)
                && bytes == that.bytes
                && inputs.equals(that.inputs)
                && outputs.equals(that.outputs)
                && metadata.equals(that.metadata)
                && Arrays.equals(defaults, that.defaults);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, sha256, bytes);
    }
}
