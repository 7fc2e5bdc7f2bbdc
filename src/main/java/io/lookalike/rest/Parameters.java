package io.lookalike.rest;

import io.lookalike.encoder.Values;
import org.elasticsearch.rest.RestRequest;

/** Parameters of a request's path, refused by their names. */
final class Parameters {
    private Parameters() {}

    /** True also where the parameter stands without a value, as in {@code ?full}. */
    static boolean flag(RestRequest request, String name, boolean fallback) {
        String value = request.param(name);
        if (value != null && !value.isEmpty() && !value.equals("true") && !value.equals("false")) {
            throw new IllegalArgumentException(
                    "[" + name + "] must be [true] or [false]; got [" + Values.cut(value) + "]");
        }
        return request.paramAsBoolean(name, fallback);
    }
}
