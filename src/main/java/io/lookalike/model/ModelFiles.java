package io.lookalike.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * The files of one model directory: names, sizes and digest.
 *
 * <p>All files directly in the directory count, because a graph above two gigabytes keeps its weights in files of any
 * name. Only {@code model.json} does not count: encoders store a copy of it. Costs one pass over the files. Immutable.
 */
final class ModelFiles {
    static final String MODEL = "model.onnx";
    static final String DEFAULTS = "model.json";
    static final long MAX_BYTES = 4L << 30;
    static final int MAX_FILES = 1000;
    static final int MAX_DEFAULTS = 1 << 20;

    private record Stamp(long bytes, FileTime modified) {}

    private final Path directory;
    private final Map<String, Stamp> files;

    private ModelFiles(Path directory, Map<String, Stamp> files) {
        this.directory = directory;
        this.files = files;
    }

    /** Lists the directory; throws {@link ModelException} if it holds too much. */
    static ModelFiles list(Path directory) throws IOException {
        Map<String, Stamp> files = new TreeMap<>();
        long bytes = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.equals(DEFAULTS) || Files.isRegularFile(entry) == false) {
                    continue;
                }
                requireWithin(directory, entry);
                BasicFileAttributes attributes = Files.readAttributes(entry, BasicFileAttributes.class);
                files.put(name, new Stamp(attributes.size(), attributes.lastModifiedTime()));
                bytes += attributes.size();
                if (files.size() > MAX_FILES || bytes > MAX_BYTES) {
                    throw new ModelException("its directory holds more than [" + MAX_FILES + "] files or [" + MAX_BYTES
                            + "] bytes; leave only what [" + MODEL + "] needs in it");
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        if (files.containsKey(MODEL) == false) {
            throw new ModelException("its directory holds no [" + MODEL + "]");
        }
        return new ModelFiles(directory, files);
    }

    /** A link may lead only to another file in the directory, as when containers mount files. */
    private static void requireWithin(Path directory, Path file) throws IOException {
        if (Files.isSymbolicLink(file) && isWithin(directory, file) == false) {
            throw new ModelException("[" + file.getFileName()
                    + "] is a link that leads out of its directory; copy the file itself there");
        }
    }

    private static boolean isWithin(Path directory, Path link) throws IOException {
        try {
            return link.toRealPath().startsWith(directory.toRealPath());
        } catch (SecurityException e) {
            return false; // leads to a place that the plugin may not read
        }
    }

    Path model() {
        return directory.resolve(MODEL);
    }

    long bytes() {
        return files.values().stream().mapToLong(Stamp::bytes).sum();
    }

    /** The raw {@code model.json}; null if there is none. */
    static byte[] defaults(Path directory) throws IOException {
        Path path = directory.resolve(DEFAULTS);
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) == false) {
            return null;
        }
        requireWithin(directory, path);
        if (Files.isRegularFile(path) == false) {
            throw new ModelException("[" + DEFAULTS + "] is no file");
        }
        try (InputStream in = Files.newInputStream(path)) {
            return readDefaults(in);
        }
    }

    static byte[] readDefaults(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MAX_DEFAULTS + 1);
        if (bytes.length > MAX_DEFAULTS) {
            throw new ModelException("[" + DEFAULTS + "] is longer than [" + MAX_DEFAULTS + "] bytes");
        }
        return bytes;
    }

    /** The hexadecimal SHA-256 that {@link ModelInfo} describes. */
    String sha256() throws IOException {
        MessageDigest digest = newSha256();
        byte[] buffer = new byte[1 << 16];
        for (Map.Entry<String, Stamp> file : files.entrySet()) {
            if (files.size() > 1) {
                digest.update(file.getKey().getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
                digest.update(ByteBuffer.allocate(Long.BYTES)
                        .putLong(file.getValue().bytes())
                        .flip());
            }
            try (InputStream in = Files.newInputStream(directory.resolve(file.getKey()))) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    digest.update(buffer, 0, read);
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(newSha256().digest(bytes));
    }

    /** Whether both have the same names, sizes and times. */
    boolean sameAs(ModelFiles other) {
        return files.equals(other.files);
    }

    /** Lists the directory again, and returns whether names, sizes and times are the same. */
    boolean unchanged() throws IOException {
        return sameAs(list(directory));
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
