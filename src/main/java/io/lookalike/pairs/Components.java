package io.lookalike.pairs;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Union-find that many threads work on without locks: a greater root is hung below a lesser one, so that the root of a
 * component is its least member whatever the order of the unions. Finding halves the paths it goes. Thread-safe.
 */
public final class Components {
    private final AtomicIntegerArray parents;

    /** Every number below {@code count} its own component. */
    public Components(int count) {
        int[] own = new int[count];
        for (int i = 0; i < count; i++) {
            own[i] = i;
        }
        parents = new AtomicIntegerArray(own);
    }

    /** The root of a component, which other threads may hang below another one meanwhile. */
    public int find(int member) {
        int at = member;
        while (true) {
            int parent = parents.get(at);
            if (parent == at) {
                return at;
            }
            int above = parents.get(parent);
            if (above != parent) {
                parents.compareAndSet(at, parent, above);
            }
            at = above;
        }
    }

    /** Whether two are known to be in one component. */
    public boolean joined(int a, int b) {
        return find(a) == find(b);
    }

    /** Makes the components of two one. */
    public void union(int a, int b) {
        while (true) {
            int one = find(a);
            int other = find(b);
            // the exchange fails where another thread has hung this root elsewhere meanwhile
            if (one == other
                    || parents.compareAndSet(Math.max(one, other), Math.max(one, other), Math.min(one, other))) {
                return;
            }
        }
    }

    /** Of each number the least of its component, once all unions are done. */
    public int[] least() {
        int[] least = new int[parents.length()];
        for (int i = 0; i < least.length; i++) {
            least[i] = find(i);
        }
        return least;
    }
}
