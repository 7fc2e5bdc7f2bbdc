package io.lookalike.node;

import java.lang.instrument.Instrumentation;

/**
 * Lends Elasticsearch the instrumentation with which it enforces entitlements.
 *
 * <p>Elasticsearch attaches the jar in {@code lib/entitlement-agent} to itself at start and names the class that is to
 * be initialised; the jar of the stock distribution is not on Maven Central, this one does the same.
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
