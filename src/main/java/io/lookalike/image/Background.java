package io.lookalike.image;

/** The background of transparent pictures, and of canvases that the first frame does not fill. */
public enum Background {
    WHITE,
    /**
     * White or black, whichever is farther from the mean luma of the pixels, weighted by alpha; white if both are
     * equally far. So white shapes on a transparent background stay visible, and two different ones do not both become
     * plain white.
     */
    CONTRAST
}
