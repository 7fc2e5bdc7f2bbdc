package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import java.util.List;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.ExceptionsHelper;
import org.junit.jupiter.api.Test;

class FailuresTests {
    static {
        TestLogging.start();
    }

    private static final List<Error> ERRORS =
            List.of(new StackOverflowError("deep"), new NoClassDefFoundError("gone"), new OutOfMemoryError("full"));

    @Test
    void testExceptionsPassAsTheyAre() {
        Exception nested = new IllegalStateException("outer", new IllegalArgumentException("inner"));
        nested.addSuppressed(new RuntimeException("beside"));
        assertSame(nested, Failures.tame("it", nested));
    }

    @Test
    void testErrorsBecomeExceptionsWithTheirWords() {
        for (Error error : ERRORS) {
            Exception tamed = Failures.tame("field [image]", error);
            assertTrue(tamed instanceof ElasticsearchException);
            assertEquals("cannot process field [image]: " + error, tamed.getMessage());
            assertArrayEquals(error.getStackTrace(), tamed.getStackTrace());
            assertNoError(tamed);
        }
    }

    @Test
    void testErrorsAreFoundWhereverElasticsearchLooks() {
        for (Error error : ERRORS) {
            Throwable deep = error;
            for (int i = 0; i < 300; i++) {
                deep = new RuntimeException("level", deep);
            }
            Exception suppressing = new RuntimeException("main");
            suppressing.addSuppressed(new RuntimeException("beside", error));
            for (Throwable thrown : List.of(new RuntimeException(error), deep, suppressing)) {
                assertNoError(Failures.tame("it", thrown));
            }
        }
    }

    /** An error of the user keeps its message and its status 400. */
    @Test
    void testMessagesOfBadInputStay() {
        Exception tamed = Failures.tame("it", new IllegalArgumentException("cannot decode it", new InternalError()));
        assertEquals(IllegalArgumentException.class, tamed.getClass());
        assertEquals("cannot decode it", tamed.getMessage());
        assertNoError(tamed);
    }

    @Test
    void testACircleOfCausesEnds() {
        RuntimeException one = new RuntimeException("one");
        RuntimeException two = new RuntimeException("two", one);
        one.initCause(two);
        assertSame(one, Failures.tame("it", one));
    }

    @Test
    void testWhatIsNeitherErrorNorException() {
        Throwable odd = new Throwable("odd");
        assertEquals(
                "cannot process it: java.lang.Throwable: odd",
                Failures.tame("it", odd).getMessage());
    }

    private static void assertNoError(Exception tamed) {
        assertTrue(ExceptionsHelper.maybeError(tamed).isEmpty());
        assertEquals(0, tamed.getSuppressed().length);
        for (Throwable cause = tamed; cause != null; cause = cause.getCause()) {
            assertTrue(cause instanceof Exception);
        }
    }
}
