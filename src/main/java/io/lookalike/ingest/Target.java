package io.lookalike.ingest;

/** Where a processor puts what an encoder makes. */
record Target(String encoder, String field) {}
