package io.lookalike.ingest;

/** An encoder, and the document field that receives its result. */
record Target(String encoder, String field) {}
