package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static io.lookalike.it.Mistake.mistake;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** Wrong requests about encoders, and to them. */
final class EncoderMistakes {
    private EncoderMistakes() {}

    static Stream<Mistake> encoders() {
        String put = "/_lookalike/encoder/wrong";
        return Stream.of(
                mistake("no such model", "PUT", put, json("{model: 'resnet'}"), 400, "[resnet]", "config"),
                mistake("model outside of its directory", "PUT", put, json("{model: '../../secret'}"), 400, "secret"),
                mistake("no model named", "PUT", put, json("{}"), 400, "[model] is missing", "[builtin-1]"),
                mistake("model of a wrong type", "PUT", put, json("{model: 7}"), 400, "[model]", "a string", "[7]"),
                mistake("no dims", "PUT", put, json("{model: 'none'}"), 400, "[dims] is missing"),
                mistake(
                        "too many dims",
                        "PUT",
                        put,
                        json("{model: 'none', dims: 4097}"),
                        400,
                        "[1] to [4096]",
                        "[4097]"),
                mistake(
                        "other dims than the model's",
                        "PUT",
                        put,
                        json("{model: 'builtin-1', dims: 7}"),
                        400,
                        "[dims] is [7]",
                        "leave [dims] out"),
                mistake(
                        "misspelt field",
                        "PUT",
                        put,
                        json("{model: 'none', dims: 8, hahsh: {}}"),
                        400,
                        "unknown field [hahsh]",
                        "did you mean [hash]?"),
                mistake(
                        "field of an object within",
                        "PUT",
                        put,
                        json("{model: 'builtin-1', scale: 1}"),
                        400,
                        "unknown field [scale]",
                        "did you mean [image.scale]?"),
                mistake(
                        "no scale",
                        "PUT",
                        put,
                        json("{model: 'builtin-1', image: {scale: 0}}"),
                        400,
                        "[image.scale] must be neither [0]",
                        "give [1] for pixels from 0 to 255"),
                mistake(
                        "negative deviation",
                        "PUT",
                        put,
                        json("{model: 'builtin-1', image: {std: [-1, 1, 1]}}"),
                        400,
                        "[image.std] must be above [0]",
                        "[-1.0]",
                        "negative [image.scale]"),
                mistake(
                        "means of other channels",
                        "PUT",
                        put,
                        json("{model: 'builtin-1', image: {mean: [0, 0]}}"),
                        400,
                        "[image.mean] has [2] numbers, but [image.channels] is [rgb]"),
                mistake(
                        "odd bits",
                        "PUT",
                        put,
                        json("{model: 'none', dims: 8, hash: {bits: 63}}"),
                        400,
                        "[hash.bits] must be a multiple of [8]",
                        "[63]"),
                mistake(
                        "unknown hash",
                        "PUT",
                        put,
                        json("{model: 'none', dims: 8, hash: {type: 'md5'}}"),
                        400,
                        "[hash.type] must be one of",
                        "[md5]"),
                mistake(
                        "center of other dims",
                        "PUT",
                        put,
                        json("{model: 'none', dims: 8, hash: {center: [1, 2]}}"),
                        400,
                        "[hash.center] has [2] dims",
                        "[8]"),
                mistake(
                        "no such output",
                        "PUT",
                        put,
                        json("{model: 'builtin-1', output: 'logits'}"),
                        400,
                        "[builtin-1]",
                        "no output [logits]",
                        "it has ["),
                mistake(
                        "unknown pooling",
                        "PUT",
                        put,
                        json("{model: 'builtin-1', pooling: 'median'}"),
                        400,
                        "[pooling] must be one of [none, cls, mean, gem]",
                        "[median]"),
                mistake(
                        "pictures without a model",
                        "PUT",
                        put,
                        json("{model: 'none', dims: 8, perceptual: 'phash'}"),
                        400,
                        "[perceptual] needs pictures"),
                mistake(
                        "id of capitals",
                        "PUT",
                        "/_lookalike/encoder/Wrong",
                        json("{model: 'none', dims: 8}"),
                        400,
                        "Wrong"),
                mistake(
                        "the built-in one anew",
                        "PUT",
                        "/_lookalike/encoder/default",
                        json("{model: 'none', dims: 8}"),
                        400,
                        "[default]"),
                mistake(
                        "another encoder of the same id",
                        "PUT",
                        "/_lookalike/encoder/mistakes",
                        json("{model: 'none', dims: 9}"),
                        409,
                        "encoder [mistakes] exists with another configuration",
                        "choose another id, or delete it first"),
                mistake(
                        "no such encoder",
                        "GET",
                        put,
                        null,
                        404,
                        "no such encoder [wrong]",
                        "default",
                        "PUT /_lookalike/encoder/wrong"),
                mistake("delete of none", "DELETE", put, null, 404, "no such encoder [wrong]"),
                mistake(
                        "delete of the built-in",
                        "DELETE",
                        "/_lookalike/encoder/default",
                        null,
                        400,
                        "[default] is built in"),
                mistake(
                        "delete while in use",
                        "DELETE",
                        "/_lookalike/encoder/mistakes",
                        null,
                        409,
                        "[mistakes-vectors]",
                        "[force=true]"),
                mistake(
                        "full export of all",
                        "GET",
                        "/_lookalike/encoder?full=true",
                        null,
                        400,
                        "[full] needs one encoder"),
                mistake("mapping of none", "GET", put + "/_mapping", null, 404, "no such encoder [wrong]"),
                mistake(
                        "unknown graph",
                        "GET",
                        "/_lookalike/encoder/default/_mapping?graph=all",
                        null,
                        400,
                        "[graph] must be one of [vectors, codes, none]",
                        "[all]"),
                mistake(
                        "target that is no name",
                        "GET",
                        "/_lookalike/encoder/default/_mapping?target_field=a..b",
                        null,
                        400,
                        "[target_field] must be a field's name",
                        "[a..b]"));
    }

    static Stream<Mistake> mappings() {
        List<Mistake> mistakes = new ArrayList<>();
        String deep = "a." + "b.".repeat(17) + "c";
        for (String parameter : List.of("target_field", "field")) {
            for (String name : List.of("", "a..b", ".a", "a.", ".", "a%20b", "%20", "pho*", "*")) {
                mistakes.add(refusedMapping(
                        parameter + "=" + name,
                        "[" + parameter
                                + "] must be a field's name, without blanks, wildcards and empty parts, such as ["));
            }
            for (String name : List.of("_id", "_source", "_routing.a", "_index")) {
                mistakes.add(refusedMapping(
                        parameter + "=" + name,
                        "[" + parameter + "] must be a field of your own, not one of Elasticsearch's, such as [",
                        "got [" + name + "]"));
            }
            mistakes.add(refusedMapping(
                    parameter + "=" + deep,
                    "[" + parameter + "] must be a field's name of at most [18] parts",
                    "got [" + deep + "]"));
        }
        mistakes.add(refusedMapping("pipeline=", "[pipeline] must be the name of an ingest pipeline; got []"));
        mistakes.add(refusedMapping("pipeline=%20", "[pipeline] must be the name of an ingest pipeline; got [ ]"));
        for (String flag : List.of("nested", "remove_source")) {
            for (String value : List.of("yes", "1", "True", "maybe")) {
                mistakes.add(refusedMapping(
                        flag + "=" + value, "[" + flag + "] must be [true] or [false]; got [" + value + "]"));
            }
        }
        mistakes.add(refusedMapping("graph=Vectors", "[graph] must be one of [vectors, codes, none]", "[Vectors]"));
        mistakes.add(refusedMapping("graph=", "[graph] must be one of [vectors, codes, none]", "[]"));
        mistakes.add(refusedMapping("target_field=image.vector", "[field] [image]", "[target_field] [image.vector]"));
        mistakes.add(refusedMapping("targetfield=a", "[targetfield]", "did you mean [target_field]"));
        for (String parameter : List.of("field=v", "remove_source=false")) {
            mistakes.add(mistake(
                    parameter + " without a model",
                    "GET",
                    "/_lookalike/encoder/mistakes/_mapping?" + parameter,
                    null,
                    400,
                    "[field] and [remove_source] are for pictures",
                    "encoder [mistakes] has no model"));
        }
        mistakes.add(mistake(
                "a flag of GET", "GET", "/_lookalike/encoder/mistakes?full=yes", null, 400, "[full] must be [true]"));
        mistakes.add(mistake(
                "a flag of DELETE",
                "DELETE",
                "/_lookalike/encoder/mistakes?force=yes",
                null,
                400,
                "[force] must be [true] or [false]; got [yes]"));
        mistakes.add(mistake(
                "a flag of _encode",
                "POST",
                "/_lookalike/encoder/default/_encode?explain=yes",
                json("{image: ?}", Mistake.PICTURE),
                400,
                "[explain] must be [true]"));
        return mistakes.stream();
    }

    private static Mistake refusedMapping(String parameter, String... parts) {
        return mistake(parameter, "GET", "/_lookalike/encoder/default/_mapping?" + parameter, null, 400, parts);
    }

    static Stream<Mistake> encodings() {
        String encode = "/_lookalike/encoder/default/_encode";
        return Stream.of(
                mistake("nothing to encode", "POST", encode, json("{}"), 400, "one of [image] (base64) and [vector]"),
                mistake("unknown field", "POST", encode, json("{picture: 'AA=='}"), 400, "unknown field [picture]"),
                mistake("misspelt field", "POST", encode, json("{imgae: 'AA=='}"), 400, "did you mean [image]?"),
                mistake("both", "POST", encode, json("{image: 'AA==', vector: [1]}"), 400, "one of [image]"),
                mistake(
                        "words",
                        "POST",
                        encode,
                        json("{vector: ['a']}"),
                        400,
                        "[vector] must hold numbers only",
                        "[a]"),
                mistake("no base64", "POST", encode, json("{image: 'no picture!'}"), 400, "[image] is not base64"),
                mistake(
                        "URL",
                        "POST",
                        encode,
                        json("{image: 'https://localhost/a.jpg'}"),
                        400,
                        "[image] holds a URL or the name of a file, from which nothing is fetched"),
                mistake(
                        "no picture",
                        "POST",
                        encode,
                        json("{image: ?}", base64("hello, world")),
                        400,
                        "its format is not known",
                        "jpeg"),
                mistake("empty", "POST", encode, json("{image: ''}"), 400, "[image]", "empty"),
                mistake(
                        "URL without data",
                        "POST",
                        encode,
                        json("{image: 'data:image/png,abc'}"),
                        400,
                        "data:image/png;base64,"),
                mistake(
                        "vector of other dims",
                        "POST",
                        "/_lookalike/encoder/mistakes/_encode",
                        json("{vector: [1, 2, 3]}"),
                        400,
                        "[vector] has [3] dims",
                        "[mistakes] takes [8]"),
                mistake(
                        "picture for an encoder of vectors",
                        "POST",
                        "/_lookalike/encoder/mistakes/_encode",
                        json("{image: ?}", Mistake.PICTURE),
                        400,
                        "[mistakes] has no model",
                        "give it a vector"),
                mistake(
                        "no such encoder",
                        "POST",
                        "/_lookalike/encoder/wrong/_encode",
                        json("{image: ?}", Mistake.PICTURE),
                        404,
                        "no such encoder [wrong]"),
                mistake(
                        "a picture that claims to be huge",
                        "POST",
                        encode,
                        json("{image: ?}", Mistake.hugeClaim()),
                        400,
                        "cannot decode [image] (33 bytes, starts with 89 50 4e 47)",
                        "[536870944] x [32] pixels",
                        "[lookalike.image.max_pixels]"));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
