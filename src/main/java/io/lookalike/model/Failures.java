package io.lookalike.model;

import ai.onnxruntime.OrtException;
import java.nio.file.FileSystemException;

/** Puts what the engine throws into words; stateless. */
final class Failures {
    private static final int MAX_CAUSES = 10;
    private static final int MAX_LENGTH = 1000;
    private static final String MESSAGE = " - message: ";

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
        String reason = (message < 0 ? text : text.substring(message + MESSAGE.length())).strip();
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
