package io.lookalike.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/** JSON over HTTP to one node, with connections kept alive. Thread-safe. */
final class NodeClient implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private final URI node;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    NodeClient(URI node) {
        this.node = node;
    }

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /**
     * Sends a request and reads its answer.
     *
     * @param body null for none
     * @throws Refused if the node answers with an error
     */
    JsonNode send(String method, String path, JsonNode body) {
        return send(method, path, body, warning -> {});
    }

    /** The same; {@code warned} takes each warning that comes with the answer. */
    JsonNode send(String method, String path, JsonNode body, Consumer<String> warned) {
        return send(method, path, body == null ? new byte[0] : bytes(body), "application/json", warned);
    }

    /** Sends the lines of a bulk request. */
    JsonNode bulk(byte[] lines) {
        return send("POST", "/_bulk", lines, "application/x-ndjson", warning -> {});
    }

    private JsonNode send(String method, String path, byte[] body, String type, Consumer<String> warned) {
        HttpRequest request = HttpRequest.newBuilder(node.resolve(path))
                .timeout(TIMEOUT)
                .header("Content-Type", type)
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
                .build();
        try {
            HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
            if (response.statusCode() >= 300) {
                throw new Refused(method, path, response.statusCode(), reason(response.body()));
            }
            response.headers().allValues("Warning").forEach(value -> warned.accept(text(value)));
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException("no answer from the node to " + method + " " + path + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted", e));
        }
    }

    /** The text of a warning header {@code 299 agent "text"}. */
    static String text(String header) {
        int from = header.indexOf('"') + 1;
        int to = header.lastIndexOf('"');
        return from > 0 && to >= from
                ? header.substring(from, to).replace("\\\"", "\"").replace("\\\\", "\\")
                : header;
    }

    private static String reason(byte[] body) {
        try {
            JsonNode error = JSON.readTree(body).path("error");
            JsonNode cause = error.path("root_cause").path(0).path("reason");
            return cause.isMissingNode() ? error.path("reason").asText(error.toString()) : cause.asText();
        } catch (IOException e) {
            return new String(body, StandardCharsets.UTF_8).strip();
        }
    }

    private static byte[] bytes(JsonNode body) {
        try {
            return JSON.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        http.close();
    }

    /** An error response. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String reason;

        Refused(String method, String path, int status, String reason) {
            super(String.format(Locale.ROOT, "%s %s was answered with %d: %s", method, path, status, reason));
            this.reason = reason;
        }

        /** The node's reason. */
        String reason() {
            return reason;
        }
    }
}
