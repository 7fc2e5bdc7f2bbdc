package io.lookalike.model;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;

/**
 * How ONNX Runtime runs models.
 *
 * <p>One thread for each run, no spinning and an arena cost the least on two cores: with MobileNetV2 two runs at once
 * make 107 pictures a second, one that two threads share 58 (the bare loop of {@code bin/bench ingest}, decoding
 * included). Threads that spin took twice the processor time of others beside the threads that decode, and runs of four
 * without an arena 1.7 times that of runs with one.
 *
 * <p>Constants are not computed when a model is loaded: nobody could end that, and it takes memory without a limit.
 * What exporters write has nothing left to compute; MobileNetV1, MobileNetV2 and UltraFace load and run in the same
 * time, and make the same numbers. Memory is not laid out ahead as the last run of the same shape took it: that
 * reserves it again for a run that takes another amount. Without, a run of four takes as long, and the process 136 MB
 * instead of 171 with MobileNetV2; batches of 1 to 32 in turn are 3 % faster.
 *
 * @param threads share the work of one run, at least 1; the calling thread is one of them
 * @param spinning whether threads without work burn their core for a while instead of sleeping
 * @param arena whether memory that was used once is kept for the next run; without, nothing bounds what a run takes
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
        options.setMemoryPatternOptimization(false);
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL); // what is an error is thrown as well
        options.addConfigEntry("session.intra_op.allow_spinning", spinning ? "1" : "0");
        options.addConfigEntry("optimization.disable_specified_optimizers", "ConstantFolding");
        if (arena) {
            options.addConfigEntry("session.use_env_allocators", "1");
        }
        return options;
    }
}
