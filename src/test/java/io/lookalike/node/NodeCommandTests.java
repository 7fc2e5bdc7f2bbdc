package io.lookalike.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class NodeCommandTests {
    private static String refusal(String... args) {
        return assertThrows(IllegalArgumentException.class, () -> NodeCommand.parse(RealNode.builder(), args))
                .getMessage();
    }

    @Test
    void wrongOptionsAreNamed() {
        assertEquals("unknown option [--foo]", refusal("--port", "1", "--foo"));
        assertEquals("unknown option [stray]", refusal("stray"));
        assertEquals("option [--data] lacks its value", refusal("--without-plugin", "--data"));
        assertEquals("setting [a] must be [key=value]", refusal("-E", "a"));
        assertEquals("setting [=a] must be [key=value]", refusal("-E", "=a"));
        for (String port : List.of("x", "-1", "65536", "")) {
            assertEquals("[--port] must be a number from 0 to 65535; got [" + port + "]", refusal("--port", port));
        }
    }

    @Test
    void aValueMayHoldAnEqualsSign() {
        RealNode.Builder builder = RealNode.builder();
        NodeCommand.parse(builder, "-E", "a.b=c=d", "-E", "e=", "-Ef=g");
        assertEquals(Map.of("a.b", "c=d", "e", "", "f", "g"), builder.settings());
    }

    @Test
    void wrongOptionsHaveTheirExitCodes() {
        List<String> out = new ArrayList<>();
        List<String> err = new ArrayList<>();
        assertEquals(2, new NodeCommand(out::add, err::add).run("--foo"));
        assertEquals(List.of(), out);
        assertEquals(List.of("unknown option [--foo]; see --help"), err);
        assertEquals(1, new NodeCommand(line -> {}, err::add).run("--heap", "lots"));
        assertEquals(
                "heap [lots] is malformed; give a number followed by m or g, such as [512m] or [1g]", err.getLast());
    }

    @Test
    void warningsPassWithTheirStackTraces() {
        List<String> shown = new ArrayList<>();
        var warnings = new NodeCommand.Warnings(shown::add);
        List<String> lines = List.of(
                "WARNING: Using incubator modules: jdk.incubator.vector",
                "[2026-01-01T00:00:00,000][WARN ][stderr] module-info.class ignored in patch: x.jar",
                "[2026-01-01T00:00:00,000][INFO ][o.e.n.Node] started",
                "not shown",
                "[2026-01-01T00:00:00,000][WARN ][o.e.n.Node] careful",
                "java.lang.Exception: x",
                "\tat y",
                "[2026-01-01T00:00:00,000][DEBUG][o.e.n.Node] z",
                "[2026-01-01T00:00:00,000][ERROR][o.e.n.Node] w");
        lines.forEach(warnings);
        assertEquals(List.of(lines.get(4), lines.get(5), lines.get(6), lines.get(8)), shown);
    }
}
