package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static io.lookalike.it.Mistake.mistake;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;

/** Wrong searches. */
final class SearchMistakes {
    static final String SEARCH = "/" + Mistake.INDEX + "/_search";

    private SearchMistakes() {}

    static Stream<Mistake> searches() {
        return Stream.of(
                mistake(
                        "file",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?}", "C:\\a.jpg"),
                        400,
                        "[query_image] holds a URL or the name of a file, from which nothing is fetched"),
                mistake(
                        "URL in a query vector builder",
                        "POST",
                        SEARCH,
                        json(
                                "{knn: {field: 'photo.vector', k: 1, num_candidates: 1, query_vector_builder: "
                                        + "{image_embedding: {encoder: 'default', image: ?}}}}",
                                "http://localhost/a.jpg"),
                        400,
                        "[image] holds a URL or the name of a file, from which nothing is fetched"),
                mistake(
                        "k 0",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, k: 0}", Mistake.PICTURE),
                        400,
                        "[k] must be from [1] to [10000]",
                        "[0]"),
                mistake(
                        "k above num_candidates",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, k: 10, num_candidates: 5}", Mistake.PICTURE),
                        400,
                        "[num_candidates] must be at least [k]; got num_candidates [5] and k [10]"),
                mistake(
                        "too many candidates",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, num_candidates: 10001}", Mistake.PICTURE),
                        400,
                        "[num_candidates] must be from [1] to [10000]",
                        "[10001]"),
                mistake(
                        "unknown metric",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, metric: 'l3'}", Mistake.PICTURE),
                        400,
                        "[metric] must be one of",
                        "l2_norm",
                        "tables",
                        "[l3]"),
                mistake(
                        "unknown candidates",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, candidates: 'best'}", Mistake.PICTURE),
                        400,
                        "[candidates] must be one of",
                        "hamming",
                        "[best]"),
                mistake(
                        "unknown normalization",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, normalize_vectors: 'l1'}", Mistake.PICTURE),
                        400,
                        "[normalize_vectors] must be one of [none, l2, sum]; got [l1]"),
                mistake(
                        "no tables",
                        "POST",
                        SEARCH,
                        knn(
                                "{field: 'photo.vector', query_image: ?, candidates: 'lsh', min_tables: 0}",
                                Mistake.PICTURE),
                        400,
                        "[min_tables] must be at least [1]; got [0]"),
                mistake(
                        "more tables than there are",
                        "POST",
                        SEARCH,
                        knn(
                                "{field: 'photo.vector', query_image: ?, candidates: 'lsh', min_tables: 11}",
                                Mistake.PICTURE),
                        400,
                        "[min_tables] must be at most [10]",
                        "got [11]"),
                mistake(
                        "tables of candidates by code",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, min_tables: 2}", Mistake.PICTURE),
                        400,
                        "[min_tables]",
                        "does not apply to [candidates] [hamming]",
                        "use [lsh]"),
                mistake(
                        "distance of candidates by table",
                        "POST",
                        SEARCH,
                        knn(
                                "{field: 'photo.vector', query_image: ?, candidates: 'lsh', max_distance: 9}",
                                Mistake.PICTURE),
                        400,
                        "[max_distance]",
                        "does not apply to [candidates] [lsh]",
                        "[min_tables]"),
                mistake(
                        "buckets that are not mapped",
                        "POST",
                        SEARCH,
                        knn(
                                "{field: 'photo.vector', query_image: ?, candidates: 'lsh', buckets_field: 'nowhere'}",
                                Mistake.PICTURE),
                        400,
                        "[buckets_field] [nowhere] is not mapped in index [mistakes]",
                        "or use [candidates] [hamming]"),
                mistake(
                        "buckets of another type",
                        "POST",
                        SEARCH,
                        knn(
                                "{field: 'photo.vector', query_image: ?, metric: 'tables', buckets_field: "
                                        + "'photo.width'}",
                                Mistake.PICTURE),
                        400,
                        "field [photo.width] is of type [integer]",
                        "[keyword]"),
                mistake(
                        "document without buckets",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', like: {id: 'fish0'}, metric: 'tables', buckets_field: 'nowhere'}"),
                        400,
                        "document [fish0] of index [mistakes]",
                        "no field [nowhere]",
                        "[buckets_field]"),
                mistake(
                        "graph that is not there",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, candidates: 'hnsw'}", Mistake.PICTURE),
                        400,
                        "field [photo.hash] is mapped with index option [flat]",
                        "_mapping?graph=codes",
                        "[candidates] [hamming]"),
                mistake(
                        "norms of another type",
                        "POST",
                        SEARCH,
                        knn(
                                "{field: 'photo.vector', query_image: ?, num_exact: 20, norm_field: 'photo.width'}",
                                Mistake.PICTURE),
                        400,
                        "field [photo.width] is of type [integer]",
                        "[float]",
                        "[norm_field]"),
                mistake(
                        "object for its vectors",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo', query_image: ?}", Mistake.PICTURE),
                        400,
                        "field [photo] is an object",
                        "photo.vector"),
                mistake(
                        "negative distance",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, max_distance: -1}", Mistake.PICTURE),
                        400,
                        "[max_distance] must be at least [0]"),
                mistake(
                        "distance beyond the bits",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, max_distance: 257}", Mistake.PICTURE),
                        400,
                        "[max_distance] must be at most [256]",
                        "[257]"),
                mistake(
                        "no field",
                        "POST",
                        SEARCH,
                        knn("{query_image: ?}", Mistake.PICTURE),
                        400,
                        "[hash_knn] needs [field]"),
                mistake(
                        "unknown option",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, ef: 10}", Mistake.PICTURE),
                        400,
                        "[ef]"),
                mistake(
                        "nothing to search by",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector'}"),
                        400,
                        "[hash_knn] needs exactly one of [query_image]"),
                mistake(
                        "two things to search by",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, like: {id: 'fish0'}}", Mistake.PICTURE),
                        400,
                        "[hash_knn] needs exactly one of"),
                mistake(
                        "a code alone",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_hash: 'ff'}"),
                        400,
                        "[query_hash] alone",
                        "[hash_radius]"),
                mistake(
                        "a code that is no hex",
                        "POST",
                        SEARCH,
                        radius("{field: 'photo.hash', query_hash: 'xyz', max_distance: 1}"),
                        400,
                        "[query_hash] must be hex",
                        "[xyz]"),
                mistake(
                        "a code of other length",
                        "POST",
                        SEARCH,
                        radius("{field: 'photo.hash', query_hash: 'ffff', max_distance: 1}"),
                        400,
                        "[photo.hash] has [256] bits",
                        "[16]"),
                mistake(
                        "no radius",
                        "POST",
                        SEARCH,
                        radius("{field: 'photo.phash', query_image: ?}", Mistake.PICTURE),
                        400,
                        "[max_distance] must be at least [0]"),
                mistake(
                        "radius beyond the bits",
                        "POST",
                        SEARCH,
                        radius("{field: 'photo.phash', query_image: ?, max_distance: 65}", Mistake.PICTURE),
                        400,
                        "[max_distance] must be at most [64]"),
                mistake(
                        "radius over vectors",
                        "POST",
                        SEARCH,
                        radius("{field: 'photo.vector', query_image: ?, max_distance: 5}", Mistake.PICTURE),
                        400,
                        "[photo.vector]",
                        "element_type [bit]"),
                mistake(
                        "vectors that are codes",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.hash', query_image: ?}", Mistake.PICTURE),
                        400,
                        "[photo.hash]",
                        "must be a field of vectors"),
                mistake(
                        "field of another type",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.format', query_image: ?, encoder: 'default'}", Mistake.PICTURE),
                        400,
                        "[photo.format] is of type [keyword]"),
                mistake(
                        "vector of other dims",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_vector: [1, 2, 3]}"),
                        400,
                        "[query_vector] has [3] dims",
                        "[default]"),
                mistake(
                        "no such encoder",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?, encoder: 'nobody'}", Mistake.PICTURE),
                        404,
                        "no such encoder [nobody]"),
                mistake(
                        "encoder of other dims",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_vector: [1, 2, 3, 4, 5, 6, 7, 8], encoder: 'mistakes'}"),
                        400,
                        "[photo.vector]",
                        "[8]"),
                mistake(
                        "no picture",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: 'me'}"),
                        400,
                        "[query_image]"),
                mistake(
                        "picture of a wrong type",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: {}}"),
                        400,
                        "query_image"),
                mistake(
                        "huge claim",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', query_image: ?}", Mistake.hugeClaim()),
                        400,
                        "cannot decode [query_image] (33 bytes",
                        "[536870944] x [32] pixels"),
                mistake(
                        "huge claim, stock search",
                        "POST",
                        SEARCH,
                        json(
                                "{knn: {field: 'photo.vector', k: 1, num_candidates: 1, query_vector_builder: "
                                        + "{image_embedding: {image: ?}}}}",
                                Mistake.hugeClaim()),
                        400,
                        "cannot decode [image] (33 bytes"),
                mistake(
                        "no such encoder, stock search",
                        "POST",
                        SEARCH,
                        json(
                                "{knn: {field: 'photo.vector', k: 1, num_candidates: 1, query_vector_builder: "
                                        + "{image_embedding: {image: ?, encoder: 'nobody'}}}}",
                                Mistake.PICTURE),
                        404,
                        "no such encoder [nobody]"),
                mistake(
                        "missing document",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', like: {id: 'nobody'}}"),
                        404,
                        "document [nobody] of index [mistakes]",
                        "does not exist"),
                mistake(
                        "document without a picture",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', like: {id: 'without'}}"),
                        400,
                        "document [without] of index [mistakes]",
                        "no field [photo.vector]"),
                mistake(
                        "document's field that holds no numbers",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', like: {id: 'fish0', path: 'photo.format'}}"),
                        400,
                        "[like]",
                        "[photo.format]"),
                mistake(
                        "document of a missing index",
                        "POST",
                        SEARCH,
                        knn("{field: 'photo.vector', like: {index: 'nowhere', id: 'a'}}"),
                        404,
                        "nowhere"),
                mistake(
                        "missing index",
                        "POST",
                        "/nowhere/_search",
                        knn("{field: 'photo.vector', query_image: ?}", Mistake.PICTURE),
                        404,
                        "no such index [nowhere]"),
                mistake(
                        "unmapped index",
                        "POST",
                        "/mistakes-unmapped/_search",
                        knn("{field: 'photo.vector', query_image: ?}", Mistake.PICTURE),
                        400,
                        "has a field [photo.vector]",
                        "GET /_lookalike/encoder/default/_mapping"),
                mistake(
                        "unmapped field",
                        "POST",
                        SEARCH,
                        knn("{field: 'foto.vector', query_image: ?}", Mistake.PICTURE),
                        400,
                        "has a field [foto.vector]"));
    }

    static ObjectNode knn(String clause, Object... values) {
        return json("{query: {hash_knn: " + clause + "}}", values);
    }

    static ObjectNode radius(String clause, Object... values) {
        return json("{query: {hash_radius: " + clause + "}}", values);
    }
}
