package io.lookalike.it;

import static io.lookalike.it.Json.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Kinds of dense_vector fields, and random vectors that each of them stores as they are sent. Stateless. */
final class MatrixFields {
    /** The least that bbq index options take. */
    static final int DIMS = 64;

    private static final List<String> SIMILARITIES = List.of("cosine", "l2_norm", "dot_product", "max_inner_product");
    private static final List<String> INDEX_OPTIONS =
            List.of("flat", "hnsw", "int8_hnsw", "int4_hnsw", "bbq_hnsw", "int8_flat", "int4_flat", "bbq_flat");

    private MatrixFields() {}

    /** Every similarity with every element type; every index option under one of them at least. */
    static List<Field> choose(Random random) {
        List<Field> fields = new ArrayList<>();
        List<String> options = new ArrayList<>(INDEX_OPTIONS);
        Collections.shuffle(options, random);
        for (int i = 0; i < options.size(); i++) {
            fields.add(new Field("float", SIMILARITIES.get(i % SIMILARITIES.size()), options.get(i)));
        }
        for (String similarity : SIMILARITIES) {
            fields.add(new Field("bfloat16", similarity, random.nextBoolean() ? "flat" : "hnsw"));
            fields.add(new Field("byte", similarity, random.nextBoolean() ? "flat" : "hnsw"));
        }
        return fields;
    }

    /** A field of {@link #DIMS} dims. */
    record Field(String element, String similarity, String indexOptions) {
        String name() {
            return element + "-" + similarity + "-" + indexOptions;
        }

        ObjectNode mapping() {
            return json(
                    "{type: 'dense_vector', dims: ?, element_type: ?, similarity: ?, index_options: {type: ?}}",
                    DIMS,
                    element,
                    similarity,
                    indexOptions);
        }

        /** The metric that is the mapping's own. */
        String metric() {
            return similarity.equals("max_inner_product") ? "dot_product" : similarity;
        }

        /** The formula by which dot products of this field are scored. */
        String dotProduct() {
            return similarity.equals("max_inner_product")
                    ? similarity
                    : element.equals("byte") ? "dot_product of bytes" : "dot_product";
        }

        /** Whether stock search on a small segment computes exact scores. */
        boolean exact() {
            return indexOptions.equals("flat") || indexOptions.equals("hnsw");
        }

        /** As the field takes and keeps it; half of them without negative components. */
        float[] vector(Random random) {
            float[] vector = switch (element) {
                case "byte" -> bytes(random);
                case "bfloat16" -> squares(random);
                default -> floats(random);
            };
            if (random.nextBoolean()) {
                for (int d = 0; d < DIMS; d++) {
                    vector[d] = Math.abs(vector[d]);
                }
            }
            if (element.equals("byte")) {
                for (int d = 0; d < DIMS; d++) {
                    vector[d] = Math.min(vector[d], Byte.MAX_VALUE);
                }
            }
            boolean unit = similarity.equals("dot_product") && !element.equals("byte");
            boolean zero =
                    (similarity.equals("l2_norm") || similarity.equals("max_inner_product")) && random.nextInt(30) == 0;
            return zero ? new float[DIMS] : unit ? PlainSearch.unit(vector) : vector;
        }

        /** Anything, whatever the field itself takes. */
        float[] query(Random random) {
            return switch (random.nextInt(10)) {
                case 0 -> new float[DIMS];
                case 1 -> constant(random.nextFloat() - 0.5f);
                case 2 -> vector(random);
                default -> floats(random);
            };
        }
    }

    private static float[] constant(float value) {
        float[] vector = new float[DIMS];
        Arrays.fill(vector, value);
        return vector;
    }

    /** Of any length, some sparse, some constant; never zero. */
    private static float[] floats(Random random) {
        float size = (float) Math.exp(2 * random.nextGaussian());
        if (random.nextInt(30) == 0) {
            return constant(size);
        }
        boolean sparse = random.nextInt(4) == 0;
        float[] vector = new float[DIMS];
        for (int d = 0; d < DIMS; d++) {
            vector[d] = sparse && random.nextInt(8) > 0 ? 0 : size * (float) random.nextGaussian();
        }
        vector[random.nextInt(DIMS)] = size;
        return vector;
    }

    private static float[] bytes(Random random) {
        float[] vector = new float[DIMS];
        int size = 1 + random.nextInt(128);
        for (int d = 0; d < DIMS; d++) {
            vector[d] = random.nextInt(2 * size) - size;
        }
        vector[random.nextInt(DIMS)] = 1;
        return vector;
    }

    /**
     * Small whole numbers whose squares add up to 256, times a power of two: the components, their length 16 and the
     * components of the unit vector are all exact in the 8 significant bits of a bfloat16.
     */
    private static float[] squares(Random random) {
        float size = Math.scalb(1f, random.nextInt(6) - 3);
        float[] vector = new float[DIMS];
        int left = 256;
        while (left > 0) {
            int d = random.nextInt(DIMS);
            int value = 1 + random.nextInt(5);
            if (vector[d] == 0 && value * value <= left) {
                vector[d] = random.nextBoolean() ? value * size : -value * size;
                left -= value * value;
            }
        }
        return vector;
    }
}
