package io.lookalike.trainer;

/** A mistake of the user's; its message is all that is shown. */
final class UserError extends RuntimeException {
    private static final long serialVersionUID = 1;

    UserError(String message) {
        super(message);
    }
}
