package io.lookalike.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.json.JsonXContent;

public class EvaluateConfigTests extends ESTestCase {
    private static Map<String, Object> json(String text) {
        return XContentHelper.convertToMap(JsonXContent.jsonXContent, text.replace('\'', '"'), true);
    }

    private static EvaluateConfig parse(String text) {
        return EvaluateConfig.parse(json(text));
    }

    private static String refused(String text) {
        return expectThrows(IllegalArgumentException.class, () -> parse(text)).getMessage();
    }

    private static void assertJson(String expected, Object body) {
        assertEquals(json(expected), body);
    }

    private static List<String> shown(EvaluateConfig config) {
        return config.settings().stream()
                .map(setting ->
                        setting.shown().values().stream().map(String::valueOf).collect(Collectors.joining(" ")))
                .toList();
    }

    public void testDefaults() {
        EvaluateConfig config = parse("{'request': {'hash_knn': {'field': 'photo.vector'}}}");
        assertEquals(10, config.k());
        assertEquals(200, config.queries());
        assertEquals(.95, config.recall(), 0);
        assertNull(config.codes());
        assertEquals(List.of("photo.vector hamming"), shown(config));
        assertEquals(
                List.of("photo.vector hamming"),
                shown(parse("{'request': {'hash_knn': {'field': 'photo.vector', 'k': 3}}, 'k': 100}")));
        assertEquals(
                3,
                parse("{'request': {'hash_knn': {'field': 'photo.vector', 'k': 3}}}")
                        .k());
        EvaluateConfig codes = parse("{'request': {'hash_knn': {'field': 'v'}}, 'codes': {}}");
        assertEquals(List.of(32, 64, 128, 256, 512), codes.codes().bits());
        assertEquals(List.of("hyperplane", "pca_sign", "itq"), codes.codes().methods());
        assertEquals(
                List.of("hyperplane", "pca_sign", "itq", "hash_head"),
                parse("{'request': {'hash_knn': {'field': 'v'}}, 'label_field': 'class', 'codes': {}}")
                        .codes()
                        .methods());
    }

    public void testSweepCombinesWhatEachWayOfChoosingKnows() {
        EvaluateConfig config = parse(
                "{'request': {'hash_knn': {'field': 'photo.vector', 'min_tables': 1, 'candidates': 'lsh'}}, 'sweep': {"
                        + "'num_candidates': [100, 200], 'min_tables': [1, 2], 'max_distance': [60], 'candidates': "
                        + "['hamming', 'lsh', 'all', 'knn']}}");
        assertEquals(
                List.of(
                        "photo.vector hamming 100 60",
                        "photo.vector hamming 200 60",
                        "photo.vector lsh 100 1",
                        "photo.vector lsh 100 2",
                        "photo.vector lsh 200 1",
                        "photo.vector lsh 200 2",
                        "photo.vector all",
                        "photo.vector knn 100",
                        "photo.vector knn 200"),
                shown(config));
        assertJson(
                "{'query': {'knn': {'field': 'photo.vector', 'num_candidates': 200, 'k': 10}}}",
                config.settings().getLast().body());
        assertJson(
                "{'query': {'hash_knn': {'field': 'photo.vector', 'candidates': 'all', 'k': 10}}}",
                config.settings().get(6).body());
    }

    public void testSweepLeavesOutMoreExactOnesThanCandidates() {
        assertEquals(
                List.of("v hamming 50 20", "v hamming 100 20", "v hamming 100 80"),
                shown(parse("{'request': {'hash_knn': {'field': 'v'}}, 'sweep': {'num_candidates': [50, 100], "
                        + "'num_exact': [20, 80]}}")));
        assertEquals(
                "[num_exact] is above [num_candidates] in every combination of [sweep]; lower the one, or raise the "
                        + "other",
                refused("{'request': {'hash_knn': {'field': 'v'}}, 'sweep': {'num_candidates': [50], 'num_exact': "
                        + "[80]}}"));
    }

    public void testSweepShortensCodesAndTables() {
        assertEquals(
                List.of(
                        "v hamming 32 20",
                        "v hamming 64 20",
                        "v hamming 64 40",
                        "v lsh 2 1",
                        "v lsh 4 1",
                        "v lsh 4 3",
                        "v knn 500"),
                shown(parse("{'request': {'hash_knn': {'field': 'v'}}, 'sweep': {'candidates': ['hamming', "
                        + "'lsh', 'knn'],"
                        + " 'bits': [32, 64], 'max_distance': [20, 40], 'tables': [2, 4], "
                        + "'min_tables': [1, 3]}}")));
    }

    public void testFieldsBringWhatBelongsToThem() {
        EvaluateConfig config = parse(
                "{'request': {'hash_knn': {'field': 'photo.vector', 'encoder': 'photos', 'metric': 'l1', 'filter': "
                        + "{'term': {'a': 1}}}},"
                        + "'sweep': {'fields': ['photo.vector', {'field': 'photo_itq.vector', 'encoder': 'itq'}]}}");
        assertJson(
                "{'query': {'hash_knn': {'field': 'photo_itq.vector', 'metric': 'l1', 'filter': {'term': {'a': 1}},"
                        + "'encoder': 'itq', 'candidates': 'hamming', 'k': 10}}}",
                config.settings().get(1).body());
        assertEquals(Map.of("photo_itq.vector", "itq"), config.settings().get(1).encoders());
        assertEquals(Map.of(), config.settings().get(0).encoders());
    }

    public void testCodesAreJudgedByLabelsOnlyWhereTheyAreAskedFor() {
        String request = "{'request': {'hash_knn': {'field': 'v'}}";
        assertFalse(parse(request + ", 'label_field': 'class'}").byCode());
        assertTrue(parse(request + ", 'label_field': 'class', 'by_code': true}").byCode());
        assertEquals(
                "[by_code] judges codes by the labels of documents; name the field of the labels in [label_field], or "
                        + "leave [by_code] out",
                refused(request + ", 'by_code': true}"));
        assertEquals(
                "[by_code] must be [true] or [false]; got [yes]",
                refused(request + ", 'label_field': 'class', 'by_code': 'yes'}"));
    }

    public void testLabelsThatAreHeldOut() {
        String request = "{'request': {'hash_knn': {'field': 'v'}}";
        String labelled = request + ", 'label_field': 'class', 'hold_out': ";
        assertEquals(List.of(), parse(request + "}").holdOut());
        assertEquals(
                List.of("ferry", "7", "true"),
                parse(labelled + "{'labels': ['ferry', 7, true, 'ferry']}}").holdOut());
        assertEquals(
                "[hold_out] holds documents out by their labels; name the field of the labels in [label_field], or "
                        + "leave [hold_out] out",
                refused(request + ", 'hold_out': {'labels': ['ferry']}}"));
        assertEquals(
                "[hold_out.labels] is missing; list the labels of the documents that serve as queries and that codes "
                        + "are not learned from, or leave [hold_out] out",
                refused(labelled + "{}}"));
        assertEquals(
                "[hold_out.labels] must be a list of labels, each a string, a number or a boolean; got [an object]",
                refused(labelled + "{'labels': [{}]}}"));
        assertEquals(
                "unknown field [hold_out.label]; [hold_out] takes [labels]; did you mean [labels]?",
                refused(labelled + "{'labels': 'ferry', 'label': 1}}"));
        List<Integer> many = new ArrayList<>();
        for (int i = 0; i < 10_001; i++) {
            many.add(i);
        }
        assertEquals(
                "[hold_out.labels] must be a list of at most [10000] values; got [a list of 10001]",
                refused(labelled + "{'labels': " + many + "}}"));
    }

    public void testTheSameSettingIsJudgedOnce() {
        assertEquals(
                List.of("v hamming 100"),
                shown(parse("{'request': {'hash_knn': {'field': 'v'}}, 'sweep': {'num_candidates': [100, 100]}}")));
    }

    public void testTooManySettings() {
        List<Integer> many = new ArrayList<>();
        for (int i = 10; i < 60; i++) {
            many.add(i);
        }
        String request = "{'request': {'hash_knn': {'field': 'v'}}, 'sweep': {'num_candidates': " + many
                + ", 'max_distance': [1, 2, 3]}}";
        assertEquals(
                "[sweep] makes [150] settings; at most [100] are judged at once: leave some values out",
                refused(request));
    }

    public void testMistakes() {
        assertEquals(
                "[request] needs a [hash_knn] or [knn] clause with [field] and without [query_vector, "
                        + "query_vector_builder, query_image,"
                        + " query_hash] or [like]: the queries are documents of the index",
                refused("{'request': {'hash_knn': {'field': 'v', 'query_vector': [1]}}}"));
        assertEquals(
                "[request] takes a query, or of a search body [query, knn, rescore, post_filter, min_score]; got "
                        + "[size]: [k] beside"
                        + " [request] says how many hits are judged",
                refused("{'request': {'query': {'hash_knn': {'field': 'v'}}, 'size': 3}}"));
        assertEquals(
                "[sweep.probes] does not apply to [candidates] [hamming, lsh]; leave it out, or compare candidates "
                        + "that it bounds in"
                        + " [sweep.candidates]",
                refused("{'request': {'hash_knn': {'field': 'v'}}, 'sweep': {'probes': [3], 'candidates': "
                        + "['hamming', 'lsh']}}"));
        assertEquals(
                "[sweep.num_candidates] must be a list of integers from [10] to [10000]; got [5]",
                refused("{'request': {'hash_knn': {'field': 'v'}}, 'sweep': {'num_candidates': 5}}"));
        assertEquals(
                "[codes.bits] must be multiples of [8]; got [33]",
                refused("{'request': {'hash_knn': {'field': 'v'}}, 'codes': {'bits': [33]}}"));
        assertEquals(
                "[codes.methods] must be of [hyperplane, pca_sign, itq, hash_head]; got [lsh]",
                refused("{'request': {'hash_knn': {'field': 'v'}}, 'codes': {'methods': ['lsh']}}"));
        assertEquals(
                "[codes.methods] [hash_head] learns from labels; name their field in [label_field], or leave it out",
                refused("{'request': {'hash_knn': {'field': 'v'}}, 'codes': {'methods': ['itq', 'hash_head']}}"));
        assertEquals(
                "unknown field [sweep.metric]; [sweep] takes [bits, candidates, fields, max_distance, min_tables, "
                        + "num_candidates, num_exact, probes, tables]",
                refused("{'request': {'hash_knn': {'field': 'v'}}, 'sweep': {'metric': ['l1']}}"));
        assertEquals(
                "[sweep.bits] cannot be compared with [num_exact], which estimates by whole codes; leave one of them "
                        + "out",
                refused("{'request': {'hash_knn': {'field': 'v', 'num_exact': 20}}, 'sweep': {'bits': [64]}}"));
        assertEquals(
                "[metric] of [request] is not known to stock [knn], which compares by the mapping's similarity; "
                        + "leave it out, or leave"
                        + " [knn] out of [sweep.candidates]",
                refused("{'request': {'hash_knn': {'field': 'v', 'metric': 'l1'}}, 'sweep': {'candidates': ['knn']}}"));
        assertEquals(
                "[recall] must be above [0] and at most [1]; got [0.0]",
                refused("{'request': {'hash_knn': {'field': 'v'}}, 'recall': 0}"));
    }
}
