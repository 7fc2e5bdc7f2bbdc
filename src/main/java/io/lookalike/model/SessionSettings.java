package io.lookalike.model;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;

/**
 * How ONNX Runtime runs models.
 *
 * <p>One thread for each run, no spinning and an arena cost the least on two cores: with MobileNetV2 two runs at once
 * make 107 pictures a second, one that two threads share 58 (the bare loop of {@code bin/bench ingest}, decoding
 * included). Beside the threads that decode, spinning threads took twice the processor time. Batches of four without an
 * arena took 1.7 times the time of those with one.
 *
 * <p>Constant folding is off: it cannot be cancelled, and uses memory without a limit. Exporters have already folded
 * the constants; MobileNetV1, MobileNetV2 and UltraFace load and run in the same time, with the same results. Memory
 * patterns are off, because they reserve memory a second time for runs of another size. Without them a batch of four
 * takes as long, the process needs 136 MB instead of 171 with MobileNetV2, and batches of 1 to 32 in turn are 3 %
 * faster.
 *
 * @param threads for one run, at least 1, including the calling thread
 * @param spinning whether idle threads spin for a while instead of sleeping
 * @param arena whether memory is kept for the next run; without it the memory of a run has no limit
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
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL); // errors are thrown as well
        options.addConfigEntry("session.intra_op.allow_spinning", spinning ? "1" : "0");
        options.addConfigEntry("optimization.disable_specified_optimizers", "ConstantFolding");
        if (arena) {
            options.addConfigEntry("session.use_env_allocators", "1");
        }
        return options;
    }
}
