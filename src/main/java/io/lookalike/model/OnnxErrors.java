package io.lookalike.model;

import ai.onnxruntime.OrtException;
import java.nio.file.FileSystemException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Explains the errors of ONNX Runtime. Stateless. */
final class OnnxErrors {
    private static final int MAX_CAUSES = 10;
    private static final int MAX_LENGTH = 1000;
    /** Characters of a message that are examined; it may hold long names, and regular expressions scan it. */
    private static final int MAX_READ = 4000;

    private static final String MESSAGE = " - message: ";
    /** The position in ONNX Runtime's sources, and the path of the file, which the reader knows. */
    private static final Pattern NOISE =
            Pattern.compile("/onnxruntime_src/\\S+:\\d+ [^(]*+\\((?:[^()]++|\\([^()]*+\\))*+\\) "
                    + "|\\[ONNXRuntimeError\\] : \\d+ : \\w+ : |Load model from \\S+ failed: *|Exception during "
                    + "initialization: ");

    /** Message of the allocator with a limit: free bytes, requested bytes. */
    private static final Pattern NO_MEMORY =
            Pattern.compile("Available memory of (\\d+) is smaller than requested bytes of (\\d+)");

    private static final Pattern NODE = Pattern.compile("while running (\\w{1,100}) node");

    private OnnxErrors() {}

    /** Whether a run failed for lack of native memory. */
    static boolean isLackOfMemory(Throwable failure) {
        String text = failure instanceof OrtException ? failure.getMessage() : null;
        return text != null
                && (NO_MEMORY.matcher(text).find()
                        || text.contains("Failed to allocate memory for requested buffer of size"));
    }

    private static String lackOfMemory(String text) {
        Matcher memory = NO_MEMORY.matcher(text);
        Matcher node = NODE.matcher(text);
        return (node.find() ? "its node [" + node.group(1) + "]" : "it") + " wants "
                + (memory.find()
                        ? "[" + memory.group(2) + "] bytes of native memory, and [" + memory.group(1) + "] are left"
                        : "more native memory than there is")
                + "; use a smaller model or smaller pictures, or raise [" + Models.MAX_MEMORY + "]";
    }

    /**
     * The message of the first cause that is a {@link ModelException} or comes from ONNX Runtime, without its error
     * code; else of the innermost cause.
     */
    static String reason(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; i < MAX_CAUSES && saysEnough(cause) == false && cause.getCause() != null; i++) {
            cause = cause.getCause();
        }
        String whole = cause.getMessage();
        if (whole == null || whole.isBlank()) {
            return cause.getClass().getSimpleName();
        }
        String text = whole.length() > MAX_READ ? whole.substring(0, MAX_READ) : whole;
        if (isLackOfMemory(cause)) {
            return lackOfMemory(text);
        }
        int message = cause instanceof OrtException ? text.indexOf(MESSAGE) : -1;
        String reason = message < 0
                ? text.strip()
                : NOISE.matcher(text.substring(message + MESSAGE.length()))
                        .replaceAll("")
                        .strip();
        if (reason.length() > MAX_LENGTH) {
            reason = reason.substring(0, MAX_LENGTH) + "…";
        }
        boolean bare = cause instanceof Error
                || cause instanceof FileSystemException; // the message of the latter is only the file name
        return bare ? cause.getClass().getSimpleName() + ": " + reason : reason;
    }

    private static boolean saysEnough(Throwable cause) {
        return cause instanceof OrtException || cause instanceof ModelException;
    }
}
