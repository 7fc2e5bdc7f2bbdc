package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncoderChoiceTests {
    @TempDir
    Path folder;

    @Test
    void copiesAModelIntoAnEmptyFolder() throws IOException {
        Path model = Files.createDirectory(folder.resolve("net"));
        Files.writeString(model.resolve("model.onnx"), "graph");
        Files.createDirectory(model.resolve("left-alone"));
        Path models = Files.createDirectory(folder.resolve("models"));
        Files.createFile(Files.createDirectory(models.resolve("old")).resolve("model.onnx"));
        EncoderChoice.copy(model, models);
        assertEquals("graph", Files.readString(models.resolve("net/model.onnx")));
        assertFalse(Files.exists(models.resolve("old")));
        assertFalse(Files.exists(models.resolve("net/left-alone")));
    }

    /** Answers one request, and returns what was asked. */
    private static String answer(ServerSocket node, String head, String body) throws IOException {
        try (Socket socket = node.accept()) {
            byte[] buffer = new byte[10_000];
            String asked = "";
            while (!asked.endsWith("}")) {
                asked += new String(buffer, 0, socket.getInputStream().read(buffer), StandardCharsets.US_ASCII);
            }
            String answer = "HTTP/1.1 " + head + "\r\nContent-Length: " + body.length()
                    + "\r\nConnection: close\r\n\r\n" + body;
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            return asked;
        }
    }

    @Test
    void whatTheNodeSaysOfItsAssumptionsIsPassedOn() throws Exception {
        List<String> said = new ArrayList<>();
        try (ServerSocket node = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ExecutorService answering = Executors.newSingleThreadExecutor();
                NodeClient client = new NodeClient(
                        URI.create("http://" + node.getInetAddress().getHostAddress() + ":" + node.getLocalPort()))) {
            Future<String> asked = answering.submit(() -> answer(
                    node,
                    "200 OK\r\nWarning: 299 Elasticsearch-9 \"it \\\"assumes\\\" [0,1]\"",
                    "{\"acknowledged\":true}"));
            EncoderChoice.create(client, "net", NodeClient.object().put("model", "net"), said::add);
            assertTrue(asked.get().startsWith("PUT /_lookalike/encoder/demo HTTP"), asked.get());
            assertTrue(asked.get().endsWith("\r\n\r\n{\"model\":\"net\"}"), asked.get());
            Future<String> refused =
                    answering.submit(() -> answer(node, "400 Bad Request", "{\"error\":{\"reason\":\"no output\"}}"));
            assertEquals(
                    "model [net] cannot be used as an encoder: no output; what the node cannot know goes into a "
                            + "model.json beside model.onnx, see docs/models.md",
                    assertThrows(
                                    UserError.class,
                                    () -> EncoderChoice.create(
                                            client, "net", NodeClient.object().put("model", "net"), said::add))
                            .getMessage());
            assertTrue(refused.get().startsWith("PUT "), refused.get());
        }
        assertEquals(List.of("warning: it \"assumes\" [0,1]"), said);
    }

    @Test
    void ofSeveralOutputsTheEmbeddingIsTakenAndSaid() throws IOException {
        String facts =
                "{\"nodes\":{\"n1\":{\"models\":[{\"has_model_json\":%s,\"outputs\":[%s{\"name\":\"embedding\"}]}]}}}";
        String more = "{\"name\":\"logits\"},";
        ObjectMapper json = new ObjectMapper();
        List<String> said = new ArrayList<>();
        String one = facts.replaceFirst("%s", "false").replaceFirst("%s", "");
        assertEquals(
                "{\"model\":\"net\"}",
                EncoderChoice.body("net", json.readTree(one), said::add).toString());
        String told = facts.replaceFirst("%s", "true").replaceFirst("%s", more);
        assertEquals(
                "{\"model\":\"net\"}",
                EncoderChoice.body("net", json.readTree(told), said::add).toString());
        assertEquals(List.of(), said);
        String several = facts.replaceFirst("%s", "false").replaceFirst("%s", more);
        assertEquals(
                "{\"model\":\"net\",\"output\":\"embedding\"}",
                EncoderChoice.body("net", json.readTree(several), said::add).toString());
        assertEquals(1, said.size());
    }
}
