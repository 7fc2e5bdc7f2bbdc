package io.lookalike.pairs;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Union-find without locks. A union links the greater root below the lesser one, so the root of a component is its
 * least member, in any order of unions. Find uses path halving. Thread-safe.
 */
public final class Components {
    private final AtomicIntegerArray parents;

    /** Makes each number below {@code count} a component of its own. */
    public Components(int count) {
        int[] own = new int[count];
        for (int i = 0; i < count; i++) {
            own[i] = i;
        }
        parents = new AtomicIntegerArray(own);
    }

    /** The root of a component; other threads may link it below another one at the same time. */
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

    /** Whether two members are known to be in one component. */
    public boolean joined(int a, int b) {
        return find(a) == find(b);
    }

    /** Joins the components of two members. */
    public void union(int a, int b) {
        while (true) {
            int one = find(a);
            int other = find(b);
            // the exchange fails if another thread has linked this root in the meantime
            if (one == other
                    || parents.compareAndSet(Math.max(one, other), Math.max(one, other), Math.min(one, other))) {
                return;
            }
        }
    }

    /** For each number, the least member of its component; to be called after all unions. */
    public int[] least() {
        int[] least = new int[parents.length()];
        for (int i = 0; i < least.length; i++) {
            least[i] = find(i);
        }
        return least;
    }
}
