package io.lookalike.model;

import ai.onnxruntime.OrtException;
import java.nio.file.FileSystemException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts what the engine throws into words; stateless. */
final class OnnxErrors {
    private static final int MAX_CAUSES = 10;
    private static final int MAX_LENGTH = 1000;
    /** Of a text as it comes, which may hold names of the graph and is taken apart by expressions that recur. */
    private static final int MAX_READ = 4000;

    private static final String MESSAGE = " - message: ";
    /** Where in ONNX Runtime's sources it failed, and the path of the file that whoever reads this has named. */
    private static final Pattern NOISE =
            Pattern.compile("/onnxruntime_src/\\S+:\\d+ [^(]*+\\((?:[^()]++|\\([^()]*+\\))*+\\) "
                    + "|\\[ONNXRuntimeError\\] : \\d+ : \\w+ : |Load model from \\S+ failed: *|Exception during "
                    + "initialization: ");

    /** Of the allocator with a limit: what is left of it, and what was asked for. */
    private static final Pattern NO_MEMORY =
            Pattern.compile("Available memory of (\\d+) is smaller than requested bytes of (\\d+)");

    private static final Pattern NODE = Pattern.compile("while running (\\w{1,100}) node");

    private OnnxErrors() {}

    /** Whether a run failed because it wanted more native memory than there is. */
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
     * The text of the first cause that is ours or ONNX Runtime's, without its error code, else of the innermost cause.
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
        boolean bare =
                cause instanceof Error || cause instanceof FileSystemException; // the latter says only which file
        return bare ? cause.getClass().getSimpleName() + ": " + reason : reason;
    }

    private static boolean saysEnough(Throwable cause) {
        return cause instanceof OrtException || cause instanceof ModelException;
    }
}
