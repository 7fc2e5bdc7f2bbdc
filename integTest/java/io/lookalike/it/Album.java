package io.lookalike.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.demo.DrawnPictures;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;

/** Drawn pictures, and the index and pipeline that take them in. Stateless. */
final class Album {
    private static final List<String> FORMATS = List.of("jpg", "png", "gif", "bmp");

    private Album() {}

    /** A picture as a user has it. */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    record Photo(String id, String clazz, String format, byte[] bytes) {
        String base64() {
            return Base64.getEncoder().encodeToString(bytes);
        }

        ObjectNode document() {
            return Json.json("{image: ?, class: ?, note: 'first'}", base64(), clazz);
        }
    }

    /** Some pictures of each class, by turns in each format that the plugin reads. */
    static List<Photo> draw(int perClass, long seed) {
        List<Photo> photos = new ArrayList<>();
        for (String clazz : DrawnPictures.classes()) {
            for (int i = 0; i < perClass; i++) {
                String format = FORMATS.get(photos.size() % FORMATS.size());
                photos.add(new Photo(clazz + i, clazz, format, encode(DrawnPictures.draw(clazz, i, seed), format)));
            }
        }
        return photos;
    }

    static byte[] encode(BufferedImage image, String format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, format, out)) {
                throw new IllegalArgumentException("no writer for [" + format + "]");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static Bulk bulk(List<Photo> photos) {
        Bulk bulk = new Bulk();
        photos.forEach(photo -> bulk.index(photo.id, photo.document()));
        return bulk;
    }

    /** Makes an index, and a pipeline of the same name, for pictures in {@code image} that become {@code photo}. */
    static void create(Http http, String index, String encoder, int shards) {
        create(http, index, encoder, shards, "");
    }

    /** @param parameters more of those that {@code _mapping} takes */
    static void create(Http http, String index, String encoder, int shards, String parameters) {
        http.ok(
                "PUT",
                "/_ingest/pipeline/" + index,
                Json.json(
                        "{processors: [{image_embedding: {field: 'image', target_field: 'photo', encoder: ?}}]}",
                        encoder));
        JsonNode mapping =
                http.ok("GET", "/_lookalike/encoder/" + encoder + "/_mapping?target_field=photo" + parameters);
        ObjectNode body = mapping.deepCopy();
        body.withObject("settings")
                .put("index.number_of_shards", shards)
                .put("index.default_pipeline", index)
                .put("index.refresh_interval", "-1");
        body.withObject("mappings")
                .withObject("properties")
                .setAll(Json.json("{class: {type: 'keyword'}, note: {type: 'keyword'}}"));
        http.ok("PUT", "/" + index, body);
    }
}
