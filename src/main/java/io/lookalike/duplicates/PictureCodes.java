package io.lookalike.duplicates;

import io.lookalike.pairs.CodeSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The codes of pictures in one field, by kind: codes of one kind are comparable. One thread fills it, then any number
 * may read it.
 */
final class PictureCodes {
    private final UnaryOperator<String> kindOf;
    /** Kinds by fingerprint; looked up once, because that may parse megabytes of JSON. */
    private final Map<String, String> kindNames = new HashMap<>();

    private final Map<String, Integer> kinds = new TreeMap<>();
    final List<CodeSet> sets = new ArrayList<>();
    /** The kind of each picture; -1 without a code. */
    private int[] kind = new int[0];
    /** The number of each picture's code in its set. */
    private int[] code = new int[0];

    PictureCodes(UnaryOperator<String> kindOf) {
        this.kindOf = kindOf;
    }

    int kind(int picture) {
        return kind[picture];
    }

    int code(int picture) {
        return code[picture];
    }

    void grow(int capacity) {
        kind = Arrays.copyOf(kind, capacity);
        code = Arrays.copyOf(code, capacity);
    }

    void set(int picture, byte[] value, String fingerprint, String where) {
        kind[picture] = -1;
        if (value == null) {
            return;
        }
        kind[picture] = kinds.computeIfAbsent(kindNames.computeIfAbsent(fingerprint, kindOf), k -> {
            sets.add(new CodeSet(value.length * 8));
            return sets.size() - 1;
        });
        CodeSet set = sets.get(kind[picture]);
        if (set.bits() != value.length * 8) {
            throw new IllegalArgumentException(where + " holds [" + value.length * 8
                    + "] bits but other codes have [" + set.bits()
                    + "]; search only indices with codes of one length");
        }
        code[picture] = set.add(value);
    }
}
