package io.lookalike.vectors;

/**
 * Brings a loop over vector registers into use little by little.
 *
 * <p>Until it is compiled it takes a hundred times longer than one in plain Java, and it is compiled only if it runs:
 * so at first it gets one of four groups. The first call for 500 vectors of 784 dims takes 70 ms of processor time so,
 * where the copy and {@code VectorUtil} take 130; until all is compiled both have taken about as much. Going over to
 * the registers alone after 400 groups took longer in all, and giving them a part of every vector left a slower loop
 * behind: 420 ns a vector for 280.
 */
final class WarmUp {
    /** Where the module is missing, the classes with the vector registers must not be touched. */
    static final boolean REGISTERS =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private int left = 4 * 800;

    /** Whether the loop gets the next group. A race between threads costs nothing but a group more or less. */
    boolean next() {
        int n = left;
        if (n == 0) {
            return true;
        }
        left = n - 1;
        return n % 4 == 0;
    }
}
