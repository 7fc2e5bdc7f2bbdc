package io.lookalike.it;

import io.lookalike.it.guard.GuardPlugin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.elasticsearch.Build;

/** Packs {@link GuardPlugin} as the install tool takes it, from the classes that the build made. */
final class GuardZip {
    private GuardZip() {}

    /** Writes the zip into a directory; give it to {@code RealNode.builder().alsoPlugin(…)}. */
    static Path in(Path directory) {
        try {
            Path zip = directory.resolve("guard.zip");
            try (OutputStream out = Files.newOutputStream(zip);
                    ZipOutputStream entries = new ZipOutputStream(out)) {
                put(entries, "plugin-descriptor.properties", descriptor().getBytes(StandardCharsets.UTF_8));
                put(entries, "guard.jar", jar());
            }
            return zip;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] jar() throws IOException {
        Path root;
        try {
            root = Path.of(GuardPlugin.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        Path room = root.resolve(GuardPlugin.class.getPackageName().replace('.', '/'));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<Path> classes;
        try (Stream<Path> files = Files.list(room)) {
            classes = files.sorted().toList();
        }
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (Path file : classes) {
                put(out, root.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
            }
        }
        return bytes.toByteArray();
    }

    private static void put(ZipOutputStream out, String name, byte[] bytes) throws IOException {
        out.putNextEntry(new ZipEntry(name));
        out.write(bytes);
        out.closeEntry();
    }

    private static String descriptor() {
        return String.join(
                "\n",
                "name=guard",
                "description=stands for security in tests",
                "version=1",
                "elasticsearch.version=" + Build.current().version(),
                "java.version=22",
                "classname=" + GuardPlugin.class.getName());
    }
}
