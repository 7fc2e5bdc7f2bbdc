package io.lookalike.inference;

/** Whose picture it is: a query's goes before those of documents, since somebody waits for it. */
public enum Urgency {
    QUERY,
    DOCUMENT
}
