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
 * with one. DJL's share of a run is 0.03 ms.
 *
 * @param threads share the work of one run, at least 1; the calling thread is one of them
 * @param spinning whether threads without work burn their core for a while instead of sleeping
 * @param arena whether memory that was used once is kept for the next run
 * @param maxMemory bytes that the weights of a model and one run of it may take together
 */
public record SessionSettings(int threads, boolean spinning, boolean arena, long maxMemory) {
    /** What a model may take where nothing else is said. */
    public static final long MAX_MEMORY = 2L << 30;

    /** The same with the usual memory. */
    public SessionSettings(int threads, boolean spinning, boolean arena) {
        this(threads, spinning, arena, MAX_MEMORY);
    }

    public SessionSettings {
        if (threads < 1) {
            throw new IllegalArgumentException("[threads] must be at least [1]; got [" + threads + "]");
        }
    }

    /** @param folding whether to compute beforehand what hangs on no input */
    OrtSession.SessionOptions options(boolean folding) throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        options.setCPUArenaAllocator(arena);
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL); // what is an error is thrown as well
        options.addConfigEntry("session.intra_op.allow_spinning", spinning ? "1" : "0");
        if (folding == false) {
            options.addConfigEntry("optimization.disable_specified_optimizers", "ConstantFolding");
        }
        return options;
    }
}
