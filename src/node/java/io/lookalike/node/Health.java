package io.lookalike.node;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Checks over HTTP whether a node is up. */
final class Health {
    private static final Duration SETTLE = Duration.ofSeconds(30);

    private final URI node;
    private final boolean anyAnswer;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .build();

    /** @param anyAnswer whether "no master" counts as an answer, for a node that waits for other nodes */
    Health(URI node, boolean anyAnswer) {
        this.node = node;
        this.anyAnswer = anyAnswer;
    }

    boolean answers() {
        int status = status("?master_timeout=1s&timeout=1s", Duration.ofSeconds(10));
        return status == 200 || status == 408 || (anyAnswer && status > 0);
    }

    /** Waits until every index has its primaries; an index that has lost one is no error. */
    void settle() {
        if (!anyAnswer) {
            status("?wait_for_status=yellow&timeout=" + SETTLE.toSeconds() + "s", SETTLE.plusSeconds(10));
        }
    }

    /** The status code, -1 for no answer. */
    private int status(String parameters, Duration patience) {
        HttpRequest request = HttpRequest.newBuilder(node.resolve("/_cluster/health" + parameters))
                .timeout(patience)
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return -1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NodeFailed("interrupted while waiting for a node", e);
        }
    }
}
