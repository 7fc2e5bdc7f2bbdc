package io.lookalike.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests to one node, whose answers are looked at whatever their status is. Thread-safe. */
final class Http implements AutoCloseable {
    static final String JSON = "application/json";
    static final String LINES = "application/x-ndjson";

    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final URI node;
    private final HttpClient client;
    /** Null for nobody. */
    private final String user;

    private final AtomicInteger requests = new AtomicInteger();

    Http(URI node) {
        this(node, HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(), null);
    }

    private Http(URI node, HttpClient client, String user) {
        this.node = node;
        this.client = client;
        this.user = user;
    }

    /**
     * Requests in the name of a user, to a node with the plugin of {@link GuardZip}; they share the connections of
     * these.
     */
    Http as(String name) {
        return new Http(node, client, name);
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.resolve(path)).timeout(TIMEOUT);
        return user == null
                ? request
                : request.header("X-Guard-User", user).header("X-Opaque-Id", user + ":" + requests.incrementAndGet());
    }

    /**
     * An answer.
     *
     * @param body missing where the answer is empty or no JSON
     */
    record Answer(int status, JsonNode body, String text, HttpHeaders headers) {
        List<String> warnings() {
            return headers.allValues("warning");
        }

        /** All that an error says, from the outermost to the innermost, or the whole answer where it is no error. */
        String reasons() {
            Set<String> reasons = new LinkedHashSet<>();
            JsonNode error = body.path("error");
            collect(error, reasons);
            return reasons.isEmpty() ? text : String.join("\n", reasons);
        }
    }

    /** The reasons in an error, such as that of an item of a bulk. */
    static String reasons(JsonNode error) {
        Set<String> reasons = new LinkedHashSet<>();
        collect(error, reasons);
        return String.join("\n", reasons);
    }

    private static void collect(JsonNode error, Set<String> reasons) {
        if (error.isTextual()) {
            reasons.add(error.asText());
        }
        if (error.has("reason")) {
            collect(error.get("reason"), reasons);
        }
        for (JsonNode cause : error.path("root_cause")) {
            collect(cause, reasons);
        }
        for (JsonNode failure : error.path("failed_shards")) {
            collect(failure.path("reason"), reasons);
        }
        if (error.has("caused_by")) {
            collect(error.get("caused_by"), reasons);
        }
    }

    /** @param body null for none */
    Answer send(String method, String path, JsonNode body) {
        try {
            return send(method, path, body == null ? new byte[0] : Json.MAPPER.writeValueAsBytes(body), JSON);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    Answer send(String method, String path, byte[] body, String type) {
        HttpRequest request = request(path)
                .header("Content-Type", type)
                .header("Accept", JSON)
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
                .build();
        try {
            return answer(client.send(request, BodyHandlers.ofByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + path + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted", e));
        }
    }

    /** Sends and does not wait; who cancels what it returns closes the connection. */
    CompletableFuture<HttpResponse<byte[]>> start(String method, String path, JsonNode body) {
        try {
            return client.sendAsync(
                    request(path)
                            .header("Content-Type", JSON)
                            .method(method, BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(body)))
                            .build(),
                    BodyHandlers.ofByteArray());
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Answer answer(HttpResponse<byte[]> response) throws IOException {
        boolean json =
                response.headers().firstValue("content-type").orElse("").contains("json") && response.body().length > 0;
        return new Answer(
                response.statusCode(),
                json ? Json.MAPPER.readTree(response.body()) : MissingNode.getInstance(),
                new String(response.body(), StandardCharsets.UTF_8),
                response.headers());
    }

    /** The body of an answer that must be a good one. */
    JsonNode ok(String method, String path, JsonNode body) {
        return good(method + " " + path, send(method, path, body));
    }

    JsonNode ok(String method, String path) {
        return ok(method, path, null);
    }

    private static JsonNode good(String request, Answer answer) {
        assertTrue(
                answer.status() < 300,
                () -> request + " was answered with " + answer.status() + ": " + answer.reasons());
        return answer.body();
    }

    /** Sends lines and refreshes; every item must be a good one. */
    JsonNode bulk(String path, Bulk lines) {
        JsonNode body = good(
                "bulk", send("POST", path + (path.contains("?") ? "&" : "?") + "refresh=true", lines.bytes(), LINES));
        assertFalse(body.path("errors").asBoolean(true), () -> failures(body).toString());
        assertEquals(lines.size(), body.path("items").size());
        return body;
    }

    /** What went wrong with items of a bulk, as {@code id status reasons}. */
    static List<String> failures(JsonNode bulk) {
        List<String> failures = new ArrayList<>();
        for (JsonNode item : bulk.path("items")) {
            JsonNode result = item.elements().next();
            if (result.has("error")) {
                failures.add(result.path("_id").asText() + " "
                        + result.path("status").asInt() + " " + reasons(result.path("error")));
            }
        }
        return failures;
    }

    /** The hits of a search whose answer must be a whole one. */
    JsonNode hits(String index, JsonNode body) {
        JsonNode answer = ok("POST", "/" + index + "/_search", body);
        assertFalse(answer.path("timed_out").asBoolean(true));
        assertEquals(0, answer.path("_shards").path("failed").asInt(-1), answer::toString);
        return answer.path("hits").path("hits");
    }

    /** The ids of the hits of a search, best first. */
    List<String> ids(String index, JsonNode body) {
        return Json.texts(hits(index, body), "_id");
    }

    @Override
    public void close() {
        client.close();
    }
}
