/** Sharing a computation among threads; knows nothing of this project. */
package io.lookalike.work;
