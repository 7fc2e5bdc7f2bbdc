package io.lookalike.model;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;

/**
 * How ONNX Runtime runs models.
 *
 * <p>One thread for each run, no spinning and an arena cost the least on two cores: with MobileNetV2 two runs at once make 107
 * pictures a second, one that two threads share 58 (the bare loop of {@code bin/bench ingest}, decoding included). Threads that spin
 * took twice the processor time of others beside the threads that decode, and runs of four without an arena 1.7 times that of runs
 * with one.
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

    /** @param fold whether ONNX Runtime computes what hangs on constants alone when it loads a model, which nobody can end */
    OrtSession.SessionOptions options(boolean fold) throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        options.setCPUArenaAllocator(arena);
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL); // what is an error is thrown as well
        options.addConfigEntry("session.intra_op.allow_spinning", spinning ? "1" : "0");
        if (fold == false) {
            options.addConfigEntry("optimization.disable_specified_optimizers", "ConstantFolding");
        }
        return options;
    }
}
