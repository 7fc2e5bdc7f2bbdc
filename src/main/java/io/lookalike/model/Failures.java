package io.lookalike.model;

import ai.onnxruntime.OrtException;
import java.nio.file.FileSystemException;
import java.util.regex.Pattern;

/** Puts what the engine throws into words; stateless. */
final class Failures {
    private static final int MAX_CAUSES = 10;
    private static final int MAX_LENGTH = 1000;
    private static final String MESSAGE = " - message: ";
    /** Where in ONNX Runtime's sources it failed, and the path of the file that whoever reads this has named. */
    private static final Pattern NOISE = Pattern.compile(
            "/onnxruntime_src/\\S+:\\d+ [^(]*\\((?:[^()]|\\([^()]*\\))*\\) "
                    + "|\\[ONNXRuntimeError\\] : \\d+ : \\w+ : |Load model from \\S+ failed: *|Exception during initialization: ");

    private Failures() {}

    /** The text of the first cause that is ours or ONNX Runtime's, without its error code, else of the innermost cause. */
    static String reason(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; i < MAX_CAUSES && saysEnough(cause) == false && cause.getCause() != null; i++) {
            cause = cause.getCause();
        }
        String text = cause.getMessage();
        if (text == null || text.isBlank()) {
            return cause.getClass().getSimpleName();
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
