package io.lookalike.model;

import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;
import java.nio.file.Path;

/**
 * Starts DJL's ONNX Runtime engine, once for the life of the process.
 *
 * <p>The order is what matters here. Two system properties keep DJL off the network and must be set before its first
 * class is touched; DJL finds its engines through the thread's context class loader, which in a search or ingest thread
 * is not this one's, and never looks again; and ONNX Runtime's own environment, of which a process has one, must be
 * made by DJL.
 */
final class OnnxRuntime {
    static final String NAME = "OnnxRuntime";

    private static OrtEnvironment environment;

    private OnnxRuntime() {}

    /**
     * Starts the engine unless it runs already.
     *
     * @param temporaryDirectory named in the message where the native library cannot be loaded
     * @param maxMemory what all models of the process may hold in bytes; that of the first call counts
     * @throws ModelException where the engine cannot be started; the next call tries again
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
            } catch (Throwable e) { // natives that do not load are Errors
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

    /** A property that the security policy keeps from being set stays unset without a word, so look. */
    private static void keepOffline(String property) {
        System.setProperty(property, "true");
        if (Boolean.getBoolean(property) == false) {
            throw new ModelException("cannot start ONNX Runtime: system property [" + property
                    + "] cannot be set; allow it in the plugin's entitlement policy");
        }
    }
}
