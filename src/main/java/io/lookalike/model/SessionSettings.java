package io.lookalike.model;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;

/**
 * How ONNX Runtime runs models.
 *
 * @param threads share the work of one run, at least 1; the calling thread is one of them
 * @param spinning whether threads without work burn their core for a while instead of sleeping
 * @param arena whether memory that was used once is kept for the next run
 */
public record SessionSettings(int threads, boolean spinning, boolean arena) {
    public SessionSettings {
        if (threads < 1) {
            throw new IllegalArgumentException("[threads] must be at least [1]; got [" + threads + "]");
        }
    }

    OrtSession.SessionOptions options() throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        options.setCPUArenaAllocator(arena);
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL); // what is an error is thrown as well
        options.addConfigEntry("session.intra_op.allow_spinning", spinning ? "1" : "0");
        return options;
    }
}
