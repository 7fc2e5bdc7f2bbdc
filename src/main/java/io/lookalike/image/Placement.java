package io.lookalike.image;

/**
 * Where a picture lands: resized to {@code fullWidth x fullHeight}, laid on a black canvas with its corner at
 * {@code (left, top)}, of which {@code width x height} pixels from {@code (0, 0)} are kept. A negative corner crops.
 */
record Placement(int fullWidth, int fullHeight, int left, int top, int width, int height) {

    /** Decides the geometry for a picture; {@code resize} and {@code crop} may be null. */
    static Placement of(int pictureWidth, int pictureHeight, Preprocessing.Resize resize, Preprocessing.Size crop) {
        if (resize == null) {
            return new Placement(pictureWidth, pictureHeight, 0, 0, pictureWidth, pictureHeight).crop(crop);
        }
        int width = resize.width();
        int height = resize.height();
        boolean wide = (long) width * pictureHeight >= (long) height * pictureWidth;
        return switch (resize.mode()) {
            case STRETCH -> new Placement(width, height, 0, 0, width, height).crop(crop);
            case COVER -> {
                int fullWidth = wide ? width : (int) ((long) height * pictureWidth / pictureHeight);
                int fullHeight = wide ? (int) ((long) width * pictureHeight / pictureWidth) : height;
                yield new Placement(fullWidth, fullHeight, 0, 0, fullWidth, fullHeight)
                        .crop(crop == null ? new Preprocessing.Size(width, height) : crop);
            }
            case FIT -> {
                int fullWidth = wide ? shrunk(height, pictureWidth, pictureHeight) : width;
                int fullHeight = wide ? height : shrunk(width, pictureHeight, pictureWidth);
                yield new Placement(
                                fullWidth,
                                fullHeight,
                                middle(width, fullWidth),
                                middle(height, fullHeight),
                                width,
                                height)
                        .crop(crop);
            }
        };
    }

    private static int shrunk(int side, int of, int by) {
        return Math.max(1, (int) Math.rint((double) side * of / by));
    }

    private Placement crop(Preprocessing.Size crop) {
        if (crop == null) {
            return this;
        }
        return new Placement(
                fullWidth,
                fullHeight,
                left - middle(width, crop.width()),
                top - middle(height, crop.height()),
                crop.width(),
                crop.height());
    }

    /** Half the difference, rounded half to even as torchvision does. */
    private static int middle(int outer, int inner) {
        return (int) Math.rint((outer - inner) / 2.0);
    }

    /** The pixels of the kept part, {@code 3 * width * height} bytes. */
    byte[] draw(Picture picture, Resample filter) {
        int x = Math.max(0, -left);
        int y = Math.max(0, -top);
        int columns = Math.min(fullWidth, width - left) - x;
        int rows = Math.min(fullHeight, height - top) - y;
        byte[] part = part(picture, filter, x, y, columns, rows);
        if (columns == width && rows == height) {
            return part;
        }
        byte[] whole = new byte[3 * width * height];
        for (int row = 0; row < rows; row++) {
            int to = 3 * ((row + Math.max(0, top)) * width + Math.max(0, left));
            System.arraycopy(part, 3 * row * columns, whole, to, 3 * columns);
        }
        return whole;
    }

    private byte[] part(Picture picture, Resample filter, int x, int y, int columns, int rows) {
        return Resampler.resize(
                picture.rgb(),
                picture.width(),
                3,
                Taps.window(filter, picture.width(), fullWidth, x, columns),
                Taps.window(filter, picture.height(), fullHeight, y, rows));
    }
}
