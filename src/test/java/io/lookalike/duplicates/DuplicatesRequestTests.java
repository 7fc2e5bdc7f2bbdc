package io.lookalike.duplicates;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.test.ESTestCase;

public class DuplicatesRequestTests extends ESTestCase {
    private static DuplicatesAction.Request parse(Map<String, Object> body) {
        return new DuplicatesAction.Request(new String[] {"photos"}, new LinkedHashMap<>(body), null);
    }

    private static String refused(Map<String, Object> body) {
        return expectThrows(IllegalArgumentException.class, () -> parse(body)).getMessage();
    }

    public void testOneFieldIsEnough() {
        DuplicatesAction.Request request = parse(Map.of("field", "photo.phash"));
        assertEquals("photo.phash", request.same.field());
        assertEquals(8, request.same.bits());
        assertTrue(request.simple);
        assertEquals(10, request.size);
        assertEquals(2, request.minGroupSize);
        assertEquals("near-duplicates of [photos] by [photo.phash]", request.getDescription());
    }

    public void testBothMayBeAskedFor() {
        DuplicatesAction.Request request = parse(Map.of(
                "same", Map.of("field", "photo.phash", "max_distance", 6),
                "alike", Map.of("field", "photo.vector", "similarity", .9)));
        assertEquals(6, request.same.bits());
        assertEquals(.9, request.alike.similarity(), 0);
        assertEquals("photo.hash", request.alike.codes());
        assertFalse(request.simple);
    }

    public void testWhatCannotBeRightIsRefused() {
        assertTrue(refused(Map.of()).startsWith("[field] is missing; name a field of codes, such as [photo.phash]"));
        assertTrue(refused(Map.of("same", Map.of())).startsWith("[same.field] is missing"));
        assertEquals(
                "[max_distance] must be at least [0]; got [-1.0]",
                refused(Map.of("field", "photo.phash", "max_distance", -1)));
        assertEquals(
                "[alike.similarity] is the least cosine of two vectors and must be within [-1..1]; got [1.5]",
                refused(Map.of("alike", Map.of("field", "v", "similarity", 1.5))));
        assertEquals(
                "give one of [alike.similarity] (least cosine) and [alike.max_distance] (greatest Euclidean "
                        + "distance); got both",
                refused(Map.of("alike", Map.of("field", "v", "similarity", .5, "max_distance", 3))));
        assertTrue(refused(Map.of("alike", Map.of("field", "v")))
                .endsWith("needs [alike.similarity] (least cosine, such as [0.95]) or [alike.max_distance] "
                        + "(greatest Euclidean distance)"));
        assertTrue(refused(Map.of("same", Map.of("field", "p", "similarity", .5)))
                .contains("is compared by [max_distance] in bits alone"));
        assertEquals(
                "[same.max_distance] of codes is a whole number of bits; got [2.5]",
                refused(Map.of("same", Map.of("field", "p", "max_distance", 2.5))));
        assertTrue(refused(Map.of("field", "v", "similarity", .9, "candidates", "all", "hash_field", "h"))
                .contains("mean nothing with [candidates] [all]"));
        assertTrue(refused(Map.of("field", "v", "radius", 3)).startsWith("unknown field [radius]"));
        assertEquals(
                "give one of [from] and [after]; got both",
                refused(Map.of("field", "p", "from", 3, "after", List.of(2, "photos", "1", -1))));
        assertTrue(refused(Map.of("field", "p", "after", "x"))
                .startsWith("[after] must be what the page before answered"));
        assertTrue(refused(Map.of("field", "p", "size", 10_001)).contains("[size]"));
        assertTrue(refused(Map.of("field", "p", "min_group_size", 1)).contains("[min_group_size]"));
        assertEquals(
                "[_source] takes [includes] and [excludes]; got [include]",
                refused(Map.of("field", "p", "_source", Map.of("include", "x"))));
    }

    public void testGroupsAreOrderedBySizeAndRepresentative() {
        List<GroupOrder.Place> places = List.of(
                new GroupOrder.Place(9, "b", "z", -1),
                new GroupOrder.Place(3, "a", "x", -1),
                new GroupOrder.Place(3, "a", "y", 0),
                new GroupOrder.Place(3, "a", "y", 2),
                new GroupOrder.Place(3, "b", "a", -1),
                new GroupOrder.Place(2, "a", "a", -1));
        for (int i = 1; i < places.size(); i++) {
            assertTrue(places.get(i - 1).compareTo(places.get(i)) < 0);
        }
        for (GroupOrder.Place place : places) {
            assertEquals(place, GroupOrder.place(GroupOrder.afterOf(place.values())));
        }
    }
}
