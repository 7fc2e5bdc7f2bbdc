package io.lookalike.model;

import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;
import java.nio.file.Path;

/**
 * Starts ONNX Runtime through DJL's engine, once per process.
 *
 * <p>The order matters. Two system properties keep DJL from using the network, and must be set before its first class
 * is loaded. DJL finds its engines only once, through the thread's context class loader, which is another one in search
 * and ingest threads. And DJL must create the one environment that ONNX Runtime has in a process.
 */
final class OnnxRuntime {
    static final String NAME = "OnnxRuntime";

    private static OrtEnvironment environment;

    private OnnxRuntime() {}

    /**
     * Starts the engine unless it is running.
     *
     * @param temporaryDirectory for the error message if the native library cannot be loaded
     * @param maxMemory bytes for all models of the process; the first call sets it
     * @throws ModelException if the engine cannot be started; the next call tries again
     */
    static synchronized OrtEnvironment start(Path temporaryDirectory, long maxMemory) {
        if (environment == null) {
            keepOffline("ai.djl.offline");
            keepOffline("OPT_OUT_TRACKING");
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(OnnxRuntime.class.getClassLoader());
            try {
                Engine.getEngine(NAME);
                OrtEnvironment started = OrtEnvironment.getEnvironment();
                started.setTelemetry(false);
                NativeMemory.limit(maxMemory);
                environment = started;
            } catch (Throwable e) { // a native library that does not load throws an Error
                throw new ModelException(
                        "cannot start ONNX Runtime: " + OnnxErrors.reason(e) + "; its native library is unpacked into ["
                                + temporaryDirectory
                                + "], which must be writable and not mounted with noexec",
                        e);
            } finally {
                thread.setContextClassLoader(before);
            }
        }
        return environment;
    }

    /** Sets a property. The entitlement policy may ignore that silently, so check. */
    private static void keepOffline(String property) {
        System.setProperty(property, "true");
        if (Boolean.getBoolean(property) == false) {
            throw new ModelException("cannot start ONNX Runtime: system property [" + property
                    + "] cannot be set; allow it in the plugin's entitlement policy");
        }
    }
}
