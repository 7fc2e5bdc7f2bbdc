package io.lookalike.hashing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Golden files; {@code golden.txt} holds weights, codes and terms as they were when the first index was written. */
final class GoldenFile {
    private GoldenFile() {}

    /** The fields of each line of one kind of {@code golden.txt}, without the kind. */
    static List<String[]> fields(String kind) throws IOException {
        return lines("golden.txt").stream()
                .filter(line -> line.startsWith(kind + " "))
                .map(line -> line.substring(kind.length() + 1).split(" ", -1))
                .toList();
    }

    static List<String> lines(String file) throws IOException {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(GoldenFile.class.getResourceAsStream(file)), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        }
    }

    static float[] centerOf(String field, int dims) {
        return field.equals("-") ? null : PlainHashing.vector(dims, Integer.parseInt(field));
    }
}
