package io.lookalike.image.webp;

import io.lookalike.image.bytes.ArrayInputStream;
import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.util.Collections;
import java.util.Iterator;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.metadata.IIOMetadata;

/**
 * Reads the stream of {@code WebpFile}: a chunk of alpha, if any, and the chunk of the picture.
 *
 * <p>For one picture and one thread.
 */
public final class WebpReader extends ImageReader {

    private static final int CHUNK_HEADER = 8;

    private byte[] stream;
    private Runnable check;
    private int alphaAt = -1;
    private int dataAt;
    private boolean lossless;
    private int width;
    private int height;

    public WebpReader() {
        super(null);
    }

    @Override
    public void setInput(Object input, boolean forwardOnly, boolean ignoreMetadata) {
        super.setInput(input, forwardOnly, ignoreMetadata);
        try {
            ArrayInputStream in = (ArrayInputStream) input;
            check = in.check();
            stream = new byte[Math.toIntExact(in.length())];
            in.readFully(stream);
            Bytes bytes = new Bytes(stream, "WEBP");
            for (int at = 0; at + CHUNK_HEADER <= stream.length; ) {
                int size = bytes.i32le(at + 4);
                if (size < 0 || size > stream.length - CHUNK_HEADER - at) {
                    throw Unreadable.truncated("WEBP");
                }
                if (bytes.has(at, "ALPH") && alphaAt < 0) {
                    alphaAt = at;
                } else if (bytes.has(at, "VP8L") || bytes.has(at, "VP8 ")) {
                    dataAt = at;
                    lossless = bytes.has(at, "VP8L");
                    break;
                }
                at += CHUNK_HEADER + size + (size & 1);
            }
            int start = dataAt + CHUNK_HEADER;
            int[] sides = lossless
                    ? Vp8l.sides(bytes, start, stream.length - start)
                    : Vp8.sides(bytes, start, stream.length - start);
            width = sides[0];
            height = sides[1];
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    @Override
    public BufferedImage read(int index, ImageReadParam param) throws IOException {
        int step = param == null ? 1 : param.getSourceXSubsampling();
        int offsetX = param == null ? 0 : param.getSubsamplingXOffset();
        int offsetY = param == null ? 0 : param.getSubsamplingYOffset();
        int columns = (width - offsetX + step - 1) / step;
        int rows = (height - offsetY + step - 1) / step;
        boolean transparent = lossless || alphaAt >= 0;
        BufferedImage image = new BufferedImage(
                columns, rows, transparent ? BufferedImage.TYPE_4BYTE_ABGR : BufferedImage.TYPE_3BYTE_BGR);
        byte[] data = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        if (lossless) {
            int[] pixels =
                    Vp8l.decode(stream, dataAt + CHUNK_HEADER + Vp8l.HEADER, stream.length, width, height, check);
            boolean used = (stream[dataAt + CHUNK_HEADER + 4] & 0x10) != 0;
            for (int y = offsetY, at = 0; y < height; y += step) {
                for (int x = offsetX; x < width; x += step, at += 4) {
                    int pixel = pixels[y * width + x];
                    data[at] = used ? (byte) (pixel >>> 24) : -1;
                    data[at + 1] = (byte) pixel;
                    data[at + 2] = (byte) (pixel >> 8);
                    data[at + 3] = (byte) (pixel >> 16);
                }
            }
            return image;
        }
        byte[] alpha = alphaAt < 0 ? null : alpha();
        Vp8 frame = Vp8.decode(stream, dataAt + CHUNK_HEADER, stream.length, check);
        int stride = transparent ? 4 : 3;
        for (int y = offsetY, row = 0; y < height; y += step, row += stride * columns) {
            frame.bgr(y, offsetX, step, data, transparent ? row + 1 : row, stride);
            for (int x = offsetX, at = row; alpha != null && x < width; x += step, at += 4) {
                data[at] = alpha[y * width + x];
            }
        }
        return image;
    }

    /** Decodes the alpha chunk (RFC 9649, section 2.7.1.2). */
    private byte[] alpha() throws Unreadable {
        Bytes bytes = new Bytes(stream, "WEBP");
        int start = alphaAt + CHUNK_HEADER;
        int end = start + bytes.i32le(alphaAt + 4);
        int how = bytes.u8(start);
        byte[] alpha = new byte[width * height];
        if ((how & 3) == 0) {
            bytes.require(start + 1, alpha.length);
            System.arraycopy(stream, start + 1, alpha, 0, alpha.length);
        } else if ((how & 3) == 1) {
            int[] pixels = Vp8l.decode(stream, start + 1, end, width, height, check);
            for (int i = 0; i < alpha.length; i++) {
                alpha[i] = (byte) (pixels[i] >> 8);
            }
        } else {
            throw Unreadable.damaged("WEBP", "transparency of compression [" + (how & 3) + "]");
        }
        unfilter(alpha, how >> 2 & 3);
        return alpha;
    }

    private void unfilter(byte[] alpha, int filter) {
        if (filter == 0) {
            return;
        }
        for (int y = 0, i = 0; y < height; y++) {
            for (int x = 0; x < width; x++, i++) {
                int left = x == 0 ? 0 : alpha[i - 1] & 0xff;
                int top = y == 0 ? 0 : alpha[i - width] & 0xff;
                int guess;
                if (y == 0) {
                    guess = left;
                } else if (x == 0 || filter == 2) {
                    guess = top;
                } else if (filter == 1) {
                    guess = left;
                } else {
                    guess = Vp8Prediction.clamp(left + top - (alpha[i - width - 1] & 0xff));
                }
                alpha[i] += (byte) guess;
            }
        }
    }

    @Override
    public int getWidth(int index) {
        return width;
    }

    @Override
    public int getHeight(int index) {
        return height;
    }

    @Override
    public int getNumImages(boolean allowSearch) {
        return 1;
    }

    @Override
    public Iterator<ImageTypeSpecifier> getImageTypes(int index) {
        return Collections.emptyIterator();
    }

    @Override
    public IIOMetadata getStreamMetadata() {
        return null;
    }

    @Override
    public IIOMetadata getImageMetadata(int index) {
        return null;
    }
}
