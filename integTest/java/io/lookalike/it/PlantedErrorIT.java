package io.lookalike.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lookalike.demo.DrawnPictures;
import io.lookalike.node.RealNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node whose plugin is the built one but for two classes that throw Errors, which kill a node that lets them out: one
 * where pictures are read, one where vectors are hashed.
 */
class PlantedErrorIT {
    /** What the broken classes are, by name. */
    private static final Map<String, String> PLANTED =
            Map.of("io/lookalike/image/file/GifFile", """
            package io.lookalike.image.file;
            final class GifFile {
                static Frame inspect(byte[] bytes, ImageLimits limits) {
                    throw new NoClassDefFoundError("planted");
                }
            }
            """, "io/lookalike/hashing/Buckets", """
            package io.lookalike.hashing;
            public final class Buckets {
                public Buckets(int dims, int tables, int bits, long seed, float[] center) {}
                public java.util.List<String> terms(float[] vector) {
                    return terms(vector);
                }
            }
            """);

    @TempDir
    Path directory;

    @Test
    void errorsFailDocumentsAndSearchesAndTheNodeLives() throws Exception {
        try (RealNode node = RealNode.builder().plugin(plant()).start();
                Http http = new Http(node.uri())) {
            long process = node.process().pid();
            http.ok("PUT", "/pictures", http.ok("GET", "/_lookalike/encoder/default/_mapping"));
            http.ok(
                    "PUT",
                    "/_ingest/pipeline/pictures",
                    Json.json("{processors: [{image_embedding: {field: 'image', target_field: 'photo'}}]}"));
            String gif = picture("gif");
            String png = picture("png");
            for (int i = 0; i < 20; i++) {
                Http.Answer answer = http.send(
                        "POST",
                        "/pictures/_bulk?pipeline=pictures",
                        new Bulk()
                                .index("gif", Json.json("{image: ?}", gif))
                                .index("png", Json.json("{image: ?}", png))
                                .bytes(),
                        Http.LINES);
                List<String> failures = Http.failures(answer.body());
                assertEquals(2, failures.size(), answer::text);
                assertTrue(failures.get(0).startsWith("gif 400 cannot decode field [image] ("), failures.get(0));
                assertTrue(failures.get(0).contains("its pixels cannot be decoded"), failures.get(0));
                assertTrue(
                        failures.get(1).contains("cannot process field [image]: java.lang.StackOverflowError"),
                        failures.get(1));
            }
            assertFails(http, gif, 400, "its pixels cannot be decoded");
            assertFails(http, png, 500, "StackOverflowError");
            assertEquals(process, node.process().pid());
            assertTrue(node.process().isAlive());
            assertEquals(
                    "green", http.ok("GET", "/_cluster/health").path("status").asText());
        }
    }

    private static void assertFails(Http http, String picture, int status, String reason) {
        JsonNode search = Json.json("{query: {hash_knn: {field: 'photo.vector', query_image: ?}}}", picture);
        Http.Answer answer = http.send("POST", "/pictures/_search", search);
        assertEquals(status, answer.status(), answer::text);
        assertTrue(answer.reasons().contains(reason), answer::text);
        JsonNode knn = Json.json(
                "{knn: {field: 'photo.vector', k: 1, num_candidates: 1, query_vector_builder: {image_embedding: "
                        + "{image: ?}}}}",
                picture);
        assertEquals(status, http.send("POST", "/pictures/_search", knn).status());
    }

    private static String picture(String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(DrawnPictures.draw(DrawnPictures.classes().get(0), 0, 1), format, out));
        return Base64.getEncoder().encodeToString(out.toByteArray());
    }

    /** The built zip, with the planted classes in its jar. */
    private Path plant() throws Exception {
        Path sources = directory.resolve("sources");
        Path classes = Files.createDirectories(directory.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertNotNull(compiler, "tests run on a JDK");
        for (Map.Entry<String, String> planted : PLANTED.entrySet()) {
            Path source = sources.resolve(planted.getKey() + ".java");
            Files.createDirectories(source.getParent());
            Files.writeString(source, planted.getValue());
            String path = System.getProperty("java.class.path");
            assertEquals(
                    0,
                    compiler.run(
                            null,
                            null,
                            null,
                            "--release",
                            "22",
                            "-cp",
                            path,
                            "-proc:none",
                            "-d",
                            classes.toString(),
                            source.toString()));
        }
        Path zip = directory.resolve("planted.zip");
        try (InputStream in = Files.newInputStream(Path.of(System.getProperty("lookalike.zip")));
                OutputStream out = Files.newOutputStream(zip)) {
            rewrite(in, out, (name, bytes) -> name.matches("lookalike-.*[.]jar") ? withPlanted(bytes, classes) : bytes);
        }
        return zip;
    }

    private static byte[] withPlanted(byte[] jar, Path classes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        rewrite(new ByteArrayInputStream(jar), out, (name, bytes) -> {
            String type = name.replace(".class", "");
            return PLANTED.containsKey(type) ? Files.readAllBytes(classes.resolve(name)) : bytes;
        });
        return out.toByteArray();
    }

    /** Changes the bytes of an entry. */
    private interface Change {
        byte[] of(String name, byte[] bytes) throws IOException;
    }

    private static void rewrite(InputStream from, OutputStream to, Change change) throws IOException {
        ZipInputStream in = new ZipInputStream(from);
        ZipOutputStream out = new ZipOutputStream(to);
        for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
            out.putNextEntry(new ZipEntry(entry.getName()));
            out.write(change.of(entry.getName(), in.readAllBytes()));
            out.closeEntry();
        }
        out.finish();
    }
}
