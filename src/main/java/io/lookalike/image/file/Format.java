package io.lookalike.image.file;

import io.lookalike.image.bytes.Unreadable;
import io.lookalike.image.webp.WebpReader;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageReader;

/** The supported formats: the first bytes of a file, the check of its structure, and its reader. */
public enum Format {
    JPEG("jpeg", 1, "\u00ff\u00d8", JpegFile::inspect, Readers::ofJpeg),
    PNG("png", 1, "\u0089PNG", PngFile::inspect, () -> Readers.ofRuntime("png.PNG")),
    GIF("gif", 1, "GIF8", GifFile::inspect, () -> Readers.ofRuntime("gif.GIF")),
    BMP("bmp", 1, "BM", BmpFile::inspect, () -> Readers.ofRuntime("bmp.BMP")),
    WEBP("webp", 1, "RIFF????WEBP", WebpFile::inspect, WebpReader::new),
    TIFF("tiff", 2, "II*\u0000", TiffFile::inspect, Readers::ofTiff, "MM\u0000*", "II+\u0000", "MM\u0000+");

    /** Checks the structure and the size of a file, before anything of that size is allocated. */
    @FunctionalInterface
    interface Inspector {
        Frame inspect(byte[] bytes, ImageLimits limits) throws Unreadable;
    }

    /** Opens a new reader. */
    @FunctionalInterface
    interface ReaderSource {
        ImageReader open() throws IOException;
    }

    public final String label;
    /** How often the check and the reader copy the file. */
    public final int copies;

    @SuppressWarnings("ImmutableEnumChecker")
    private final List<String> starts;

    @SuppressWarnings("ImmutableEnumChecker")
    private final Inspector inspector;

    @SuppressWarnings("ImmutableEnumChecker")
    private final ReaderSource readers;

    Format(String label, int copies, String start, Inspector inspector, ReaderSource readers, String... otherStarts) {
        this.label = label;
        this.copies = copies;
        this.starts = Stream.concat(Stream.of(start), Stream.of(otherStarts)).toList();
        this.inspector = inspector;
        this.readers = readers;
    }

    public static Format of(byte[] bytes) throws Unreadable {
        for (Format format : values()) {
            if (format.starts.stream().anyMatch(start -> UnsupportedFormats.matches(bytes, start))) {
                return format;
            }
        }
        String labels = Arrays.stream(values()).map(f -> f.label).collect(Collectors.joining(", "));
        String foreign = UnsupportedFormats.name(bytes);
        throw new Unreadable(
                (foreign == null ? "its format is not known" : "it is [" + foreign + "], which is not supported")
                        + "; supported are [" + labels + "]");
    }

    public Frame inspect(byte[] bytes, ImageLimits limits) throws Unreadable {
        return inspector.inspect(bytes, limits);
    }

    public ImageReader open() throws IOException {
        return readers.open();
    }
}
