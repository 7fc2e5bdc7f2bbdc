package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.demo.DrawnPictures;
import io.lookalike.demo.Edit;
import io.lookalike.node.RealNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * What {@code _lookalike/duplicates} finds with nothing but defaults, through a node: the precision of its groups, and
 * the recall of each edit.
 *
 * <p>Precision is the share of the pictures in groups that are the same picture as another one in their group. Recall
 * is the share of pictures whose edited copy is in their group, where the originals and one kind of copy are searched.
 * The baseline takes near hashes for the same picture and joins groups by chains ({@code verify: none, grouping:
 * linked}), as the first version did. With data, caltech20x50, with {@link CaltechCopies} as the truth, and every fifth
 * picture edited; without, drawn pictures, of which none is the same as another.
 */
final class CopyFigures {
    private static final String INDEX = "copies";
    private static final String PICTURES = "caltech20x50";
    private static final int BULK = 50;
    private static final int EDITED = 5;
    private static final int DRAWN = 10;
    private static final long SEED = 20261130;
    private static final double PRECISION = .9;
    /** What verifying may cost of an edit's recall. */
    private static final double LOST = .03;

    private static final JsonMapper JSON = new JsonMapper();
    private static final ObjectNode UNVERIFIED =
            JsonNodeFactory.instance.objectNode().put("verify", "none").put("grouping", "linked");

    private CopyFigures() {}

    /** The rows {@code same_precision} and {@code edit_recall_<edit>}. */
    static List<ObjectNode> of(Optional<Path> data, Consumer<String> say) throws IOException {
        Map<String, byte[]> pictures = data.isPresent() ? read(data.get()) : drawn();
        try (RealNode node = RealNode.builder().heap("1g").start();
                SearchClient client = new SearchClient(node.uri())) {
            create(client);
            List<String> edited = index(client, pictures);
            say.accept(String.format(
                    Locale.ROOT,
                    "copies         %,d pictures, %,d of them in %d edits",
                    pictures.size(),
                    edited.size(),
                    Edit.values().length));
            List<ObjectNode> rows = new ArrayList<>();
            ToIntFunction<Set<String>> right = data.isPresent() ? CaltechCopies::right : group -> 0;
            ObjectNode originals = query("original", false);
            rows.add(row(
                    "same_precision",
                    precision(groups(client, originals, null), right),
                    precision(groups(client, originals, UNVERIFIED), right),
                    PRECISION));
            for (Edit edit : Edit.values()) {
                ObjectNode query = query(edit.toString(), true);
                double before = recall(groups(client, query, UNVERIFIED), edited, edit);
                rows.add(row(
                        "edit_recall_" + edit,
                        recall(groups(client, query, null), edited, edit),
                        before,
                        Math.max(0, before - LOST)));
            }
            return rows;
        }
    }

    private static ObjectNode row(String name, double value, double baseline, double reach) {
        return ReachRows.row(name, value, baseline, reach, "higher");
    }

    private static Map<String, byte[]> read(Path data) throws IOException {
        Path folder = IngestBenchmark.picturesIn(data);
        if (!folder.endsWith(PICTURES)) {
            throw new IllegalArgumentException("option [--data]: no directory [" + data.resolve(PICTURES)
                    + "]; [defaults] needs it there, or no " + "[--data] for drawn pictures");
        }
        Map<String, byte[]> pictures = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path file :
                    walk.filter(each -> each.toString().endsWith(".jpg")).toList()) {
                pictures.put(folder.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
            }
        }
        return pictures;
    }

    private static Map<String, byte[]> drawn() throws IOException {
        Map<String, byte[]> pictures = new TreeMap<>();
        for (String clazz : DrawnPictures.classes()) {
            for (int i = 0; i < DRAWN; i++) {
                ByteArrayOutputStream png = new ByteArrayOutputStream();
                ImageIO.write(DrawnPictures.draw(clazz, i, SEED), "png", png);
                pictures.put(clazz + "/" + i + ".png", png.toByteArray());
            }
        }
        return pictures;
    }

    private static void create(SearchClient client) throws IOException {
        ObjectNode pipeline = JsonNodeFactory.instance.objectNode();
        pipeline.putArray("processors")
                .addObject()
                .putObject("image_embedding")
                .put("field", "image")
                .put("target_field", "photo");
        client.send("PUT", "/_ingest/pipeline/" + INDEX, pipeline);
        ObjectNode body =
                (ObjectNode) client.send("GET", "/_lookalike/encoder/default/_mapping?target_field=photo", null);
        ObjectNode properties = (ObjectNode) body.path("mappings").path("properties");
        properties.putObject("kind").put("type", "keyword");
        properties.putObject("edited").put("type", "boolean");
        body.putObject("settings")
                .put("number_of_shards", 1)
                .put("number_of_replicas", 0)
                .put("default_pipeline", INDEX);
        client.send("PUT", "/" + INDEX, body);
    }

    /** Indexes the pictures and the edited copies of some; returns the names of those. */
    private static List<String> index(SearchClient client, Map<String, byte[]> pictures) throws IOException {
        List<String> edited = new ArrayList<>();
        Bulk bulk = new Bulk(client);
        int number = 0;
        for (Map.Entry<String, byte[]> picture : pictures.entrySet()) {
            boolean edits = number++ % EDITED == 0;
            bulk.add(picture.getKey(), "original", edits, picture.getValue());
            if (edits) {
                edited.add(picture.getKey());
                BufferedImage image = ImageIO.read(new ByteArrayInputStream(picture.getValue()));
                for (Edit edit : Edit.values()) {
                    bulk.add(copy(picture.getKey(), edit), edit.toString(), true, edit.encode(image));
                }
            }
        }
        bulk.send();
        client.send("POST", "/" + INDEX + "/_refresh", null);
        return edited;
    }

    private static String copy(String name, Edit edit) {
        return name + "|" + edit;
    }

    /** Collects documents and sends them. */
    private static final class Bulk {
        private final SearchClient client;
        private final StringBuilder lines = new StringBuilder();
        private int count;

        Bulk(SearchClient client) {
            this.client = client;
        }

        void add(String id, String kind, boolean edited, byte[] picture) throws IOException {
            ObjectNode action = JsonNodeFactory.instance.objectNode();
            action.putObject("index").put("_id", id);
            ObjectNode document = JsonNodeFactory.instance
                    .objectNode()
                    .put("kind", kind)
                    .put("edited", edited)
                    .put("image", Base64.getEncoder().encodeToString(picture));
            lines.append(action).append('\n').append(document).append('\n');
            if (++count == BULK) {
                send();
            }
        }

        void send() throws IOException {
            if (count > 0) {
                byte[] body = lines.toString().getBytes(StandardCharsets.UTF_8);
                IngestNode.indexed(client.exchange(client.request("POST", "/" + INDEX + "/_bulk", body)));
                lines.setLength(0);
                count = 0;
            }
        }
    }

    /** @param edited only pictures that have edited copies, and these */
    private static ObjectNode query(String kind, boolean edited) {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        ArrayNode filters = query.putObject("bool").putArray("filter");
        filters.addObject().putObject("terms").putArray("kind").add("original").add(kind);
        if (edited) {
            filters.addObject().putObject("term").put("edited", true);
        }
        return query;
    }

    /** @param more of the request; null for defaults */
    private static List<Set<String>> groups(SearchClient client, ObjectNode query, ObjectNode more) throws IOException {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("field", "photo.phash")
                .put("size", 10_000);
        body.set("query", query);
        if (more != null) {
            body.setAll(more);
        }
        JsonNode answer = JSON.readTree(client.exchange(
                client.request("POST", "/" + INDEX + "/_lookalike/duplicates", JSON.writeValueAsBytes(body))));
        List<Set<String>> groups = new ArrayList<>();
        for (JsonNode group : answer.path("groups")) {
            Set<String> members = new HashSet<>();
            group.path("members")
                    .forEach(member -> members.add(member.path("_id").asText()));
            groups.add(members);
        }
        return groups;
    }

    /** 1 without groups: then nothing is called the same wrongly. */
    static double precision(List<Set<String>> groups, ToIntFunction<Set<String>> right) {
        int all = groups.stream().mapToInt(Set::size).sum();
        return all == 0 ? 1 : groups.stream().mapToInt(right).sum() / (double) all;
    }

    private static double recall(List<Set<String>> groups, List<String> pictures, Edit edit) {
        return pictures.stream()
                        .filter(picture -> groups.stream()
                                .anyMatch(group -> group.contains(picture) && group.contains(copy(picture, edit))))
                        .count()
                / (double) pictures.size();
    }
}
