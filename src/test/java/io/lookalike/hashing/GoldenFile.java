package io.lookalike.hashing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Lines of {@code golden.txt}: weights, codes and terms as they were when the first index was written. */
final class GoldenFile {
    private GoldenFile() {}

    /** The fields of each line of one kind, without the kind. */
    static List<String[]> lines(String kind) throws IOException {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(GoldenFile.class.getResourceAsStream("golden.txt")), StandardCharsets.UTF_8))) {
            return reader.lines()
                    .filter(line -> line.startsWith(kind + " "))
                    .map(line -> line.substring(kind.length() + 1).split(" ", -1))
                    .toList();
        }
    }

    static float[] centerOf(String field, int dims) {
        return field.equals("-") ? null : PlainHashing.vector(dims, Integer.parseInt(field));
    }
}
