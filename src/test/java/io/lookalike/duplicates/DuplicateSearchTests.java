package io.lookalike.duplicates;

import io.lookalike.hashing.BinaryCode;
import io.lookalike.task.Documents;
import io.lookalike.vectors.Hamming;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.test.ESTestCase;

public class DuplicateSearchTests extends ESTestCase {
    private static final int DIMS = 48;
    private static final Pictures.Fields FIELDS =
            new Pictures.Fields("phash", "vector", "hash", "encoder", "encoder", List.of(), false);

    private final List<byte[]> codes = new ArrayList<>();
    private final List<float[]> vectors = new ArrayList<>();
    private final List<String> encoders = new ArrayList<>();
    /** By id, in hex. */
    private final Map<String, String> hashes = new HashMap<>();

    /** Clusters: most pictures are near copies of another, some exact ones. */
    private Pictures pictures(int count, boolean severalEncoders) {
        Random random = random();
        BinaryCode planes = BinaryCode.random(DIMS, 256, 1, null);
        Pictures pictures = new Pictures(fingerprint -> fingerprint, 0);
        codes.clear();
        vectors.clear();
        encoders.clear();
        for (int i = 0; i < count; i++) {
            byte[] code = new byte[8];
            float[] vector = new float[DIMS];
            random.nextBytes(code);
            for (int d = 0; d < DIMS; d++) {
                vector[d] = (float) random.nextGaussian();
            }
            if (i > 0 && random.nextInt(3) > 0) {
                int original = random.nextInt(i);
                System.arraycopy(codes.get(original), 0, code, 0, 8);
                float noise = random.nextInt(4) == 0 ? 0 : random.nextFloat() / 2;
                for (int d = 0; d < DIMS; d++) {
                    vector[d] = vectors.get(original)[d] + noise * vector[d];
                }
                for (int flips = noise == 0 ? 0 : random.nextInt(12); flips > 0; flips--) {
                    code[random.nextInt(8)] ^= (byte) (1 << random.nextInt(8));
                }
            }
            byte[] hash = planes.hash(vector);
            hashes.put(id(i), HexFormat.of().formatHex(hash));
            codes.add(code);
            vectors.add(vector);
            encoders.add(severalEncoders && random.nextBoolean() ? "other" : "one");
            Map<String, DocumentField> values = new HashMap<>();
            values.put("phash", new DocumentField("phash", List.of(code)));
            values.put("vector", new DocumentField("vector", List.of(vector)));
            values.put("hash", new DocumentField("hash", List.of(hash)));
            values.put("encoder", new DocumentField("encoder", List.of(List.of(encoders.get(i)))));
            pictures.add(new Documents.Document("index", id(i), null, 0, 1, values, null), FIELDS);
        }
        return pictures;
    }

    private static String id(int i) {
        return Integer.toString(i);
    }

    private interface Pair {
        boolean isNear(int a, int b);
    }

    /** The groups of two and more that connected pairs make, as sets of ids. */
    private Set<Set<String>> plainGroups(int count, Pair pair) {
        int[] least = IntStream.range(0, count).toArray();
        for (boolean changed = true; changed; ) {
            changed = false;
            for (int a = 0; a < count; a++) {
                for (int b = 0; b < a; b++) {
                    if (least[a] != least[b] && encoders.get(a).equals(encoders.get(b)) && pair.isNear(a, b)) {
                        int from = Math.max(least[a], least[b]);
                        int to = Math.min(least[a], least[b]);
                        for (int i = 0; i < count; i++) {
                            least[i] = least[i] == from ? to : least[i];
                        }
                        changed = true;
                    }
                }
            }
        }
        Map<Integer, Set<String>> groups = new HashMap<>();
        for (int i = 0; i < count; i++) {
            groups.computeIfAbsent(least[i], root -> new TreeSet<>()).add(id(i));
        }
        groups.values().removeIf(group -> group.size() < 2);
        return Set.copyOf(groups.values());
    }

    private static Set<Set<String>> groups(Pictures pictures, DuplicateGroups found, boolean star) {
        IntFunction<int[]> of = found::pictures;
        List<Set<String>> groups = new ArrayList<>();
        for (Group group : found.groups(star, 2)) {
            Set<String> ids = new TreeSet<>();
            for (int node : group.nodes()) {
                for (int picture : of.apply(node)) {
                    assertTrue(ids.add(pictures.id(picture)));
                }
            }
            groups.add(ids);
        }
        assertEquals(groups.size(), Set.copyOf(groups).size());
        return Set.copyOf(groups);
    }

    private int bits(int a, int b) {
        return Hamming.distance(codes.get(a), codes.get(b));
    }

    private double cosine(int a, int b) {
        double product = 0;
        double squares = 0;
        double others = 0;
        for (int d = 0; d < DIMS; d++) {
            product += (double) vectors.get(a)[d] * vectors.get(b)[d];
            squares += (double) vectors.get(a)[d] * vectors.get(a)[d];
            others += (double) vectors.get(b)[d] * vectors.get(b)[d];
        }
        return product / Math.sqrt(squares * others);
    }

    private double distance(int a, int b) {
        double squares = 0;
        for (int d = 0; d < DIMS; d++) {
            squares += Math.pow(vectors.get(a)[d] - vectors.get(b)[d], 2);
        }
        return Math.sqrt(squares);
    }

    private static DuplicateCriterion same(int bits) {
        return new DuplicateCriterion("", "phash", bits, Double.NaN, DuplicateCriterion.Candidates.AUTO, null, -1);
    }

    private static DuplicateCriterion alike(
            double similarity, double maxDistance, DuplicateCriterion.Candidates candidates) {
        return new DuplicateCriterion("", "vector", maxDistance, similarity, candidates, null, -1);
    }

    private static VectorDuplicates search(Pictures pictures, DuplicateCriterion alike, HashDuplicates same) {
        VectorDuplicates search = new VectorDuplicates(pictures, alike, same, Progress.NONE);
        search.search(Workers.alone());
        return search;
    }

    private static HashDuplicates search(Pictures pictures, int bits) {
        HashDuplicates search = new HashDuplicates(pictures, same(bits), Progress.NONE);
        search.search(Workers.alone());
        return search;
    }

    public void testTheSameAreThoseOfEveryPairWithinTheRadius() {
        for (boolean several : new boolean[] {false, true}) {
            Pictures pictures = pictures(600, several);
            assertEquals(several ? 2 : 1, pictures.fingerprints().size());
            for (int bits : new int[] {0, 3, 8, 14}) {
                assertEquals(
                        plainGroups(600, (a, b) -> bits(a, b) <= bits),
                        groups(pictures, search(pictures, bits), false));
            }
        }
    }

    public void testTheAlikeAreThoseOfEveryPairWithinTheThreshold() {
        for (boolean several : new boolean[] {false, true}) {
            Pictures pictures = pictures(500, several);
            for (double similarity : new double[] {-1, 0, .8, .95, .999, 1}) {
                VectorDuplicates found =
                        search(pictures, alike(similarity, Double.NaN, DuplicateCriterion.Candidates.ALL), null);
                assertTrue(found.isComplete());
                assertEquals(
                        plainGroups(500, (a, b) -> cosine(a, b) >= similarity - 1e-9), groups(pictures, found, false));
            }
            for (double distance : new double[] {0, 1.5, 3, 20}) {
                assertEquals(
                        plainGroups(500, (a, b) -> distance(a, b) <= distance * (1 + 1e-9)),
                        groups(
                                pictures,
                                search(pictures, alike(Double.NaN, distance, DuplicateCriterion.Candidates.ALL), null),
                                false));
            }
        }
    }

    /** Candidates by code may miss pairs, but not of these pictures with codes of random hyperplanes. */
    public void testCodesLeadToTheAlike() {
        Pictures pictures = pictures(500, true);
        VectorDuplicates found = search(pictures, alike(.95, Double.NaN, DuplicateCriterion.Candidates.HAMMING), null);
        assertFalse(found.isComplete());
        assertTrue("within " + found.radius(), found.radius() > 20 && found.radius() < 70);
        assertEquals(plainGroups(500, (a, b) -> cosine(a, b) >= .95), groups(pictures, found, false));
        DuplicateCriterion none =
                new DuplicateCriterion("", "vector", Double.NaN, -1, DuplicateCriterion.Candidates.HAMMING, null, 0);
        for (Set<String> group : groups(pictures, search(pictures, none, null), false)) {
            assertEquals(1, group.stream().map(hashes::get).distinct().count());
        }
    }

    /** Of pictures that are the same, only one is listed as alike, with the number of its copies. */
    public void testTheSameAreNotListedAgainAsAlike() {
        Pictures pictures = pictures(500, false);
        HashDuplicates same = search(pictures, 4);
        VectorDuplicates alike = search(pictures, alike(.9, Double.NaN, DuplicateCriterion.Candidates.ALL), same);
        Set<Set<String>> sameGroups = groups(pictures, same, false);
        Set<Set<String>> joined = plainGroups(500, (a, b) -> bits(a, b) <= 4 || cosine(a, b) >= .9);
        int listed = 0;
        for (Group group : alike.groups(false, 2)) {
            Set<String> ids = new TreeSet<>();
            Set<String> whole = new TreeSet<>();
            int pictured = 0;
            for (int node : group.nodes()) {
                String id = pictures.id(node);
                ids.add(id);
                whole.add(id);
                int copies = 1;
                for (Set<String> each : sameGroups) {
                    if (each.contains(id)) {
                        copies = each.size();
                        whole.addAll(each);
                    }
                }
                assertEquals(copies, alike.copies(node));
                pictured += copies;
            }
            assertEquals(group.nodes().length, ids.size());
            assertEquals(pictured, whole.size());
            assertTrue(joined.contains(whole));
            for (Set<String> each : sameGroups) {
                assertTrue(each.stream().filter(ids::contains).count() <= 1);
            }
            listed++;
        }
        assertTrue(listed > 10);
    }

    public void testRepresentativesHaveMostNeighbours() {
        Pictures pictures = pictures(400, false);
        for (Group group : search(pictures, 8).groups(false, 2)) {
            int[] nodes = group.nodes();
            assertEquals(group.representative(), nodes[0]);
            assertEquals(0, group.distances()[0], 0);
            for (int i = 1; i < nodes.length; i++) {
                assertTrue(group.distances()[i - 1] <= group.distances()[i]);
            }
        }
    }

    /** All members of a star-shaped group are near its representative, and no picture is in two groups. */
    public void testStarsDoNotChain() {
        Pictures pictures = pictures(600, false);
        HashDuplicates same = search(pictures, 10);
        Set<String> seen = new TreeSet<>();
        int largest = 0;
        for (Group group : same.groups(true, 2)) {
            for (double distance : group.distances()) {
                assertTrue(distance <= 10);
            }
            for (int node : group.nodes()) {
                for (int picture : same.pictures(node)) {
                    assertTrue(seen.add(pictures.id(picture)));
                }
            }
            largest = Math.max(largest, group.nodes().length);
        }
        int linked = same.groups(false, 2).stream()
                .mapToInt(group -> group.nodes().length)
                .max()
                .orElseThrow();
        assertTrue(largest + " of " + linked, largest > 2 && largest < linked);
        assertTrue(seen.size() > 200);
    }

    /** Whatever the order of reading, groups, representatives and members are the same. */
    public void testTheOrderOfReadingDoesNotMatter() {
        Pictures pictures = pictures(300, false);
        Pictures reversed = new Pictures(fingerprint -> fingerprint, 0);
        for (int i = 299; i >= 0; i--) {
            Map<String, DocumentField> values = new HashMap<>();
            values.put("phash", new DocumentField("phash", List.of(codes.get(i))));
            reversed.add(new Documents.Document("index", id(i), null, 0, 1, values, null), FIELDS);
        }
        assertEquals(described(pictures), described(reversed));
    }

    private static Set<String> described(Pictures pictures) {
        Set<String> described = new TreeSet<>();
        HashDuplicates same = search(pictures, 8);
        for (Group group : same.groups(false, 2)) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < group.nodes().length; i++) {
                for (int picture : same.pictures(group.nodes()[i])) {
                    text.append(pictures.id(picture))
                            .append(' ')
                            .append(group.distances()[i])
                            .append(' ');
                }
            }
            described.add(text.toString());
        }
        return described;
    }

    public void testZerosHaveNoCosine() {
        Pictures pictures = new Pictures(fingerprint -> fingerprint, 0);
        for (int i = 0; i < 3; i++) {
            Map<String, DocumentField> values =
                    Map.of("vector", new DocumentField("vector", List.of(new float[] {0, i == 2 ? 1 : 0})));
            pictures.add(new Documents.Document("index", id(i), null, 0, 1, values, null), FIELDS);
        }
        VectorDuplicates cosines = search(pictures, alike(-1, Double.NaN, DuplicateCriterion.Candidates.ALL), null);
        assertEquals(1, cosines.compared());
        assertEquals(Set.of(), groups(pictures, cosines, false));
        VectorDuplicates distances = search(pictures, alike(Double.NaN, 0, DuplicateCriterion.Candidates.ALL), null);
        assertEquals(Set.of(Set.of("0", "1")), groups(pictures, distances, false));
    }

    public void testNestedPicturesAreOneEach() {
        Pictures pictures = new Pictures(fingerprint -> fingerprint, 0);
        Pictures.Fields nested = new Pictures.Fields("phash", null, null, "encoder", null, List.of(), true);
        List<Object> values = new ArrayList<>(List.of(new byte[8], new byte[8]));
        values.add(1, null);
        pictures.add(
                new Documents.Document(
                        "index", "a", null, 0, 1, Map.of("phash", new DocumentField("phash", values)), null),
                nested);
        assertEquals(2, pictures.size());
        assertEquals(1, pictures.documents());
        assertEquals(2, pictures.entry(1));
        assertEquals(1, search(pictures, 0).groups(false, 2).size());
    }

    public void testPicturesOfLowQualityAreLeftOutAndCounted() {
        Pictures.Fields nested = new Pictures.Fields("phash", null, null, null, null, List.of("quality"), true);
        Documents.Document document = new Documents.Document(
                "index",
                "a",
                null,
                0,
                1,
                Map.of(
                        "phash",
                        new DocumentField(
                                "phash", Arrays.asList(new byte[8], new byte[8], null, new byte[8], new byte[8])),
                        "quality",
                        new DocumentField("quality", Arrays.asList(20L, 19L, 3L, null))),
                null);
        Pictures pictures = new Pictures(fingerprint -> fingerprint, 20);
        pictures.add(document, nested);
        assertEquals(3, pictures.size());
        assertEquals(1, pictures.lowQuality());
        assertEquals(List.of(0, 3, 4), List.of(pictures.entry(0), pictures.entry(1), pictures.entry(2)));
        Pictures all = new Pictures(fingerprint -> fingerprint, 0);
        all.add(document, nested);
        assertEquals(4, all.size());
        assertEquals(0, all.lowQuality());
    }

    /** The kind of a fingerprint is looked up once, as that may parse megabytes of JSON. */
    public void testAnEncoderIsAskedForOnce() {
        List<String> asked = new ArrayList<>();
        Pictures pictures = new Pictures(
                fingerprint -> {
                    asked.add(fingerprint);
                    return "kind";
                },
                0);
        for (int i = 0; i < 100; i++) {
            pictures.add(document(i, "encoder " + i % 3), FIELDS);
        }
        assertEquals(List.of("encoder 0", "encoder 1", "encoder 2"), asked);
        assertEquals(1, pictures.same().sets.size());
    }

    private static Documents.Document document(int i, String encoder) {
        Map<String, DocumentField> values = Map.of(
                "phash",
                new DocumentField("phash", List.of(new byte[8])),
                "encoder",
                new DocumentField("encoder", List.of(List.of(encoder))));
        return new Documents.Document("index", "d".repeat(i) + i, null, 0, 1, values, null);
    }

    /** The number of fingerprints is limited, because each takes kilobytes and the field may hold anything. */
    public void testTooManyEncodersAreRefused() {
        Pictures pictures = new Pictures(fingerprint -> fingerprint, 0);
        IllegalArgumentException e = expectThrows(IllegalArgumentException.class, () -> {
            for (int i = 0; i < 2_000; i++) {
                pictures.add(document(i % 10, "encoder " + i), FIELDS);
            }
        });
        assertEquals(
                "more than [1000] encoders made the vectors and codes, as the field [encoder] beside them says; "
                        + "choose the pictures of some by [query]",
                e.getMessage());
        assertEquals(1_000, pictures.size());
    }

    public void testLongIdsAreCounted() {
        Pictures pictures = new Pictures(fingerprint -> fingerprint, 0);
        pictures.add(document(0, "e"), FIELDS);
        assertEquals(0, pictures.longIds());
        pictures.add(document(500, "e"), FIELDS);
        assertEquals(483, pictures.longIds());
    }

    /**
     * One component of all pictures takes quadratic work, or linear work on long vectors, which must be cancellable.
     */
    public void testGroupingCanBeStoppedAtAnyTime() {
        int[] least = new int[20_000];
        long[] distances = {0};
        long[] sinceCheck = {0, 0};
        Group.Nodes nodes = new Group.Nodes() {
            @Override
            public int weight(int node) {
                return 1;
            }

            @Override
            public double distance(int a, int b) {
                distances[0]++;
                sinceCheck[1] = Math.max(sinceCheck[1], ++sinceCheck[0]);
                return Math.abs(a - b);
            }

            @Override
            public boolean near(int a, int b) {
                return distance(a, b) < 50;
            }

            @Override
            public int compare(int a, int b) {
                return Integer.compare(a, b);
            }
        };
        for (boolean star : new boolean[] {false, true}) {
            Group.of(least, nodes, 2, 2, star, () -> sinceCheck[0] = 0);
            assertTrue(distances[0] > 1_000_000);
        }
        // the remaining candidates between two groups of a star
        assertTrue("" + sinceCheck[1], sinceCheck[1] <= 2L * least.length);
    }

    /** The answer says whether a representative was chosen by a sample. */
    public void testLargeComponentsSayThatTheirRepresentativeIsOfASample() {
        for (int size : new int[] {2, 1_023, 1_024, 3_000}) {
            for (boolean star : new boolean[] {false, true}) {
                long[] asked = {0};
                Group.Nodes line = new Group.Nodes() {
                    @Override
                    public int weight(int node) {
                        asked[0]++;
                        return 1;
                    }

                    @Override
                    public double distance(int a, int b) {
                        return Math.abs(a - b);
                    }

                    @Override
                    public boolean near(int a, int b) {
                        return distance(a, b) < 5_000;
                    }

                    @Override
                    public int compare(int a, int b) {
                        return Integer.compare(a, b);
                    }
                };
                List<Group> groups = Group.of(new int[size], line, 2, 2, star, () -> {});
                assertEquals(1, groups.size());
                assertEquals(size >= 1_024, groups.getFirst().sampled());
                assertEquals(size >= 1_024, asked[0] < (long) size * size);
            }
        }
    }
}
