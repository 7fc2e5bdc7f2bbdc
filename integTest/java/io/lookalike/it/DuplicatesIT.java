package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.bench.CaltechCopies;
import io.lookalike.demo.Alteration;
import io.lookalike.demo.DrawnPictures;
import io.lookalike.demo.Edit;
import io.lookalike.hashing.PictureDetail;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Groups of near-duplicates over HTTP, against comparing all with all here. */
@ExtendWith(SharedNode.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DuplicatesIT {
    private static final String CODES = "duplicates-codes";
    private static final String PICTURES = "duplicates-pictures";
    private static final int COUNT = 20_000;
    private static final int DIMS = 16;
    private static final long SEED = 31;

    private final Http http;
    private final Map<String, Long> codes = new TreeMap<>();
    private final Map<String, double[]> vectors = new HashMap<>();

    DuplicatesIT(Http http) {
        this.http = http;
    }

    private static String duplicates(String index) {
        return "/" + index + "/_lookalike/duplicates";
    }

    @BeforeAll
    void index() {
        indexCodes();
        indexPictures();
    }

    /** Clustered codes: half are near copies of one before; some come again and again. */
    private void indexCodes() {
        http.ok(
                "PUT",
                "/" + CODES,
                json(
                        "{settings: {'index.number_of_shards': 3, 'index.refresh_interval': '-1'}, aliases: "
                                + "{'duplicates-even': {filter: {term: {even: true}}}},"
                                + "mappings: {properties: {even: {type: 'boolean'}, name: {type: 'keyword'},"
                                + "phash: {type: 'dense_vector', element_type: 'bit', dims: 64, index_options: "
                                + "{type: 'flat'}},"
                                + "vector: {type: 'dense_vector', dims: ?, similarity: 'cosine', index_options: "
                                + "{type: 'flat'}}}}}",
                        DIMS));
        Random random = new Random(SEED);
        List<Long> before = new ArrayList<>();
        Bulk bulk = new Bulk();
        Bulk deleted = new Bulk();
        for (int i = 0; i < COUNT; i++) {
            long code = random.nextLong();
            if (i > 10 && random.nextBoolean()) {
                code = before.get(random.nextInt(random.nextInt(50) == 0 ? 3 : i));
                for (int flips = random.nextInt(9); flips > 0; flips--) {
                    code ^= 1L << random.nextInt(64);
                }
            }
            before.add(code);
            String id = "d" + i;
            ObjectNode document =
                    json("{phash: ?, even: ?, name: ?}", HexFormat.of().toHexDigits(code), i % 2 == 0, "n" + i);
            if (i < 2_000) {
                double[] vector = random.doubles(DIMS, -1, 1).toArray();
                if (i > 0 && random.nextBoolean()) {
                    double[] other = vectors.get("d" + random.nextInt(i));
                    double noise = random.nextDouble() / 2;
                    for (int d = 0; d < DIMS; d++) {
                        vector[d] = (float) (other[d] + noise * vector[d]);
                    }
                }
                vectors.put(id, vector);
                document.set("vector", Json.MAPPER.valueToTree(vector));
            }
            bulk.index(id, document);
            codes.put(id, code);
            if (i % 40 == 7) {
                deleted.delete(id);
            }
            if (bulk.size() == 4_000) {
                http.bulk("/" + CODES + "/_bulk", bulk);
                bulk = new Bulk();
            }
        }
        http.bulk("/" + CODES + "/_bulk", deleted);
        for (int i = 7; i < COUNT; i += 40) {
            codes.remove("d" + i);
            vectors.remove("d" + i);
        }
    }

    /** Each drawn picture in several copies. */
    private void indexPictures() {
        Album.create(http, PICTURES, "default", 2);
        Bulk bulk = new Bulk();
        for (String clazz : DrawnPictures.classes()) {
            BufferedImage original = DrawnPictures.draw(clazz, 1, SEED);
            bulk.index(clazz, json("{image: ?, class: ?}", base64(Album.encode(original, "png")), clazz));
            for (Alteration alteration : List.of(Alteration.REENCODED, Alteration.RESIZED, Alteration.GREYSCALE)) {
                bulk.index(
                        clazz + "-" + alteration,
                        json("{image: ?, class: ?}", base64(alteration.encode(original)), clazz));
            }
        }
        bulk.index("none", json("{note: 'no picture'}").put("class", "none"));
        http.send("POST", "/" + PICTURES + "/_bulk?refresh=true", bulk.bytes(), Http.LINES);
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    @AfterAll
    void remove() {
        http.ok("DELETE", "/" + CODES + "," + PICTURES);
    }

    private interface Pair {
        /** By positions in the list of ids. */
        boolean isNear(int a, int b);
    }

    private Pair within(List<String> ids, int bits) {
        long[] values = ids.stream().mapToLong(codes::get).toArray();
        return (a, b) -> Long.bitCount(values[a] ^ values[b]) <= bits;
    }

    /** Groups of two and more, by comparing all with all. */
    private static Set<Set<String>> groups(List<String> ids, Pair pair) {
        int[] parents = new int[ids.size()];
        for (int i = 0; i < parents.length; i++) {
            parents[i] = i;
            for (int j = 0; j < i; j++) {
                if (pair.isNear(i, j)) {
                    parents[root(parents, i)] = root(parents, j);
                }
            }
        }
        Map<Integer, Set<String>> groups = new HashMap<>();
        for (int i = 0; i < parents.length; i++) {
            groups.computeIfAbsent(root(parents, i), root -> new TreeSet<>()).add(ids.get(i));
        }
        groups.values().removeIf(group -> group.size() < 2);
        return new HashSet<>(groups.values());
    }

    private static int root(int[] parents, int of) {
        int root = of;
        while (parents[root] != root) {
            parents[root] = parents[parents[root]];
            root = parents[root];
        }
        return root;
    }

    private int bits(String a, String b) {
        return Long.bitCount(codes.get(a) ^ codes.get(b));
    }

    private double cosine(String a, String b) {
        double product = 0;
        double squares = 0;
        double others = 0;
        for (int d = 0; d < DIMS; d++) {
            product += vectors.get(a)[d] * vectors.get(b)[d];
            squares += vectors.get(a)[d] * vectors.get(a)[d];
            others += vectors.get(b)[d] * vectors.get(b)[d];
        }
        return product / Math.sqrt(squares * others);
    }

    private static Set<String> members(JsonNode group) {
        Set<String> ids = new TreeSet<>(Json.texts(group.path("members"), "_id"));
        assertEquals(group.path("size").asInt(), ids.size());
        return ids;
    }

    private static Set<Set<String>> all(Iterable<JsonNode> groups) {
        Set<Set<String>> sets = new HashSet<>();
        groups.forEach(group -> assertTrue(sets.add(members(group))));
        return sets;
    }

    /** All groups, page by page. */
    private List<JsonNode> pages(String index, ObjectNode body, int size) {
        List<JsonNode> groups = new ArrayList<>();
        ObjectNode next = body.deepCopy().put("size", size);
        JsonNode answer = http.ok("POST", duplicates(index), next);
        while (true) {
            answer.path("groups").forEach(groups::add);
            if (!answer.has("after")) {
                assertEquals(answer.path("groups_total").asInt(), groups.size());
                return groups;
            }
            assertEquals(size, answer.path("groups").size());
            next.set("after", answer.path("after"));
            answer = http.ok("POST", duplicates(index), next);
        }
    }

    @Test
    void groupsAreThoseOfAllPairs() {
        List<String> ids = List.copyOf(codes.keySet());
        Set<Set<String>> expected = groups(ids, within(ids, 8));
        ObjectNode body =
                json("{field: 'phash', max_distance: 8, members: 100000, grouping: 'linked', verify: 'none'}");
        JsonNode answer = http.ok("POST", duplicates(CODES), body.deepCopy().put("size", 10_000));
        assertEquals("same", answer.path("kind").asText());
        assertTrue(answer.path("complete").asBoolean());
        assertEquals(codes.size(), answer.path("documents").asInt());
        assertEquals(codes.size(), answer.path("pictures").asInt());
        assertEquals(expected.size(), answer.path("groups_total").asInt());
        assertEquals(
                expected.stream().mapToInt(Set::size).sum(),
                answer.path("documents_in_groups").asInt());
        assertEquals(expected, all(answer.path("groups")));
        int before = Integer.MAX_VALUE;
        for (JsonNode group : answer.path("groups")) {
            assertTrue(group.path("size").asInt() <= before);
            before = group.path("size").asInt();
            String representative = group.at("/representative/_id").asText();
            assertEquals(representative, group.at("/members/0/_id").asText());
            for (JsonNode member : group.path("members")) {
                assertEquals(
                        bits(representative, member.path("_id").asText()),
                        member.path("distance").asInt(-1));
                assertEquals(CODES, member.path("_index").asText());
            }
        }
        assertEquals(expected, all(pages(CODES, body, 900)));
        JsonNode third = http.ok(
                "POST", duplicates(CODES), body.deepCopy().put("size", 3).put("from", 2));
        for (int i = 0; i < 3; i++) {
            assertEquals(answer.path("groups").get(2 + i), third.path("groups").get(i));
        }
    }

    @Test
    void aliasesAndQueriesChoose() {
        List<String> even = codes.keySet().stream()
                .filter(id -> Integer.parseInt(id.substring(1)) % 2 == 0)
                .toList();
        Set<Set<String>> expected = groups(even, within(even, 5));
        JsonNode byAlias = http.ok(
                "POST",
                duplicates("duplicates-even"),
                json("{field: 'phash', max_distance: 5, size: 10000, members: 100000, grouping: 'linked', verify: "
                        + "'none'}"));
        assertEquals(even.size(), byAlias.path("documents").asInt());
        assertEquals(expected, all(byAlias.path("groups")));
        JsonNode byQuery = http.ok(
                "POST",
                duplicates(CODES),
                json("{field: 'phash', max_distance: 5, size: 10000, members: 100000, grouping: 'linked', verify: "
                        + "'none', query: {term: {even: true}}, min_group_size: 3}"));
        expected.removeIf(group -> group.size() < 3);
        assertEquals(expected, all(byQuery.path("groups")));
    }

    @Test
    void starsAreNearTheirRepresentatives() {
        JsonNode answer = http.ok(
                "POST",
                duplicates(CODES),
                json("{field: 'phash', max_distance: 8, size: 10000, verify: 'none', members: 100000}"));
        Set<String> seen = new HashSet<>();
        for (JsonNode group : answer.path("groups")) {
            String representative = group.at("/representative/_id").asText();
            for (String member : members(group)) {
                assertTrue(bits(representative, member) <= 8);
                assertTrue(seen.add(member));
            }
        }
        assertTrue(seen.size() > COUNT / 4);
    }

    @Test
    void vectorsAreAlikeByCosineOrDistance() {
        List<String> ids = vectors.keySet().stream().sorted().toList();
        for (double similarity : new double[] {.8, .95}) {
            JsonNode answer = http.ok(
                    "POST",
                    duplicates(CODES),
                    json("{field: 'vector', similarity: ?, size: 10000, grouping: 'linked'}", similarity));
            assertEquals("alike", answer.path("kind").asText());
            assertTrue(answer.path("complete").asBoolean());
            assertEquals(ids.size(), answer.path("pictures").asInt());
            assertEquals(
                    groups(ids, (a, b) -> cosine(ids.get(a), ids.get(b)) >= similarity), all(answer.path("groups")));
            JsonNode group = answer.path("groups").get(0);
            for (JsonNode member : group.path("members")) {
                assertEquals(
                        cosine(
                                group.at("/representative/_id").asText(),
                                member.path("_id").asText()),
                        member.path("similarity").asDouble(),
                        1e-6);
            }
        }
        JsonNode near = http.ok("POST", duplicates(CODES), json("{field: 'vector', max_distance: 0.5, size: 10000}"));
        assertEquals("alike", near.path("kind").asText());
        assertTrue(near.path("groups_total").asInt() > 10);
        assertTrue(near.at("/groups/0/members/1/distance").asDouble() > 0);
    }

    @Test
    void bothAreKeptApart() {
        JsonNode answer = http.ok(
                "POST",
                duplicates(CODES),
                json("{same: {field: 'phash', max_distance: 8}, alike: {field: 'vector', similarity: 0.9}, size: "
                        + "10000, members: 100000, grouping: 'linked', verify: 'none'}"));
        Map<String, Integer> sameGroup = new HashMap<>();
        int number = 0;
        for (JsonNode group : answer.at("/same/groups")) {
            for (String id : members(group)) {
                sameGroup.put(id, number);
            }
            number++;
        }
        assertTrue(number > 100);
        assertTrue(answer.at("/alike/groups").size() > 10);
        for (JsonNode group : answer.at("/alike/groups")) {
            Set<Integer> seen = new HashSet<>();
            for (JsonNode member : group.path("members")) {
                Integer same = sameGroup.get(member.path("_id").asText());
                assertTrue(same == null || seen.add(same), "the same twice");
                assertEquals(same != null, member.has("copies"));
                assertEquals(
                        cosine(
                                group.at("/representative/_id").asText(),
                                member.path("_id").asText()),
                        member.path("similarity").asDouble(),
                        1e-6);
            }
        }
    }

    @Test
    void copiesOfPicturesAreFound() {
        JsonNode answer = http.ok(
                "POST",
                duplicates(PICTURES),
                json("{field: 'photo.phash', max_distance: 10, size: 100, grouping: 'linked', verify: 'none', "
                        + "_source: ['class'], fields: ['photo.width']}"));
        Map<String, Set<String>> expected = new TreeMap<>();
        List<String> ids = new ArrayList<>();
        for (JsonNode hit : http.hits(PICTURES, json("{size: 1000, query: {exists: {field: 'photo.phash'}}}"))) {
            String id = hit.path("_id").asText();
            ids.add(id);
            expected.put(
                    id,
                    new TreeSet<>(http.ids(
                            PICTURES,
                            json(
                                    "{size: 1000, query: {hash_radius: {field: 'photo.phash', like: {id: ?}, "
                                            + "max_distance: 10}}}",
                                    id))));
        }
        assertEquals(4 * DrawnPictures.classes().size(), ids.size());
        assertEquals(groups(ids, (a, b) -> expected.get(ids.get(a)).contains(ids.get(b))), all(answer.path("groups")));
        assertFalse(answer.has("warnings"));
        int copies = 0;
        for (JsonNode group : answer.path("groups")) {
            for (JsonNode member : group.path("members")) {
                assertTrue(member.path("_id")
                        .asText()
                        .startsWith(member.at("/_source/class").asText()));
                assertTrue(member.at("/fields/photo.width/0").asInt() > 0);
                assertFalse(member.path("_source").has("image"));
                copies++;
            }
        }
        assertTrue(copies > ids.size() / 2, copies + " of " + ids.size());
    }

    /** Hashes alone would join pictures that differ in detail; a copy keeps its detail. */
    @Test
    void detailsVerifyWhatHashesFind() {
        String index = "duplicates-verified";
        http.ok(
                "PUT",
                "/" + index,
                json(
                        "{mappings: {properties: {phash: {type: 'dense_vector', element_type: 'bit', dims: 64},"
                                + "detail: {type: 'dense_vector', element_type: 'bit', dims: ?}, quality: {type: "
                                + "'byte'}, vector: {type: 'dense_vector', dims: 2}}}}",
                        PictureDetail.BITS));
        List<String> classes = DrawnPictures.classes();
        BufferedImage first = DrawnPictures.draw(classes.get(0), 1, SEED);
        BufferedImage second = DrawnPictures.draw(classes.get(1), 1, SEED);
        Bulk bulk = new Bulk();
        bulk.index("a", verified(first, 0));
        bulk.index("b", verified(decode(Edit.CROPPED_2_5.encode(first)), 1));
        bulk.index("c", verified(second, 0));
        bulk.index("d", verified(decode(Edit.JPEG_30.encode(second)), 2));
        // of before there were details: by vectors, or by nothing
        bulk.index("e", json("{phash: 'ff00ff00ff00ff00', quality: 90, vector: [1, 0]}"));
        bulk.index("f", json("{phash: 'ff00ff00ff00ff01', quality: 90, vector: [1, 0.1]}"));
        bulk.index("g", json("{phash: 'ff00ff00ff00ff02', quality: 90, vector: [0, 1]}"));
        bulk.index("h", json("{phash: '00ff00ff00ff00ff', quality: 90}"));
        bulk.index("i", json("{phash: '00ff00ff00ff00fe', quality: 90}"));
        http.bulk("/" + index + "/_bulk", bulk);
        JsonNode answer = http.ok("POST", duplicates(index), json("{field: 'phash'}"));
        assertEquals(
                Set.of(Set.of("a", "b"), Set.of("c", "d"), Set.of("e", "f"), Set.of("h", "i")),
                all(answer.path("groups")),
                answer::toString);
        assertEquals(json("{a: ['detail', 'vector']}").path("a"), answer.path("verified_by"));
        assertTrue(
                answer.at("/warnings/0")
                        .asText()
                        .startsWith("[2] pictures near another have nothing in [detail, vector] to verify"),
                answer::toString);
        assertEquals(
                Set.of(Set.of("a", "b", "c", "d"), Set.of("e", "f", "g"), Set.of("h", "i")),
                all(http.ok("POST", duplicates(index), json("{field: 'phash', verify: 'none'}"))
                        .path("groups")));
        assertEquals(
                Set.of(Set.of("a", "b"), Set.of("c", "d"), Set.of("e", "f", "g"), Set.of("h", "i")),
                all(http.ok("POST", duplicates(index), json("{field: 'phash', verify: 'detail'}"))
                        .path("groups")));
        assertEquals(
                Set.of(Set.of("a", "b", "c", "d"), Set.of("e", "f"), Set.of("h", "i")),
                all(http.ok("POST", duplicates(index), json("{same: {field: 'phash'}, verify: 'vector'}"))
                        .at("/same/groups")));
        http.ok("DELETE", "/" + index);
    }

    private static ObjectNode verified(BufferedImage picture, int bit) {
        int side = PictureDetail.SIDE;
        BufferedImage scaled = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        scaled.getGraphics().drawImage(picture.getScaledInstance(side, side, Image.SCALE_AREA_AVERAGING), 0, 0, null);
        int[] grey = new int[side * side];
        for (int i = 0; i < grey.length; i++) {
            int rgb = scaled.getRGB(i % side, i / side);
            grey[i] = ((rgb >> 16 & 0xff) + 2 * (rgb >> 8 & 0xff) + (rgb & 0xff)) / 4;
        }
        return json(
                "{phash: ?, quality: 90, detail: ?}",
                HexFormat.of().toHexDigits(1L << bit),
                HexFormat.of().formatHex(PictureDetail.of(grey)));
    }

    private static BufferedImage decode(byte[] picture) {
        try {
            return ImageIO.read(new ByteArrayInputStream(picture));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Through the pipeline, nothing but defaults: each drawn picture with its edited copies, and blank pages. */
    @Test
    void copiesThroughAPipelineAreVerified() {
        String index = "duplicates-defaults";
        Album.create(http, index, "default", 1);
        Bulk bulk = new Bulk();
        List<String> classes = DrawnPictures.classes();
        for (String clazz : classes) {
            BufferedImage original = DrawnPictures.draw(clazz, 2, SEED);
            bulk.index(clazz, json("{image: ?}", base64(Album.encode(original, "png"))));
            for (Edit edit : List.of(Edit.JPEG_50, Edit.HALF, Edit.STRETCHED, Edit.PALETTE)) {
                bulk.index(clazz + "-" + edit, json("{image: ?}", base64(edit.encode(original))));
            }
        }
        for (int i = 0; i < 200; i++) {
            BufferedImage page = new BufferedImage(60 + i % 7, 80, BufferedImage.TYPE_INT_RGB);
            for (int p = 0; p < page.getWidth() * page.getHeight(); p++) {
                int grey = 0xffffff - 0x010101 * (i % 9);
                page.setRGB(p % page.getWidth(), p / page.getWidth(), p == i ? 0xe0e0e0 : grey);
            }
            bulk.index("blank" + i, json("{image: ?}", base64(Album.encode(page, "png"))));
        }
        http.bulk("/" + index + "/_bulk", bulk);
        JsonNode answer = http.ok("POST", duplicates(index), json("{field: 'photo.phash', size: 1000}"));
        assertEquals(200, answer.path("low_quality").asInt(), answer::toString);
        assertEquals(json("{a: ['photo.detail', 'photo.vector']}").path("a"), answer.path("verified_by"));
        Set<String> found = new HashSet<>();
        for (Set<String> group : all(answer.path("groups"))) {
            assertEquals(
                    1,
                    group.stream()
                            .map(id -> id.replaceAll("-.*", ""))
                            .distinct()
                            .count(),
                    group::toString);
            found.addAll(group);
        }
        assertTrue(found.size() >= .9 * 5 * classes.size(), found.size() + " of " + 5 * classes.size());
        http.ok("DELETE", "/" + index);
    }

    /** Photographs by nothing but defaults, against what the eye says. */
    @Test
    void photographsInGroupsAreTheSame() throws IOException {
        Path photographs = Data.directory("caltech20x50");
        String index = "duplicates-photographs";
        Album.create(http, index, "default", 1);
        Bulk bulk = new Bulk();
        for (Path file : Data.files(photographs)) {
            if (file.toString().endsWith(".jpg")) {
                bulk.index(
                        photographs.relativize(file).toString().replace('\\', '/'),
                        json("{image: ?}", base64(Files.readAllBytes(file))));
            }
            if (bulk.size() == 100) {
                http.bulk("/" + index + "/_bulk", bulk);
                bulk = new Bulk();
            }
        }
        if (bulk.size() > 0) {
            http.bulk("/" + index + "/_bulk", bulk);
        }
        http.ok("POST", "/" + index + "/_refresh");
        JsonNode answer = http.ok("POST", duplicates(index), json("{field: 'photo.phash', size: 1000}"));
        JsonNode near = http.ok("POST", duplicates(index), json("{field: 'photo.phash', size: 1000, verify: 'none'}"));
        http.ok("DELETE", "/" + index);
        Set<Set<String>> groups = all(answer.path("groups"));
        int pictures = groups.stream().mapToInt(Set::size).sum();
        int right = groups.stream().mapToInt(CaltechCopies::right).sum();
        assertTrue(right >= .9 * pictures, right + " of " + pictures + ": " + groups);
        // and none that near hashes find is lost
        for (Set<String> copies : CaltechCopies.GROUPS) {
            boolean found = groups.stream().anyMatch(group -> group.containsAll(copies));
            boolean before = all(near.path("groups")).stream().anyMatch(group -> group.containsAll(copies));
            assertTrue(found || !before, copies::toString);
        }
        assertTrue(right >= 16, groups::toString);
    }

    /** What hashes alone find among near-duplicates stays in groups; two clouds, one after the other, do not. */
    @Test
    void nearDuplicatesAreKept() throws IOException {
        Path folder = Data.directory("near-duplicates");
        String index = "duplicates-near";
        Album.create(http, index, "default", 1);
        Bulk bulk = new Bulk();
        for (Path file : Data.files(folder)) {
            String name = folder.relativize(file).toString().replace('\\', '/');
            if (name.matches(".*\\.(jpe?g|png|gif|bmp|webp|tiff)") && !name.contains("corrupt")) {
                bulk.index(name, json("{image: ?}", base64(Files.readAllBytes(file))));
            }
        }
        http.send("POST", "/" + index + "/_bulk?refresh=true", bulk.bytes(), Http.LINES);
        Set<String> before = new TreeSet<>();
        all(http.ok("POST", duplicates(index), json("{field: 'photo.phash', size: 1000, verify: 'none'}"))
                        .path("groups"))
                .forEach(before::addAll);
        Set<String> now = new TreeSet<>();
        all(http.ok("POST", duplicates(index), json("{field: 'photo.phash', size: 1000}"))
                        .path("groups"))
                .forEach(now::addAll);
        http.ok("DELETE", "/" + index);
        assertTrue(before.size() > 30, before::toString);
        before.removeAll(now);
        before.removeAll(Set.of("images4/testdata/custom/1.jpg", "images4/testdata/custom/2.jpg"));
        assertEquals(Set.of(), before);
    }

    @Test
    void nestedPicturesAreMembers() {
        String index = "duplicates-nested";
        http.ok(
                "PUT",
                "/" + index,
                json("{mappings: {properties: {photo: {type: 'nested', properties: {phash: {type: 'dense_vector', "
                        + "element_type: 'bit', dims: 64}, encoder: {type: 'keyword'}}}}}}"));
        Bulk bulk = new Bulk();
        bulk.index("a", json("{photo: [{phash: '0000000000000000'}, {phash: 'ffffffffffffffff'}]}"));
        bulk.index("b", json("{photo: [{phash: 'aaaaaaaaaaaaaaaa'}, {phash: '0000000000000003'}]}"));
        bulk.index("c", json("{photo: []}"));
        http.bulk("/" + index + "/_bulk", bulk);
        JsonNode answer =
                http.ok("POST", duplicates(index), json("{field: 'photo.phash', max_distance: 2, _source: true}"));
        http.ok("DELETE", "/" + index);
        assertEquals(2, answer.path("documents").asInt());
        assertEquals(4, answer.path("pictures").asInt());
        assertEquals(1, answer.path("groups_total").asInt());
        JsonNode group = answer.at("/groups/0");
        assertEquals(Set.of("a", "b"), members(group));
        assertEquals(json("{_index: ?, _id: 'a', picture: 0}", index), group.path("representative"));
        assertEquals(1, group.at("/members/1/picture").asInt());
        assertTrue(group.at("/members/1/_source").has("photo"));
    }

    @Test
    void encodersAreNotMixed() {
        String index = "duplicates-encoders";
        http.ok(
                "PUT",
                "/" + index,
                json("{mappings: {properties: {hash: {type: 'dense_vector', element_type: 'bit', dims: 16}, "
                        + "encoder: {type: 'keyword'}}}}"));
        Bulk bulk = new Bulk();
        bulk.index("a", json("{hash: '0000', encoder: 'one'}"));
        bulk.index("b", json("{hash: '0000', encoder: 'two'}"));
        bulk.index("c", json("{hash: '0001', encoder: 'two'}"));
        bulk.index("d", json("{hash: '0000'}"));
        http.bulk("/" + index + "/_bulk", bulk);
        JsonNode answer = http.ok("POST", duplicates(index), json("{field: 'hash', max_distance: 2}"));
        http.ok("DELETE", "/" + index);
        assertEquals(Set.of(Set.of("b", "c")), all(answer.path("groups")));
        assertEquals(json("{'': 1, one: 1, two: 2}"), answer.path("encoders"));
        assertTrue(answer.at("/warnings/0").asText().contains("of different encoders are not compared"));
    }

    @Test
    void anEmptyIndexHasNone() {
        String index = "duplicates-empty";
        http.ok(
                "PUT",
                "/" + index,
                json("{mappings: {properties: {phash: {type: 'dense_vector', element_type: 'bit', dims: 64}}}}"));
        JsonNode answer = http.ok("POST", duplicates(index), json("{field: 'phash'}"));
        http.ok("DELETE", "/" + index);
        assertEquals(0, answer.path("documents").asInt(-1));
        assertEquals(0, answer.path("groups_total").asInt(-1));
        assertEquals(0, answer.path("groups").size());
    }

    @Test
    void largeGroupsAreCut() {
        JsonNode group = http.ok(
                        "POST",
                        duplicates(CODES),
                        json("{field: 'phash', max_distance: 8, size: 1, members: 3, verify: 'none', "
                                + "grouping: 'linked'}"))
                .at("/groups/0");
        assertEquals(3, group.path("members").size());
        assertEquals(
                group.path("size").asInt() - 3, group.path("members_left_out").asInt());
    }

    @Test
    void aTaskIsAnsweredLaterOrCancelled() {
        String task = http.ok(
                        "POST",
                        duplicates(CODES) + "?wait_for_completion=false",
                        json("{field: 'phash', max_distance: 8, size: 1, verify: 'none'}"))
                .path("task")
                .asText();
        JsonNode done = http.ok("GET", "/_tasks/" + task + "?wait_for_completion=true&timeout=1m");
        assertTrue(done.at("/response/groups_total").asInt() > 0, done::toString);
        assertEquals(
                "near-duplicates of [" + CODES + "] by [phash]",
                done.at("/task/description").asText());
        for (int attempt = 0; attempt < 10; attempt++) {
            String next = http.ok(
                            "POST",
                            duplicates(CODES) + "?wait_for_completion=false",
                            json("{field: 'phash', max_distance: 60, size: 1, verify: 'none'}"))
                    .path("task")
                    .asText();
            http.send("POST", "/_tasks/" + next + "/_cancel", null);
            JsonNode ended = http.ok("GET", "/_tasks/" + next + "?wait_for_completion=true&timeout=1m");
            if (ended.has("error")) {
                assertEquals("task_cancelled_exception", ended.at("/error/type").asText(), ended::toString);
                return;
            }
        }
        throw new AssertionError("never cancelled");
    }

    @Test
    void mistakesAreTold() {
        refused(CODES, "{}", 400, "[field] is missing");
        refused(CODES, "{field: 'absent'}", 400, "[absent]", "missing or no dense_vector; name one of [phash, vector]");
        refused(CODES, "{field: 'name'}", 400, "[name]", "no dense_vector");
        refused(CODES, "{field: 'phash', max_distance: 65}", 400, "[max_distance] must be at most [64]", "[65]");
        refused(CODES, "{field: 'phash', similarity: 0.9}", 400, "[max_distance] in bits alone");
        refused(CODES, "{field: 'vector'}", 400, "[similarity]", "[max_distance]");
        refused(CODES, "{same: {field: 'vector'}}", 400, "[vector] holds vectors", "[alike]");
        refused(CODES, "{alike: {field: 'phash', similarity: 0.9}}", 400, "[phash] holds codes", "[same]");
        refused(
                CODES,
                "{field: 'vector', similarity: 0.9, candidates: 'hamming'}",
                400,
                "field [hash]",
                "[hash_field]",
                "[candidates] [all]");
        refused(CODES, "{field: 'phash', verify: 'sha'}", 400, "[verify] must be one of", "[sha]");
        refused(CODES, "{field: 'phash', verify: 'detail'}", 400, "[verify] [detail] needs the field [detail] beside");
        refused(
                CODES,
                "{field: 'vector', similarity: 0.9, verify: 'vector'}",
                400,
                "[verify]",
                "[vector] holds vectors");
        refused(
                CODES,
                "{alike: {field: 'vector', similarity: 0.9}, verify: 'detail'}",
                400,
                "[verify] confirms pictures that are the [same]");
        refused(CODES, "{field: 'phash', max_documents: 100}", 400, "[max_documents] is [100]", "[query]");
        refused(CODES, "{field: 'phash', size: 10000, members: 100, _source: true}", 400, "[size] x [members]");
        refused(CODES, "{field: 'phash', query: {nonsense: {}}}", 400, "nonsense");
        refused(CODES, "{field: 'phash', after: [1]}", 400, "[after]");
        refused("no-such-index", "{field: 'phash'}", 404, "no-such-index");
        Http.Answer answer =
                http.send("POST", duplicates(CODES) + "?wait_for_completion=false", json("{field: 'absent'}"));
        assertEquals(400, answer.status(), answer::text);
    }

    private void refused(String index, String body, int status, String... parts) {
        Http.Answer answer = http.send("POST", duplicates(index), json(body));
        assertEquals(status, answer.status(), () -> body + ": " + answer.text());
        for (String part : parts) {
            assertTrue(answer.reasons().contains(part), () -> body + ": " + answer.reasons());
        }
    }
}
