package io.lookalike.evaluate;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.json.JsonXContent;

public class EvaluatedRequestTests extends ESTestCase {
    private static Map<String, Object> json(String text) {
        return XContentHelper.convertToMap(JsonXContent.jsonXContent, text.replace('\'', '"'), true);
    }

    private static EvaluatedRequest request(String text) {
        return EvaluatedRequest.of(json(text));
    }

    private static final QueryDocument DOCUMENT = new QueryDocument() {
        @Override
        public List<Float> vector(String field) {
            return List.of(1f, 2f);
        }

        @Override
        public String code(String field) {
            return field.equals("v") ? "ff00" : null;
        }

        @Override
        public Map<String, Object> like(String field) {
            return field.equals("same") ? Map.of("id", "7") : null;
        }

        @Override
        public Map<String, Object> itself() {
            return Map.of("term", Map.of("me", true));
        }
    };

    /** The JSON that is sent. */
    private static Map<String, Object> sent(Map<String, Object> filled) {
        try (XContentBuilder builder = JsonXContent.contentBuilder()) {
            return json(Strings.toString(builder.map(filled)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public void testAClauseIsFilledWhereverItStands() {
        EvaluatedRequest request = request(
                "{'bool': {'must': [{'nested': {'path': 'p', 'query': {'hash_knn': {'field': 'v', 'query_vector': "
                        + "'{{query_vector}}'}}}}],"
                        + "'should': [{'knn': {'field': 'w', 'query_vector': [3, 4]}}, {'knn': {'field': 'w', "
                        + "'num_candidates': 50}}]}}");
        assertEquals(List.of("v", "w"), request.fields());
        assertFalse(request.isAlone());
        assertEquals(
                json("{'query': {'bool': {'must': [{'nested': {'path': 'p', 'query': {'hash_knn': {'field': 'v', "
                        + "'candidates': 'hamming',"
                        + " 'k': 5, 'query_hash': 'ff00', 'query_vector': [1.0, "
                        + "2.0]}}}}],"
                        + "'should': [{'knn': {'field': 'w', 'query_vector': [3, 4]}},"
                        + "{'knn': {'field': 'w', 'num_candidates': 50, 'k': 5, 'query_vector': [1.0, "
                        + "2.0]}}]}}}"),
                sent(request.with(Map.of(), 5).filled(DOCUMENT)));
    }

    public void testADocumentIsLeftOutOfWhatItFinds() {
        String without = "{'bool': {'must_not': [{'term': {'me': true}}]}}";
        EvaluatedRequest request =
                request("{'query': {'hash_knn': {'field': 'v', 'filter': {'term': {'a': 1}}}}, 'knn': {'field': 'w', "
                        + "'filter': [{'term': {'b': 2}}, {'term': {'c': 3}}]},"
                        + " 'post_filter': {'term': {'d': 4}}}");
        assertEquals(
                json("{'query': {'hash_knn': {'field': 'v', 'candidates': 'hamming', 'k': 8,"
                        + " 'query_hash': 'ff00', 'query_vector': [1.0, 2.0], 'filter': [" + without
                        + ", {'term': {'a': 1}}]}}, 'knn': {'field': 'w', 'k': 8, 'num_candidates': 500,"
                        + " 'query_vector': [1.0, 2.0], 'filter': [" + without
                        + ", {'term': {'b': 2}}, {'term': {'c': 3}}]}, 'post_filter': {'bool': {'filter': [" + without
                        + ", {'term': {'d': 4}}]}}}"),
                sent(request.with(Map.of(), 5).filledWithout(DOCUMENT, 3)));
        assertEquals(
                json("{'query': {'hash_knn': {'field': 'w', 'candidates': 'lsh', 'k': 5, 'num_candidates': 50,"
                        + " 'query_vector': [1.0, 2.0], 'filter': [" + without
                        + "]}}, 'post_filter': {'bool': {'filter': [" + without + "]}}}"),
                sent(request("{'hash_knn': {'field': 'w', 'candidates': 'lsh', 'num_candidates': 50}}")
                        .with(Map.of(), 5)
                        .filledWithout(DOCUMENT, 0)));
    }

    public void testADocumentIsSearchedByItsNameWhereItsVectorWouldBeTakenForAnother() {
        assertEquals(
                json("{'query': {'hash_knn': {'field': 'same', 'candidates': 'hamming', 'k': 5, 'num_candidates': "
                        + "50, 'num_exact': 9,"
                        + " 'like': {'id': '7'}, 'include_self': true}}}"),
                sent(request("{'hash_knn': {'field': 'same', 'num_candidates': 50, 'num_exact': 9}}")
                        .with(Map.of(), 5)
                        .filled(DOCUMENT)));
        assertEquals(
                json("{'query': {'knn': {'field': 'same', 'num_candidates': 50, 'k': 5, 'query_vector': [1.0, 2.0]}}}"),
                sent(request("{'query': {'knn': {'field': 'same', 'num_candidates': 50}}}")
                        .with(Map.of(), 5)
                        .filled(DOCUMENT)));
    }

    public void testTheExactRequestKeepsAllButTheCandidates() {
        EvaluatedRequest request = request(
                "{'hash_knn': {'field': 'v', 'num_candidates': 50, 'num_exact': 20, 'max_distance': 9, 'metric': "
                        + "'l1', 'similarity': 0.3,"
                        + " 'filter': {'term': {'a': 1}}}}");
        assertTrue(request.isAlone());
        assertEquals(
                json("{'query': {'hash_knn': {'field': 'v', 'metric': 'l1', 'similarity': 0.3, 'filter': {'term': "
                        + "{'a': 1}},"
                        + " 'candidates': 'all', 'k': 7}}}"),
                request.exact(Map.of(), 7).body());
        assertEquals(
                request.exact(Map.of(), 7),
                request.with(Map.of("num_candidates", 99), 7).exact(Map.of(), 7));
    }

    public void testSectionsOfStockKnnAreExactInAQuery() {
        EvaluatedRequest request =
                request("{'knn': {'field': 'p.v', 'num_candidates': 50, 'filter': {'term': {'a': 1}}}}");
        assertTrue(request.isStock());
        assertTrue(request.isAlone());
        assertEquals("knn", request.candidates());
        assertEquals(
                json("{'query': {'nested': {'path': 'p', 'score_mode': 'max', 'query': {'hash_knn':"
                        + " {'field': 'p.v', 'filter': {'term': {'a': 1}}, 'candidates': 'all', 'k': 3}}}}}"),
                request.exact(Map.of("p.v", "p"), 3).body());
        EvaluatedRequest both = request("{'query': {'match_all': {}}, 'knn': [{'field': 'v'}, {'field': 'w'}]}");
        assertEquals(
                json("{'query': {'bool': {'should': [{'match_all': {}}, {'hash_knn': {'field': 'v', 'candidates': "
                        + "'all', 'k': 3}},"
                        + " {'hash_knn': {'field': 'w', 'candidates': 'all', 'k': 3}}]}}}"),
                both.exact(Map.of(), 3).body());
    }

    public void testALoneClauseIsPutIntoTheNestedQueryThatItNeeds() {
        EvaluatedRequest request = request("{'hash_knn': {'field': 'p.v'}}");
        assertEquals(request, request.inNested(Map.of()));
        assertEquals(
                json("{'query': {'nested': {'path': 'p', 'score_mode': 'max', 'query': {'hash_knn': {'field': "
                        + "'p.v'}}}}}"),
                request.inNested(Map.of("p.v", "p")).body());
        assertTrue(request.inNested(Map.of("p.v", "p")).isAlone());
    }

    public void testWhatItCouldFind() {
        assertEquals(
                json("{'bool': {'must': [{'bool': {'filter': [{'exists': {'field': 'v'}}, {'term': {'a': 1}}]}}], "
                        + "'filter': [{'term': {'b': 2}}]}}"),
                request("{'bool': {'must': [{'hash_knn': {'field': 'v', 'filter': {'term': {'a': 1}}}}], "
                                + "'filter': [{'term': {'b': 2}}]}}")
                        .documents(Map.of(), Map.of())
                        .all());
        assertEquals(
                json("{'bool': {'filter': [{'exists': {'field': 'v'}}]}}"),
                request("{'knn': {'field': 'v', 'k': 3, 'num_candidates': 9}}")
                        .documents(Map.of(), Map.of())
                        .all());
        assertEquals(
                json("{'bool': {'filter': [{'exists': {'field': 'p.v'}}, {'term': {'p.encoder': 'abc'}}, {'term': "
                        + "{'a': 1}}]}}"),
                request("{'hash_knn': {'field': 'p.v', 'filter': {'term': {'a': 1}}}}")
                        .documents(Map.of(), Map.of("p.v", "abc", "w", "def"))
                        .all());
    }

    public void testWhatItFindsNoDocumentWithout() {
        assertEquals(Set.of("p.hash"), request("{'hash_knn': {'field': 'p.v'}}").requiredFields());
        assertEquals(
                Set.of("h", "p.cluster"),
                request("{'hash_knn': {'field': 'p.v', 'candidates': 'clusters', 'hash_field': 'h'}}")
                        .requiredFields());
        assertEquals(
                Set.of("p.buckets"),
                request("{'hash_knn': {'field': 'p.v', 'candidates': 'all', 'metric': 'tables'}}")
                        .requiredFields());
        assertEquals(Set.of(), request("{'knn': {'field': 'p.v'}}").requiredFields());
        assertEquals(
                json("{'bool': {'filter': [{'exists': {'field': 'p.v'}}], 'must_not': [{'exists': {'field': "
                        + "'p.hash'}}]}}"),
                request("{'hash_knn': {'field': 'p.v'}}")
                        .documents(Map.of(), Map.of())
                        .without("p.hash"));
    }
}
