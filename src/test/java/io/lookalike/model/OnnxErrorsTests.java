package io.lookalike.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.EngineException;
import ai.djl.translate.TranslateException;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import java.nio.file.AccessDeniedException;
import java.util.List;
import org.junit.jupiter.api.Test;

class OnnxErrorsTests {
    @Test
    void findsWhatOnnxRuntimeSaid() {
        OrtException inner = new OrtException(OrtErrorCode.ORT_FAIL, "the axis is bent");
        assertEquals("the axis is bent", OnnxErrors.reason(new TranslateException(new EngineException(inner))));
    }

    @Test
    void leavesOutWhereInOnnxRuntimeItFailed() {
        assertEquals(
                "Unsupported model IR version: 99, max supported IR version: 10",
                OnnxErrors.reason(new OrtException(
                        OrtErrorCode.ORT_FAIL,
                        "Load model from /a/b/model.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:180"
                                + " onnxruntime::Model::Model(onnx::ModelProto&&, const std::function<void()>&) "
                                + "Unsupported"
                                + " model IR version: 99, max supported IR version: 10")));
        assertEquals(
                "endian_utils.cc:56 CopyLittleEndian source and destination buffer size mismatch",
                OnnxErrors.reason(new OrtException(
                        OrtErrorCode.ORT_RUNTIME_EXCEPTION,
                        "Exception during initialization: /onnxruntime_src/onnxruntime/core/optimizer/initializer.cc:48"
                                + " onnxruntime::Initializer::Initializer(const onnx::TensorProto&) "
                                + "[ONNXRuntimeError] : 1 :"
                                + " FAIL : endian_utils.cc:56 CopyLittleEndian source and destination buffer size"
                                + " mismatch")));
    }

    @Test
    void keepsOurOwnWords() {
        ModelException own = new ModelException("too large", new IllegalStateException("inner"));
        assertEquals("too large", OnnxErrors.reason(new TranslateException(own)));
    }

    @Test
    void namesErrorsAndFiles() {
        assertEquals("StackOverflowError", OnnxErrors.reason(new StackOverflowError()));
        assertEquals(
                "UnsatisfiedLinkError: no such symbol", OnnxErrors.reason(new UnsatisfiedLinkError("no such symbol")));
        assertEquals("AccessDeniedException: a/b", OnnxErrors.reason(new AccessDeniedException("a/b")));
    }

    @Test
    void boundsTheLength() {
        assertEquals("x".repeat(1000) + "…", OnnxErrors.reason(new IllegalStateException("x".repeat(5000))));
    }

    /**
     * Names of a graph are in what ONNX Runtime says, and may be made for the expression that takes its own paths away.
     */
    @Test
    void isQuickWhateverTheTextIs() throws Exception {
        for (String text : List.of(
                "/onnxruntime_src/a:1 f(" + "A".repeat(200_000),
                "/onnxruntime_src/a:1 f(" + "()".repeat(200_000),
                "/onnxruntime_src/:".repeat(300_000),
                "/onnxruntime_src/a:1 ".repeat(200_000))) {
            assertTrue(OnnxErrors.reason(new OrtException(OrtErrorCode.ORT_FAIL, text))
                            .length()
                    <= 1001);
        }
    }

    @Test
    void endsWhereCausesGoInCircles() {
        IllegalStateException first = new IllegalStateException("first");
        IllegalStateException second = new IllegalStateException("second", first);
        first.initCause(second);
        assertEquals("first", OnnxErrors.reason(first));
    }
}
