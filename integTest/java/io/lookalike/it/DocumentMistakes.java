package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static io.lookalike.it.Mistake.mistake;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;

/** Wrong pipelines, and wrong documents for right ones. */
final class DocumentMistakes {
    private DocumentMistakes() {}

    static Stream<Mistake> pipelines() {
        String path = "/_ingest/pipeline/wrong";
        return Stream.of(
                mistake(
                        "no such encoder",
                        "PUT",
                        path,
                        pipeline("{image_embedding: {field: 'image', target_field: 'p', encoder: 'nobody'}}"),
                        400,
                        "no such encoder [nobody]",
                        "PUT /_lookalike/encoder/nobody"),
                mistake(
                        "no field",
                        "PUT",
                        path,
                        pipeline("{image_embedding: {target_field: 'p'}}"),
                        400,
                        "[field]",
                        "missing"),
                mistake(
                        "no target",
                        "PUT",
                        path,
                        pipeline("{image_embedding: {field: 'image'}}"),
                        400,
                        "[target_field]",
                        "missing"),
                mistake(
                        "target inside of the field",
                        "PUT",
                        path,
                        pipeline("{image_embedding: {field: 'image', target_field: 'image.made'}}"),
                        400,
                        "[image.made]",
                        "[image]"),
                mistake(
                        "no unit of boxes",
                        "PUT",
                        path,
                        pipeline("{image_embedding: {field: 'image', target_field: 'p', regions_field: 'boxes', "
                                + "region_units: 'px'}}"),
                        400,
                        "[region_units]",
                        "[pixels, fraction]"),
                mistake(
                        "boxes inside of the target",
                        "PUT",
                        path,
                        pipeline("{image_embedding: {field: 'image', target_field: 'p', regions_field: 'p.boxes'}}"),
                        400,
                        "[regions_field] [p.boxes]",
                        "[target_field] [p]"),
                mistake(
                        "misspelt option",
                        "PUT",
                        path,
                        pipeline("{image_embedding: {field: 'image', target_field: 'p', encodre: 'default'}}"),
                        400,
                        "encodre"),
                mistake(
                        "option of a wrong type",
                        "PUT",
                        path,
                        pipeline("{vector_hash: {field: 'v', target_field: 'p', encoder: 'mistakes', ignore_missing: "
                                + "'perhaps'}}"),
                        400,
                        "[ignore_missing]"));
    }

    static Stream<Mistake> documents() {
        String path = "/" + Mistake.INDEX + "/_doc/wrong";
        String vectors = "/mistakes-vectors/_doc/wrong?pipeline=mistakes-vectors";
        return Stream.of(
                mistake(
                        "no picture",
                        "PUT",
                        path,
                        json("{note: 'x'}"),
                        400,
                        "field [image] is missing in document [wrong]",
                        "[ignore_missing]"),
                mistake("text", "PUT", path, json("{image: 'a holiday picture'}"), 400, "field [image] is not base64"),
                mistake(
                        "file",
                        "PUT",
                        path,
                        json("{image: '/home/me/a.jpg'}"),
                        400,
                        "field [image] holds a URL or the name of a file, from which nothing is fetched"),
                mistake(
                        "number",
                        "PUT",
                        path,
                        json("{image: 17}"),
                        400,
                        "field [image] must hold a picture",
                        "[Integer]"),
                mistake(
                        "object",
                        "PUT",
                        path,
                        json("{image: {bytes: 'AA=='}}"),
                        400,
                        "field [image] must hold a picture"),
                mistake(
                        "truth",
                        "PUT",
                        path,
                        json("{image: true}"),
                        400,
                        "field [image] must hold a picture",
                        "[Boolean]"),
                mistake(
                        "huge claim",
                        "PUT",
                        path,
                        json("{image: ?}", Mistake.hugeClaim()),
                        400,
                        "cannot decode field [image] (33 bytes",
                        "[536870944] x [32] pixels"),
                mistake(
                        "vector of other dims",
                        "PUT",
                        vectors,
                        json("{v: [1, 2]}"),
                        400,
                        "field [v] has [2] dims",
                        "[mistakes] takes [8]"),
                mistake(
                        "vector of zeros",
                        "PUT",
                        vectors,
                        json("{v: [0, 0, 0, 0, 0, 0, 0, 0]}"),
                        400,
                        "the vector of field [v] for encoder [mistakes] is all zeros"),
                mistake(
                        "vector of words",
                        "PUT",
                        vectors,
                        json("{v: ['one']}"),
                        400,
                        "field [v] must hold numbers only",
                        "[one] at [0]"),
                mistake("vector that is none", "PUT", vectors, json("{v: 'one'}"), 400, "field [v] must hold a vector"),
                mistake(
                        "vector out of range",
                        "PUT",
                        vectors,
                        json("{v: [1e99, 0, 0, 0, 0, 0, 0, 0]}"),
                        400,
                        "field [v]",
                        "finite"));
    }

    static ObjectNode pipeline(String processor) {
        return json("{processors: [" + processor + "]}");
    }
}
