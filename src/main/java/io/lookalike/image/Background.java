package io.lookalike.image;

/** What is laid under a picture where it is transparent, or where its first frame leaves its canvas empty. */
public enum Background {
    WHITE,
    /**
     * White or black: the one that is farther from the mean luma of what is there, which is weighted by its alpha;
     * white where both are as far. So white shapes on nothing are seen, and two that differ do not become the same
     * plain white.
     */
    CONTRAST
}
