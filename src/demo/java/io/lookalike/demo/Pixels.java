package io.lookalike.demo;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.function.IntUnaryOperator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Reads, writes and resizes pictures for the demo: for drawing, altering and showing them.
 *
 * <p>Not the decoder of the plugin: this one trusts its input. Stateless.
 */
final class Pixels {
    private static final int MAX_PIXELS = 4_000_000;

    private Pixels() {}

    /**
     * Decodes a picture, upright as its Exif orientation says; of one with more than 4 million pixels only every
     * second, third and so on, so that many fit into memory at once.
     *
     * @throws IOException if there is no reader for it, or the reader fails
     */
    static BufferedImage decode(byte[] bytes) throws IOException {
        try {
            return upright(rgb(read(bytes)), orientation(bytes));
        } catch (RuntimeException e) {
            throw new IOException("cannot decode: " + e.getMessage(), e);
        }
    }

    private static BufferedImage read(byte[] bytes) throws IOException {
        ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes));
        Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
        if (!readers.hasNext()) {
            throw new IOException("no reader for this format");
        }
        ImageReader reader = readers.next();
        try {
            reader.setInput(in);
            double pixels = (double) reader.getWidth(0) * reader.getHeight(0);
            int step = Math.max(1, (int) Math.ceil(Math.sqrt(pixels / MAX_PIXELS)));
            ImageReadParam param = reader.getDefaultReadParam();
            param.setSourceSubsampling(step, step, 0, 0);
            return reader.read(0, param);
        } finally {
            reader.dispose();
        }
    }

    /** The Exif orientation of a JPEG: entry 0x0112 of the first directory in its APP1 segment; 1 if there is none. */
    static int orientation(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int at = 2;
        while (at + 10 <= bytes.length && bytes[at] == (byte) 0xff && bytes[at + 1] != (byte) 0xda) {
            if (bytes[at + 1] == (byte) 0xe1 && in.getInt(at + 4) == 0x45786966) {
                return orientation(in.slice(at + 10, bytes.length - at - 10));
            }
            at += 2 + (in.getShort(at + 2) & 0xffff);
        }
        return 1;
    }

    private static int orientation(ByteBuffer tiff) {
        try {
            tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
            int directory = tiff.getInt(4);
            int entries = tiff.getShort(directory) & 0xffff;
            for (int i = 0; i < entries; i++) {
                int entry = directory + 2 + 12 * i;
                if (tiff.getShort(entry) == 0x0112) {
                    return tiff.getShort(entry + 8);
                }
            }
        } catch (IndexOutOfBoundsException e) {
            return 1;
        }
        return 1;
    }

    private static BufferedImage upright(BufferedImage image, int orientation) {
        if (orientation < 2 || orientation > 8) {
            return image;
        }
        int w = image.getWidth();
        int h = image.getHeight();
        boolean turned = orientation > 4;
        BufferedImage out = new BufferedImage(turned ? h : w, turned ? w : h, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < out.getHeight(); y++) {
            for (int x = 0; x < out.getWidth(); x++) {
                int u = turned ? y : x;
                int v = turned ? x : y;
                boolean flipX = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
                boolean flipY = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
                out.setRGB(x, y, image.getRGB(flipX ? w - 1 - u : u, flipY ? h - 1 - v : v));
            }
        }
        return out;
    }

    /** A copy as opaque RGB, transparent parts on white. */
    static BufferedImage rgb(BufferedImage image) {
        BufferedImage out = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = out.createGraphics();
        graphics.drawImage(image, 0, 0, Color.WHITE, null);
        graphics.dispose();
        return out;
    }

    /** A copy with every pixel's 0xRRGGBB replaced by {@code change}. */
    static BufferedImage map(BufferedImage image, IntUnaryOperator change) {
        BufferedImage out = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                out.setRGB(x, y, change.applyAsInt(image.getRGB(x, y) & 0xffffff));
            }
        }
        return out;
    }

    /** A copy of another size. Shrinks by halves, so that every pixel counts. */
    static BufferedImage scaled(BufferedImage image, int width, int height) {
        BufferedImage from = image;
        while (from.getWidth() > 2 * width || from.getHeight() > 2 * height) {
            from = resample(from, Math.max(width, from.getWidth() / 2), Math.max(height, from.getHeight() / 2));
        }
        return resample(from, width, height);
    }

    private static BufferedImage resample(BufferedImage image, int width, int height) {
        BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = out.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return out;
    }

    /** A copy that fits into a square of {@code side} pixels, never enlarged. */
    static BufferedImage thumbnail(BufferedImage image, int side) {
        double scale = Math.min(1, (double) side / Math.max(image.getWidth(), image.getHeight()));
        int width = Math.max(1, (int) Math.round(image.getWidth() * scale));
        return scaled(image, width, Math.max(1, (int) Math.round(image.getHeight() * scale)));
    }

    /** JPEG bytes, quality from 0 to 1. */
    static byte[] jpeg(BufferedImage image, float quality) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(quality);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), param);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
