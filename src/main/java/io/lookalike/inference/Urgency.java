package io.lookalike.inference;

/** Priority of a picture: queries go before documents, because a user waits for them. */
public enum Urgency {
    QUERY,
    DOCUMENT
}
