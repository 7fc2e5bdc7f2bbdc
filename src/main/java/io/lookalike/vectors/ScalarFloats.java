package io.lookalike.vectors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The loops of {@link MappedFloats} in plain Java. They define the order of additions for all loops there.
 *
 * <p>Component i of a vector is added to lane {@code i % 16}, for all whole groups of sixteen. Then the lanes are added
 * in pairs, and finally the sum of the remaining components. So the result has the same bits whether the sixteen lanes
 * are in one register, in several, or in variables as here, and whichever other vectors the same call compares.
 * Stateless and thread-safe.
 */
final class ScalarFloats {
    /** Number of separate sums of a vector. */
    static final int LANES = 16;

    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private ScalarFloats() {}

    /**
     * The sums of {@code (a - s b)²} for each lane, written from index {@code to} on, without the components after the
     * last whole sixteen.
     */
    static void squaredDifferences(MemorySegment vectors, long at, float scale, float[] query, float[] lanes, int to) {
        // eight lanes at a time, because sixteen do not fit into the registers
        int whole = query.length - query.length % LANES;
        for (int lane = 0; lane < LANES; lane += 8) {
            float sum0 = 0;
            float sum1 = 0;
            float sum2 = 0;
            float sum3 = 0;
            float sum4 = 0;
            float sum5 = 0;
            float sum6 = 0;
            float sum7 = 0;
            for (int i = lane; i < whole; i += LANES) {
                long b = at + (long) Float.BYTES * i;
                sum0 += square(query[i] - vectors.get(FLOAT, b) * scale);
                sum1 += square(query[i + 1] - vectors.get(FLOAT, b + 4) * scale);
                sum2 += square(query[i + 2] - vectors.get(FLOAT, b + 8) * scale);
                sum3 += square(query[i + 3] - vectors.get(FLOAT, b + 12) * scale);
                sum4 += square(query[i + 4] - vectors.get(FLOAT, b + 16) * scale);
                sum5 += square(query[i + 5] - vectors.get(FLOAT, b + 20) * scale);
                sum6 += square(query[i + 6] - vectors.get(FLOAT, b + 24) * scale);
                sum7 += square(query[i + 7] - vectors.get(FLOAT, b + 28) * scale);
            }
            lanes[to + lane] = sum0;
            lanes[to + lane + 1] = sum1;
            lanes[to + lane + 2] = sum2;
            lanes[to + lane + 3] = sum3;
            lanes[to + lane + 4] = sum4;
            lanes[to + lane + 5] = sum5;
            lanes[to + lane + 6] = sum6;
            lanes[to + lane + 7] = sum7;
        }
    }

    /**
     * The sums of {@code a (s b)} for each lane, written from index {@code to} on, without the components after the
     * last whole sixteen.
     */
    static void products(MemorySegment vectors, long at, float scale, float[] query, float[] lanes, int to) {
        int whole = query.length - query.length % LANES;
        for (int lane = 0; lane < LANES; lane += 8) {
            float sum0 = 0;
            float sum1 = 0;
            float sum2 = 0;
            float sum3 = 0;
            float sum4 = 0;
            float sum5 = 0;
            float sum6 = 0;
            float sum7 = 0;
            for (int i = lane; i < whole; i += LANES) {
                long b = at + (long) Float.BYTES * i;
                sum0 += query[i] * (vectors.get(FLOAT, b) * scale);
                sum1 += query[i + 1] * (vectors.get(FLOAT, b + 4) * scale);
                sum2 += query[i + 2] * (vectors.get(FLOAT, b + 8) * scale);
                sum3 += query[i + 3] * (vectors.get(FLOAT, b + 12) * scale);
                sum4 += query[i + 4] * (vectors.get(FLOAT, b + 16) * scale);
                sum5 += query[i + 5] * (vectors.get(FLOAT, b + 20) * scale);
                sum6 += query[i + 6] * (vectors.get(FLOAT, b + 24) * scale);
                sum7 += query[i + 7] * (vectors.get(FLOAT, b + 28) * scale);
            }
            lanes[to + lane] = sum0;
            lanes[to + lane + 1] = sum1;
            lanes[to + lane + 2] = sum2;
            lanes[to + lane + 3] = sum3;
            lanes[to + lane + 4] = sum4;
            lanes[to + lane + 5] = sum5;
            lanes[to + lane + 6] = sum6;
            lanes[to + lane + 7] = sum7;
        }
    }

    /** The sum of {@code (a - s b)²} of the components after the last whole sixteen. */
    static float squaredDifferencesLeft(MemorySegment vectors, long at, float scale, float[] query) {
        float sum = 0;
        for (int i = query.length - query.length % LANES; i < query.length; i++) {
            sum += square(query[i] - vectors.get(FLOAT, at + (long) Float.BYTES * i) * scale);
        }
        return sum;
    }

    /** The sum of {@code a (s b)} of the components after the last whole sixteen. */
    static float productsLeft(MemorySegment vectors, long at, float scale, float[] query) {
        float sum = 0;
        for (int i = query.length - query.length % LANES; i < query.length; i++) {
            sum += query[i] * (vectors.get(FLOAT, at + (long) Float.BYTES * i) * scale);
        }
        return sum;
    }

    /** Σ(a - s b)², if floats are not accurate. */
    static double squaredDifferencesInDoubles(MemorySegment vectors, long at, float scale, float[] query) {
        double sum = 0;
        for (int i = 0; i < query.length; i++) {
            double difference = (double) query[i] - vectors.get(FLOAT, at + (long) Float.BYTES * i) * scale;
            sum += difference * difference;
        }
        return sum;
    }

    /** Σa(s b), if floats are not accurate. */
    static double productsInDoubles(MemorySegment vectors, long at, float scale, float[] query) {
        double sum = 0;
        for (int i = 0; i < query.length; i++) {
            sum += (double) query[i] * (vectors.get(FLOAT, at + (long) Float.BYTES * i) * scale);
        }
        return sum;
    }

    /** The sum of sixteen lanes. */
    static float sum(float[] lanes, int from) {
        float sum0 = sumOfFour(lanes, from);
        float sum1 = sumOfFour(lanes, from + 1);
        float sum2 = sumOfFour(lanes, from + 2);
        float sum3 = sumOfFour(lanes, from + 3);
        return (sum0 + sum2) + (sum1 + sum3);
    }

    private static float sumOfFour(float[] lanes, int lane) {
        return (lanes[lane] + lanes[lane + 8]) + (lanes[lane + 4] + lanes[lane + 12]);
    }

    private static float square(float x) {
        return x * x;
    }
}
