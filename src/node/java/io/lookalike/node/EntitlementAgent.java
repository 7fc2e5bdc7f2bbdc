package io.lookalike.node;

import java.lang.instrument.Instrumentation;

/**
 * Gives Elasticsearch the instrumentation that it needs to enforce entitlements.
 *
 * <p>At start Elasticsearch attaches the jar in {@code lib/entitlement-agent} to itself, and names the class to
 * initialise. The jar of the stock distribution is not on Maven Central; this one does the same.
 */
public final class EntitlementAgent {
    private EntitlementAgent() {}

    /**
     * Called by the JVM when the agent is attached.
     *
     * @param initializer name of a class on the system class loader with a static {@code initialize(Instrumentation)}
     */
    public static void agentmain(String initializer, Instrumentation instrumentation)
            throws ReflectiveOperationException {
        ClassLoader.getSystemClassLoader()
                .loadClass(initializer)
                .getMethod("initialize", Instrumentation.class)
                .invoke(null, instrumentation);
    }
}
