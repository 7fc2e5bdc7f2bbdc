package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncoderChoiceTests {
    @TempDir
    Path folder;

    @Test
    void assumesWhatMobileNetsTake() throws IOException {
        assertEquals(
                "{\"output\":\"embedding\",\"image\":{\"resize\":{\"width\":160,\"height\":128,\"mode\":\"stretch\","
                        + "\"filter\":\"bilinear\"},\"channels\":\"rgb\",\"layout\":\"nchw\",\"scale\":1,"
                        + "\"mean\":[128,128,128],\"std\":[128,128,128]}}",
                assumed("[-1,3,128,160]", "embedding", "logits"));
        assertTrue(assumed("[-1,128,160,3]", "embedding").contains("\"width\":160,\"height\":128"));
        assertTrue(assumed("[-1,128,160,3]", "embedding").contains("\"layout\":\"nhwc\""));
    }

    @Test
    void namesNoOutputWhereThereIsNoChoice() throws IOException {
        assertFalse(assumed("[1,3,64,64]", "features").contains("\"output\""));
        assertFalse(assumed("[1,3,64,64]", "boxes", "scores").contains("\"output\""));
    }

    @Test
    void takesTheUsualSizeWhereTheInputHasNone() throws IOException {
        assertTrue(assumed("[-1,3,-1,-1]", "features").contains("\"width\":224,\"height\":224"));
    }

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

    private static String assumed(String shape, String... outputs) throws IOException {
        ObjectNode facts = NodeClient.object();
        facts.putArray("inputs").addObject().set("shape", NodeClient.JSON.readTree(shape));
        for (String output : outputs) {
            facts.withArray("outputs").addObject().put("name", output);
        }
        ObjectNode body = NodeClient.object();
        EncoderChoice.assume(body, facts);
        return body.toString();
    }
}
