package io.lookalike.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.inference.TestEncoders;
import io.lookalike.inference.TinyGraphs;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import javax.imageio.ImageIO;
import org.elasticsearch.ElasticsearchParseException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.index.VersionType;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.rest.RestStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodingProcessorTests {
    static {
        TestLogging.start();
    }

    private static final Set<String> ENCODED =
            Set.of("vector", "hash", "buckets", "phash", "quality", "detail", "encoder", "width", "height", "format");

    @TempDir
    Path directory;

    private final List<Runnable> waiting = new ArrayList<>();
    private TestEncoders test;
    private EncoderDefinition photos;

    @BeforeEach
    void open() {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        test = new TestEncoders(directory, waiting::add);
        photos = test.put("photos", Map.of("model", "means", "output", "embedding"));
        test.put("vectors", Map.of("model", "none", "dims", 3));
    }

    @AfterEach
    void close() {
        test.close();
    }

    private static String picture() {
        return picture(0x336699);
    }

    private static String picture(int rgb) {
        BufferedImage image = new BufferedImage(9, 7, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 9 * 7; i++) {
            image.setRGB(i % 9, i / 9, rgb);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(out.toByteArray());
    }

    private Processor create(Processor.Factory factory, Map<String, Object> config) throws Exception {
        Map<String, Object> own = new HashMap<>(config);
        own.putIfAbsent("check_mapping", false);
        return factory.create(Map.of(), "tag", "description", own, Metadata.DEFAULT_PROJECT_ID);
    }

    private Processor pictures(Object... more) throws Exception {
        Map<String, Object> config =
                new HashMap<>(Map.of("field", "image", "target_field", "photo", "encoder", "photos"));
        for (int i = 0; i < more.length; i += 2) {
            config.put((String) more[i], more[i + 1]);
        }
        return create(new ImageEmbeddingProcessor.Factory(test::encoders, () -> null), config);
    }

    private Processor vectors() throws Exception {
        return create(
                new VectorHashProcessor.Factory(test::encoders, () -> null),
                Map.of("field", "v", "target_field", "photo", "encoder", "vectors"));
    }

    private static IngestDocument document(Object... fields) {
        Map<String, Object> source = new HashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            source.put((String) fields[i], fields[i + 1]);
        }
        return new IngestDocument("index", "7", 1, null, VersionType.INTERNAL, source);
    }

    /** The failure, or null; the handler must have been called once. */
    private Exception run(Processor processor, IngestDocument document) {
        List<Exception> ends = new ArrayList<>();
        processor.execute(document, (done, failure) -> {
            assertTrue(failure != null ? done == null : done == document);
            ends.add(failure);
        });
        waiting.forEach(Runnable::run);
        waiting.clear();
        assertEquals(1, ends.size());
        return ends.get(0);
    }

    private void refused(String message, Processor processor, IngestDocument document) {
        Map<String, Object> before = IngestDocument.deepCopyMap(document.getSource());
        Exception failure = run(processor, document);
        assertEquals(message, failure.getMessage());
        assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(failure));
        assertEquals(before, document.getSource());
    }

    @Test
    void testAPictureBecomesFields() throws Exception {
        IngestDocument document = document("image", picture(), "title", "x");
        assertNull(run(pictures(), document));
        assertEquals(Set.of("photo", "title"), document.getSource().keySet());
        Map<?, ?> photo = document.getFieldValue("photo", Map.class);
        assertEquals(ENCODED, photo.keySet());
        assertEquals(photos.fingerprint(), photo.get("encoder"));
        assertEquals(9, photo.get("width"));
        assertEquals(7, photo.get("height"));
        assertEquals("png", photo.get("format"));
        assertEquals(64, ((String) photo.get("hash")).length());
        assertEquals(16, ((String) photo.get("phash")).length());
    }

    @Test
    void testSeveralPicturesBecomeAnArray() throws Exception {
        Object own = List.of(Map.of("caption", "a", "hash", "old"), Map.of("caption", "b"));
        IngestDocument document = document("image", List.of(picture(), picture()), "photo", own);
        assertNull(run(pictures(), document));
        List<?> entries = document.getFieldValue("photo", List.class);
        assertEquals(2, entries.size());
        for (int i = 0; i < 2; i++) {
            Map<?, ?> entry = (Map<?, ?>) entries.get(i);
            assertEquals(i, entry.get("picture"));
            assertEquals("ab".substring(i, i + 1), entry.get("caption"));
            assertEquals(64, ((String) entry.get("hash")).length());
        }
        // the same document again, without its pictures
        IngestDocument again = document("photo", entries);
        assertNull(run(pictures(), again));
        assertEquals(entries, again.getFieldValue("photo", List.class));
        refused(
                "field [photo] has [2] entries with fields of their own, but [1] are made; send as many entries as "
                        + "there are pictures or boxes",
                pictures(),
                document("image", List.of(picture()), "photo", own));
    }

    @Test
    void testSeveralVectorsBecomeAnArray() throws Exception {
        IngestDocument document = document("v", List.of(List.of(1, 2, 3), List.of(3, 2, 1)));
        assertNull(run(vectors(), document));
        List<?> entries = document.getFieldValue("photo", List.class);
        assertEquals(List.of(3f, 2f, 1f), ((Map<?, ?>) entries.get(1)).get("vector"));
        refused(
                "field [v] [1] has [2] dims but encoder [vectors] takes [3]",
                vectors(),
                document("v", List.of(List.of(1, 2, 3), List.of(3, 2))));
    }

    @Test
    void testVectorsOfZerosAreRefused() throws Exception {
        refused(
                "the vector of field [v] [1] for encoder [vectors] is all zeros, and has no direction to compare; "
                        + "leave it out, or send a vector that is not",
                vectors(),
                document("v", List.of(List.of(1, 2, 3), List.of(0, -0.0, 0))));
        // the model makes means of pixels, and this picture is black
        refused(
                "the vector of field [image] for encoder [photos] is all zeros, and has no direction to compare; "
                        + "model [means] may be untrained, or its input differs from its training; see it in "
                        + "POST /_lookalike/encoder/photos/_encode?explain",
                pictures(),
                document("image", picture(0)));
    }

    @Test
    void testBoxesBecomeAnArray() throws Exception {
        Processor processor = pictures("regions_field", "boxes");
        // the picture has 9 x 7 pixels
        IngestDocument document = document(
                "image",
                picture(),
                "boxes",
                List.of(
                        Map.of("x", 2, "y", 1, "width", 20, "height", 3),
                        List.of(0, .5, .5, .5),
                        List.of(-1, -1, 3, 3),
                        List.of(6, 4, 4, 4)));
        assertNull(run(processor, document));
        List<Object> found = new ArrayList<>();
        for (Object entry : document.getFieldValue("photo", List.class)) {
            assertEquals(9, ((Map<?, ?>) entry).get("width"));
            assertFalse(((Map<?, ?>) entry).containsKey("picture"));
            found.add(((Map<?, ?>) entry).get("region"));
        }
        assertEquals(
                List.of(
                        Map.of("x", 2, "y", 1, "width", 7, "height", 3),
                        Map.of("x", 0, "y", 4, "width", 4, "height", 3),
                        Map.of("x", 0, "y", 0, "width", 2, "height", 2),
                        Map.of("x", 6, "y", 4, "width", 3, "height", 3)),
                found);
        IngestDocument two =
                document("image", List.of(picture(), picture()), "boxes", Arrays.asList(null, List.of(1, 1, 3, 3)));
        assertNull(run(processor, two));
        List<?> entries = two.getFieldValue("photo", List.class);
        assertEquals(2, entries.size());
        assertFalse(((Map<?, ?>) entries.get(0)).containsKey("region"));
        assertEquals(1, ((Map<?, ?>) entries.get(1)).get("picture"));
        IngestDocument whole = document("image", picture(), "boxes", null);
        assertNull(run(processor, whole));
        assertEquals(ENCODED, whole.getFieldValue("photo", Map.class).keySet());
    }

    @Test
    void testADocumentWithoutBoxesIsNotOneOfAWholePicture() throws Exception {
        Processor processor = pictures("regions_field", "boxes");
        refused(
                "field [boxes] is missing in document [7]; send it, with null where the whole picture is meant and "
                        + "[] where nothing of it is, or set [ignore_missing] to [true] to take the whole",
                processor,
                document("image", picture(), "boxs", List.of(List.of(0, 0, 1, 1))));
        IngestDocument ignored = document("image", picture());
        assertNull(run(pictures("regions_field", "boxes", "ignore_missing", true), ignored));
        assertEquals(ENCODED, ignored.getFieldValue("photo", Map.class).keySet());
    }

    @Test
    void testAnEmptyListOfBoxesIsNoneOfThePicture() throws Exception {
        Processor processor = pictures("regions_field", "boxes");
        IngestDocument document = document("image", picture(), "boxes", List.of(List.of(0, 0, 1, 1)));
        assertNull(run(pictures("regions_field", "boxes", "remove_source", false), document));
        document.setFieldValue("boxes", List.of());
        assertNull(run(processor, document));
        assertEquals(Set.of("boxes"), document.getSource().keySet());
        // an update of other fields
        IngestDocument update = document("boxes", List.of(), "title", "x");
        assertNull(run(processor, update));
        assertEquals(Set.of("boxes", "title"), update.getSource().keySet());
        IngestDocument several = document(
                "image",
                List.of(picture(), picture(), picture()),
                "boxes",
                Arrays.asList(List.of(), null, List.of(List.of(1, 1, 3, 3), List.of(2, 2, 3, 3))));
        assertNull(run(processor, several));
        List<Object> numbers = new ArrayList<>();
        for (Object entry : several.getFieldValue("photo", List.class)) {
            numbers.add(((Map<?, ?>) entry).get("picture"));
        }
        assertEquals(List.of(1, 2, 2), numbers);
        IngestDocument none =
                document("image", List.of(picture(), picture()), "boxes", List.of(List.of(), List.of()), "title", "x");
        assertNull(run(processor, none));
        assertEquals(Set.of("boxes", "title"), none.getSource().keySet());
        assertNull(run(processor, document("boxes", List.of(List.of(), List.of()), "title", "x")));
    }

    @Test
    void testWhatIsNoBox() throws Exception {
        Processor processor = pictures("regions_field", "boxes");
        String must = " must be a box, {x, y, width, height}, {xmin, ymin, xmax, ymax} or a list of four numbers, in "
                + "pixels or in fractions of the picture's sides; got [";
        refused("field [boxes]" + must + "5]", processor, document("image", picture(), "boxes", 5));
        refused(
                "field [boxes] [1]" + must + "an object] without a number [height]",
                processor,
                document(
                        "image", picture(), "boxes", List.of(List.of(0, 0, 1, 1), Map.of("x", 1, "y", 1, "width", 1))));
        refused(
                "field [boxes] [0]: a box needs finite numbers and sides above [0]; got x [0.0], y [0.0], width "
                        + "[0.0], height [1.0]",
                processor,
                document("image", picture(), "boxes", List.of(List.of(0, 0, 0, 1))));
        refused(
                "cannot cut a box out of field [image]: x [50.0], y [0.0], width [2.0], height [2.0] has no pixel of "
                        + "the picture of [9] x [7]",
                processor,
                document("image", picture(), "boxes", List.of(List.of(50, 0, 2, 2))));
        refused(
                "field [boxes] must have one list of boxes for each of the [2] pictures; got [a list of 1]",
                processor,
                document("image", List.of(picture(), picture()), "boxes", List.of(List.of(0, 0, 2, 2))));
        refused(
                "field [image] has more than [100] pictures, boxes or vectors; send several documents, or raise "
                        + "[lookalike.image.max_per_document]",
                processor,
                document("image", picture(), "boxes", Collections.nCopies(101, List.of(0, 0, 2, 2))));
    }

    /** What is stored of boxes of a picture of 9 x 7 pixels. */
    private List<Object> stored(Processor processor, Object boxes) {
        IngestDocument document = document("image", picture(), "boxes", boxes);
        assertNull(run(processor, document));
        List<Object> stored = new ArrayList<>();
        for (Object entry : document.getFieldValue("photo", List.class)) {
            stored.add(((Map<?, ?>) entry).get("region"));
        }
        return stored;
    }

    private static Map<String, Object> box(int x, int y, int width, int height) {
        return Map.of("x", x, "y", y, "width", width, "height", height);
    }

    @Test
    void testUnitsOfBoxes() throws Exception {
        Processor guessing = pictures("regions_field", "boxes");
        Processor fractions = pictures("regions_field", "boxes", "region_units", "fraction");
        Processor pixels = pictures("regions_field", "boxes", "region_units", "pixels");
        Map<String, Object> whole = box(0, 0, 9, 7);
        List<Object> rounded =
                List.of(List.of(0, 0, 1.0000001, 1), List.of(0, 1e-9, 1, 1.0005), List.of(-1e-7, 0, 1, 1));
        assertEquals(List.of(whole, whole, whole), stored(guessing, rounded));
        assertEquals(List.of(whole, whole, whole), stored(fractions, rounded));
        List<Object> one = List.of(List.of(0, 0, 1, 1));
        assertEquals(List.of(whole), stored(guessing, one));
        assertEquals(List.of(whole), stored(fractions, one));
        assertEquals(List.of(box(0, 0, 1, 1)), stored(pixels, one));
        assertEquals(List.of(box(1, 2, 3, 4)), stored(pixels, List.of(1, 2, 3, 4)));
        assertEquals(List.of(box(4, 4, 5, 3)), stored(fractions, Map.of("x", .5, "y", .5, "w", .9, "h", .9)));
        refused(
                "field [boxes] [0]: a box in fractions has no number above [1]; got [0.0, 0.0, 1.5, 1.0], set "
                        + "[region_units] to [pixels] if these are pixels",
                fractions,
                document("image", picture(), "boxes", List.of(List.of(0, 0, 1.5, 1))));
        refused(
                "field [boxes]: a box in pixels has sides of at least [1]; got [0.0, 0.0, 0.5, 1.0], set "
                        + "[region_units] to [fraction] if these are fractions",
                pixels,
                document("image", picture(), "boxes", List.of(0, 0, .5, 1)));
        // what overshoots, as detectors do
        for (List<Double> box : List.of(
                List.of(0.0, 0.0, 1.01, 1.0),
                List.of(0.5, 0.25, 1.0, 1.5),
                List.of(1.01, 0.0, 0.5, 0.5),
                List.of(0.0, 0.0, 3.0, 0.4))) {
            refused(
                    "field [boxes] [0]: a box with sides of hardly a pixel, or fractions above [1]; got " + box
                            + ", set [region_units] to [pixels] or to [fraction], and cut fractions off at [1]",
                    guessing,
                    document("image", picture(), "boxes", List.of(box)));
        }
        assertEquals(List.of(box(1, 0, 2, 1)), stored(guessing, List.of(1, 0, 2, 1)));
        assertEquals(List.of(box(0, 0, 5, 3)), stored(guessing, List.of(.2, .3, 5, 2.5)));
    }

    /** The right and bottom edge taken for the sides. */
    @Test
    void testListsThatReachOutsideMustSayWhatTheyHold() throws Exception {
        List<Object> edges = List.of(List.of(4, 3, 9, 7));
        refused(
                "cannot cut a box out of field [image]: x [4.0], y [3.0], width [9.0], height [7.0] reaches outside "
                        + "of the picture of [9] x [7]; set [region_format] to [xyxy] if the last two are its right "
                        + "and bottom edge, or to [xywh] to cut off what lies outside",
                pictures("regions_field", "boxes"),
                document("image", picture(), "boxes", edges));
        assertEquals(
                List.of(box(4, 3, 5, 4)), stored(pictures("regions_field", "boxes", "region_format", "xyxy"), edges));
        assertEquals(
                List.of(box(4, 3, 5, 4)), stored(pictures("regions_field", "boxes", "region_format", "xywh"), edges));
        for (List<?> outside : List.of(List.of(-3, 0, 5, 5), List.of(0, -3, 5, 5), List.of(.5, .5, .5, .9))) {
            Exception failure =
                    run(pictures("regions_field", "boxes"), document("image", picture(), "boxes", List.of(outside)));
            assertTrue(failure.getMessage().contains("reaches outside"), failure::getMessage);
        }
    }

    /** An update that sends them alone. */
    @Test
    void testBoxesThatChangedWithoutTheirPicture() throws Exception {
        Processor processor = pictures("regions_field", "boxes");
        Map<String, Object> found = Map.of("x", .5, "y", 0, "width", .5, "height", 1, "label", "cat");
        for (boolean several : new boolean[] {false, true}) {
            Object boxes = several
                    ? Arrays.asList(null, List.of(), List.of(List.of(1, 1, 3, 3), found))
                    : List.of(List.of(1, 1, 3, 3), found);
            Object image = several ? List.of(picture(), picture(), picture()) : picture();
            IngestDocument indexed = document("image", image, "boxes", boxes);
            assertNull(run(processor, indexed));
            IngestDocument document =
                    document("boxes", boxes, "photo", indexed.getFieldValue("photo", List.class), "title", "x");
            assertNull(run(processor, document));
            Map<String, Object> other = new HashMap<>(found);
            other.put("label", "dog");
            for (List<?> changed : List.<List<?>>of(
                    List.of(List.of(1, 1, 3, 3)),
                    List.of(found, List.of(1, 1, 3, 3)),
                    List.of(List.of(1, 1, 3, 3), other),
                    List.of(List.of(1, 1, 3, 3), found, found))) {
                document.setFieldValue("boxes", several ? Arrays.asList(null, List.of(), changed) : changed);
                refused(
                        "field [boxes] of document [7] was changed without its picture, and [photo] is of the boxes "
                                + "before; send [image] too",
                        processor,
                        document);
            }
            document.setFieldValue("boxes", List.of());
            assertNull(run(processor, document));
            assertFalse(document.hasField("photo"));
        }
    }

    @Test
    void testBoxesLieBesideThePictureAndTheTarget() throws Exception {
        for (String[] pair : new String[][] {
            {"image", "field"}, {"image.boxes", "field"}, {"photo", "target_field"}, {"photo.b", "target_field"}
        }) {
            wrong(
                    "[regions_field] [" + pair[0] + "] must not equal, contain or lie inside [" + pair[1] + "] ["
                            + pair[0].split("\\.", -1)[0] + "]",
                    "regions_field",
                    pair[0]);
        }
        pictures("regions_field", "photo_boxes");
    }

    @Test
    void testFormatsOfBoxes() throws Exception {
        Processor corners = pictures("regions_field", "boxes", "region_format", "xyxy");
        Processor sides = pictures("regions_field", "boxes", "region_format", "xywh");
        assertEquals(List.of(box(1, 2, 3, 4)), stored(corners, List.of(1, 2, 4, 6)));
        assertEquals(List.of(box(1, 2, 4, 5)), stored(sides, List.of(1, 2, 4, 6)));
        // the end of a fraction by rounding
        assertEquals(List.of(box(4, 0, 5, 7)), stored(corners, List.of(.5, 0, 1.0000001, 1.0000001)));
        List<Object> named = List.of(
                Map.of("x", 1, "y", 2, "w", 3, "h", 4),
                Map.of("xmin", 1, "ymin", 2, "xmax", 4, "ymax", 6),
                Map.of("x1", 1, "y1", 2, "x2", 4, "y2", 6));
        Map<String, Object> box = box(1, 2, 3, 4);
        assertEquals(List.of(box, box, box), stored(corners, named));
        assertEquals(List.of(box, box, box), stored(sides, named));
        assertEquals(List.of(box), stored(corners, Map.of("bbox", List.of(1, 2, 4, 6))));
        refused(
                "field [boxes]: a box needs finite numbers and sides above [0]; got x [4.0], y [6.0], width [-3.0], "
                        + "height [-4.0] of the edges [4.0, 6.0, 1.0, 2.0]",
                corners,
                document("image", picture(), "boxes", List.of(4, 6, 1, 2)));
        String message = assertThrows(
                        ElasticsearchParseException.class,
                        () -> pictures("regions_field", "boxes", "region_format", "cxcywh"))
                .getMessage();
        assertEquals("[region_format] must be one of [xywh, xyxy]; got [cxcywh]", message);
        message = assertThrows(ElasticsearchParseException.class, () -> pictures("region_units", "pixels"))
                .getMessage();
        assertEquals("[region_units] applies to boxes; name their field in [regions_field]", message);
    }

    @Test
    void testWhatADetectorSaysGoesWithItsBox() throws Exception {
        Processor processor = pictures("regions_field", "boxes");
        Map<String, Object> found = Map.of("x", 1, "y", 2, "width", 3, "height", 4, "label", "cat", "score", .9);
        assertEquals(List.of(found), stored(processor, found));
        // under other names, and without a way to overwrite what was cut out
        assertEquals(
                List.of(Map.of("x", 0, "y", 0, "width", 3, "height", 4, "label", "cat", "tags", List.of("a", "b"))),
                stored(
                        processor,
                        Map.of(
                                "box",
                                Map.of("xmin", -2, "ymin", -2, "xmax", 3, "ymax", 4),
                                "x",
                                77,
                                "label",
                                "cat",
                                "tags",
                                List.of("a", "b"))));
        List<String> tags = new ArrayList<>(List.of("a"));
        IngestDocument document =
                document("image", picture(), "boxes", Map.of("x", 1, "y", 2, "width", 3, "height", 4, "tags", tags));
        assertNull(run(processor, document));
        tags.add("b");
        assertEquals(List.of("a"), document.getFieldValue("photo.0.region.tags", List.class));
        refused(
                "field [boxes] has a box with [70292] bytes of other values, which are stored beside it; at most "
                        + "[65536] are allowed, send it without the longest",
                processor,
                document(
                        "image",
                        picture(),
                        "boxes",
                        Map.of("x", 1, "y", 2, "width", 3, "height", 4, "mask", "1".repeat(70_000))));
    }

    @Test
    void testItIsAsynchronous() throws Exception {
        Processor processor = pictures();
        assertTrue(processor.isAsync());
        boolean[] done = {false};
        processor.execute(document("image", picture()), (document, failure) -> done[0] = true);
        assertFalse(done[0]);
        assertEquals(1, waiting.size());
        waiting.get(0).run();
        assertTrue(done[0]);
    }

    @Test
    void testBinaryAndDataUrls() throws Exception {
        for (Object value : List.of(Base64.getDecoder().decode(picture()), "data:image/png;base64," + picture())) {
            IngestDocument document = document("image", value);
            assertNull(run(pictures(), document));
            assertEquals(ENCODED, document.getFieldValue("photo", Map.class).keySet());
        }
    }

    @Test
    void testAVectorBecomesFieldsAndStays() throws Exception {
        IngestDocument document = document("v", List.of(1, 2.5, -3L));
        assertNull(run(vectors(), document));
        assertEquals(Set.of("photo", "v"), document.getSource().keySet());
        assertEquals(
                Set.of("vector", "hash", "norm", "buckets", "encoder"),
                document.getFieldValue("photo", Map.class).keySet());
        assertEquals((float) Math.sqrt(16.25), document.getFieldValue("photo.norm", Float.class));
        assertEquals(List.of(1f, 2.5f, -3f), document.getFieldValue("photo.vector", List.class));
    }

    @Test
    void testThePictureMayStay() throws Exception {
        IngestDocument document = document("image", picture());
        assertNull(run(pictures("remove_source", false), document));
        assertEquals(Set.of("photo", "image"), document.getSource().keySet());
    }

    @Test
    void testAMissingPicture() throws Exception {
        String missing = "field [image] is missing in document [7]; send it, or set [ignore_missing] to [true]";
        for (IngestDocument document : List.of(
                document(),
                document("photo", "x"),
                document("photo", Map.of("caption", "x")),
                document("photo", List.of("x")))) {
            refused(missing, pictures(), document);
            Map<String, Object> before = IngestDocument.deepCopyMap(document.getSource());
            assertNull(run(pictures("ignore_missing", true), document));
            assertEquals(before, document.getSource());
        }
        refused(missing, pictures("field", "image", "target_field", "a.b"), document("a", 5));
    }

    @Test
    void testAnExplicitNullTakesTheFieldsAway() throws Exception {
        for (Object nothing : Arrays.asList(null, List.of())) {
            IngestDocument document = document("image", picture());
            assertNull(run(pictures("remove_source", false), document));
            document.setFieldValue("image", nothing);
            assertNull(run(pictures(), document));
            assertFalse(document.hasField("photo"));
            // the null stays, and an update of other fields brings it again
            assertNull(run(pictures(), document));
        }
        IngestDocument own = document("image", List.of(picture(), picture()));
        assertNull(run(pictures("remove_source", false), own));
        own.setFieldValue("photo.0.caption", "mine");
        own.setFieldValue("image", (Object) null);
        assertNull(run(pictures(), own));
        assertEquals(Map.of("caption", "mine"), own.getFieldValue("photo", Map.class));
    }

    /** It may go on, by [ignore_failure], and would be found by the picture before. */
    @Test
    void testAPictureThatFailsTakesWhatWasMadeOfTheOneBeforeAway() throws Exception {
        for (Object wrong : List.of("AAAA", 5, List.of(picture(), "AAAA"))) {
            IngestDocument document = document("image", picture());
            assertNull(run(pictures("remove_source", false), document));
            document.setFieldValue("photo.caption", "mine");
            document.setFieldValue("image", wrong);
            assertTrue(run(pictures(), document) != null);
            assertEquals(Map.of("caption", "mine"), document.getFieldValue("photo", Map.class));
        }
    }

    /** As Elasticsearch shows it. */
    @Test
    void testADocumentThatWasReadWithoutItsVectorsIsRefused() throws Exception {
        for (String left : List.of("vector", "hash")) {
            IngestDocument document = document("image", picture());
            assertNull(run(pictures("remove_source", false), document));
            document.removeField("image");
            document.removeField("photo." + left);
            Exception failure = run(pictures(), document);
            assertTrue(failure.getMessage().contains("[photo." + left + "]"), failure::getMessage);
            assertTrue(failure.getMessage().contains("_source_exclude_vectors=false"), failure::getMessage);
            assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(failure));
        }
    }

    @Test
    void testSeveralEncodersInOneProcessor() throws Exception {
        EncoderDefinition other =
                test.put("other", Map.of("model", "means", "output", "embedding", "hash", Map.of("bits", 64)));
        Processor processor = several(
                Map.of("encoder", "photos", "target_field", "a"), Map.of("encoder", "other", "target_field", "b"));
        IngestDocument document = document("image", List.of(picture(), picture()));
        assertNull(run(processor, document));
        assertEquals(Set.of("a", "b"), document.getSource().keySet());
        for (int i = 0; i < 2; i++) {
            assertEquals(photos.fingerprint(), document.getFieldValue("a." + i + ".encoder", String.class));
            assertEquals(other.fingerprint(), document.getFieldValue("b." + i + ".encoder", String.class));
            assertEquals(i, document.getFieldValue("b." + i + ".picture", Integer.class));
            assertEquals(
                    16, document.getFieldValue("b." + i + ".hash", String.class).length());
        }
        IngestDocument vectors = document("v", List.of(1, 2, 3));
        test.put("vectors2", Map.of("model", "none", "dims", 3, "hash", Map.of("bits", 32)));
        assertNull(run(
                create(
                        new VectorHashProcessor.Factory(test::encoders, () -> null),
                        Map.of(
                                "field",
                                "v",
                                "encoders",
                                List.of(
                                        Map.of("encoder", "vectors", "target_field", "a"),
                                        Map.of("encoder", "vectors2", "target_field", "b")))),
                vectors));
        assertEquals(8, vectors.getFieldValue("b.hash", String.class).length());
    }

    private Processor several(Object... entries) throws Exception {
        return create(
                new ImageEmbeddingProcessor.Factory(test::encoders, () -> null),
                Map.of("field", "image", "encoders", new ArrayList<>(List.of(entries))));
    }

    private void wrongEncoders(String message, Object... entries) {
        String said = assertThrows(ElasticsearchParseException.class, () -> several(entries))
                .getMessage();
        assertTrue(said.contains(message), said);
    }

    @Test
    void testWrongListsOfEncoders() throws Exception {
        Map<String, Object> a = Map.of("encoder", "photos", "target_field", "a");
        wrongEncoders("from [1] to [16]");
        wrongEncoders("from [1] to [16]", Collections.nCopies(17, a).toArray());
        wrongEncoders("must hold objects", "photos");
        wrongEncoders("[target_field] required property is missing", Map.of("encoder", "photos"));
        wrongEncoders("unknown keys [speed]", Map.of("target_field", "a", "speed", 1));
        wrongEncoders("no such encoder [none]", Map.of("target_field", "a", "encoder", "none"));
        wrongEncoders("[a.b] must not equal, contain or lie inside [a]", a, Map.of("target_field", "a.b"));
        wrongEncoders("must not equal, contain or lie inside [field] [image]", Map.of("target_field", "image.a"));
        String said = assertThrows(
                        ElasticsearchParseException.class, () -> pictures("encoders", new ArrayList<>(List.of(a))))
                .getMessage();
        assertTrue(said.contains("cannot stand beside [encoders]"), said);
    }

    /** The first takes the picture away, and the second needs it too. */
    @Test
    void testSeveralProcessorsReadOnePicture() throws Exception {
        Processor second = pictures("target_field", "second");
        IngestDocument document = document("image", picture());
        assertNull(run(pictures(), document));
        Map<?, ?> old = Map.of("encoder", "old", "vector", List.of(1), "hash", "00");
        document.setFieldValue("second", old);
        assertNull(run(second, document));
        assertEquals(document.getFieldValue("photo", Map.class), document.getFieldValue("second", Map.class));
        assertEquals(Set.of("photo", "second"), document.getSource().keySet());
        // who copies the document sees names alone
        Map<String, Object> copied = IngestDocument.deepCopyMap(document.getIngestMetadata());
        assertEquals(Map.of("fields", List.of("image")), copied.get("lookalike_taken"));
        // another document knows nothing of it
        refused(
                "field [image] is missing in document [7]; send it, or set [ignore_missing] to [true]",
                second,
                document());
    }

    /** An Error that left the processor would stop the node. */
    @Test
    void testErrorsFailTheDocument() throws Exception {
        Processor processor = create(
                new VectorHashProcessor.Factory(test::encoders, () -> null),
                Map.of("field", "v", "target_field", "photo", "encoder", "vectors"));
        List<Object> deep = new AbstractList<>() {
            @Override
            public Object get(int i) {
                throw new StackOverflowError("planted");
            }

            @Override
            public int size() {
                return 3;
            }
        };
        Exception first = run(processor, document("v", deep));
        assertEquals("cannot process field [v]: java.lang.StackOverflowError: planted", first.getMessage());
        Map<String, Object> before = new HashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            public void forEach(BiConsumer<? super String, ? super Object> action) {
                throw new StackOverflowError("planted");
            }
        };
        Exception second = run(processor, document("v", List.of(1, 2, 3), "photo", before));
        assertEquals("cannot process field [v]: java.lang.StackOverflowError: planted", second.getMessage());
        assertTrue(ExceptionsHelper.maybeError(second).isEmpty());
    }

    /** What follows in a pipeline fails by itself. */
    @Test
    void testAHandlerThatThrowsIsCalledOnce() throws Exception {
        Processor processor = create(
                new VectorHashProcessor.Factory(test::encoders, () -> null),
                Map.of("field", "v", "target_field", "photo", "encoder", "vectors", "ignore_missing", true));
        List<Exception> calls = new ArrayList<>();
        assertThrows(
                IllegalStateException.class,
                () -> processor.execute(document(), (done, failure) -> {
                    calls.add(failure);
                    throw new IllegalStateException("later");
                }));
        assertEquals(Collections.singletonList(null), calls);
    }

    /** An update of other fields sends the whole document through the pipeline again. */
    @Test
    void testAnEncodingWithoutItsPictureIsLeftAlone() throws Exception {
        IngestDocument document =
                document("photo", Map.of("encoder", "f", "vector", List.of(1), "hash", "00"), "title", "new");
        Map<String, Object> before = IngestDocument.deepCopyMap(document.getSource());
        assertNull(run(pictures(), document));
        assertEquals(before, document.getSource());
        assertEquals(0, waiting.size());
    }

    @Test
    void testANewPictureReplacesWhatTheOldOneMade() throws Exception {
        Map<String, Object> old =
                new HashMap<>(Map.of("encoder", "old", "cluster", "3", "vector", List.of(1), "caption", "mine"));
        IngestDocument document = document("image", picture(), "photo", old);
        assertNull(run(pictures(), document));
        Map<?, ?> photo = document.getFieldValue("photo", Map.class);
        assertEquals("mine", photo.get("caption"));
        assertEquals(photos.fingerprint(), photo.get("encoder"));
        assertFalse(photo.containsKey("cluster"));
        assertEquals(ENCODED.size() + 1, photo.size());
    }

    @Test
    void testDottedNames() throws Exception {
        IngestDocument document = document("in", new HashMap<>(Map.of("image", picture())));
        assertNull(run(pictures("field", "in.image", "target_field", "a.b.c"), document));
        assertEquals(ENCODED, document.getFieldValue("a.b.c", Map.class).keySet());
        assertEquals(Map.of(), document.getFieldValue("in", Map.class));
    }

    /** Elasticsearch takes these for the same fields. */
    @Test
    void testFieldsOfOursUnderNamesWithDotsAreRefused() throws Exception {
        refused(
                "the document holds [photo.encoder] under a name with dots, beside what is made in [photo]; leave it "
                        + "out",
                pictures(),
                document("image", picture(), "photo.encoder", "x"));
        for (IngestDocument document : List.of(
                document("image", picture(), "a.b.c.hash", "00"),
                document("image", picture(), "a", new HashMap<>(Map.of("b.c.hash", "00"))),
                document("image", picture(), "a", new HashMap<>(Map.of("b", new HashMap<>(Map.of("c.hash", "00"))))))) {
            Exception failure = run(pictures("target_field", "a.b.c"), document);
            assertTrue(failure.getMessage().contains("c.hash] under a name with dots"), failure::getMessage);
        }
        assertNull(run(pictures(), document("image", picture(), "photo.caption", "x")));
    }

    @Test
    void testOnePictureReplacesSeveral() throws Exception {
        IngestDocument document = document("image", List.of(picture(), picture()));
        assertNull(run(pictures(), document));
        document.setFieldValue("photo.0.caption", "mine");
        document.setFieldValue("image", picture());
        assertNull(run(pictures(), document));
        Map<?, ?> photo = document.getFieldValue("photo", Map.class);
        assertEquals("mine", photo.get("caption"));
        assertFalse(photo.containsKey("picture"));
        assertEquals(ENCODED.size() + 1, photo.size());
    }

    @Test
    void testATargetThatHoldsSomethingElse() throws Exception {
        refused(
                "field [photo] must be an object, or absent, to take what [image_embedding] makes; it holds [x], "
                        + "name another "
                        + "[target_field]",
                pictures(),
                document("image", picture(), "photo", "x"));
        refused(
                "field [photo] must be an object, or absent, to take what [image_embedding] makes; it holds [a list "
                        + "of 2], name "
                        + "another [target_field]",
                pictures(),
                document("image", picture(), "photo", List.of(1, 2)));
        refused(
                "cannot set [b] with parent object of type [java.lang.String] as part of path [a.b]",
                pictures("target_field", "a.b"),
                document("image", picture(), "a", "x"));
        IngestDocument empty = document("image", picture(), "photo", null);
        assertNull(run(pictures(), empty));
        assertEquals(ENCODED, empty.getFieldValue("photo", Map.class).keySet());
    }

    @Test
    void testWhatIsNoPicture() throws Exception {
        String must = "field [image] must hold a picture as base64, a data: URL or binary; got [";
        refused(must + "Integer]", pictures(), document("image", 5));
        refused(must + "an object]", pictures(), document("image", Map.of("a", picture())));
        refused(
                "field [image] [1] is null; leave it out",
                pictures(),
                document("image", Arrays.asList(picture(), null)));
        refused(
                "field [image] [1] is not base64; encode the picture's bytes, as [base64 -w0 picture.jpg] does",
                pictures(),
                document("image", List.of(picture(), "hello")));
        refused("cannot decode field [image]: it is empty", pictures(), document("image", ""));
        refused(
                "field [image] is not base64; encode the picture's bytes, as [base64 -w0 picture.jpg] does",
                pictures(),
                document("image", "hello"));
        refused(
                "encoder [vectors] has no model and cannot encode field [image]; give it a vector, or name an "
                        + "encoder with a model",
                pictures("encoder", "vectors"),
                document("image", picture()));
    }

    @Test
    void testWhatIsNoVector() throws Exception {
        refused("field [v] has [2] dims but encoder [vectors] takes [3]", vectors(), document("v", List.of(1, 2)));
        refused(
                "field [v] has [NaN] at [1]; all values must be finite",
                vectors(),
                document("v", List.of(1, Double.NaN, 2)));
        refused("field [v] must hold a vector as a list of numbers; got [x]", vectors(), document("v", "x"));
        refused(
                "field [v] must hold numbers only; got [a text of " + picture().length() + "] at [0]",
                vectors(),
                document("v", List.of(picture())));
    }

    @Test
    void testAnEncoderThatWasDeletedByForce() throws Exception {
        Processor processor = pictures();
        test.delete("photos");
        Exception failure = run(processor, document("image", picture()));
        assertEquals(
                "no such encoder [photos]; known encoders are [default, vectors]; create it with PUT "
                        + "/_lookalike/encoder/photos",
                failure.getMessage());
        assertEquals(RestStatus.NOT_FOUND, ExceptionsHelper.status(failure));
        test.put("photos", Map.of("model", "means", "output", "embedding"));
        assertNull(run(processor, document("image", picture())));
    }

    @Test
    void testConfigurations() throws Exception {
        wrong(
                "[encoder] no such encoder [nope]; known encoders are [default, photos, vectors]; create it with PUT "
                        + "/_lookalike/encoder/nope",
                "encoder",
                "nope");
        for (String[] pair : new String[][] {{"p", "p"}, {"p", "p.i"}, {"p.i", "p"}}) {
            wrong(
                    "[target_field] [" + pair[1] + "] must not equal, contain or lie inside [field] [" + pair[0] + "]",
                    "field",
                    pair[0],
                    "target_field",
                    pair[1]);
        }
        for (String name : List.of("", " ", ".", "a..b", "a b")) {
            wrong("[field] must be a field's name, such as [photo]; got [" + name + "]", "field", name);
            wrong("[target_field] must be a field's name, such as [photo]; got [" + name + "]", "target_field", name);
        }
        for (String name : List.of("_id", "_index", "_ingest", "_source", "_version", "_routing")) {
            String message = "[target_field] must lie in the document's source; [" + name + "] does not";
            wrong(message, "target_field", name);
            wrong(message, "target_field", name + ".x");
        }
        pictures("field", "_ingest.picture", "target_field", "photos.image");
        pictures("target_field", "images");
        assertSame(
                ImageEmbeddingProcessor.class,
                create(
                                new ImageEmbeddingProcessor.Factory(test::encoders, () -> null),
                                Map.of("field", "image", "target_field", "photo"))
                        .getClass());
    }

    private void wrong(String message, Object... config) {
        Exception failure = assertThrows(ElasticsearchParseException.class, () -> pictures(config));
        assertEquals(message, failure.getMessage());
        assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(failure));
    }

    /** What a node reads from the cluster state was accepted before; its encoder may be there again tomorrow. */
    @Test
    void testAPipelineFromTheClusterStateMayNameAMissingEncoder() throws Exception {
        test.delete("photos");
        assertThrows(ElasticsearchParseException.class, this::pictures);
        test.applyHere();
        Processor processor = pictures();
        test.put("photos", Map.of("model", "means", "output", "embedding"));
        assertNull(run(processor, document("image", picture())));
    }
}
