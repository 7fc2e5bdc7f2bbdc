package io.lookalike.rest;

import io.lookalike.encoder.Messages;
import org.elasticsearch.rest.RestRequest;

/** Reads query parameters; errors name the parameter. */
final class Parameters {
    private Parameters() {}

    /** A parameter without a value, as in {@code ?full}, is true. */
    static boolean flag(RestRequest request, String name, boolean fallback) {
        String value = request.param(name);
        if (value != null && !value.isEmpty() && !value.equals("true") && !value.equals("false")) {
            throw new IllegalArgumentException(
                    "[" + name + "] must be [true] or [false]; got [" + Messages.cut(value) + "]");
        }
        return request.paramAsBoolean(name, fallback);
    }
}
