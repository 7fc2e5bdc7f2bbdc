package io.lookalike.vectors;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link MappedFloats} with vector registers; {@link ScalarFloats} adds the same floats in the same order.
 *
 * <p>Must only be loaded if the module {@code jdk.incubator.vector} is present. If registers hold fewer than
 * {@value ScalarFloats#LANES} floats, each vector is read several times, each time for some of the lanes; after the
 * first time it is in the L1 cache. Products and sums are not fused, because no other loop would then have the same
 * bits, and because memory takes the time anyway. The loop is written out for each sum, because a shared loop would
 * call each step through an interface. Stateless and thread-safe.
 */
final class PanamaFloats {
    private static final int LANES = ScalarFloats.LANES;
    private static final VectorSpecies<Float> SPECIES =
            FloatVector.SPECIES_PREFERRED.length() > LANES ? FloatVector.SPECIES_512 : FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private PanamaFloats() {}

    /** The number of floats in a register. */
    static int width() {
        return SPECIES.length();
    }

    /**
     * The sums of {@code (a - b)²} for each lane, of two arrays, without the components after the last whole sixteen.
     */
    static void squaredDifferences(float[] a, float[] b, float[] lanes) {
        int whole = a.length - a.length % LANES;
        for (int lane = 0; lane < LANES; lane += SPECIES.length()) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int i = lane; i < whole; i += LANES) {
                FloatVector difference = FloatVector.fromArray(SPECIES, a, i).sub(FloatVector.fromArray(SPECIES, b, i));
                sum = sum.add(difference.mul(difference));
            }
            sum.intoArray(lanes, lane);
        }
    }

    /** The sums of {@code ab} for each lane, of two arrays, without the components after the last whole sixteen. */
    static void products(float[] a, float[] b, float[] lanes) {
        int whole = a.length - a.length % LANES;
        for (int lane = 0; lane < LANES; lane += SPECIES.length()) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int i = lane; i < whole; i += LANES) {
                sum = sum.add(FloatVector.fromArray(SPECIES, a, i).mul(FloatVector.fromArray(SPECIES, b, i)));
            }
            sum.intoArray(lanes, lane);
        }
    }

    /** {@link ScalarFloats#squaredDifferences} of one vector. */
    static void squaredDifferences(MemorySegment vectors, long at, float scale, float[] query, float[] lanes, int to) {
        int whole = query.length - query.length % LANES;
        FloatVector s = FloatVector.broadcast(SPECIES, scale);
        for (int lane = 0; lane < LANES; lane += SPECIES.length()) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int i = lane; i < whole; i += LANES) {
                FloatVector a = FloatVector.fromArray(SPECIES, query, i);
                sum = squaredDifference(a, load(vectors, at, i), s, sum);
            }
            sum.intoArray(lanes, to + lane);
        }
    }

    /** {@link ScalarFloats#products} of one vector. */
    static void products(MemorySegment vectors, long at, float scale, float[] query, float[] lanes, int to) {
        int whole = query.length - query.length % LANES;
        FloatVector s = FloatVector.broadcast(SPECIES, scale);
        for (int lane = 0; lane < LANES; lane += SPECIES.length()) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int i = lane; i < whole; i += LANES) {
                FloatVector a = FloatVector.fromArray(SPECIES, query, i);
                sum = product(a, load(vectors, at, i), s, sum);
            }
            sum.intoArray(lanes, to + lane);
        }
    }

    /** {@link ScalarFloats#squaredDifferences} of eight vectors. */
    static void squaredDifferences8(MemorySegment vectors, long[] at, float[] scales, float[] query, float[] lanes) {
        int whole = query.length - query.length % LANES;
        long at0 = at[0];
        long at1 = at[1];
        long at2 = at[2];
        long at3 = at[3];
        long at4 = at[4];
        long at5 = at[5];
        long at6 = at[6];
        long at7 = at[7];
        FloatVector s0 = FloatVector.broadcast(SPECIES, scales[0]);
        FloatVector s1 = FloatVector.broadcast(SPECIES, scales[1]);
        FloatVector s2 = FloatVector.broadcast(SPECIES, scales[2]);
        FloatVector s3 = FloatVector.broadcast(SPECIES, scales[3]);
        FloatVector s4 = FloatVector.broadcast(SPECIES, scales[4]);
        FloatVector s5 = FloatVector.broadcast(SPECIES, scales[5]);
        FloatVector s6 = FloatVector.broadcast(SPECIES, scales[6]);
        FloatVector s7 = FloatVector.broadcast(SPECIES, scales[7]);
        for (int lane = 0; lane < LANES; lane += SPECIES.length()) {
            FloatVector sum0 = FloatVector.zero(SPECIES);
            FloatVector sum1 = sum0;
            FloatVector sum2 = sum0;
            FloatVector sum3 = sum0;
            FloatVector sum4 = sum0;
            FloatVector sum5 = sum0;
            FloatVector sum6 = sum0;
            FloatVector sum7 = sum0;
            for (int i = lane; i < whole; i += LANES) {
                FloatVector a = FloatVector.fromArray(SPECIES, query, i);
                sum0 = squaredDifference(a, load(vectors, at0, i), s0, sum0);
                sum1 = squaredDifference(a, load(vectors, at1, i), s1, sum1);
                sum2 = squaredDifference(a, load(vectors, at2, i), s2, sum2);
                sum3 = squaredDifference(a, load(vectors, at3, i), s3, sum3);
                sum4 = squaredDifference(a, load(vectors, at4, i), s4, sum4);
                sum5 = squaredDifference(a, load(vectors, at5, i), s5, sum5);
                sum6 = squaredDifference(a, load(vectors, at6, i), s6, sum6);
                sum7 = squaredDifference(a, load(vectors, at7, i), s7, sum7);
            }
            sum0.intoArray(lanes, lane);
            sum1.intoArray(lanes, lane + LANES);
            sum2.intoArray(lanes, lane + 2 * LANES);
            sum3.intoArray(lanes, lane + 3 * LANES);
            sum4.intoArray(lanes, lane + 4 * LANES);
            sum5.intoArray(lanes, lane + 5 * LANES);
            sum6.intoArray(lanes, lane + 6 * LANES);
            sum7.intoArray(lanes, lane + 7 * LANES);
        }
    }

    /** {@link ScalarFloats#products} of eight vectors. */
    static void products8(MemorySegment vectors, long[] at, float[] scales, float[] query, float[] lanes) {
        int whole = query.length - query.length % LANES;
        long at0 = at[0];
        long at1 = at[1];
        long at2 = at[2];
        long at3 = at[3];
        long at4 = at[4];
        long at5 = at[5];
        long at6 = at[6];
        long at7 = at[7];
        FloatVector s0 = FloatVector.broadcast(SPECIES, scales[0]);
        FloatVector s1 = FloatVector.broadcast(SPECIES, scales[1]);
        FloatVector s2 = FloatVector.broadcast(SPECIES, scales[2]);
        FloatVector s3 = FloatVector.broadcast(SPECIES, scales[3]);
        FloatVector s4 = FloatVector.broadcast(SPECIES, scales[4]);
        FloatVector s5 = FloatVector.broadcast(SPECIES, scales[5]);
        FloatVector s6 = FloatVector.broadcast(SPECIES, scales[6]);
        FloatVector s7 = FloatVector.broadcast(SPECIES, scales[7]);
        for (int lane = 0; lane < LANES; lane += SPECIES.length()) {
            FloatVector sum0 = FloatVector.zero(SPECIES);
            FloatVector sum1 = sum0;
            FloatVector sum2 = sum0;
            FloatVector sum3 = sum0;
            FloatVector sum4 = sum0;
            FloatVector sum5 = sum0;
            FloatVector sum6 = sum0;
            FloatVector sum7 = sum0;
            for (int i = lane; i < whole; i += LANES) {
                FloatVector a = FloatVector.fromArray(SPECIES, query, i);
                sum0 = product(a, load(vectors, at0, i), s0, sum0);
                sum1 = product(a, load(vectors, at1, i), s1, sum1);
                sum2 = product(a, load(vectors, at2, i), s2, sum2);
                sum3 = product(a, load(vectors, at3, i), s3, sum3);
                sum4 = product(a, load(vectors, at4, i), s4, sum4);
                sum5 = product(a, load(vectors, at5, i), s5, sum5);
                sum6 = product(a, load(vectors, at6, i), s6, sum6);
                sum7 = product(a, load(vectors, at7, i), s7, sum7);
            }
            sum0.intoArray(lanes, lane);
            sum1.intoArray(lanes, lane + LANES);
            sum2.intoArray(lanes, lane + 2 * LANES);
            sum3.intoArray(lanes, lane + 3 * LANES);
            sum4.intoArray(lanes, lane + 4 * LANES);
            sum5.intoArray(lanes, lane + 5 * LANES);
            sum6.intoArray(lanes, lane + 6 * LANES);
            sum7.intoArray(lanes, lane + 7 * LANES);
        }
    }

    private static FloatVector load(MemorySegment vectors, long at, int i) {
        return FloatVector.fromMemorySegment(SPECIES, vectors, at + (long) Float.BYTES * i, ORDER);
    }

    private static FloatVector squaredDifference(FloatVector a, FloatVector b, FloatVector scale, FloatVector sum) {
        FloatVector difference = a.sub(b.mul(scale));
        return sum.add(difference.mul(difference));
    }

    private static FloatVector product(FloatVector a, FloatVector b, FloatVector scale, FloatVector sum) {
        return sum.add(a.mul(b.mul(scale)));
    }
}
