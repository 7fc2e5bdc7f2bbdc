package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.node.RealNode;
import java.io.BufferedReader;
import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What {@code bin/node} says, and that it is true. */
class NodeCommandIT {
    private static final Pattern READY = Pattern.compile("ready: (http://127\\.0\\.0\\.1:\\d+) .*");

    @Test
    void itSaysWhatTheNodeLacks() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        RealNode.class.getName(),
                        "--port",
                        "0",
                        "--heap",
                        "512m")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = process.inputReader()) {
            assertEquals("starting", output.readLine());
            assertTrue(output.readLine().startsWith("installed [lookalike "));
            Matcher ready = READY.matcher(output.readLine());
            assertTrue(ready.matches());
            assertEquals(
                    "This node is put together from Maven Central and lacks scripts (script_score, [if] in pipelines),"
                            + " Elasticsearch's own ingest processors (set, pipeline, …), the retrievers rrf and "
                            + "linear, analyzers of"
                            + " languages, _reindex and security.",
                    output.readLine());
            assertTrue(output.readLine()
                    .matches(
                            "A full Elasticsearch 9\\.\\d+\\.\\d+ has them; there run: bin/elasticsearch-plugin install"
                                    + " file:///.*/target/lookalike-.*\\.zip"));
            try (Http http = new Http(URI.create(ready.group(1)))) {
                http.ok("PUT", "/x", json("{}"));
                refused(
                        http,
                        "POST",
                        "/x/_search",
                        "{query: {script_score: {query: {match_all: {}}, script: {source: '1'}}}}",
                        "script_lang not supported [painless]");
                refused(
                        http,
                        "PUT",
                        "/_ingest/pipeline/p",
                        "{processors: [{image_embedding: {if: 'true', field: 'i', target_field: 'p'}}]}",
                        "script_lang not supported [painless]");
                for (String processor : new String[] {"set", "pipeline"}) {
                    refused(
                            http,
                            "PUT",
                            "/_ingest/pipeline/p",
                            "{processors: [{" + processor + ": {}}]}",
                            "No processor type exists with name [" + processor + "]");
                }
                for (String retriever : new String[] {"rrf", "linear"}) {
                    refused(
                            http,
                            "POST",
                            "/x/_search",
                            "{retriever: {" + retriever + ": {}}}",
                            "unknown retriever [" + retriever + "]");
                }
                refused(http, "POST", "/x/_analyze", "{analyzer: 'english', text: 'x'}", "[english]");
                refused(http, "POST", "/_reindex", "{source: {index: 'x'}, dest: {index: 'y'}}", "/_reindex");
                assertTrue(http.send("GET", "/_security/user", null).status() >= 400);
            }
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    private static void refused(Http http, String method, String path, String body, String reason) {
        Http.Answer answer = http.send(method, path, json(body));
        assertTrue(answer.status() >= 400 && answer.reasons().contains(reason), answer.text());
    }
}
