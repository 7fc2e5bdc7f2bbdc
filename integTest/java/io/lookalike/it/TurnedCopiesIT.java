package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.demo.DrawnPictures;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** A picture finds its copies that were turned or mirrored, and says which way; other pictures are not found. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TurnedCopiesIT {
    private static final String INDEX = "turned-copies";
    private static final String SEARCH = "/" + INDEX + "/_search";
    private static final long SEED = 23;
    private static final List<String> TURNS = List.of(
            "identity", "mirrored", "flipped", "rotated_180", "transposed", "rotated_90", "rotated_270", "transversed");

    private final Http http;
    private final BufferedImage original = oblong(DrawnPictures.draw("sailboats", 2, SEED));

    TurnedCopiesIT(Http http) {
        this.http = http;
    }

    @BeforeAll
    void index() {
        Album.create(http, INDEX, "default", 2);
        Bulk bulk = new Bulk();
        for (String turn : TURNS) {
            bulk.index(turn, json("{image: ?}", base64(turned(original, turn), "png")));
            bulk.index(turn + "-jpeg", json("{image: ?}", base64(turned(original, turn), "jpg")));
        }
        for (Album.Photo photo : Album.draw(3, SEED)) {
            if (!photo.id().equals("sailboats2")) {
                bulk.index(photo.id(), json("{image: ?}", photo.base64()));
            }
        }
        http.bulk("/" + INDEX + "/_bulk?refresh=true", bulk);
    }

    @AfterAll
    void remove() {
        http.ok("DELETE", "/" + INDEX);
    }

    /** Not square, so that a quarter turn changes its sides. */
    private static BufferedImage oblong(BufferedImage image) {
        return image.getSubimage(0, 0, image.getWidth(), image.getHeight() * 3 / 4);
    }

    private static String base64(BufferedImage image, String format) {
        return Base64.getEncoder().encodeToString(Album.encode(image, format));
    }

    private static BufferedImage turned(BufferedImage image, String turn) {
        boolean quarter =
                Set.of("transposed", "rotated_90", "rotated_270", "transversed").contains(turn);
        int width = image.getWidth();
        int height = image.getHeight();
        BufferedImage turned =
                new BufferedImage(quarter ? height : width, quarter ? width : height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int right = width - 1 - x;
                int below = height - 1 - y;
                int[] to = switch (turn) {
                    case "mirrored" -> new int[] {right, y};
                    case "flipped" -> new int[] {x, below};
                    case "rotated_180" -> new int[] {right, below};
                    case "transposed" -> new int[] {y, x};
                    case "rotated_90" -> new int[] {below, x};
                    case "rotated_270" -> new int[] {y, right};
                    case "transversed" -> new int[] {below, right};
                    default -> new int[] {x, y};
                };
                turned.setRGB(to[0], to[1], image.getRGB(x, y));
            }
        }
        return turned;
    }

    private static ObjectNode search(String base64, int maxDistance) {
        return json(
                "{size: 100, query: {hash_radius: {field: 'photo.phash', query_image: ?, max_distance: ?, "
                        + "transforms: 'dihedral'}}}",
                base64,
                maxDistance);
    }

    @Test
    void everyTurnFindsAllEight() {
        Set<String> copies = new TreeSet<>(TURNS);
        TURNS.forEach(turn -> copies.add(turn + "-jpeg"));
        for (String turn : TURNS) {
            String picture = base64(turned(original, turn), "png");
            assertEquals(new TreeSet<>(TURNS), new TreeSet<>(exact(http.hits(INDEX, search(picture, 0)))), turn);
            assertEquals(copies, new TreeSet<>(http.ids(INDEX, search(picture, 8))), turn);
        }
        ObjectNode plain = search(base64(original, "png"), 8);
        plain.withObject("query").withObject("hash_radius").put("transforms", "none");
        assertEquals(Set.of("identity", "identity-jpeg"), new TreeSet<>(http.ids(INDEX, plain)));
    }

    /** The pictures that are equal, all with the greatest score. */
    private static List<String> exact(JsonNode hits) {
        List<String> ids = new ArrayList<>();
        for (JsonNode hit : hits) {
            assertEquals(1.0, hit.path("_score").asDouble());
            String id = hit.path("_id").asText();
            if (!id.endsWith("-jpeg")) {
                ids.add(id);
            }
        }
        return ids;
    }

    @Test
    void explainSaysWhichTurn() {
        ObjectNode body = search(base64(original, "png"), 0).put("explain", true);
        int hits = 0;
        for (JsonNode hit : http.hits(INDEX, body)) {
            String turn = hit.path("_id").asText().replace("-jpeg", "");
            String detail = hit.at("/_explanation/details/0/description").asText();
            assertEquals(
                    "hamming distance of [photo.phash] to the query's code of the picture [" + turn
                            + "], of 64 bits; at most [0] match",
                    detail);
            hits++;
        }
        assertTrue(hits >= TURNS.size(), hits + " hits");
    }

    @Test
    void profileNamesTheTransforms() {
        String profile = http.ok(
                        "POST", SEARCH, search(base64(original, "png"), 5).put("profile", true))
                .path("profile")
                .toString();
        assertTrue(
                profile.contains("hash_radius[photo.phash,max_distance=5,transforms=dihedral,min_quality=20]"),
                profile);
    }

    @Test
    void whatCannotBeTurnedIsRefused() {
        refused(
                "{field: 'photo.phash', query_hash: '0011223344556677', max_distance: 1, transforms: 'dihedral'}",
                "needs [query_image]; got [query_hash]");
        refused(
                "{field: 'photo.phash', like: {id: 'identity'}, max_distance: 1, transforms: 'dihedral'}",
                "needs [query_image]; got [like]");
        refused(
                "{field: 'photo.hash', query_image: 'AAAA', max_distance: 1, transforms: 'dihedral'}",
                "or which is called so; got [photo.hash], a field of codes of embeddings");
        refused(
                "{field: 'photo.phash', query_image: 'AAAA', max_distance: 1, transforms: 'all'}",
                "[transforms] must be one of [none, dihedral]; got [all]");
        refused(
                "{field: 'photo.phash', query_image: 'AAAA', max_distance: 1, transforms: 'dihedral'}",
                "cannot decode [query_image]");
    }

    private void refused(String clause, String message) {
        Http.Answer answer = http.send("POST", SEARCH, json("{query: {hash_radius: " + clause + "}}"));
        assertEquals(400, answer.status(), answer.text());
        assertTrue(answer.text().contains(message), answer.text());
    }
}
