package io.lookalike.vectors;

/**
 * Introduces a loop with vector registers gradually.
 *
 * <p>Before it is compiled, it takes a hundred times as long as one in plain Java, but it is only compiled if it runs.
 * So at first it gets one of four groups. The first call for 500 vectors of 784 dims then takes 70 ms of processor
 * time; the copy and {@code VectorUtil} take 130. Until everything is compiled, both have taken about the same.
 * Switching to registers completely after 400 groups took longer in total. Giving them a part of every vector left a
 * slower loop behind: 420 ns a vector instead of 280.
 */
final class WarmUp {
    /** If the module is missing, the classes with vector registers must not be loaded. */
    static final boolean REGISTERS =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private int left = 4 * 800;

    /** Whether the loop gets every group from now on. */
    boolean isOver() {
        return left == 0;
    }

    /** Whether the loop gets the next group. A race between threads only changes the number of groups by one. */
    boolean next() {
        int n = left;
        if (n == 0) {
            return true;
        }
        left = n - 1;
        return n % 4 == 0;
    }
}
