package io.lookalike.demo;

/** An error that the user can correct; its message is shown as one line, without a stack trace. */
final class UserError extends RuntimeException {
    private static final long serialVersionUID = 1;

    UserError(String message) {
        super(message);
    }

    UserError(String message, Throwable cause) {
        super(message, cause);
    }
}
