/** Sharing a computation among threads, and telling its progress; uses no other package. */
package io.lookalike.work;
