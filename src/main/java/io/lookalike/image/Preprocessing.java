package io.lookalike.image;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * How a picture becomes the input tensor of a model: resize, centre crop, blur, channels, scale, mean, deviation.
 *
 * <p>Pixels keep eight bits until the last step, as in Pillow and torchvision. Then each becomes {@code (pixel * scale
 * - mean) / std} of its channel. Without resize and crop, the tensor has the sides of the picture.
 *
 * <p>Immutable and thread-safe; equal by content. A tensor costs about one multiplication for each pixel of the
 * picture, channel and pixel of filter support.
 *
 * @param resize null to keep the size of the picture
 * @param centerCrop the part kept after resizing; null to crop only what mode cover leaves over
 * @param blur after cropping; null for none
 * @param channels and their order
 * @param layout the order of the tensor's dimensions
 * @param scale factor for pixels, 0 to 255
 * @param mean subtracted after scaling; one value, or one for each channel
 * @param std divisor after that; one value, or one for each channel
 */
@SuppressWarnings("ArrayRecordComponent")
public record Preprocessing(
        Resize resize,
        Size centerCrop,
        Blur blur,
        Channels channels,
        Layout layout,
        float scale,
        float[] mean,
        float[] std) {

    /** Increased whenever a change may alter any value of any tensor. */
    public static final int VERSION = 2;

    /** The longest side of a tensor. */
    public static final int MAX_SIDE = 4096;

    /** How a picture is resized. */
    public enum Mode {
        /** Exactly that size; proportions change. */
        STRETCH,
        /** The largest that fits, proportions kept, centred on black. */
        FIT,
        /** The smallest that covers, proportions kept; the rest is cut off evenly. */
        COVER
    }

    /** The channels. Grey is computed last, as by Pillow's {@code convert("L")}. */
    public enum Channels {
        RGB(3),
        BGR(3),
        GRAY(1);

        private final int count;

        Channels(int count) {
            this.count = count;
        }

        public int count() {
            return count;
        }
    }

    /** The order of dimensions: number, channel, height, width. */
    public enum Layout {
        NCHW,
        NHWC
    }

    /** A size in pixels, 1 to {@value #MAX_SIDE} a side. */
    public record Size(int width, int height) {
        public Size {
            checkSides("center_crop", width, height);
        }
    }

    /** The size to resize to, 1 to {@value #MAX_SIDE} a side, and how. */
    public record Resize(int width, int height, Mode mode, Resample filter) {
        public Resize {
            checkSides("resize", width, height);
            Objects.requireNonNull(mode, "mode");
            Objects.requireNonNull(filter, "filter");
        }
    }

    /** A Gaussian blur; {@code kernel} is its width in pixels, {@code sigma} its deviation in pixels. */
    public record Blur(int kernel, double sigma) {
        public Blur {
            if (kernel < 1 || kernel > 101 || kernel % 2 == 0) {
                throw new IllegalArgumentException(
                        "[kernel] of [blur] must be odd and from [1] to [101]; got [" + kernel + "]");
            }
            if (!(sigma > 0) || Double.isInfinite(sigma)) {
                throw new IllegalArgumentException("[sigma] of [blur] must be greater than [0]; got [" + sigma + "]");
            }
        }
    }

    public Preprocessing {
        Objects.requireNonNull(channels, "channels");
        Objects.requireNonNull(layout, "layout");
        mean = mean.clone();
        std = std.clone();
        checkFinite("scale", scale);
        checkValues("mean", mean, channels);
        checkValues("std", std, channels);
        for (float value : std) {
            if (value == 0) {
                throw new IllegalArgumentException("[std] must not be [0]; got " + Arrays.toString(std));
            }
        }
        if (resize != null
                && centerCrop != null
                && (centerCrop.width() > resize.width() || centerCrop.height() > resize.height())) {
            throw new IllegalArgumentException("[center_crop] of [" + centerCrop.width() + "] x [" + centerCrop.height()
                    + "] must not be larger than [resize] of [" + resize.width() + "] x [" + resize.height() + "]");
        }
    }

    @Override
    public float[] mean() {
        return mean.clone();
    }

    @Override
    public float[] std() {
        return std.clone();
    }

    /** The tensor's dimensions without the first; a side that depends on the picture is -1. */
    public int[] outputShape() {
        if (centerCrop != null) {
            return shape(centerCrop.width(), centerCrop.height());
        }
        return resize == null ? shape(-1, -1) : shape(resize.width(), resize.height());
    }

    /** The dimensions, without the first, of the tensor of one picture. */
    public int[] outputShape(Picture picture) {
        Placement placement = Placement.of(picture.width(), picture.height(), resize, centerCrop);
        return shape(placement.width(), placement.height());
    }

    private int[] shape(int width, int height) {
        int count = channels.count();
        return layout == Layout.NCHW ? new int[] {count, height, width} : new int[] {height, width, count};
    }

    /**
     * The tensor of one picture.
     *
     * @return the values in row-major order of {@link #outputShape(Picture)}
     * @throws ImageException if the picture is smaller than the crop, or keeps its size and that is too large
     */
    public float[] tensor(Picture picture) {
        return normalise(pixels(picture).rgb());
    }

    /**
     * The tensors of one picture for two models. Where both are the same, or made of the same pixels, the work is
     * shared.
     *
     * @return this one's first
     */
    public List<float[]> tensors(Picture picture, Preprocessing other) {
        Picture pixels = pixels(picture);
        float[] first = normalise(pixels.rgb());
        if (equals(other)) {
            return List.of(first, first);
        }
        boolean samePixels = Objects.equals(resize, other.resize)
                && Objects.equals(centerCrop, other.centerCrop)
                && Objects.equals(blur, other.blur);
        return List.of(first, other.normalise((samePixels ? pixels : other.pixels(picture)).rgb()));
    }

    /** The picture resized, cropped and blurred, still in colour. */
    private Picture pixels(Picture picture) {
        checkFits(picture);
        Placement placement = Placement.of(picture.width(), picture.height(), resize, centerCrop);
        byte[] rgb = placement.draw(picture, resize == null ? Resample.BILINEAR : resize.filter());
        if (blur != null) {
            rgb = GaussianBlur.blur(rgb, placement.width(), placement.height(), blur.kernel(), blur.sigma());
        }
        return Picture.ofRgb(placement.width(), placement.height(), rgb, picture.format());
    }

    /**
     * The input of the model as a picture for people: the numbers of its tensor turned back into pixels, and resized if
     * a side is longer than {@code longest}.
     */
    public Picture preview(Picture picture, int longest) {
        Picture seen = pixels(picture);
        if (channels == Channels.GRAY) {
            byte[] rgb = seen.rgb().clone();
            for (int at = 0; at < rgb.length; at += 3) {
                Arrays.fill(rgb, at, at + 3, (byte) Luma.of(rgb[at], rgb[at + 1], rgb[at + 2]));
            }
            seen = Picture.ofRgb(seen.width(), seen.height(), rgb, seen.format());
        }
        double shrunk = Math.min(1, (double) longest / Math.max(seen.width(), seen.height()));
        Resize smaller = new Resize(
                Math.max(1, (int) Math.round(shrunk * seen.width())),
                Math.max(1, (int) Math.round(shrunk * seen.height())),
                Mode.STRETCH,
                Resample.BILINEAR);
        return new Preprocessing(smaller, null, null, Channels.RGB, Layout.NHWC, 1, new float[1], new float[] {1})
                .pixels(seen);
    }

    private void checkFits(Picture picture) {
        if (resize != null) {
            return;
        }
        String sides = "a picture of [" + picture.width() + "] x [" + picture.height() + "] pixels ";
        if (centerCrop == null && (picture.width() > MAX_SIDE || picture.height() > MAX_SIDE)) {
            throw new ImageException(
                    sides + "is too large; without [resize] at most [" + MAX_SIDE + "] a side are allowed");
        }
        if (centerCrop != null && (picture.width() < centerCrop.width() || picture.height() < centerCrop.height())) {
            throw new ImageException(sides + "is smaller than [center_crop] of [" + centerCrop.width() + "] x ["
                    + centerCrop.height() + "]; send a larger one or add [resize]");
        }
    }

    private float[] normalise(byte[] rgb) {
        int count = channels.count();
        int pixels = rgb.length / 3;
        float[] tensor = new float[pixels * count];
        for (int channel = 0; channel < count; channel++) {
            float[] values = values(channel);
            int from = channels == Channels.BGR ? 2 - channel : channel;
            int step = layout == Layout.NCHW ? 1 : count;
            int to = layout == Layout.NCHW ? channel * pixels : channel;
            for (int at = from; at < rgb.length; at += 3, to += step) {
                int value = count == 1 ? Luma.of(rgb[at], rgb[at + 1], rgb[at + 2]) : rgb[at] & 0xff;
                tensor[to] = values[value];
            }
        }
        return tensor;
    }

    /** The result for each of the 256 pixel values. */
    private float[] values(int channel) {
        float[] values = new float[256];
        float subtract = mean[mean.length == 1 ? 0 : channel];
        float divide = std[std.length == 1 ? 0 : channel];
        for (int pixel = 0; pixel < values.length; pixel++) {
            values[pixel] = (pixel * scale - subtract) / divide;
        }
        return values;
    }

    /** The least and the greatest number in any tensor. */
    public float[] range() {
        float[] range = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        for (int channel = 0; channel < channels.count(); channel++) {
            for (float value : values(channel)) {
                range[0] = Math.min(range[0], value);
                range[1] = Math.max(range[1], value);
            }
        }
        return range;
    }

    private static void checkSides(String name, int width, int height) {
        if (width < 1 || width > MAX_SIDE || height < 1 || height > MAX_SIDE) {
            throw new IllegalArgumentException("[" + name + "] must be from [1] to [" + MAX_SIDE
                    + "] pixels a side; got [" + width + "] x [" + height + "]");
        }
    }

    private static void checkValues(String name, float[] values, Channels channels) {
        if (values.length != 1 && values.length != channels.count()) {
            throw new IllegalArgumentException("[" + name + "] must have [1] value or one for each of the ["
                    + channels.count() + "] channels; got [" + values.length + "]");
        }
        for (float value : values) {
            checkFinite(name, value);
        }
    }

    private static void checkFinite(String name, float value) {
        if (!Float.isFinite(value)) {
            throw new IllegalArgumentException("[" + name + "] must be finite; got [" + value + "]");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Preprocessing that
                && Objects.equals(resize, that.resize)
                && Objects.equals(centerCrop, that.centerCrop)
                && Objects.equals(blur, that.blur)
                && channels == that.channels
                && layout == that.layout
                && Float.compare(scale, that.scale) == 0
                && Arrays.equals(mean, that.mean)
                && Arrays.equals(std, that.std);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                resize, centerCrop, blur, channels, layout, scale, Arrays.hashCode(mean), Arrays.hashCode(std));
    }

    @Override
    public String toString() {
        return "Preprocessing[resize=" + resize + ", centerCrop=" + centerCrop + ", blur=" + blur + ", channels="
                + channels + ", layout=" + layout + ", scale=" + scale + ", mean=" + Arrays.toString(mean) + ", std="
                + Arrays.toString(std) + "]";
    }
}
